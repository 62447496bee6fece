/* SPDX-License-Identifier: MIT */
/* What Twilio is answered, question by question. */
#include "plane_rig.h"

#include "ringdown/base/mem.h"

#define HEAD  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define SORRY "<Say>We are sorry. The assistant cannot be reached right now. Please call again later.</Say><Hangup></Hangup>"

static void says(struct plane *p, const char *path, const char *query, const char *body, const char *document)
{
	struct plane_request *r = rig_post(p, path, query, body);
	assert_int_equal(r->status, 200);
	assert_string_equal(r->reply_type, "text/xml; charset=utf-8");
	assert_string_equal(rig_text(r), document);
	plane_request_free(r);
}

static void holds(struct plane *p, const char *path, const char *query, const char *body, const char *part)
{
	struct plane_request *r = rig_post(p, path, query, body);
	assert_int_equal(r->status, 200);
	if (!strstr(rig_text(r), part))
		fail_msg("%s is not in %s", part, rig_text(r));
	plane_request_free(r);
}

/* A stream that has come and gone, and how it ended. */
static void stream(struct plane *p, enum plane_outcome outcome)
{
	struct rig_stream s;
	char token[TOKEN_TEXT_MAX];
	rig_dial(p, token);
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
	rig_stream_done(&s);
	rig_result(p, RIG_SID, "MZ1", outcome, NULL, 0);
}

static void the_voice_webhook_connects_a_stream(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX], expected[4096];
	struct plane_request *r = rig_post(p, RIG_VOICE, "", RIG_FORM("ringing"));
	assert_int_equal(r->status, 200);
	rig_between(rig_text(r), "name=\"token\" value=\"", "\"", token, sizeof(token));
	(void)snprintf(expected, sizeof(expected),
		HEAD "<Response><Connect action=\"" RIG_URL RIG_AFTER "?n=1\" method=\"POST\">"
		"<Stream url=\"wss://voice.example.com/simple-voice/stream/default/default\" "
		"statusCallback=\"" RIG_URL "/connect/webhook/twilio/status\" statusCallbackMethod=\"POST\">"
		"<Parameter name=\"token\" value=\"%s\"/><Parameter name=\"caller\" value=\"+15550100\"/>"
		"<Parameter name=\"called\" value=\"+15550199\"/></Stream></Connect>"
		"<Redirect method=\"POST\">" RIG_URL RIG_AFTER "?n=1</Redirect></Response>", token);
	assert_string_equal(rig_text(r), expected);
	plane_request_free(r);
	plane_free(p);
}

static void the_called_number_chooses_the_assistant(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	holds(p, RIG_VOICE, "", "CallSid=" RIG_SID "&To=%2B15550123", "/simple-voice/stream/default/reception\"");
	holds(p, RIG_VOICE, "", "CallSid=CA44444444444444444444444444444444&To=%2B15550777",
		"/simple-voice/stream/default/default\"");
	says(p, RIG_VOICE, "", "CallSid=CA55555555555555555555555555555555&To=%2B15550124", HEAD "<Response>" SORRY "</Response>");
	plane_free(p);
}

static void a_question_asked_twice_is_one_call(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[3][TOKEN_TEXT_MAX];
	for (int i = 0; i < 50; i++) {
		struct plane_request *r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
		rig_sign(r, RIG_TOKEN, RIG_URL RIG_VOICE);
		r->idempotency_token = i < 49 ? STR("same") : STR("other");
		plane_handle(p, r);
		rig_between(rig_text(r), "name=\"token\" value=\"", "\"", token[i == 0 ? 0 : i < 49 ? 1 : 2], TOKEN_TEXT_MAX);
		plane_request_free(r);
	}
	assert_int_equal(p->book.n, 1);
	assert_string_equal(token[0], token[1]);
	assert_string_not_equal(token[0], token[2]);
	plane_free(p);
}

/* The same request after its token was used has a new one: a token never works twice. */
static void a_used_token_is_not_given_again(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[2][TOKEN_TEXT_MAX];
	for (int i = 0; i < 2; i++) {
		struct rig_stream s;
		struct plane_request *r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
		rig_sign(r, RIG_TOKEN, RIG_URL RIG_VOICE);
		r->idempotency_token = STR("same");
		plane_handle(p, r);
		rig_between(rig_text(r), "name=\"token\" value=\"", "\"", token[i], TOKEN_TEXT_MAX);
		plane_request_free(r);
		assert_int_equal(rig_claim(p, &s, RIG_SID, i ? "MZ2" : "MZ1", token[i], rig_now_s()), 0);
		rig_stream_done(&s);
	}
	assert_string_not_equal(token[0], token[1]);
	plane_free(p);
}

