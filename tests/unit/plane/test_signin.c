/* SPDX-License-Identifier: MIT */
/* Sign-in, refresh, sign-out, applications: who gets tokens, and when they end. */
#include "api_rig.h"

#define PASSWORD "correct horse battery"
#define USER     "{\"email\":\"ann@acme.example\",\"name\":\"Ann\",\"roles\":[\"admin\"],\"password\":\"" PASSWORD "\"}"
#define RIGHT    "{\"email\":\"Ann@acme.example\",\"password\":\"" PASSWORD "\"}"
#define WRONG    "{\"email\":\"ann@acme.example\",\"password\":\"correct horse batterz\"}"

static const char *keep(const char *pointer)
{
	return arena_strdup(&api_rig.arena, str_of(api_said(pointer)));
}

static const char *make_ann(void)
{
	assert_asked(201, "POST", "/phone/users", USER);
	const char *sk = keep("/sk");
	api_rig.token = NULL;
	api_rig.org = NULL;
	return sk;
}

static void sign_in(void)
{
	assert_asked(200, "POST", "/profile/signin", RIGHT);
	api_rig.token = keep("/access_token");
}

static void a_password_gives_tokens_that_work(void **state)
{
	(void)state;
	const char *sk = make_ann();
	assert_asked(200, "POST", "/api/user/signin", RIGHT);
	assert_string_equal(api_said("/user/id"), sk);
	assert_string_equal(api_said("/user/org"), "acme");
	assert_string_equal(api_said("/user/roles/0"), "admin");
	assert_int_equal(api_said_number("/expires_in"), 3600);
	sign_in();
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_asked(200, "PATCH", arena_printf(&api_rig.arena, "/phone/users/%s", sk), "{\"name\":\"A\"}");
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit WHERE action = 'user.update' AND actor = 'ann@acme.example'"), 1);
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit WHERE becomes LIKE '%" PASSWORD "%' OR becomes LIKE '%scrypt%'"), 0);
}

/* One answer for all of them. */
static void who_may_not_come_in(void **state)
{
	(void)state;
	make_ann();
	assert_asked(401, "POST", "/profile/signin", WRONG);
	char *said = arena_strdup(&api_rig.arena, str_of(api_said("/detail")));
	assert_string_equal(api_said("/reason"), "invalid_credentials");
	assert_asked(401, "POST", "/profile/signin", "{\"email\":\"nobody@acme.example\",\"password\":\"" PASSWORD "\"}");
	assert_string_equal(api_said("/detail"), said);
	api_rig.org = "other";
	assert_asked(401, "POST", "/profile/signin", RIGHT);
	assert_string_equal(api_said("/detail"), said);
	api_rig.org = "acme";
	assert_asked(200, "POST", "/profile/signin", RIGHT);
	assert_asked(422, "POST", "/profile/signin", "{\"email\":\"ann@acme.example\"}");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET is_active = 0", NULL, 0), 1);
	assert_asked(401, "POST", "/profile/signin", RIGHT);
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET is_active = 1, pass_hash = NULL", NULL, 0), 1);
	assert_asked(401, "POST", "/profile/signin", RIGHT);
}

static void guessing_ends_after_ten(void **state)
{
	(void)state;
	make_ann();
	for (int i = 0; i < 10; i++)
		assert_asked(401, "POST", "/profile/signin", WRONG);
	assert_asked(429, "POST", "/profile/signin", RIGHT);
	assert_string_equal(api_said("/reason"), "too_many_attempts");
	assert_true(strtol(api_reply_header("retry-after:"), NULL, 10) > 800);
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE rate_bucket SET at_ms = at_ms - 900001", NULL, 0), 2);
	assert_asked(401, "POST", "/profile/signin", WRONG);
	assert_asked(200, "POST", "/profile/signin", RIGHT); /* which counts from the start again */
	for (int i = 0; i < 10; i++)
		assert_asked(401, "POST", "/profile/signin", WRONG);
	assert_asked(429, "POST", "/profile/signin", WRONG);
}

