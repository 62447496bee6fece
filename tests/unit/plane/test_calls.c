/* SPDX-License-Identifier: MIT */
/* /phone/calls and the status webhook of an installation with a store. */
#include "api_rig.h"

#include "../../../src/plane/bridge.h"
#include "../../../src/plane/calls.h"

#define STATUS "/connect/webhook/twilio/status"

static const char *sid_of(int n)
{
	return arena_printf(&api_rig.arena, "CA%032d", n);
}

/* A signed callback, answered by a worker.  more: "&To=..." */
static int says(const char *query, const char *sid, const char *status, const char *more)
{
	char url[512];
	const char *body = arena_printf(&api_rig.arena, "CallSid=%s&AccountSid=" RIG_ACCOUNT "%s%s%s", sid, status[0] ? "&CallStatus=" : "",
		status, more);
	struct plane_request *r = rig_request("POST", STATUS, query, body);
	(void)snprintf(url, sizeof(url), RIG_URL STATUS "%s%s", query[0] ? "?" : "", query);
	rig_sign(r, RIG_TOKEN, url);
	r->plane = api_rig.plane;
	assert_ptr_equal(api_pool_of(api_rig.plane, r), &api_rig.plane->webhook_workers);
	api_run(&api_rig.worker, r);
	int answer = r->status;
	plane_request_free(r);
	return answer;
}

static void add_default_org(void)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("default"), .author = STR("rig"), .now_ms = 1};
	struct store_value name = store_text(STR("Default"));
	assert_int_equal(record_insert(&s, &record_org, s.org, STR("{}"), &name), 0);
	api_rig.org = "default";
	api_rig.token = api_rig_token("default", "app", "cli", "owner", "");
}

#define INBOUND "&Direction=inbound&From=%2B15550100&To=%2B15550199"

static int setup(void **state)
{
	if (api_setup(state) < 0)
		return -1;
	add_default_org();
	assert_int_equal(says("", sid_of(1), "completed", INBOUND "&CallDuration=5"), 204);
	assert_int_equal(says("", sid_of(2), "in-progress", "&Direction=inbound&From=%2B15550101&To=%2B15550199"), 204);
	assert_int_equal(says("", sid_of(3), "ringing", arena_printf(&api_rig.arena,
		"&Direction=outbound-dial&From=%%2B15550101&To=%%2B15550122&ParentCallSid=%s", sid_of(2))), 204);
	return 0;
}

static int64_t count(const char *query)
{
	assert_asked(200, "GET", arena_printf(&api_rig.arena, "/phone/calls%s", query), NULL);
	return api_said_number("/total");
}

static void calls_are_listed_and_filtered(void **state)
{
	(void)state;
	assert_int_equal(count(""), 2);
	assert_string_equal(api_said("/data/0/data/sid"), sid_of(2));
	assert_string_equal(api_said("/calls/0/data/sid"), sid_of(2));
	assert_string_equal(api_said("/data/0/datatype"), "call_log");
	assert_int_equal(count("?legs=true"), 3);
	assert_int_equal(count("?status=completed&missed=true&direction=inbound"), 1);
	assert_string_equal(api_said("/data/0/data/from"), "+15550100");
	assert_int_equal(count("?from= 15550101"), 1); /* a plus, as lws hands it over */
	assert_int_equal(count("?number=+15550199"), 2);
	assert_int_equal(count("?q=0101"), 1);
	assert_int_equal(count("?since=2020-01-01&until=2020-01-02T00:00:00Z"), 0);
	assert_int_equal(count("?since=2020-01-01"), 2);
	assert_int_equal(count("?status=completed' OR '1'='1"), 0);
	assert_asked(422, "GET", "/phone/calls?missed=maybe&since=yesterday&sort=from", NULL);
	assert_int_equal(json_array_size(api_said_json("/errors")), 3);
}

static void live_calls_are_those_that_are_not_over(void **state)
{
	(void)state;
	assert_asked(200, "GET", "/phone/calls/live", NULL);
	assert_int_equal(api_said_number("/total"), 2);
	assert_int_equal(says("", sid_of(2), "completed", ""), 204);
	assert_asked(200, "GET", "/phone/calls/live", NULL);
	assert_int_equal(api_said_number("/total"), 1);
}

static void a_call_is_shown_with_its_legs_and_journey(void **state)
{
	(void)state;
	assert_asked(200, "GET", arena_printf(&api_rig.arena, "/phone/calls/%s", sid_of(2)), NULL);
	assert_string_equal(api_said("/data/status"), "in-progress");
	assert_string_equal(api_said("/data/legs/0/sid"), sid_of(3));
	assert_string_equal(api_said("/data/journey/0/details/status"), "in-progress");
	assert_int_equal(json_array_size(api_said_json("/data/recordings")), 0);
	assert_true(json_is_null(api_said_json("/data/answeredAt")));
	assert_asked(404, "GET", "/phone/calls/CA99", NULL);
	assert_string_equal(api_said("/reason"), "call_not_found");
}

static void another_organisation_has_no_such_call(void **state)
{
	(void)state;
	const char *path = arena_printf(&api_rig.arena, "/phone/calls/%s", sid_of(2));
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_int_equal(count(""), 0);
	assert_asked(404, "GET", path, NULL);
	assert_asked(404, "PATCH", path, "{\"note\":\"x\"}");
}

