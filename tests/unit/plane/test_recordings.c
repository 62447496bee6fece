/* SPDX-License-Identifier: MIT */
/* Recordings as Twilio tells of them, in whatever order, and as people may see them. */
#include "api_rig.h"

#include "../../../src/plane/recordings.h"

#define SID  "RE11111111111111111111111111111111"
#define HOOK "/connect/webhook/twilio/recording"

static void tell(const char *sid, const char *status, const char *more, int answer)
{
	char body[512], url[256];
	(void)snprintf(body, sizeof(body), "AccountSid=" RIG_ACCOUNT "&CallSid=CA1&RecordingSid=%s&RecordingStatus=%s%s", sid, status, more);
	struct plane_request *r = rig_request("POST", HOOK, "", body);
	(void)snprintf(url, sizeof(url), RIG_URL HOOK);
	r->plane = api_rig.plane;
	rig_sign(r, RIG_TOKEN, url);
	api_run(&api_rig.worker, r);
	if (r->status != answer)
		fail_msg("%s: %d: %s", status, r->status, rig_text(r));
	plane_request_free(r);
}

static int setup(void **state)
{
	int err = api_setup(state);
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("default"), .author = STR("test"), .now_ms = 1};
	struct store_value name = store_text(s.org);
	assert_int_equal(record_insert(&s, &record_org, s.org, STR("{\"retentionDays\":7}"), &name), 0);
	api_rig.org = "default";
	api_rig.token = api_rig_token("default", "app", "cli", "", "*");
	return err;
}

static void a_status_never_goes_back(void **state)
{
	(void)state;
	tell(SID, "in-progress", "&RecordingChannels=2&RecordingSource=DialVerb", 204);
	tell(SID, "completed", "&RecordingDuration=12&RecordingStartTime=Mon%2C+23+Nov+2026+16%3A15%3A53+%2B0000", 204);
	tell(SID, "in-progress", "", 204); /* late */
	tell(SID, "completed", "&RecordingDuration=12", 204); /* again */
	assert_asked(200, "GET", "/phone/recordings", NULL);
	assert_int_equal(api_said_number("/total"), 1);
	assert_string_equal(api_said("/data/0/data/status"), "completed");
	assert_string_equal(api_said("/data/0/data/startTime"), "2026-11-23T16:15:53.000Z");
	assert_string_equal(api_said("/data/0/data/retentionUntil"), "2026-11-30T16:15:53.000Z");
	assert_int_equal(api_said_number("/data/0/data/durationSeconds"), 12);
	assert_int_equal(api_said_number("/data/0/data/channels"), 2);
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'recording.completed'"), 1);
}

static void what_is_no_recording_is_refused(void **state)
{
	(void)state;
	tell("RE1", "completed", "", 400);
	tell(SID, "deleted", "", 400);
	tell(SID, "", "", 400);
	assert_int_equal(api_count("SELECT count(*) FROM recording"), 0);
}

static void a_list_is_filtered(void **state)
{
	(void)state;
	tell(SID, "completed", "", 204);
	tell("RE22222222222222222222222222222222", "absent", "&ErrorCode=13221", 204);
	assert_asked(200, "GET", "/phone/recordings?callSid=CA1&kind=call&unheard=true", NULL);
	assert_int_equal(api_said_number("/total"), 2);
	assert_asked(200, "GET", "/phone/recordings?callSid=CA2", NULL);
	assert_int_equal(api_said_number("/total"), 0);
	assert_asked(200, "GET", "/phone/recordings?since=2999-01-01T00:00:00Z", NULL);
	assert_int_equal(api_said_number("/total"), 0);
	assert_asked(422, "GET", "/phone/recordings?since=yesterday", NULL);
	assert_asked(200, "GET", "/phone/recordings/" SID, NULL);
	assert_string_equal(api_said("/data/sid"), SID);
	assert_asked(404, "GET", "/phone/recordings/RE33333333333333333333333333333333", NULL);
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'recording.failed'"), 1);
}

static void what_is_heard_and_held_is_noted(void **state)
{
	(void)state;
	tell(SID, "completed", "", 204);
	assert_asked(200, "PATCH", "/phone/recordings/" SID, "{\"heard\":true,\"note\":\"call back\",\"legalHold\":true}");
	assert_string_equal(api_said("/data/note"), "call back");
	assert_asked(200, "GET", "/phone/recordings?unheard=true", NULL);
	assert_int_equal(api_said_number("/total"), 0);
	api_rig.if_match = "\"v1\"";
	assert_asked(412, "PATCH", "/phone/recordings/" SID, "{\"heard\":false}");
}

/* Another organisation's is not there; an agent's are those of the agent's own calls. */
static void others_see_nothing(void **state)
{
	(void)state;
	tell(SID, "completed", "", 204);
	api_rig.org = "acme";
	api_rig.token = api_rig_token("acme", "app", "cli", "owner", "");
	assert_asked(404, "GET", "/phone/recordings/" SID, NULL);
	assert_asked(200, "GET", "/phone/recordings", NULL);
	assert_int_equal(api_said_number("/total"), 0);
	api_rig.org = "default";
	api_rig.token = api_rig_token("default", "app", "cli", "", "recordings:own");
	assert_asked(404, "GET", "/phone/recordings/" SID, NULL);
	assert_asked(200, "GET", "/phone/recordings", NULL);
	assert_int_equal(api_said_number("/total"), 0);
	api_rig.token = api_rig_token("default", "app", "cli", "viewer", "");
	assert_asked(403, "GET", "/phone/recordings", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_status_never_goes_back, setup, api_teardown),
		cmocka_unit_test_setup_teardown(what_is_no_recording_is_refused, setup, api_teardown),
		cmocka_unit_test_setup_teardown(a_list_is_filtered, setup, api_teardown),
		cmocka_unit_test_setup_teardown(what_is_heard_and_held_is_noted, setup, api_teardown),
		cmocka_unit_test_setup_teardown(others_see_nothing, setup, api_teardown),
	};
	return cmocka_run_group_tests_name("plane/recordings", tests, NULL, NULL);
}
