/* SPDX-License-Identifier: MIT */
/* Flows and schedules: from a draft to what a caller hears, also when the database is away. */
#include "api_rig.h"
#include "ringdown/base/auto.h"

#define VOICE   "/connect/webhook/twilio/voice"
#define SID     "CA22222222222222222222222222222222"
#define FORM    "CallSid=" SID "&AccountSid=" RIG_ACCOUNT "&Direction=inbound&From=%2B14155550111&To=%2B14155550100"
#define MENU                                                                                                          \
	"{\"schema\":\"ivr-flow/1\",\"name\":\"main\",\"entry\":\"menu\",\"nodes\":{"                                    \
	"\"menu\":{\"type\":\"menu\",\"prompt\":{\"say\":\"Press 1 for us, 2 for the assistant.\"},\"onNoInput\":\"bye\"," \
	"\"options\":[{\"digit\":\"1\",\"next\":\"vm\"},{\"digit\":\"2\",\"next\":\"ai\"},{\"digit\":\"3\",\"next\":\"zip\"}]},"                                    \
	"\"vm\":{\"type\":\"voicemail\",\"mailbox\":{\"type\":\"number\",\"id\":\"+14155550100\"},\"next\":\"bye\"},"    \
	"\"ai\":{\"type\":\"ai-assistant\",\"assistantId\":\"reception\",\"context\":\"From {{caller}}\",\"transferTargets\":{\"sales\":\"vm\"},\"onComplete\":\"bye\",\"onFailed\":\"vm\"}," \
	"\"zip\":{\"type\":\"collect\",\"prompt\":{\"say\":\"Zip?\"},\"var\":\"zip\",\"next\":\"say\"},"                 \
	"\"say\":{\"type\":\"say\",\"prompt\":{\"say\":\"You said {{zip}}.\"},\"next\":\"text\"},"                         \
	"\"text\":{\"type\":\"send-sms\",\"message\":\"Zip {{zip}}\",\"next\":\"zip2\"},"                                 \
	"\"zip2\":{\"type\":\"menu\",\"prompt\":{\"say\":\"Again?\"},\"options\":[{\"digit\":\"1\",\"next\":\"say\"}]},"  \
	"\"bye\":{\"type\":\"hangup\",\"say\":\"Goodbye.\"}}}"

static int setup(void **state)
{
	if (api_setup(state) < 0)
		return -1;
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("default"), .author = STR("rig"), .now_ms = 1};
	struct store_value name = store_text(STR("default"));
	assert_int_equal(record_insert(&s, &record_org, STR("default"), STR("{}"), &name), 0);
	api_rig.org = "default";
	api_rig.token = api_rig_token("default", "app", "cli", "owner", "");
	return 0;
}

/* A webhook by a worker, signed; the reply's text. */
static const char *hook(const char *path, const char *query, const char *body)
{
	char url[4096];
	struct plane_request *r = rig_request("POST", path, query, body);
	(void)snprintf(url, sizeof(url), RIG_URL "%s%s%s", path, query[0] ? "?" : "", query);
	rig_sign(r, RIG_TOKEN, url);
	r->plane = api_rig.plane;
	assert_non_null(api_pool_of(api_rig.plane, r));
	api_run(&api_rig.worker, r);
	plane_request_free(api_rig.last);
	api_rig.last = r;
	return rig_text(r);
}

/* Asks the first URL of this node in the document with these fields. */
static const char *go_on(const char *node, const char *fields)
{
	char path[256], query[1024], want[128];
	char *text = arena_strdup(&api_rig.arena, str_of(rig_text(api_rig.last)));
	(void)snprintf(want, sizeof(want), "/automation/ivr/flow/main/n/%s?t=", node);
	char *at = strstr(text, want);
	if (!at)
		fail_msg("no %s in %s", want, text);
	(void)snprintf(path, sizeof(path), "/automation/ivr/flow/main/n/%s", node);
	rig_between(at, "?", "\"", query, sizeof(query));
	return hook(path, query, arena_printf(&api_rig.arena, "%s&CallStatus=in-progress%s", FORM, fields));
}