static void the_operators_parameters_go_along(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = rig_post(p, RIG_VOICE, "campaign=spring&token=x&caller=y&n=7&_a=1&ab", RIG_FORM("ringing"));
	const char *text = rig_text(r);
	assert_non_null(strstr(text, "<Parameter name=\"campaign\" value=\"spring\"/></Stream>"));
	assert_non_null(strstr(text, RIG_AFTER "?n=1&amp;campaign=spring\""));
	assert_null(strstr(text, "\"x\""));
	assert_null(strstr(text, "_a"));
	plane_request_free(r);
	/* ... and come back with it, escaped as we wrote it and decoded by lws. */
	r = rig_request("POST", RIG_AFTER, "n=1&campaign=G\xc3\xb6ttingen 5=3+1", RIG_FORM("in-progress"));
	rig_sign(r, RIG_TOKEN, RIG_URL RIG_AFTER "?n=1&campaign=G%C3%B6ttingen%205%3D3%2B1");
	plane_handle(p, r);
	assert_int_equal(r->status, 200);
	text = rig_text(r);
	assert_non_null(strstr(text, "<Parameter name=\"campaign\" value=\"G\xc3\xb6ttingen 5=3+1\"/>"));
	assert_non_null(strstr(text, "?n=2&amp;campaign=G%C3%B6ttingen%205%3D3%2B1\""));
	plane_request_free(r);
	plane_free(p);
}

static void parameters_have_limits(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	static char query[2048];
	size_t n = (size_t)snprintf(query, sizeof(query), "long=%0401d", 0);
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(query + n, sizeof(query) - n, "&p%d=v", i);
	struct plane_request *r = rig_post(p, RIG_VOICE, query, RIG_FORM("ringing"));
	assert_non_null(strstr(rig_text(r), "name=\"p15\""));
	assert_null(strstr(rig_text(r), "name=\"p16\""));
	assert_null(strstr(rig_text(r), "name=\"long\""));
	plane_request_free(r);
	plane_free(p);
}

static void after_a_stream(void **state)
{
	(void)state;
	static const struct {
		enum plane_outcome outcome;
		const char *document;
	} cases[] = {
		{PLANE_COMPLETE, HEAD "<Response><Hangup></Hangup></Response>"},
		{PLANE_LIMIT, HEAD "<Response><Hangup></Hangup></Response>"},
		{PLANE_FAILED, HEAD "<Response>" SORRY "</Response>"},
		{PLANE_TRANSFER, HEAD "<Response><Dial action=\"" RIG_URL RIG_AFTER "?dial=1\" method=\"POST\" "
				      "answerOnBridge=\"true\"><Number>+15551230001</Number></Dial></Response>"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plane *p = rig(true);
		stream(p, cases[i].outcome);
		says(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), cases[i].document);
		says(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), cases[i].document); /* asked twice, said twice */
		says(p, RIG_AFTER, "n=1", RIG_FORM("completed"), HEAD "<Response/>");
		assert_int_equal(p->book.n, 0);
		plane_free(p);
	}
}

static void a_broken_stream_is_resumed_five_times(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char query[16], next[64];
	stream(p, PLANE_NONE);
	for (uint32_t n = 1; n <= 5; n++) {
		(void)snprintf(query, sizeof(query), "n=%u", n);
		(void)snprintf(next, sizeof(next), RIG_AFTER "?n=%u\"", n + 1);
		holds(p, RIG_AFTER, query, RIG_FORM("in-progress"), next);
		holds(p, RIG_AFTER, query, RIG_FORM("in-progress"), next); /* Twilio asked again: it counts once */
	}
	says(p, RIG_AFTER, "n=6", RIG_FORM("in-progress"), HEAD "<Response>" SORRY "</Response>");
	plane_free(p);
}

