/* SPDX-License-Identifier: MIT */
/* Whose a webhook is: by AccountSid, signature, number; by the former token for a day; by a secret in the URL. */
#include "api_rig.h"

#include "../../../src/plane/webhook_auth.h"
#include "ringdown/base/auto.h"
#include "ringdown/store/keys.h"

#define AC_SHARED "AC11111111111111111111111111111111"
#define TOKEN_1   "11111111111111111111111111111111"
#define TOKEN_2   "22222222222222222222222222222222"
#define PATH      "/connect/webhook/twilio/voice"

static struct keys *keys;
static struct api api; /* of the last request */
static struct plane_request *request;

static int setup(void **state)
{
	static const uint8_t bytes[KEY_BYTES] = {7};
	int err = api_setup(state);
	if (err == 0)
		err = keys_of_bytes(bytes, &keys);
	sweeper_stop(&api_rig.plane->sweeper); /* before what it reads is changed */
	api_rig.plane->settings.keys = keys;
	api_rig.plane->settings.account_sid = STR("AC99999999999999999999999999999999");
	request = NULL;
	return err;
}

static void drop(void)
{
	if (request)
		api_done(&api);
	request = plane_request_free(request);
}

static int teardown(void **state)
{
	drop();
	int err = api_teardown(state);
	keys = keys_free(keys);
	return err;
}

static struct api begin(const char *method, const char *path, const char *query, const char *body)
{
	drop();
	request = rig_request(method, "", query, body);
	request->path = arena_str(&request->arena, str_of(path));
	request->content_type = STR("application/x-www-form-urlencoded");
	request->plane = api_rig.plane;
	struct api a = {.request = request, .arena = &request->arena, .plane = api_rig.plane, .store = api_rig.worker.store,
		.now_ms = clock_wall_ms()};
	a.scope = (struct store_scope){.conn = a.store, .now_ms = a.now_ms};
	return a;
}

/* An integration as save-integration keeps it, or as it changes it. */
static struct integration keep(const char *org, const struct integration *now, const char *account, const char *token,
	const char *how)
{
	struct api a = begin("POST", "/x", "", "");
	struct record r;
	AUTO(auto_json) json_t *config = json_pack("{s:s}", "webhookAuth", how);
	a.scope.org = str_of(org);
	a.scope.author = STR("test");
	struct integration i = now ? *now : (struct integration){.record = {.sk = str_of(api_new_sk(&a)), .org = a.scope.org}};
	i.name = STR("main"), i.status = STR("active"), i.account_sid = str_of(account);
	i.secrets.auth_token = str_of(token);
	assert_int_equal(integration_write(&a, now, &i, config, NULL, &r), 0);
	assert_int_equal(integration_open(&a, &r, &i), 0);
	/* texts beyond the request's life */
	i.record.sk = arena_str(&api_rig.arena, i.record.sk);
	i.record.org = str_of(org);
	i.record.columns = memcpy(arena_alloc(&api_rig.arena, 16 * sizeof(struct store_value)), r.columns, 10 * sizeof(struct store_value));
	i.secrets.auth_token = str_of(token);
	i.webhook_auth = str_of(how);
	return i;
}

static void own(const char *org, const char *number, const char *status)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = str_of(org), .author = STR("test"), .now_ms = 1};
	const struct store_value values[] = {store_text(str_of(number)), store_null(), store_null(), store_text(str_of(status)),
		store_null(), store_null(), store_null(), store_null()};
	char sk[64];
	(void)snprintf(sk, sizeof(sk), "%s-%s-%s", org, number + 1, status);
	assert_int_equal(record_insert(&s, &record_number, str_of(sk), STR("{}"), values), 0);
}

/* A webhook signed with the token; query: as it is in the URL. */
static int ask(const char *token, const char *query, const char *body)
{
	char signature[SIGNATURE_TEXT_MAX], url[512];
	struct form form;
	api = begin("POST", PATH, query, body);
	(void)snprintf(url, sizeof(url), "%s" PATH "%s%s", RIG_URL, query[0] ? "?" : "", query);
	assert_int_equal(form_parse(str_of(body), &request->arena, &form), 0);
	if (token)
		assert_int_equal(signature_make(str_of(token), str_of(url), &form, signature), 0);
	request->signature = token ? arena_str(&request->arena, str_of(signature)) : STR("");
	return webhook_authenticate(&api);
}

static void assert_org(const char *org)
{
	assert_true(str_is(api.scope.org, str_of(org)));
}

static void assert_refused(int status, const char *reason)
{
	assert_int_equal(request->status, status);
	AUTO(auto_json) json_t *j = json_loadb(request->reply.p, request->reply.n, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(j, "reason")), reason);
}

#define CALL "AccountSid=" AC_SHARED "&CallSid=CA1&From=%2B15550001111&To=%2B15550002222"

