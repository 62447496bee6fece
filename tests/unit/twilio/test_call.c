/* SPDX-License-Identifier: MIT */
/* What is asked, in which words; what is asked again, and what never is. */
#include "rig.h"

#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

#define OK(body)   {"200 OK", body}
#define BUSY       {"503 Service Unavailable", "{\"code\":20503,\"message\":\"out\",\"status\":503}"}
#define TOO_MANY   {"429 Too Many Requests", "{\"code\":20429,\"message\":\"slow down\",\"status\":429}"}
#define REJECTED   {"401 Unauthorized", "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}"}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void what_is_asked_is_as_twilio_wants_it(void **state)
{
	(void)state;
	SCRIPT(OK("{\"sid\":\"" AC "\"}"), {"201 Created", "{\"sid\":\"CA1\"}"}, OK("{\"calls\":[]}"));
	assert_int_equal(rig_get(), 0);
	assert_string_equal(json_string_value(json_object_get(rig.answer.body, "sid")), AC);
	assert_int_equal(rig.answer.status, 200);
	assert_null(rig.answer.error);
	const char *got = script.requests[0];
	assert_true(begins(got, "GET /api/2010-04-01/Accounts/" AC ".json HTTP/1.1\r\n"));
	assert_non_null(strstr(got, "\r\nAuthorization: Basic " /* AC:TOKEN */
		"QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==\r\n"));
	struct twilio_request q = {.op = TWILIO_CALL_CREATE};
	twilio_put_text(&q, "To", "+15551234567");
	twilio_put_text(&q, "StatusCallbackEvent", "ringing");
	twilio_put_text(&q, "StatusCallbackEvent", "completed");
	twilio_put_text(&q, "Url", "https://a.example/x?a=1&b=\xc3\xa4 ");
	twilio_put_given(&q, "SendDigits", (struct str){0});
	assert_int_equal(rig_call(&q), 0);
	got = script.requests[1];
	assert_true(begins(got, "POST /api/2010-04-01/Accounts/" AC "/Calls.json HTTP/1.1\r\n"));
	assert_non_null(strstr(got, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(got, "\r\n\r\nTo=%2B15551234567&StatusCallbackEvent=ringing&StatusCallbackEvent=completed&"
		"Url=https%3A%2F%2Fa.example%2Fx%3Fa%3D1%26b%3D%C3%A4%20"));
	q = (struct twilio_request){.op = TWILIO_CALL_LIST};
	twilio_put_text(&q, "StartTime>", "2026-11-24");
	assert_int_equal(rig_call(&q), 0);
	assert_non_null(strstr(script.requests[2], "/Calls.json?StartTime%3E=2026-11-24 HTTP/1.1\r\n"));
}

static void a_key_stands_for_its_account(void **state)
{
	(void)state;
	SCRIPT(OK("{}"));
	rig.account.user = STR("SK1"), rig.account.password = STR("secret");
	const struct twilio_request q = {.op = TWILIO_LOOKUP_FETCH, .path = {STR("+1 5/5")}};
	assert_int_equal(rig_call(&q), 0);
	assert_true(begins(script.requests[0], "GET /lookups/v2/PhoneNumbers/%2B1%205%2F5 HTTP/1.1\r\n"));
	assert_non_null(strstr(script.requests[0], "Basic U0sxOnNlY3JldA==\r\n"));
}

static void what_cannot_be_asked_is_not(void **state)
{
	(void)state;
	struct twilio_request q = {.op = TWILIO_CALL_FETCH}; /* which? */
	assert_int_equal(rig_call(&q), -EINVAL);
	q = (struct twilio_request){.op = TWILIO_CALL_LIST};
	for (int i = 0; i <= TWILIO_PARAMS_MAX; i++)
		twilio_put_text(&q, "To", "x");
	assert_int_equal(rig_call(&q), -E2BIG);
	assert_int_equal(atomic_load(&script.n_requests), 0);
}

static void refusals_are_told_in_twilios_words_and_ours(void **state)
{
	(void)state;
	SCRIPT({"400 Bad Request", "{\"code\":21422,\"message\":\"gone\",\"more_info\":\"https://x/21422\",\"status\":400}"},
		{"404 Not Found", "<html>"});
	assert_int_equal(rig_buy(), -EREMOTEIO);
	assert_int_equal(rig.answer.status, 400);
	assert_int_equal(rig.answer.code, 21422);
	assert_true(str_is(rig.answer.message, STR("gone")));
	assert_true(str_is(rig.answer.more_info, STR("https://x/21422")));
	assert_string_equal(rig.answer.error->reason, "number_unavailable");
	assert_int_equal(rig.answer.error->status, 409);
	assert_int_equal(rig_get(), -EREMOTEIO);
	assert_string_equal(rig.answer.error->reason, "provider_not_found");
	assert_int_equal(rig.n_sleeps, 0);
}

static void what_is_harmless_is_asked_again(void **state)
{
	(void)state;
	SCRIPT(BUSY, {"502 Bad Gateway", "<html>"}, OK("{\"a\":1}"));
	rig.random = 0;
	assert_int_equal(rig_get(), 0);
	assert_int_equal(rig.answer.tries, 3);
	assert_int_equal(rig.n_sleeps, 2);
	assert_int_equal(rig.slept_ms[0], 500);
	SCRIPT({"504 Gateway Timeout", ""}, OK("{}"));
	rig.random = UINT32_MAX;
	assert_int_equal(rig_update(), 0);
	assert_int_equal(rig.slept_ms[2], 1000);
	SCRIPT(BUSY, BUSY, BUSY, OK("{}"));
	rig.n_sleeps = 0;
	assert_int_equal(rig_get(), -EREMOTEIO);
	assert_int_equal(atomic_load(&script.n_requests), TWILIO_TRIES);
	assert_int_equal(rig.slept_ms[1], 2000);
	assert_string_equal(rig.answer.error->reason, "provider_error");
	SCRIPT({"500 Oh", "{}"}, OK("{}")); /* a fault and not a pause */
	assert_int_equal(rig_get(), -EREMOTEIO);
	assert_int_equal(atomic_load(&script.n_requests), 1);
}

static void too_many_is_safe_for_everybody(void **state)
{
	(void)state;
	SCRIPT(TOO_MANY, TOO_MANY, {"201 Created", "{\"sid\":\"PN1\"}"});
	assert_int_equal(rig_buy(), 0);
	assert_int_equal(atomic_load(&script.n_requests), 3);
	SCRIPT({"429 Slow\r\nRetry-After: 3", "{\"code\":20429}"}, {"201 Created", "{}"});
	rig.n_sleeps = 0;
	assert_int_equal(rig_buy(), 0);
	assert_int_equal(rig.slept_ms[0], 3000);
	/* Longer than a worker should sit: whoever asked is told. */
	SCRIPT({"429 Slow\r\nRetry-After: 60", "{\"code\":20429}"}, {"201 Created", "{}"});
	assert_int_equal(rig_buy(), -EREMOTEIO);
	assert_int_equal(atomic_load(&script.n_requests), 1);
	assert_int_equal(rig.answer.retry_after_s, 60);
	assert_int_equal(rig.answer.error->status, 429);
}

/* The row of PLANE.md 2.6 that keeps a number from being bought twice. */
static void what_creates_goes_out_once(void **state)
{
	(void)state;
	static const struct step steps[] = {BUSY, {"500 Oh", "{}"}, {"502 Bad", ""}, {"504 Late", ""}, {"", ""},
		{"201 Created", "no JSON"}};
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		SCRIPT(OK("{}"), steps[i], {"201 Created", "{}"});
		assert_int_equal(rig_get(), 0); /* the connection is kept, and could be lost */
		int err = rig_buy();
		if (err != -EINPROGRESS || atomic_load(&script.n_requests) != 2)
			fail_msg("step %zu gives %d after %d requests", i, err, atomic_load(&script.n_requests));
	}
	assert_int_equal(rig.n_sleeps, 0);
}