/* A node that was not there before goes on where the URL says the other was. */
static void a_node_after_its_restart_resumes(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	holds(p, RIG_AFTER, "n=3", RIG_FORM("in-progress"), RIG_AFTER "?n=4\"");
	plane_free(p);
	p = rig(true);
	says(p, RIG_AFTER, "n=6", RIG_FORM("in-progress"), HEAD "<Response>" SORRY "</Response>");
	plane_free(p);
	p = rig(true);
	holds(p, RIG_AFTER, "", RIG_FORM("in-progress"), RIG_AFTER "?n=2\"");
	plane_free(p);
}

static void a_transfer_that_was_answered_ends_the_call(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	stream(p, PLANE_TRANSFER);
	holds(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), "<Dial");
	says(p, RIG_AFTER, "dial=1", RIG_FORM("in-progress") "&DialCallStatus=completed",
		HEAD "<Response><Hangup></Hangup></Response>");
	assert_int_equal(p->book.n, 0);
	plane_free(p);
}

static void a_transfer_that_failed_comes_back_with_a_note(void **state)
{
	(void)state;
	static const char *const statuses[] = {"busy", "no-answer", "failed", "canceled"};
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		struct plane *p = rig(true);
		struct rig_stream s;
		char token[TOKEN_TEXT_MAX], body[256];
		static const char *const turns[] = {"caller", "Sales, please."};
		rig_dial(p, token);
		assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
		rig_stream_done(&s);
		rig_result(p, RIG_SID, "MZ1", PLANE_TRANSFER, turns, 1);
		(void)snprintf(body, sizeof(body), "%s&DialCallStatus=%s", RIG_FORM("in-progress"), statuses[i]);
		struct plane_request *r = rig_post(p, RIG_AFTER, "dial=1", body);
		rig_between(rig_text(r), "name=\"token\" value=\"", "\"", token, sizeof(token));
		assert_non_null(strstr(rig_text(r), RIG_AFTER "?n=2\""));
		plane_request_free(r);
		assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ2", token, rig_now_s()), 0);
		assert_true(s.claim->is_resumed);
		assert_int_equal(s.claim->n_history, 2);
		assert_str(s.claim->history[0].text, "Sales, please.");
		assert_string_equal(s.claim->history[1].kind, "note");
		char expected[64];
		(void)snprintf(expected, sizeof(expected), "The transfer to sales failed (%s).", statuses[i]);
		assert_true(str_starts(s.claim->history[1].text, str_of(expected)));
		rig_stream_done(&s);
		plane_free(p);
	}
}

#define FALLBACK \
	"<Say>We are sorry. The assistant cannot be reached. You are being connected with a person.</Say>" \
	"<Dial action=\"" RIG_URL RIG_AFTER "?fallback=1%s\" method=\"POST\" answerOnBridge=\"true\">" \
	"<Number>+15551230009</Number></Dial>"

static struct plane *rig_with_fallback(void)
{
	struct plane_settings s = rig_settings(true);
	s.fallback_number = STR("+15551230009");
	return rig_new(&s);
}

static void without_an_assistant_the_fallback_is_dialled(void **state)
{
	(void)state;
	char expected[1024];
	struct plane *p = rig_with_fallback();
	(void)snprintf(expected, sizeof(expected), HEAD "<Response>" FALLBACK "</Response>", "");
	says(p, RIG_VOICE, "", "CallSid=CA55555555555555555555555555555555&To=%2B15550124", expected);
	plane_set_draining(p, true);
	says(p, RIG_VOICE, "wait=15", RIG_FORM("in-progress"), expected);
	plane_set_draining(p, false);
	says(p, RIG_AFTER, "n=6", RIG_FORM("in-progress"), expected);
	stream(p, PLANE_FAILED);
	(void)snprintf(expected, sizeof(expected), HEAD "<Response>" FALLBACK "</Response>", "&amp;campaign=spring");
	says(p, RIG_AFTER, "n=1&campaign=spring&fallback=0", RIG_FORM("in-progress"), expected);
	plane_free(p);
}