static int refresh_with(const char *token)
{
	return api_ask("POST", "/user/refresh", arena_printf(&api_rig.arena, "{\"refresh_token\":\"%s\"}", token));
}

static void a_refresh_token_is_good_once(void **state)
{
	(void)state;
	make_ann();
	assert_asked(200, "POST", "/profile/signin", RIGHT);
	const char *first = keep("/refresh_token");
	assert_int_equal(refresh_with(first), 200);
	const char *second = keep("/refresh_token");
	assert_string_not_equal(first, second);
	assert_int_equal(refresh_with(second), 200);
	const char *third = keep("/refresh_token");
	api_rig.token = keep("/access_token");
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_int_equal(refresh_with(first), 401); /* stolen: all that came of that sign-in ends */
	assert_string_equal(api_said("/reason"), "token_revoked");
	assert_int_equal(refresh_with(third), 401);
	assert_string_equal(api_said("/reason"), "invalid_token");
	assert_int_equal(refresh_with("made-up"), 401);
	assert_asked(200, "POST", "/profile/signin", RIGHT);
	const char *other = keep("/refresh_token");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE refresh_token SET expires_ms = 1", NULL, 0), 1);
	assert_int_equal(refresh_with(other), 401);
	assert_string_equal(api_said("/reason"), "token_expired");
	assert_int_equal(api_count("SELECT COUNT(*) FROM refresh_token WHERE length(token_hash) <> 64"), 0);
}

static void signing_out_ends_the_token(void **state)
{
	(void)state;
	make_ann();
	assert_asked(200, "POST", "/profile/signin", RIGHT);
	const char *refresh = keep("/refresh_token");
	api_rig.token = keep("/access_token");
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_asked(204, "GET", "/profile/logout", NULL);
	assert_asked(401, "GET", "/phone/users", NULL);
	assert_string_equal(api_said("/reason"), "token_revoked");
	assert_int_equal(refresh_with(refresh), 401);
	sign_in();
	assert_asked(200, "GET", "/phone/users", NULL);
}

static void a_new_password_ends_older_tokens(void **state)
{
	(void)state;
	const char *sk = make_ann();
	sign_in();
	const char *path = arena_printf(&api_rig.arena, "/phone/users/%s", sk);
	assert_asked(200, "PATCH", path, "{\"password\":\"another long one\"}");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET tokens_nbf_ms = tokens_nbf_ms + 2000", NULL, 0), 1);
	assert_asked(401, "GET", path, NULL);
	assert_string_equal(api_said("/reason"), "token_revoked");
	assert_asked(401, "POST", "/profile/signin", RIGHT);
}

static void a_user_who_is_gone_has_no_tokens(void **state)
{
	(void)state;
	make_ann();
	sign_in();
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE app_user SET is_active = 0", NULL, 0), 1);
	assert_asked(401, "GET", "/phone/users", NULL);
	assert_int_equal(store_run(api_rig.worker.store, "DELETE FROM refresh_token", NULL, 0), 1);
	assert_int_equal(store_run(api_rig.worker.store, "DELETE FROM app_user", NULL, 0), 1);
	assert_asked(401, "GET", "/phone/users", NULL);
	assert_string_equal(api_said("/reason"), "token_revoked");
}

/* ---- applications ---- */

static const char *make_app(const char *scopes)
{
	assert_asked(201, "POST", "/org/app-keys", arena_printf(&api_rig.arena, "{\"name\":\"crm\",\"scopes\":%s}", scopes));
	return arena_printf(&api_rig.arena, "{\"appId\":\"%s\",\"key\":\"%s\",\"secret\":\"%s\"}", api_said("/appId"), api_said("/key"),
		api_said("/secret"));
}

