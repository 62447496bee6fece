/* SPDX-License-Identifier: MIT */
/* Who a stream is: tokens that work once, for their call, in their time; the newest stream wins; what the last one
 * said is there for the next. */
#include "plane_rig.h"

#include <errno.h>

static void a_good_token_lets_the_stream_in(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX];
	struct rig_stream s;
	rig_dial(p, token);
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
	assert_null(s.claim->why);
	assert_str(s.claim->assistant->id, "default");
	assert_str(s.claim->caller, "+15550100");
	assert_str(s.claim->called, "+15550199");
	assert_false(s.claim->is_resumed);
	assert_int_equal(s.claim->n_history, 0);
	rig_stream_done(&s);
	plane_free(p);
}

static void refused(struct plane *p, const char *sid, const char *token, int64_t now_s, int err, const char *why)
{
	struct rig_stream s;
	assert_int_equal(rig_claim(p, &s, sid, "MZ9", token, now_s), err);
	if (!strstr(s.claim->why, why))
		fail_msg("refused with \"%s\", not \"%s\"", s.claim->why, why);
	assert_null(s.claim->set);
	rig_stream_done(&s);
}

static void a_token_works_once(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX];
	struct rig_stream s;
	rig_dial(p, token);
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
	refused(p, RIG_SID, token, rig_now_s(), -EACCES, "used before");
	assert_int_equal(s.n_replaced, 0);
	rig_stream_done(&s);
	plane_free(p);
}

static void a_token_is_of_its_call(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX], forged[TOKEN_TEXT_MAX];
	struct rig_stream s;
	rig_dial(p, token);
	refused(p, "CA22222222222222222222222222222222", token, rig_now_s(), -EACCES, "forged, or of another call");
	refused(p, RIG_SID, "", rig_now_s(), -EACCES, "missing");
	refused(p, RIG_SID, "v1.x.y.z", rig_now_s(), -EACCES, "forged");
	(void)snprintf(forged, sizeof(forged), "%s", token);
	forged[4] = forged[4] == '9' ? '8' : '9'; /* a later expiry */
	refused(p, RIG_SID, forged, rig_now_s(), -EACCES, "forged");
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0); /* none of that has used it up */
	rig_stream_done(&s);
	plane_free(p);
}

static void a_token_expires(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX];
	struct rig_stream s;
	rig_dial(p, token);
	refused(p, RIG_SID, token, rig_now_s() + TOKEN_LIFE_S + 2, -EACCES, "expired");
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s() + TOKEN_LIFE_S - 2), 0);
	rig_stream_done(&s);
	plane_free(p);
}

static void another_plane_knows_nothing_of_it(void **state)
{
	(void)state;
	struct plane *p = rig(true), *q = rig(true);
	char token[TOKEN_TEXT_MAX];
	rig_dial(p, token);
	refused(q, RIG_SID, token, rig_now_s(), -EACCES, "forged");
	plane_free(p);
	plane_free(q);
}

/* Who has no token makes no row: the book cannot be filled from outside. */
static void refusals_leave_nothing_behind(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char sid[40];
	for (uint32_t i = 0; i < 100; i++) {
		(void)snprintf(sid, sizeof(sid), "CA%032u", i);
		refused(p, sid, "", rig_now_s(), -EACCES, "missing");
	}
	assert_int_equal(p->book.n, 0);
	plane_free(p);
}

static void another_account_is_refused(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX];
	struct plane_claim *c = plane_claim_new();
	rig_dial(p, token);
	c->call_sid = STR(RIG_SID);
	c->stream_sid = STR("MZ1");
	c->account_sid = STR("AC99999999999999999999999999999999");
	c->token = str_of(token);
	c->done = rig_done;
	claim_handle(p, c, rig_now_s());
	assert_int_equal(c->error, -EACCES);
	assert_non_null(strstr(c->why, "account_sid"));
	plane_claim_free(c);
	plane_free(p);
}