static void publish(void)
{
	assert_asked(201, "POST", "/automation/ivr/flows", MENU);
	assert_asked(200, "POST", "/automation/ivr/flows/main/publish", "{}");
}

static void add_routed_number(const char *data)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("default"), .author = STR("rig"), .now_ms = 1};
	const struct store_value columns[] = {store_text(STR("+14155550100")), store_null(), store_null(), store_text(STR("active")),
		store_null(), store_null(), store_null(), store_null()};
	assert_int_equal(record_insert(&s, &record_number, STR("01jd0000000000000000000009"),
		str_of(data), columns), 0);
}

static void add_number(void)
{
	add_routed_number("{\"routing\":{\"voice\":{\"mode\":\"flow\",\"flow\":\"main\"}}}");
}

static void a_draft_is_kept_checked_and_published(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/automation/ivr/flows", MENU);
	assert_string_equal(api_said("/data/entry"), "menu");
	assert_asked(409, "POST", "/automation/ivr/flows", MENU);
	assert_asked(200, "GET", "/automation/ivr/flows/main", NULL);
	assert_string_equal(api_reply_header("etag:"), "\"v1\"");
	assert_asked(200, "GET", "/automation/ivr/flows", NULL);
	assert_int_equal(api_said_number("/total"), 1);
	assert_asked(200, "POST", "/automation/ivr/flows/main/validate", "");
	assert_true(json_is_true(api_said_json("/valid")));
	assert_asked(200, "GET", "/automation/ivr/flows/main/graph", NULL);
	assert_string_equal(api_said("/nodes/0/id"), "menu");
	assert_asked(200, "GET", "/automation/ivr/schema.json", NULL);
	assert_string_equal(api_said("/title"), "ivr-flow/1");
	assert_asked(200, "POST", "/automation/ivr/flows/main/publish", "{}");
	assert_int_equal(api_said_number("/data/version"), 1);
	assert_asked(200, "POST", "/automation/ivr/flows/main/publish", "{}");
	assert_asked(200, "GET", "/automation/ivr/flows/main/versions", NULL);
	assert_int_equal(api_said_number("/data/0/version"), 2);
	assert_asked(200, "GET", "/automation/ivr/flows/main/versions/1", NULL);
	assert_string_equal(api_said("/data/document/entry"), "menu");
	assert_asked(200, "POST", "/automation/ivr/flows/main/rollback", "{\"version\":1}");
	assert_int_equal(api_said_number("/data/version"), 3);
	assert_asked(404, "POST", "/automation/ivr/flows/main/rollback", "{\"version\":9}");
	assert_asked(200, "GET", "/automation/ivr/flows/main", NULL);
	api_rig.if_match = "\"v1\"";
	assert_asked(412, "PUT", "/automation/ivr/flows/main", MENU);
	api_rig.if_match = NULL;
	assert_asked(200, "PUT", "/automation/ivr/flows/main", MENU);
	assert_asked(204, "DELETE", "/automation/ivr/flows/main", NULL);
	assert_asked(404, "GET", "/automation/ivr/flows/main", NULL);
}