static void an_app_changes_its_key_for_a_token(void **state)
{
	(void)state;
	const char *key = make_app("[\"users:read\"]"), *sk = keep("/sk"), *owner = api_rig.token;
	api_rig.token = NULL;
	assert_asked(200, "POST", "/profile/app/key", key);
	api_rig.token = keep("/token");
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_asked(403, "POST", "/phone/users", "{\"email\":\"a@b.example\"}");
	assert_string_equal(api_said("/reason"), "insufficient_scope");
	const char *app = api_rig.token;
	api_rig.token = owner;
	assert_asked(200, "GET", "/org/app-keys", NULL);
	assert_null(strstr(rig_text(api_rig.last), "hash"));
	assert_asked(204, "DELETE", arena_printf(&api_rig.arena, "/org/app-keys/%s", sk), NULL);
	api_rig.token = app;
	assert_asked(401, "GET", "/phone/users", NULL);
	assert_asked(401, "POST", "/profile/app/key", key);
	assert_string_equal(api_said("/reason"), "invalid_credentials");
}

static void keys_that_do_not_go_together(void **state)
{
	(void)state;
	const char *one = make_app("[\"calls:read\"]");
	assert_asked(401, "POST", "/profile/app/key", "{\"appId\":\"app_x\",\"key\":\"k\",\"secret\":\"s\"}");
	char *bad = arena_strdup(&api_rig.arena, str_of(one));
	char *last = bad + strlen(bad) - 3;
	*last = *last == 'A' ? 'B' : 'A';
	for (int i = 0; i < 10; i++)
		assert_asked(401, "POST", "/profile/app/key", bad);
	assert_asked(429, "POST", "/profile/app/key", one);
}

static void nobody_gives_an_app_more_than_is_his(void **state)
{
	(void)state;
	api_rig.token = api_rig_token("acme", "app", "cli", "", "org:write calls:*");
	make_app("[\"calls:*\",\"calls:read\",\"org:write\"]");
	static const char *const wrong[] = {"[\"*\"]", "[\"users:read\"]", "[\"*:read\"]", "[\"-calls:read\"]", "[\"calls read\"]", "[]",
		"\"calls:read\"", "[7]", "null"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_asked(422, "POST", "/org/app-keys", arena_printf(&api_rig.arena, "{\"name\":\"x\",\"scopes\":%s}", wrong[i]));
}

/* The app in Authorization, its user in x-client-authorization: what both may. */
static void an_app_brings_its_user(void **state)
{
	(void)state;
	const char *owner = api_rig.token;
	make_ann();
	sign_in();
	const char *user = api_rig.token;
	api_rig.client_token = arena_printf(&api_rig.arena, "Bearer %s", user);
	api_rig.token = api_rig_token("acme", "app", "crm", "", "users:*");
	assert_asked(201, "POST", "/phone/users", "{\"email\":\"a@b.example\"}");
	assert_string_equal(api_said("/author"), "ann@acme.example");
	assert_asked(403, "GET", "/org/settings", NULL); /* Ann may, the app may not */
	api_rig.token = api_rig_token("acme", "app", "crm", "", "users:read");
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_asked(403, "POST", "/phone/users", "{\"email\":\"b@b.example\"}");
	api_rig.token = api_rig_token("other", "app", "crm", "", "*");
	assert_asked(403, "GET", "/phone/users", NULL);
	assert_string_equal(api_said("/reason"), "token_org_mismatch");
	api_rig.token = user; /* a user brings nobody */
	assert_asked(401, "GET", "/phone/users", NULL);
	api_rig.token = owner;
	api_rig.client_token = "forged";
	assert_asked(401, "GET", "/phone/users", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_password_gives_tokens_that_work),
		API_TEST(who_may_not_come_in),
		API_TEST(guessing_ends_after_ten),
		API_TEST(a_refresh_token_is_good_once),
		API_TEST(signing_out_ends_the_token),
		API_TEST(a_new_password_ends_older_tokens),
		API_TEST(a_user_who_is_gone_has_no_tokens),
		API_TEST(an_app_changes_its_key_for_a_token),
		API_TEST(keys_that_do_not_go_together),
		API_TEST(nobody_gives_an_app_more_than_is_his),
		API_TEST(an_app_brings_its_user),
	};
	return cmocka_run_group_tests_name("plane/signin", tests, NULL, NULL);
}