static void the_fallback_is_asked_once(void **state)
{
	(void)state;
	struct plane *p = rig_with_fallback();
	stream(p, PLANE_FAILED);
	holds(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), "<Dial");
	says(p, RIG_AFTER, "fallback=1", RIG_FORM("in-progress") "&DialCallStatus=no-answer",
		HEAD "<Response>" SORRY "</Response>");
	assert_int_equal(p->book.n, 0);
	says(p, RIG_AFTER, "fallback=1", RIG_FORM("in-progress") "&DialCallStatus=completed",
		HEAD "<Response><Hangup></Hangup></Response>");
	says(p, RIG_AFTER, "fallback=1", RIG_FORM("completed") "&DialCallStatus=completed", HEAD "<Response/>");
	/* It is itself a number of ours, and its assistant is gone as well. */
	says(p, RIG_AFTER, "n=6", "CallSid=" RIG_SID "&To=%2B15551230009&CallStatus=in-progress",
		HEAD "<Response>" SORRY "</Response>");
	plane_free(p);
}

static void a_node_that_leaves_sends_callers_round(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r;
	stream(p, PLANE_NONE);
	plane_set_draining(p, true);
	says(p, RIG_VOICE, "a=b", RIG_FORM("ringing"),
		HEAD "<Response><Say>One moment, please.</Say><Pause length=\"2\"/><Redirect method=\"POST\">" RIG_URL RIG_VOICE
		     "?wait=1&amp;a=b</Redirect></Response>");
	says(p, RIG_VOICE, "wait=1&a=b", RIG_FORM("in-progress"),
		HEAD "<Response><Pause length=\"2\"/><Redirect method=\"POST\">" RIG_URL RIG_VOICE
		     "?wait=2&amp;a=b</Redirect></Response>");
	says(p, RIG_VOICE, "wait=15", RIG_FORM("in-progress"), HEAD "<Response>" SORRY "</Response>");
	says(p, RIG_AFTER, "n=3", RIG_FORM("in-progress"),
		HEAD "<Response><Say>One moment, please.</Say><Pause length=\"2\"/><Redirect method=\"POST\">" RIG_URL RIG_AFTER
		     "?wait=1&amp;n=3</Redirect></Response>");
	/* What was decided before is still carried out here: nobody else knows of it. */
	rig_result(p, RIG_SID, "MZ1", PLANE_TRANSFER, NULL, 0);
	holds(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), "<Dial");
	r = rig_post(p, RIG_AFTER, "dial=1", RIG_FORM("in-progress") "&DialCallStatus=busy");
	assert_non_null(strstr(rig_text(r), RIG_AFTER "?wait=1&amp;n=1</Redirect>"));
	plane_request_free(r);
	plane_free(p);
}

static void all_lines_are_taken(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = rig_post(p, RIG_VOICE, "", RIG_FORM("ringing"));
	plane_request_free(r);
	plane_set_full(p, true);
	holds(p, RIG_VOICE, "", RIG_FORM("ringing"), "<Connect"); /* one of those who are in: Twilio asks again */
	says(p, RIG_VOICE, "", "CallSid=CA66666666666666666666666666666666&CallStatus=ringing",
		HEAD "<Response><Reject reason=\"busy\"/></Response>");
	holds(p, RIG_VOICE, "", "CallSid=CA66666666666666666666666666666666&CallStatus=in-progress", "<Pause length=\"2\"/>");
	holds(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"), "<Pause length=\"2\"/>");
	plane_set_full(p, false);
	holds(p, RIG_AFTER, "n=1&wait=1", RIG_FORM("in-progress"), "<Connect");
	plane_free(p);
}

static void nothing_a_caller_says_becomes_a_verb(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = rig_post(p, RIG_VOICE, "",
		"CallSid=" RIG_SID "&To=%2B1&From=%22%3E%3C%2FStream%3E%3CDial%3E%2B900%3C%2FDial%3E%01%EF%BF%BE%26amp%3B");
	const char *text = rig_text(r);
	assert_int_equal(r->status, 200);
	assert_null(strstr(text, "<Dial"));
	assert_non_null(strstr(text, "value=\"&quot;&gt;&lt;/Stream&gt;&lt;Dial&gt;+900&lt;/Dial&gt;&amp;amp;\""));
	plane_request_free(r);
	plane_free(p);
}