static void what_came_of_a_call_is_noted(void **state)
{
	(void)state;
	const char *path = arena_printf(&api_rig.arena, "/phone/calls/%s", sid_of(1));
	assert_asked(200, "PATCH", path, "{\"note\":\"calls again\",\"tags\":[\"vip\"],\"followUpAt\":\"2026-12-01\",\"odd\":1}");
	assert_string_equal(api_said("/data/note"), "calls again");
	assert_string_equal(api_said("/data/tags/0"), "vip");
	assert_string_equal(api_said("/data/status"), "completed");
	assert_int_equal(json_array_size(api_said_json("/warnings")), 1);
	assert_asked(200, "PATCH", path, "{\"outcome\":\"sold\"}");
	assert_string_equal(api_said("/data/note"), "calls again");
	assert_int_equal(json_integer_value(api_said_json("/data/duration")), 5);
	assert_asked(422, "PATCH", path, "{\"note\":7,\"tags\":[\"\"],\"followUpAt\":\"soon\"}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 3);
	api_rig.if_match = "\"v1\"";
	assert_asked(412, "PATCH", path, "{\"note\":\"x\"}");
	assert_int_equal(api_count("SELECT count(*) FROM audit WHERE action = 'call.update'"), 2);
}

static void what_a_call_does_is_an_event_once(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(says("", sid_of(1), "completed", INBOUND "&CallDuration=5"), 204);
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'call.completed'"), 1);
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'call.missed'"), 1);
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'call.started'"), 3);
}

static void an_assistants_stream_takes_the_call(void **state)
{
	(void)state;
	assert_int_equal(says("", sid_of(2), "", "&StreamEvent=stream-started&StreamSid=MZ1"), 204);
	assert_int_equal(says("", sid_of(9), "", "&StreamEvent=stream-started&StreamSid=MZ1"), 204);
	assert_int_equal(says("", sid_of(2), "", "&StreamEvent=stream-error&StreamError=31920"), 204);
	assert_int_equal(says("", sid_of(2), "completed", ""), 204);
	assert_int_equal(count("?missed=true"), 1);
}

static void a_call_that_is_over_leaves_the_book(void **state)
{
	(void)state;
	char token[TOKEN_TEXT_MAX];
	const struct bridge_stream stream = {.call_sid = str_of(sid_of(2)), .caller = STR("+15550101"), .called = STR("+15550199")};
	struct bridge_result result;
	assert_int_equal(bridge_token(api_rig.plane, &stream, token), 0);
	assert_int_equal(says("", sid_of(2), "in-progress", ""), 204);
	assert_int_equal(bridge_result_of(api_rig.plane, stream.call_sid, &result), 0);
	assert_int_equal(says("", sid_of(2), "completed", ""), 204);
	assert_true(bridge_result_of(api_rig.plane, stream.call_sid, &result) < 0);
}

static void what_says_nothing_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(says("", "", "", ""), 204);
	assert_int_equal(says("", sid_of(7), "odd", ""), 204);
	assert_int_equal(says("m=nobody", sid_of(7), "ringing", ""), 204); /* waits for its call */
	assert_int_equal(count("?legs=true"), 3);
	struct plane_request *r = rig_request("POST", STATUS, "", "CallSid=CA1&CallStatus=completed");
	r->plane = api_rig.plane;
	r->signature = STR("wrong");
	api_run(&api_rig.worker, r);
	assert_int_equal(r->status, 403);
	plane_request_free(r);
}

static void times_are_read_to_the_millisecond(void **state)
{
	(void)state;
	int64_t ms;
	assert_int_equal(call_time_read(STR("2026-11-24T19:40:01.250Z"), &ms), 0);
	assert_int_equal(ms, 1795549201250);
	assert_int_equal(call_time_read(STR("1970-01-01"), &ms), 0);
	assert_int_equal(ms, 0);
	assert_int_equal(call_time_read(STR("2000-02-29T00:00:00Z"), &ms), 0);
	assert_int_equal(ms, 951782400000);
	static const char *const bad[] = {"", "2026", "2026-13-01", "2026-11-24T", "2026-11-24T25:00:00Z", "2026-11-24 19:40", "2026-11-24T19:40:01",
		"2026-11-24T19:40:01+01:00", "x2026-11-24", "2026-11-24Z"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(call_time_read(str_of(bad[i]), &ms) < 0);
}

#define CALLS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, api_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLS_TEST(calls_are_listed_and_filtered),
		CALLS_TEST(live_calls_are_those_that_are_not_over),
		CALLS_TEST(a_call_is_shown_with_its_legs_and_journey),
		CALLS_TEST(another_organisation_has_no_such_call),
		CALLS_TEST(what_came_of_a_call_is_noted),
		CALLS_TEST(what_a_call_does_is_an_event_once),
		CALLS_TEST(an_assistants_stream_takes_the_call),
		CALLS_TEST(a_call_that_is_over_leaves_the_book),
		CALLS_TEST(what_says_nothing_does_nothing),
		cmocka_unit_test(times_are_read_to_the_millisecond),
	};
	return cmocka_run_group_tests_name("plane/calls", tests, NULL, NULL);
}