static void who_signed_it_is_found_by_the_account(void **state)
{
	(void)state;
	struct integration i = keep("acme", NULL, AC_SHARED, TOKEN_1, "signature");
	assert_int_equal(ask(TOKEN_1, "", CALL), 0);
	assert_org("acme");
	assert_true(str_is(api.integration_sk, i.record.sk));
	assert_true(str_is(form_get(api.form, STR("CallSid")), STR("CA1")));
	assert_int_equal(ask(TOKEN_1, "fallback=1&x=a%20b", CALL), 0);
	assert_true(ask(TOKEN_2, "", CALL) < 0);
	assert_refused(403, "bad_twilio_signature");
	assert_true(ask(NULL, "", CALL) < 0);
	assert_refused(403, "bad_twilio_signature");
	assert_true(ask(TOKEN_1, "", "AccountSid=AC22222222222222222222222222222222&CallSid=CA1") < 0);
	assert_refused(403, "unknown_account");
	assert_true(ask(TOKEN_1, "", "CallSid=CA1") < 0);
	assert_refused(403, "unknown_account");
}

static void the_account_of_the_file_is_the_default_organisations(void **state)
{
	(void)state;
	assert_int_equal(ask(RIG_TOKEN, "", "AccountSid=AC99999999999999999999999999999999&CallSid=CA1"), 0);
	assert_org("default");
	assert_true(ask(TOKEN_1, "", "AccountSid=AC99999999999999999999999999999999&CallSid=CA1") < 0);
	assert_refused(403, "bad_twilio_signature");
}

static void the_former_token_is_good_for_a_day(void **state)
{
	(void)state;
	struct integration i = keep("acme", NULL, AC_SHARED, TOKEN_1, "signature");
	(void)keep("acme", &i, AC_SHARED, TOKEN_2, "signature");
	assert_int_equal(ask(TOKEN_2, "", CALL), 0);
	assert_int_equal(ask(TOKEN_1, "", CALL), 0);
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE integration SET prev_token_until_ms = prev_token_until_ms - 86400000",
		NULL, 0), 1);
	assert_true(ask(TOKEN_1, "", CALL) < 0);
	assert_int_equal(ask(TOKEN_2, "", CALL), 0);
}

static void one_that_is_switched_off_signs_for_nobody(void **state)
{
	(void)state;
	(void)keep("acme", NULL, AC_SHARED, TOKEN_1, "signature");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE integration SET status = 'disabled'", NULL, 0), 1);
	assert_true(ask(TOKEN_1, "", CALL) < 0);
	assert_refused(403, "unknown_account");
}

/* PLANE.md 3.3, 4: a shared account; the same token, so both fit. */
static void of_several_the_one_with_the_number_is_meant(void **state)
{
	(void)state;
	(void)keep("acme", NULL, AC_SHARED, TOKEN_1, "signature");
	(void)keep("other", NULL, AC_SHARED, TOKEN_1, "signature");
	assert_true(ask(TOKEN_1, "", CALL) < 0);
	assert_refused(404, "number_not_owned");
	own("other", "+15550002222", "released");
	assert_true(ask(TOKEN_1, "", CALL) < 0);
	own("acme", "+15550002222", "active");
	assert_int_equal(ask(TOKEN_1, "", CALL), 0);
	assert_org("acme");
	own("other", "+15550003333", "active"); /* calls out */
	assert_int_equal(ask(TOKEN_1, "", "AccountSid=" AC_SHARED "&From=%2B15550003333&To=%2B15550009999"), 0);
	assert_org("other");
}

static void a_secret_in_the_url_is_for_its_kind_and_owner(void **state)
{
	(void)state;
	struct integration i = keep("acme", NULL, AC_SHARED, "", "url-secret");
	struct api a = begin("POST", PATH, "", "");
	a.scope.org = STR("acme");
	char voice[128], status[128], foreign[128];
	(void)snprintf(voice, sizeof(voice), STR_FMT, STR_ARG(webhook_secret(&a, &i, "voice")));
	(void)snprintf(status, sizeof(status), STR_FMT, STR_ARG(webhook_secret(&a, &i, "status")));
	a.scope.org = STR("other");
	(void)snprintf(foreign, sizeof(foreign), STR_FMT, STR_ARG(webhook_secret(&a, &i, "voice")));
	a.scope.org = STR("acme");
	struct str url = webhook_url(&a, &i, "voice?fallback=1", "voice");
	assert_true(str_starts(url, STR(RIG_URL PATH "?fallback=1&w=")));
	assert_true(str_ends(url, str_of(voice)));
	assert_int_equal(strlen(voice), 2 + 43);
	assert_int_equal(ask(NULL, voice, CALL), 0);
	assert_org("acme");
	assert_true(ask(NULL, status, CALL) < 0);
	assert_refused(403, "bad_twilio_signature");
	assert_true(ask(NULL, foreign, CALL) < 0);
	voice[10] = voice[10] == 'a' ? 'b' : 'a';
	assert_true(ask(NULL, voice, CALL) < 0);
	assert_true(ask(NULL, "w=", CALL) < 0);
	/* An integration that is told by signature takes none. */
	assert_int_equal(webhook_secret(&a, &(struct integration){.webhook_auth = STR("signature")}, "voice").n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_signed_it_is_found_by_the_account),
		CASE(the_account_of_the_file_is_the_default_organisations),
		CASE(the_former_token_is_good_for_a_day),
		CASE(one_that_is_switched_off_signs_for_nobody),
		CASE(of_several_the_one_with_the_number_is_meant),
		CASE(a_secret_in_the_url_is_for_its_kind_and_owner),
	};
	return cmocka_run_group_tests_name("plane/webhook_auth", tests, NULL, NULL);
}