static void status_callbacks_are_taken(void **state)
{
	(void)state;
	static const char path[] = "/connect/webhook/twilio/status";
	static const char *const bodies[] = {"", "CallSid=" RIG_SID, "CallSid=" RIG_SID "&StreamEvent=stream-started&StreamSid=MZ1",
		"CallSid=" RIG_SID "&StreamEvent=stream-stopped", "CallSid=" RIG_SID "&StreamEvent=stream-error&StreamError=31920"};
	struct plane *p = rig(true);
	stream(p, PLANE_NONE);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct plane_request *r = rig_post(p, path, "", bodies[i]);
		assert_int_equal(r->status, 204);
		assert_int_equal(r->reply.n, 0);
		plane_request_free(r);
	}
	assert_int_equal(p->book.n, 1);
	plane_request_free(rig_post(p, path, "", RIG_FORM("completed")));
	assert_int_equal(p->book.n, 0);
	plane_free(p);
}

static void a_call_sid_that_is_none(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	static const char *const paths[] = {RIG_VOICE, RIG_AFTER};
	static const char *const bodies[] = {"", "From=%2B1", "CallSid=", "CallSid=CA%20x", "CallSid=..%2F..%2Fetc"};
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
			struct plane_request *r = rig_post(p, paths[k], "", bodies[i]);
			assert_int_equal(r->status, 400);
			assert_non_null(strstr(rig_text(r), "CallSid"));
			plane_request_free(r);
		}
	assert_int_equal(p->book.n, 0);
	plane_free(p);
}

static void a_new_set_serves_the_next_call(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct assistant_set *fresh = NULL;
	char *error = NULL;
	says(p, RIG_VOICE, "", "CallSid=CA77777777777777777777777777777777&To=%2B15550124", HEAD "<Response>" SORRY "</Response>");
	help_write("gone.json", "{\"instructions\":\"back again\"}");
	assert_int_equal(assistant_set_load(help_dir, &fresh, &error), 0);
	plane_set_assistants(p, fresh);
	plane_set_assistants(p, fresh); /* given twice before it was taken once */
	assistant_set_unref(fresh);
	holds(p, RIG_VOICE, "", "CallSid=CA77777777777777777777777777777777&To=%2B15550124", "/default/gone\"");
	plane_free(p);
}

/* Whatever allocation fails: an answer that is one, or a refusal; and the next call is served. */
static void want_of_memory_costs_one_request(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	static const char *const paths[] = {RIG_VOICE, RIG_AFTER, "/metrics", "/healthz"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		uint32_t n = 1;
		for (int status = 0; status != 200; n++) {
			bool is_webhook = i < 2;
			assert_true(n < 50);
			struct plane_request *r = rig_request(is_webhook ? "POST" : "GET", paths[i], "", RIG_FORM("in-progress"));
			char url[256];
			(void)snprintf(url, sizeof(url), RIG_URL "%s", paths[i]);
			rig_sign(r, RIG_TOKEN, url);
			struct arena fresh; /* the handler begins with an empty block: its first allocation is the first */
			arena_init(&fresh, 512 * 1024);
			struct arena old = r->arena;
			r->arena = fresh;
			r->is_local = true;
			mem_fail_at(n);
			plane_handle(p, r);
			mem_fail_at(0);
			status = r->status;
			if (status == 200 && is_webhook)
				assert_true(strstr(rig_text(r), "action=\"" RIG_URL) && strstr(rig_text(r), ">" RIG_URL) &&
					strstr(rig_text(r), "url=\"wss://voice.example.com/") &&
					strstr(rig_text(r), "statusCallback=\"" RIG_URL) &&
					strstr(rig_text(r), "</Response>"));
			else
				assert_true(status == 200 || status == 400 || status == 500 || status == 503);
			arena_done(&old);
			plane_request_free(r);
		}
	}
	plane_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_voice_webhook_connects_a_stream, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_called_number_chooses_the_assistant, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_question_asked_twice_is_one_call, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_used_token_is_not_given_again, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_operators_parameters_go_along, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(parameters_have_limits, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(after_a_stream, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_broken_stream_is_resumed_five_times, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_node_after_its_restart_resumes, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_transfer_that_was_answered_ends_the_call, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_transfer_that_failed_comes_back_with_a_note, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(without_an_assistant_the_fallback_is_dialled, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_fallback_is_asked_once, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_node_that_leaves_sends_callers_round, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(all_lines_are_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(nothing_a_caller_says_becomes_a_verb, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(status_callbacks_are_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_call_sid_that_is_none, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_new_set_serves_the_next_call, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_costs_one_request, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/webhooks", tests, NULL, NULL);
}