static void without_signatures_anybody_comes_in(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	struct rig_stream s;
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", "", rig_now_s()), 0);
	assert_str(s.claim->assistant->id, "default");
	assert_str(s.claim->caller, "");
	rig_stream_done(&s);
	refused(p, "CA 1", "", rig_now_s(), -EINVAL, "CallSid is not one");
	plane_free(p);
}

static void parameters_tell_who_calls_when_no_webhook_did(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	struct plane_claim *c = plane_claim_new();
	c->call_sid = STR(RIG_SID);
	c->stream_sid = STR("MZ1");
	c->path_assistant = STR("reception");
	c->parameters[0] = (struct plane_parameter){STR("called"), STR("+2")};
	c->parameters[1] = (struct plane_parameter){STR("caller"), STR("+1")};
	c->n_parameters = 2;
	c->done = rig_done;
	claim_handle(p, c, rig_now_s());
	assert_int_equal(c->error, 0);
	assert_str(c->assistant->id, "reception");
	assert_str(c->caller, "+1");
	assert_str(c->called, "+2");
	assistant_set_unref(c->set);
	plane_claim_free(c);
	plane_free(p);
}

static void an_assistant_that_does_not_exist(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	struct plane_claim *c = plane_claim_new();
	c->call_sid = STR(RIG_SID);
	c->stream_sid = STR("MZ1");
	c->path_assistant = STR("nobody");
	c->done = rig_done;
	claim_handle(p, c, rig_now_s());
	assert_int_equal(c->error, -ENOENT);
	assert_non_null(strstr(c->why, "no such assistant"));
	assert_null(c->set);
	plane_claim_free(c);
	plane_free(p);
}

