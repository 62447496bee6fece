/* SPDX-License-Identifier: MIT */
/* A softphone: its token, its devices, who can be rung, and whom it may call. */
#include "api_rig.h"

#include "../../../src/plane/integrations.h"
#include "../../../src/plane/softphone.h"
#include "ringdown/store/keys.h"

#define ACCOUNT  "AC11111111111111111111111111111111"
#define REGISTER "/phone/sms/register"

static struct keys *keys;
static char ann[64];
static const char *owner, *hers;

static int setup(void **state)
{
	static const uint8_t bytes[KEY_BYTES] = {7};
	int err = api_setup(state);
	if (err == 0)
		err = keys_of_bytes(bytes, &keys);
	api_rig.plane->settings.keys = keys;
	owner = api_rig.token;
	assert_asked(201, "POST", "/phone/users", "{\"email\":\"ann@acme.example\",\"name\":\"Ann\",\"roles\":[\"agent\"]}");
	(void)snprintf(ann, sizeof(ann), "%s", api_said("/sk"));
	hers = api_rig_token("acme", "user", ann, "agent", "");
	api_rig.token = hers;
	return err;
}

static int teardown(void **state)
{
	int err = api_teardown(state);
	keys = keys_free(keys);
	return err;
}

static struct api begin(const char *body)
{
	struct plane_request *r = rig_request("POST", "/connect/webhook/twilio/voice", "app=1", body);
	plane_request_free(api_rig.last);
	api_rig.last = r;
	r->plane = api_rig.plane;
	struct api a = {.request = r, .arena = &r->arena, .plane = api_rig.plane, .store = api_rig.worker.store, .now_ms = clock_wall_ms()};
	a.scope = (struct store_scope){.conn = a.store, .org = STR("acme"), .author = STR("twilio"), .now_ms = a.now_ms};
	return a;
}

static void connect_account(const char *key_sid)
{
	struct api a = begin("");
	struct record r;
	json_t *config = json_pack("{s:s, s:s}", "twimlAppSid", "AP11111111111111111111111111111111", "region", "ie1");
	struct integration i = {.record = {.sk = str_of(api_new_sk(&a)), .org = a.scope.org}};
	i.name = STR("main"), i.status = STR("active"), i.account_sid = STR(ACCOUNT);
	i.api_key_sid = str_of(key_sid);
	i.secrets = (struct integration_secrets){.auth_token = STR("11111111111111111111111111111111"),
		.api_key_secret = key_sid[0] ? STR("a secret of the key") : STR("")};
	assert_int_equal(integration_write(&a, NULL, &i, config, NULL, &r), 0);
	json_decref(config);
	api_done(&a);
}

static void give_number(const char *e164, const char *user)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("acme"), .author = STR("test"), .now_ms = 1};
	const struct store_value values[] = {store_text(str_of(e164)), store_null(), store_null(), store_text(STR("active")),
		store_text(STR("Front desk")), store_null(), store_null(), store_null()};
	char data[128];
	(void)snprintf(data, sizeof(data), "{\"assignedUsers\":[\"%s\"]}", user);
	assert_int_equal(record_insert(&s, &record_number, str_of(e164 + 1), str_of(data), values), 0);
}

static void a_token_wants_an_account_with_a_key(void **state)
{
	(void)state;
	assert_asked(409, "POST", "/phone/token", "{\"platform\":\"web\"}");
	assert_string_equal(api_said("/reason"), "twilio_not_configured");
	connect_account("");
	assert_asked(409, "POST", "/phone/token", "{}");
	assert_string_equal(api_said("/reason"), "api_key_required");
}

static void a_token_names_its_user(void **state)
{
	(void)state;
	char identity[128];
	connect_account("SK11111111111111111111111111111111");
	assert_asked(200, "POST", "/phone/token", "{\"platform\":\"ios\"}");
	(void)snprintf(identity, sizeof(identity), "acme_%s", ann);
	assert_string_equal(api_said("/identity"), identity);
	assert_int_equal(api_said_number("/ttl"), 3600);
	assert_int_equal(api_said_number("/expiresIn"), 3600);
	assert_string_equal(api_said("/region"), "ie1");
	assert_true(strlen(api_said("/token")) > 200);
	assert_asked(422, "POST", "/phone/token", "{\"platform\":\"toaster\"}");
	api_rig.token = owner; /* of an app: nobody's phone */
	assert_asked(403, "POST", "/phone/token", "{}");
	assert_string_equal(api_said("/reason"), "user_required");
}

#define DEVICE(more) "{\"deviceId\":\"d-1\",\"platform\":\"web\",\"capabilities\":[\"voice\",\"sms\"]" more "}"