static void what_never_left_is_known_not_to_be(void **state)
{
	(void)state;
	twilio_free(rig.client);
	rig_open("http://127.0.0.1:1/{product}");
	assert_int_equal(rig_buy(), -EHOSTUNREACH);
	assert_true(rig.answer.why.n > 0);
	assert_int_equal(rig_get(), -EHOSTUNREACH);
}

static void half_an_answer_to_a_question_is_none(void **state)
{
	(void)state;
	SCRIPT(OK("{\"sid\":"), OK("[]"), CUT, CUT); /* twice: curl asks again what was lost on a kept connection */
	assert_int_equal(rig_get(), -EPROTO);
	assert_int_equal(rig_get(), -EPROTO);
	assert_int_equal(rig_get(), -EPROTO);
	SCRIPT({"204 No Content", ""});
	const struct twilio_request q = {.op = TWILIO_NUMBER_DELETE, .path = {STR("PN1")}};
	assert_int_equal(rig_call(&q), 0);
	assert_null(rig.answer.body);
}

static int count(json_t *item, void *arg)
{
	int *n = arg;
	assert_true(json_is_object(item));
	return ++*n == 4 ? 1 : 0;
}

static void lists_are_walked_page_by_page(void **state)
{
	(void)state;
	int n = 0;
	SCRIPT(OK("{\"calls\":[{},{}],\"next_page_uri\":\"/2010-04-01/Accounts/x/Calls.json?Page=1&PageToken=T\"}"),
		OK("{\"calls\":[{}],\"next_page_uri\":null}"));
	struct twilio_request q = {.op = TWILIO_CALL_LIST};
	assert_int_equal(twilio_each(rig.client, &rig.account, &q, &rig.arena, "calls", count, &n, &rig.answer), 0);
	assert_int_equal(n, 3);
	assert_true(begins(script.requests[1], "GET /api/2010-04-01/Accounts/x/Calls.json?Page=1&PageToken=T HTTP"));
	twilio_answer_done(&rig.answer);
	n = 0;
	/* The page's host is nothing to us: the credentials stay where they are. */
	SCRIPT(OK("{\"services\":[{}],\"meta\":{\"next_page_url\":\"https://evil.example/v1/Services?Page=1\"}}"),
		OK("{\"services\":[{},{},{},{}],\"meta\":{\"next_page_url\":\"https://messaging.twilio.com/v1/Services?Page=2\"}}"));
	q = (struct twilio_request){.op = TWILIO_SERVICE_LIST};
	assert_int_equal(twilio_each(rig.client, &rig.account, &q, &rig.arena, "services", count, &n, &rig.answer), 0);
	assert_int_equal(n, 4); /* enough */
	assert_true(begins(script.requests[1], "GET /messaging/v1/Services?Page=1 HTTP"));
	assert_int_equal(atomic_load(&script.n_requests), 2);
}