/* Twilio asked twice, and opens a stream for each answer. */
static void the_newest_stream_wins(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char first_token[TOKEN_TEXT_MAX], second_token[TOKEN_TEXT_MAX];
	struct rig_stream first, second;
	rig_dial(p, first_token);
	rig_dial(p, second_token);
	assert_string_not_equal(first_token, second_token);
	assert_int_equal(rig_claim(p, &first, RIG_SID, "MZ1", first_token, rig_now_s()), 0);
	assert_int_equal(rig_claim(p, &second, RIG_SID, "MZ2", second_token, rig_now_s()), 0);
	assert_int_equal(first.n_replaced, 1);
	/* What the old one still has to say counts for nothing. */
	rig_result(p, RIG_SID, "MZ1", PLANE_COMPLETE, NULL, 0);
	struct plane_request *r = rig_post(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"));
	assert_non_null(strstr(rig_text(r), "<Connect"));
	plane_request_free(r);
	rig_result(p, RIG_SID, "MZ2", PLANE_COMPLETE, NULL, 0);
	r = rig_post(p, RIG_AFTER, "n=1", RIG_FORM("in-progress"));
	assert_non_null(strstr(rig_text(r), "<Hangup>"));
	plane_request_free(r);
	assert_int_equal(second.n_replaced, 0);
	rig_stream_done(&first);
	rig_stream_done(&second);
	plane_free(p);
}

static void eight_questions_have_eight_good_tokens(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char tokens[BOOK_NONCES + 1][TOKEN_TEXT_MAX];
	struct rig_stream s;
	for (int i = 0; i <= BOOK_NONCES; i++)
		rig_dial(p, tokens[i]);
	refused(p, RIG_SID, tokens[0], rig_now_s(), -EACCES, "used before");
	for (int i = 1; i <= BOOK_NONCES; i++) {
		assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", tokens[i], rig_now_s()), 0);
		rig_stream_done(&s);
	}
	plane_free(p);
}

static void what_was_said_is_there_for_the_next_stream(void **state)
{
	(void)state;
	static const char *const turns[] = {"assistant", "Hello.", "caller", "I am Ada.", "dtmf", "The caller pressed: 5"};
	struct plane *p = rig(false);
	struct rig_stream s;
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", "", rig_now_s()), 0);
	rig_stream_done(&s);
	rig_result(p, RIG_SID, "MZ1", PLANE_NONE, turns, 3);
	plane_request_free(rig_post(p, RIG_AFTER, "n=1", RIG_FORM("in-progress")));
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ2", "", rig_now_s()), 0);
	assert_true(s.claim->is_resumed);
	assert_int_equal(s.claim->n_history, 3);
	assert_string_equal(s.claim->history[1].kind, "caller");
	assert_str(s.claim->history[1].text, "I am Ada.");
	assert_int_equal(s.n_replaced, 0);
	rig_stream_done(&s);
	plane_free(p);
}

static void load_two_turns(struct plane_claim *claim, void *arg)
{
	int *n = arg;
	(*n)++;
	claim->history[claim->n_history++] = (struct plane_turn){.kind = "caller", .text = STR("from the file")};
	claim->is_resumed = true;
}

/* After a crash: the file speaks for what this node did not hear, once. */
static void a_call_of_an_earlier_life_has_its_history_from_the_file(void **state)
{
	(void)state;
	int n_loaded = 0;
	static const char *const turns[] = {"caller", "from the file", "assistant", "new"};
	struct plane_settings settings = rig_settings(false);
	settings.history_fn = load_two_turns;
	settings.history_arg = &n_loaded;
	struct plane *p = rig_new(&settings);
	struct rig_stream s;
	plane_request_free(rig_post(p, RIG_AFTER, "n=1", RIG_FORM("in-progress")));
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", "", rig_now_s()), 0);
	assert_int_equal(n_loaded, 1);
	assert_int_equal(s.claim->n_history, 1);
	assert_true(s.claim->is_resumed);
	rig_stream_done(&s);
	rig_result(p, RIG_SID, "MZ1", PLANE_NONE, turns, 2);
	plane_request_free(rig_post(p, RIG_AFTER, "n=2", RIG_FORM("in-progress")));
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ2", "", rig_now_s()), 0);
	assert_int_equal(n_loaded, 1);
	assert_int_equal(s.claim->n_history, 2);
	rig_stream_done(&s);
	/* A call that began here never looks there. */
	plane_request_free(rig_post(p, RIG_VOICE, "", "CallSid=CA33333333333333333333333333333333"));
	assert_int_equal(rig_claim(p, &s, "CA33333333333333333333333333333333", "MZ3", "", rig_now_s()), 0);
	assert_int_equal(n_loaded, 1);
	rig_stream_done(&s);
	plane_free(p);
}

static void a_result_of_an_unknown_call_is_dropped(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	rig_result(p, RIG_SID, "MZ1", PLANE_COMPLETE, NULL, 0);
	assert_int_equal(p->book.n, 0);
	plane_free(p);
}

static void the_call_is_over_before_its_stream_says_so(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	struct rig_stream s;
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", "", rig_now_s()), 0);
	plane_request_free(rig_post(p, "/connect/webhook/twilio/status", "", RIG_FORM("completed")));
	assert_int_equal(p->book.n, 1);
	rig_result(p, RIG_SID, "MZ1", PLANE_NONE, NULL, 0);
	assert_int_equal(p->book.n, 0);
	rig_stream_done(&s);
	plane_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_token_lets_the_stream_in, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_token_works_once, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_token_is_of_its_call, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_token_expires, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(another_plane_knows_nothing_of_it, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(refusals_leave_nothing_behind, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(another_account_is_refused, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(without_signatures_anybody_comes_in, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			parameters_tell_who_calls_when_no_webhook_did, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(an_assistant_that_does_not_exist, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_newest_stream_wins, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(eight_questions_have_eight_good_tokens, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			what_was_said_is_there_for_the_next_stream, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_call_of_an_earlier_life_has_its_history_from_the_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_result_of_an_unknown_call_is_dropped, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			the_call_is_over_before_its_stream_says_so, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/claims", tests, NULL, NULL);
}