static void all_faults_are_told(void **state)
{
	(void)state;
	assert_asked(422, "POST", "/automation/ivr/flows",
		"{\"name\":\"x\",\"entry\":\"a\",\"nodes\":{\"a\":{\"type\":\"pause\",\"seconds\":99,\"colour\":1},\"b\":{\"type\":\"shout\"}}}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 3);
	/* what it refers to may come later, but not after it is published */
	assert_asked(201, "POST", "/automation/ivr/flows",
		"{\"name\":\"x\",\"entry\":\"q\",\"nodes\":{\"q\":{\"type\":\"transfer-queue\",\"queue\":\"support\"}}}");
	assert_asked(422, "POST", "/automation/ivr/flows/x/publish", "{}");
	assert_string_equal(api_said("/errors/0/pointer"), "/nodes/q/queue");
	assert_string_equal(api_said("/errors/0/reason"), "reference_missing");
	/* ... and what no call can do yet is only drawn */
	assert_asked(201, "POST", "/automation/ivr/flows",
		"{\"name\":\"p\",\"entry\":\"q\",\"nodes\":{\"q\":{\"type\":\"pause-recording\"}}}");
	assert_asked(422, "POST", "/automation/ivr/flows/p/publish", "{}");
	assert_string_equal(api_said("/errors/0/reason"), "node_unavailable");
	assert_asked(200, "POST", "/automation/ivr/flows/validate", "{\"name\":\"y\",\"entry\":\"z\",\"nodes\":{}}");
	assert_false(json_is_true(api_said_json("/valid")));
}

static void another_organisation_sees_nothing(void **state)
{
	(void)state;
	publish();
	api_rig.org = "acme";
	api_rig.token = api_rig_token("acme", "app", "cli", "owner", "");
	assert_asked(404, "GET", "/automation/ivr/flows/main", NULL);
	assert_asked(404, "POST", "/automation/ivr/flows/main/publish", "{}");
	assert_asked(404, "GET", "/automation/ivr/flows/main/versions/1", NULL);
}

static void a_preview_does_nothing(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/automation/ivr/flows", MENU);
	assert_asked(200, "POST", "/automation/ivr/flows/main/preview", "{\"call\":{\"From\":\"+14155550111\"}}");
	assert_non_null(strstr(api_said("/twiml"), "<Gather"));
	assert_string_equal(api_said("/trace/0/node"), "menu");
	assert_asked(200, "POST", "/automation/ivr/flows/main/preview", "{\"node\":\"zip\",\"input\":{\"Digits\":\"94103\"}}");
	assert_non_null(strstr(api_said("/twiml"), "You said 94103."));
	assert_string_equal(api_said("/next"), "zip2");
	assert_asked(422, "POST", "/automation/ivr/flows/main/preview", "{\"node\":\"nowhere\"}");
	assert_asked(422, "POST", "/automation/ivr/flows/main/preview", "{\"now\":\"soon\"}");
	assert_int_equal(api_count("SELECT COUNT(*) FROM call_session"), 0);
	assert_int_equal(api_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void a_caller_goes_through_a_flow(void **state)
{
	(void)state;
	publish();
	add_number();
	assert_non_null(strstr(hook(VOICE, "", FORM "&CallStatus=ringing"), "Press 1 for us"));
	assert_int_equal(api_count("SELECT COUNT(*) FROM call WHERE call_sid = '" SID "' AND flow = 'main' AND flow_version = 1"), 1);
	assert_non_null(strstr(go_on("menu", "&Digits=3"), "Zip?"));
	assert_non_null(strstr(go_on("zip", "&Digits=94103"), "You said 94103."));
	/* variables live over requests; a message goes once, however often the node is passed */
	assert_non_null(strstr(go_on("zip2", "&Digits=1"), "You said 94103."));
	assert_int_equal(api_count("SELECT COUNT(*) FROM outbox WHERE kind = 'sms'"), 1);
	assert_int_equal(api_count("SELECT COUNT(*) FROM call_event WHERE event = 'input'"), 3);
	assert_true(api_count("SELECT COUNT(*) FROM call_event WHERE event = 'node'") > 5);
}

/* A number that is forwarded has a flow of its own; another node, or this one after its restart, makes it anew. */
static void a_number_is_routed_without_a_flow(void **state)
{
	char query[1024];
	const char *path = "/automation/ivr/flow/number-01jd0000000000000000000009/n/forward";
	(void)state;
	add_routed_number("{\"routing\":{\"voice\":{\"mode\":\"forward\",\"forwardTo\":\"+14155550123\"}}}");
	assert_non_null(strstr(hook(VOICE, "", FORM "&CallStatus=ringing"), ">+14155550123</Number>"));
	rig_between(rig_text(api_rig.last), "/n/forward?", "\"", query, sizeof(query));
	flow_cache_done(&api_rig.plane->flows);
	assert_int_equal(flow_cache_init(&api_rig.plane->flows), 0);
	api_rig.plane->flows.n = 0;
	assert_non_null(strstr(hook(path, query, FORM "&CallStatus=in-progress&DialCallStatus=no-answer"), "<Record"));
}

static void a_message_is_left(void **state)
{
	(void)state;
	publish();
	(void)hook("/automation/ivr/flow/main", "", FORM "&CallStatus=ringing");
	assert_non_null(strstr(go_on("menu", "&Digits=1"), "<Record"));
	assert_non_null(strstr(go_on("vm", "&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE1&RecordingSid=RE1&RecordingDuration=7"), "Goodbye."));
	assert_int_equal(api_count("SELECT COUNT(*) FROM recording WHERE sid = 'RE1' AND kind = 'voicemail' AND mailbox = 'number:+14155550100'"), 1);
	assert_int_equal(api_count("SELECT has_voicemail FROM call WHERE call_sid = '" SID "'"), 1);
}

static void claimed(struct plane_claim *c)
{
	(void)c;
}

/* Over the bridge and back: the stream's token is good, its result picks the edge. */
static void the_assistant_takes_the_call_and_gives_it_back(void **state)
{
	(void)state;
	publish();
	(void)hook("/automation/ivr/flow/main", "", FORM "&CallStatus=ringing");
	const char *text = go_on("menu", "&Digits=2");
	char token[TOKEN_TEXT_MAX];
	assert_non_null(strstr(text, "<Stream url=\"wss://voice.example.com/simple-voice/stream/default/reception\""));
	rig_between(text, "name=\"token\" value=\"", "\"", token, sizeof(token));
	struct plane_claim *c = plane_claim_new();
	c->call_sid = STR(SID);
	c->stream_sid = STR("MZ1");
	c->account_sid = STR(RIG_ACCOUNT);
	c->token = str_of(token);
	c->done = claimed;
	claim_handle(api_rig.plane, c, clock_now_us() / 1000000);
	assert_int_equal(c->error, 0);
	assert_true(str_is(c->assistant->id, STR("reception")));
	assert_true(str_is(c->caller, STR("+14155550111")));
	assert_int_equal(c->n_history, 1);
	assert_true(str_is(c->history[0].text, STR("From +14155550111")));
	assistant_set_unref(c->set);
	plane_claim_free(c);
	struct plane_result *r = plane_result_new();
	r->call_sid = STR(SID);
	r->stream_sid = STR("MZ1");
	r->outcome = PLANE_TRANSFER;
	r->target_name = STR("sales");
	result_handle(api_rig.plane, r, clock_now_us() / 1000000);
	assert_non_null(strstr(go_on("ai", ""), "<Record"));
}

static void a_token_of_another_call_is_refused(void **state)
{
	char query[1024];
	(void)state;
	publish();
	rig_between(hook("/automation/ivr/flow/main", "", FORM "&CallStatus=ringing"), "/n/menu?", "\"", query, sizeof(query));
	(void)hook("/automation/ivr/flow/main/n/menu", query, "CallSid=CA33333333333333333333333333333333&Digits=1");
	assert_int_equal(api_rig.last->status, 403);
	(void)hook("/automation/ivr/flow/main/n/vm", query, FORM "&Digits=1");
	assert_int_equal(api_rig.last->status, 403);
	(void)hook("/automation/ivr/flow/main/n/menu", "", FORM "&Digits=1");
	assert_int_equal(api_rig.last->status, 403);
	assert_non_null(strstr(rig_text(api_rig.last), "bad_flow_token"));
}

/* Who is not published says so in words; a number without a flow has the assistant of the files, as before. */
static void what_is_missing_is_spoken(void **state)
{
	(void)state;
	assert_non_null(strstr(hook("/automation/ivr/flow/nothing", "", FORM "&CallStatus=ringing"), "We are sorry"));
	assert_int_equal(api_rig.last->status, 200);
	assert_int_equal(api_count("SELECT COUNT(*) FROM event_log WHERE type = 'flow.missing'"), 1);
	assert_non_null(strstr(hook(VOICE, "", FORM "&CallStatus=ringing"), "/simple-voice/stream/default/default"));
}

/* The tables are gone: as good as any way of being away that every engine knows. */
static void the_database_may_go_away(void **state)
{
	static const char *const tables[] = {"call_session", "call_event", "call", "contact_tag", "contact", "ivr_flow_version", "ivr_flow", "phone_number"};
	(void)state;
	publish();
	add_number();
	(void)hook(VOICE, "", FORM "&CallStatus=ringing");
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		assert_true(store_run(api_rig.worker.store, arena_printf(&api_rig.arena, "DROP TABLE %s", tables[i]), NULL, 0) >= 0);
	assert_non_null(strstr(go_on("menu", "&Digits=1"), "<Record"));
	assert_non_null(strstr(hook(VOICE, "", FORM "&CallStatus=ringing"), "Press 1 for us"));
}

static int call_meanwhile(struct store_conn *c, void *arg)
{
	const char **ret_text = arg;
	const struct store_value v[] = {store_text(STR("x"))};
	assert_true(store_run(c, "INSERT INTO rate_bucket (key, tokens, at_ms) VALUES ($1, 1, 1)", v, 1) > 0);
	*ret_text = hook(VOICE, "", FORM "&CallStatus=ringing");
	return 0;
}

/* Somebody else writes for longer than anybody waits: what can be read still decides, within two seconds. */
static void the_database_may_be_locked(void **state)
{
	struct store_conn *other = NULL;
	const char *text = NULL;
	(void)state;
	publish();
	add_number();
	assert_int_equal(store_connect(api_rig.store, &other), 0);
	assert_int_equal(store_transaction(other, call_meanwhile, &text), 0);
	assert_non_null(strstr(text, "Press 1 for us"));
	assert_int_equal(api_count("SELECT COUNT(*) FROM call"), 0);
	store_disconnect(other);
	assert_non_null(strstr(hook(VOICE, "", FORM "&CallStatus=ringing"), "Press 1 for us"));
	assert_int_equal(api_count("SELECT COUNT(*) FROM call"), 1);
}

#define OFFICE "{\"name\":\"office\",\"timezone\":\"America/New_York\",\"officeHours\":[{\"dayOfWeek\":[1,2,3,4,5],\"startTime\":\"09:00\",\"endTime\":\"17:00\"}]}"

static void schedules_say_when(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/automation/schedules", OFFICE);
	assert_asked(409, "POST", "/automation/schedules", OFFICE);
	assert_asked(200, "GET", "/automation/schedules/office/status?at=2026-11-24T15:00:00Z", NULL);
	assert_string_equal(api_said("/data/state"), "open");
	assert_string_equal(api_said("/data/local"), "2026-11-24 10:00:00");
	assert_asked(200, "GET", "/automation/schedules/office/status?at=2026-11-24T23:00:00Z", NULL);
	assert_string_equal(api_said("/data/why"), "outside");
	assert_asked(422, "GET", "/automation/schedules/office/status?at=noon", NULL);
	assert_asked(422, "POST", "/automation/schedules", "{\"name\":\"b\",\"timezone\":\"Mars/Olympus\"}");
	assert_string_equal(api_said("/errors/0/reason"), "timezone_unknown");
	assert_asked(200, "PUT", "/automation/schedules/office", OFFICE);
	assert_asked(201, "POST", "/automation/ivr/flows", "{\"name\":\"h\",\"entry\":\"h\",\"nodes\":{\"h\":{\"type\":\"hours\",\"schedule\":\"office\",\"open\":\"o\",\"closed\":\"c\"},"
		"\"o\":{\"type\":\"hangup\",\"say\":\"Open.\"},\"c\":{\"type\":\"hangup\",\"say\":\"Closed.\"}}}");
	assert_asked(200, "POST", "/automation/ivr/flows/h/preview", "{\"now\":\"2026-11-24T15:00:00Z\"}");
	assert_non_null(strstr(api_said("/twiml"), "Open."));
	assert_asked(200, "POST", "/automation/ivr/flows/h/preview", "{\"now\":\"2026-11-24T23:00:00Z\"}");
	assert_non_null(strstr(api_said("/twiml"), "Closed."));
	assert_asked(200, "POST", "/automation/ivr/flows/h/publish", "{}");
	assert_asked(409, "DELETE", "/automation/schedules/office", NULL);
	assert_asked(204, "DELETE", "/automation/ivr/flows/h", NULL);
	assert_asked(204, "DELETE", "/automation/schedules/office", NULL);
}

#define ABROAD(number)                                                                                        \
	"{\"name\":\"abroad\",\"entry\":\"d\",\"nodes\":{\"d\":{\"type\":\"transfer-phone\",\"to\":\"" number "\"}}}"

static void set_org(const char *data)
{
	const struct store_scope s = {.conn = api_rig.worker.store, .org = STR("default"), .author = STR("rig"), .now_ms = 2};
	assert_int_equal(record_update(&s, &record_org, STR("default"), 0, str_of(data), NULL), 0);
}

/* Where calls may go is the organisation's to say, in the document and in the call. */
static void calls_go_where_they_may(void **state)
{
	(void)state;
	assert_asked(422, "POST", "/automation/ivr/flows", ABROAD("+442079460000"));
	assert_string_equal(api_said("/errors/0/reason"), "destination_not_allowed");
	set_org("{\"allowedCountries\":[\"GB\"],\"businessName\":\"Acme\"}");
	assert_asked(422, "POST", "/automation/ivr/flows", ABROAD("+14155550123"));
	assert_asked(201, "POST", "/automation/ivr/flows", ABROAD("+442079460000"));
	assert_asked(200, "POST", "/automation/ivr/flows/abroad/preview", "{}");
	assert_non_null(strstr(api_said("/twiml"), "+442079460000"));
	set_org("{\"allowedCountries\":[]}");
	assert_asked(200, "POST", "/automation/ivr/flows/abroad/preview", "{}");
	assert_null(strstr(api_said("/twiml"), "<Dial"));
}

static void a_flow_in_use_stays(void **state)
{
	(void)state;
	publish();
	add_number();
	assert_asked(409, "DELETE", "/automation/ivr/flows/main", NULL);
	assert_string_equal(api_said("/data/0/name"), "+14155550100");
}

static void a_record_of_the_platform_is_taken_in(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/automation/ivr/flows/import", "{\"name\":\"old\",\"routingType\":\"ai-assistant\",\"aiAssistantConfig\":{\"assistantId\":\"reception\"}}");
	assert_string_equal(api_said("/data/entry"), "assistant");
	assert_asked(422, "POST", "/automation/ivr/flows/import", "{\"name\":\"old2\",\"routingType\":\"simple_menu\",\"menus\":[{\"id\":\"a\",\"greeting\":\"x\",\"options\":[{\"digit\":\"1\",\"action\":\"collect-payment\"}]}]}");
	assert_string_equal(api_said("/errors/0/reason"), "action_unsupported");
}

#define FLOW_TEST(test) cmocka_unit_test_setup_teardown(test, setup, api_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(a_draft_is_kept_checked_and_published),
		FLOW_TEST(all_faults_are_told),
		FLOW_TEST(another_organisation_sees_nothing),
		FLOW_TEST(a_preview_does_nothing),
		FLOW_TEST(a_caller_goes_through_a_flow),
		FLOW_TEST(a_number_is_routed_without_a_flow),
		FLOW_TEST(a_message_is_left),
		FLOW_TEST(the_assistant_takes_the_call_and_gives_it_back),
		FLOW_TEST(a_token_of_another_call_is_refused),
		FLOW_TEST(what_is_missing_is_spoken),
		FLOW_TEST(the_database_may_go_away),
		FLOW_TEST(the_database_may_be_locked),
		FLOW_TEST(schedules_say_when),
		FLOW_TEST(calls_go_where_they_may),
		FLOW_TEST(a_flow_in_use_stays),
		FLOW_TEST(a_record_of_the_platform_is_taken_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