static void refused_credentials_open_the_breaker(void **state)
{
	(void)state;
	SCRIPT(REJECTED, {"403 Forbidden", ""}, REJECTED, REJECTED, REJECTED, REJECTED, OK("{}"), OK("{}"));
	for (int i = 1; i <= TWILIO_BREAKER_AFTER; i++) {
		assert_int_equal(rig_get(), -EREMOTEIO);
		assert_int_equal(rig.answer.has_opened_breaker, i == TWILIO_BREAKER_AFTER);
		assert_string_equal(rig.answer.error->reason, "provider_unauthorized");
	}
	assert_true(twilio_gate_is_open(rig.gate, STR(AC)));
	assert_int_equal(rig_get(), -EACCES);
	assert_int_equal(rig_buy(), -EACCES);
	assert_string_equal(rig.answer.error->reason, "provider_unauthorized");
	assert_int_equal(atomic_load(&script.n_requests), 5); /* nothing went out */
	rig.now_ms += TWILIO_PROBE_EVERY_MS;
	assert_int_equal(rig_get(), -EREMOTEIO); /* the probe */
	assert_int_equal(rig_get(), -EACCES);
	rig.now_ms += TWILIO_PROBE_EVERY_MS;
	assert_int_equal(rig_get(), 0);
	assert_true(rig.answer.has_closed_breaker);
	assert_int_equal(rig_get(), 0);
	assert_false(rig.answer.has_closed_breaker);
}

static void only_refused_credentials_do(void **state)
{
	(void)state;
	static const struct step geo = {"403 Forbidden", "{\"code\":21408}"};
	SCRIPT(REJECTED, REJECTED, REJECTED, REJECTED, geo, REJECTED, REJECTED, REJECTED, REJECTED, CUT, CUT, OK("{}"));
	for (int i = 0; i < 10; i++)
		assert_true(rig_get() < 0);
	assert_false(twilio_gate_is_open(rig.gate, STR(AC)));
	assert_int_equal(rig_get(), 0);
	/* A look at credentials that somebody has just typed in is no refusal of those in use. */
	SCRIPT(REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED);
	const struct twilio_request q = {.op = TWILIO_ACCOUNT_FETCH, .is_check = true};
	for (int i = 0; i < 6; i++)
		assert_int_equal(rig_call(&q), -EREMOTEIO);
	assert_false(twilio_gate_is_open(rig.gate, STR(AC)));
}

static void new_credentials_close_it(void **state)
{
	(void)state;
	SCRIPT(REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, OK("{}"));
	for (int i = 0; i < TWILIO_BREAKER_AFTER; i++)
		(void)rig_get();
	assert_int_equal(rig_get(), -EACCES);
	twilio_gate_forget(rig.gate, STR(AC));
	assert_int_equal(rig_get(), 0);
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	struct twilio *t = NULL;
	const struct twilio_settings s = {.gate = rig.gate};
	for (uint32_t n = 1; !t; n++) {
		assert_true(n < 10);
		mem_fail_at(n);
		t = twilio_new(&s);
		mem_fail_at(0);
	}
	twilio_free(t);
	int err = -1;
	for (uint32_t n = 1; err < 0; n++) {
		assert_true(n < 30);
		SCRIPT(OK("{}"));
		struct arena full = rig.arena;
		arena_init(&rig.arena, 1 << 20);
		mem_fail_at(n);
		err = rig_get();
		mem_fail_at(0);
		arena_done(&rig.arena);
		rig.arena = full;
		assert_true(err == 0 || err == -ENOMEM || err == -E2BIG || err == -EINVAL);
	}
	assert_null(twilio_free(NULL));
	assert_null(twilio_gate_free(NULL));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_asked_is_as_twilio_wants_it),
		CASE(a_key_stands_for_its_account),
		CASE(what_cannot_be_asked_is_not),
		CASE(refusals_are_told_in_twilios_words_and_ours),
		CASE(what_is_harmless_is_asked_again),
		CASE(too_many_is_safe_for_everybody),
		CASE(what_creates_goes_out_once),
		CASE(what_never_left_is_known_not_to_be),
		CASE(half_an_answer_to_a_question_is_none),
		CASE(lists_are_walked_page_by_page),
		CASE(refused_credentials_open_the_breaker),
		CASE(only_refused_credentials_do),
		CASE(new_credentials_close_it),
		CASE(want_of_memory_is_told),
	};
	return cmocka_run_group_tests_name("twilio/call", tests, rig_group, NULL);
}