static void who_registers_can_be_rung(void **state)
{
	(void)state;
	connect_account("SK11111111111111111111111111111111");
	give_number("+15550100", ann);
	assert_asked(200, "POST", REGISTER, DEVICE(""));
	assert_string_equal(api_said("/data/device/sk"), "d-1");
	assert_string_equal(api_said("/data/presence/state"), "available");
	assert_string_equal(api_said("/data/presence/effective"), "available");
	assert_string_equal(api_said("/data/numbers/0/phoneNumber"), "+15550100");
	assert_string_equal(api_said("/data/numbers/0/assignment"), "direct");
	assert_int_equal(api_said_number("/data/voice/ttl"), 3600);
	assert_asked(200, "PUT", "/phone/presence", "{\"state\":\"dnd\",\"reason\":\"a meeting\"}");
	assert_asked(200, "POST", REGISTER, DEVICE("")); /* again: the same device, and the choice stays */
	assert_string_equal(api_said("/data/presence/effective"), "dnd");
	assert_int_equal(api_said_number("/data/presence/devices"), 1);
	assert_asked(200, "POST", "/phone/voice/register-device", DEVICE(",\"label\":\"desk\",\"presence\":\"available\""));
	assert_int_equal(api_said_number("/expiresIn"), 3600);
	assert_string_equal(api_said("/assignedPhones/0/friendlyName"), "Front desk");
	assert_asked(200, "GET", "/phone/presence", NULL);
	assert_string_equal(api_said("/data/0/effective"), "available");
	assert_asked(200, "DELETE", REGISTER "/d-1", NULL);
	assert_string_equal(api_said("/data/presence/state"), "offline");
	assert_asked(404, "DELETE", REGISTER "/d-1", NULL);
}

static void what_cannot_be_registered(void **state)
{
	(void)state;
	connect_account("SK11111111111111111111111111111111");
	assert_asked(422, "POST", REGISTER, "{\"platform\":\"web\"}");
	assert_asked(422, "POST", REGISTER, "{\"deviceId\":\"a/b\",\"capabilities\":[\"fax\"],\"presence\":\"asleep\"}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 3);
	assert_int_equal(api_count("SELECT count(*) FROM device"), 0);
}

static void a_device_that_falls_silent_is_dropped(void **state)
{
	(void)state;
	connect_account("SK11111111111111111111111111111111");
	assert_asked(200, "POST", REGISTER, DEVICE(""));
	assert_asked(200, "POST", "/phone/presence/heartbeat", "{\"deviceId\":\"d-1\"}");
	assert_asked(404, "POST", "/phone/voice/heartbeat", "{\"deviceId\":\"d-2\"}");
	assert_string_equal(api_said("/reason"), "device_unknown");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE device SET last_seen_ms = last_seen_ms - 91000", NULL, 0), 1);
	assert_asked(404, "POST", "/phone/presence/heartbeat", "{\"deviceId\":\"d-1\"}");
	assert_asked(200, "GET", "/phone/presence?users=ann@acme.example", NULL);
	assert_string_equal(api_said("/data/0/state"), "available"); /* what was chosen stays */
	assert_string_equal(api_said("/data/0/effective"), "offline");
	assert_int_equal(api_count("SELECT count(*) FROM device"), 0);
	assert_asked(200, "GET", "/phone/presence/history", NULL);
	assert_int_equal(api_said_number("/total"), 2);
	assert_int_equal(api_count("SELECT count(*) FROM presence_log WHERE state = 'offline' AND author = 'ringdown'"), 1);
	assert_asked(200, "POST", REGISTER, DEVICE(""));
	assert_string_equal(api_said("/data/presence/effective"), "available");
}

static void presence_is_ones_own(void **state)
{
	(void)state;
	char body[256];
	assert_asked(200, "PUT", "/phone/presence", "{\"state\":\"away\",\"until\":\"2999-01-01T00:00:00Z\"}");
	assert_string_equal(api_said("/data/until"), "2999-01-01T00:00:00.000Z");
	assert_asked(422, "PUT", "/phone/presence", "{\"state\":\"asleep\",\"until\":\"1999-01-01T00:00:00Z\"}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 2);
	(void)snprintf(body, sizeof(body), "{\"state\":\"busy\",\"userId\":\"bob@acme.example\"}");
	assert_asked(403, "PUT", "/phone/presence", body);
	api_rig.token = owner;
	assert_asked(403, "PUT", "/phone/presence", "{\"state\":\"busy\"}"); /* an app has none of its own */
	assert_asked(404, "PUT", "/phone/presence", body);
	assert_asked(200, "PUT", "/phone/presence", "{\"state\":\"busy\",\"userId\":\"ann@acme.example\"}");
	assert_asked(200, "GET", "/phone/presence/history?user=ann@acme.example", NULL);
	assert_int_equal(api_said_number("/total"), 2);
	assert_string_equal(api_said("/data/0/state"), "busy");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE presence SET state = 'away', until_ms = 1000", NULL, 0), 1);
	assert_asked(200, "GET", "/phone/presence", NULL);
	assert_string_equal(api_said("/data/0/state"), "available"); /* the time of the choice is over */
}

/* What Twilio is answered; form: with From and To. */
static const char *call_out(const char *from, const char *to, const char *more)
{
	char body[512];
	static char text[4096];
	struct form form;
	(void)snprintf(body, sizeof(body), "CallSid=CA1&From=client%%3A%s&To=%s%s", from, to, more);
	struct api a = begin(body);
	assert_int_equal(form_parse(a.request->body, a.arena, &form), 0);
	a.form = &form;
	softphone_voice(&a);
	api_done(&a);
	assert_int_equal(a.request->status, 200);
	assert_true(str_copy(a.request->reply, text, sizeof(text)));
	return text;
}

static void says(const char *twiml, const char *words)
{
	if (!strstr(twiml, words))
		fail_msg("no %s in %s", words, twiml);
}

static void a_softphone_calls_out(void **state)
{
	(void)state;
	char identity[128];
	(void)snprintf(identity, sizeof(identity), "acme_%s", ann);
	says(call_out(identity, "%2B12025550123", ""), "No number is assigned to you");
	give_number("+12025550100", ann);
	give_number("+12025550199", "somebody else");
	says(call_out(identity, "%2B12025550123", ""),
		"<Dial answerOnBridge=\"true\" callerId=\"+12025550100\" timeout=\"45\"><Number>+12025550123</Number></Dial>");
	says(call_out(identity, "(202)+555-0123", "&callerId=%2B12025550100"), "<Number>+12025550123</Number>");
	says(call_out("user%3Aann%40acme.example", "12025550123", ""), "<Number>+12025550123</Number>");
	says(call_out(identity, "%2B12025550123", "&callerId=%2B12025550199"), "not one of yours");
	says(call_out(identity, "%2B4930123456", ""), "does not allow calls to this number");
	says(call_out(identity, "%2B19005550123", ""), "does not allow calls to this number");
	says(call_out(identity, "hello", ""), "not a telephone number");
	says(call_out(identity, "", ""), "not a telephone number");
	says(call_out(identity, "queue%3Asupport", ""), "no such queue");
	says(call_out(identity, "client%3Auser%3Aann%40acme.example", ""), "<Client>acme_");
}

static void emergencies_are_refused_and_told(void **state)
{
	(void)state;
	char identity[128];
	(void)snprintf(identity, sizeof(identity), "acme_%s", ann);
	give_number("+12025550100", ann);
	says(call_out(identity, "911", ""), "Emergency services cannot be reached");
	says(call_out(identity, "%2B1911", ""), "Emergency services cannot be reached");
	says(call_out(identity, "112", ""), "Emergency services cannot be reached");
	assert_int_equal(api_count("SELECT count(*) FROM event_log WHERE type = 'call.refused' AND data LIKE '%emergency_number%'"), 3);
}

static void strangers_call_nobody(void **state)
{
	(void)state;
	char identity[128];
	(void)snprintf(identity, sizeof(identity), "other_%s", ann);
	give_number("+12025550100", ann);
	says(call_out(identity, "%2B12025550123", ""), "not signed in");
	says(call_out("acme_00000000000000000000000000", "%2B12025550123", ""), "not signed in");
	says(call_out("%2B12025550123", "%2B12025550123", ""), "not signed in");
	(void)snprintf(identity, sizeof(identity), "acme_%s", ann);
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET is_active = 0", NULL, 0), 1);
	says(call_out(identity, "%2B12025550123", ""), "not signed in");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET is_active = 1, data = '{\"roles\":[\"viewer\"]}'", NULL, 0), 1);
	says(call_out(identity, "%2B12025550123", ""), "You may not make calls");
}

static void voices_are_listed(void **state)
{
	(void)state;
	assert_asked(200, "GET", "/phone/voice/voices", NULL);
	assert_true(api_said_number("/total") > 60);
	assert_string_equal(api_said("/data/0/for"), "say");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_wants_an_account_with_a_key, setup, teardown),
		cmocka_unit_test_setup_teardown(a_token_names_its_user, setup, teardown),
		cmocka_unit_test_setup_teardown(who_registers_can_be_rung, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_registered, setup, teardown),
		cmocka_unit_test_setup_teardown(a_device_that_falls_silent_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(presence_is_ones_own, setup, teardown),
		cmocka_unit_test_setup_teardown(a_softphone_calls_out, setup, teardown),
		cmocka_unit_test_setup_teardown(emergencies_are_refused_and_told, setup, teardown),
		cmocka_unit_test_setup_teardown(strangers_call_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(voices_are_listed, setup, teardown),
	};
	return cmocka_run_group_tests_name("plane/softphone", tests, NULL, NULL);
}
