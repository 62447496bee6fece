/* SPDX-License-Identifier: MIT */
/* /phone/users: envelopes, lists, versions, faults told all at once, idempotency, other organisations. */
#include "api_rig.h"

#define USER "{\"email\":\"Ann@Acme.Example\",\"name\":\"Ann\",\"roles\":[\"agent\"],\"phone\":\"+15551230001\"}"

static const char *make_user(const char *body)
{
	assert_asked(201, "POST", "/phone/users", body);
	return arena_strdup(&api_rig.arena, str_of(api_said("/sk")));
}

static const char *path_of(const char *sk)
{
	return arena_printf(&api_rig.arena, "/api/phone/users/%s", sk);
}

static void a_user_comes_in_the_platforms_envelope(void **state)
{
	(void)state;
	const char *sk = make_user(USER);
	assert_int_equal(strlen(sk), 26);
	assert_string_equal(api_said("/pk"), "acme");
	assert_string_equal(api_said("/datatype"), "user");
	assert_string_equal(api_said("/state"), "active");
	assert_string_equal(api_said("/author"), "cli");
	assert_string_equal(api_said("/name"), "Ann");
	assert_string_equal(api_said("/data/email"), "ann@acme.example");
	assert_string_equal(api_said("/data/roles/0"), "agent");
	assert_int_equal(api_said_number("/version"), 1);
	assert_true(strlen(api_said("/createdate")) == 24 && api_said("/createdate")[23] == 'Z');
	assert_string_equal(api_reply_header("etag:"), "\"v1\"");
	assert_asked(200, "GET", path_of(sk), NULL);
	assert_string_equal(api_said("/data/phone"), "+15551230001");
	assert_null(strstr(rig_text(api_rig.last), "pass_hash"));
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit WHERE action = 'user.create' AND ip = '192.0.2.1'"), 1);
}

static void versions_are_honoured(void **state)
{
	(void)state;
	const char *path = path_of(make_user(USER));
	api_rig.if_match = "\"v2\"";
	assert_asked(412, "PATCH", path, "{\"name\":\"B\"}");
	assert_string_equal(api_said("/reason"), "version_mismatch");
	assert_int_equal(api_said_number("/version"), 1);
	assert_asked(412, "DELETE", path, NULL);
	api_rig.if_match = "\"v9\", W/\"v1\"";
	assert_asked(200, "PATCH", path, "{\"name\":\"B\"}");
	assert_string_equal(api_reply_header("etag:"), "\"v2\"");
	assert_string_equal(api_said("/data/name"), "B");
	assert_string_equal(api_said("/data/email"), "ann@acme.example");
	assert_string_equal(api_said("/data/roles/0"), "agent");
	assert_asked(412, "PATCH", path, "{\"name\":\"C\"}");
	api_rig.if_match = "*";
	assert_asked(422, "PUT", path, "{\"name\":\"C\"}");
	assert_asked(200, "PUT", path, "{\"email\":\"c@acme.example\"}");
	assert_string_equal(api_said("/data/name"), "");
	assert_int_equal(json_array_size(api_said_json("/data/roles")), 0);
	api_rig.if_match = NULL;
	assert_asked(204, "DELETE", path, NULL);
	assert_asked(404, "GET", path, NULL);
	assert_asked(404, "DELETE", path, NULL);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	(void)state;
	assert_asked(422, "POST", "/phone/users",
		"{\"name\":7,\"roles\":[\"agent\",\"king\"],\"phone\":\"911\",\"groups\":[\"x\"],\"simring\":[\"1\"],\"active\":\"yes\"}");
	assert_string_equal(api_said("/reason"), "validation_failed");
	static const char *const pointers[] = {"/email", "/name", "/phone", "/roles/1", "/simring/0", "/groups/0", "/active"};
	assert_int_equal(json_array_size(api_said_json("/errors")), sizeof(pointers) / sizeof(*pointers));
	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
		assert_string_equal(api_said(arena_printf(&api_rig.arena, "/errors/%zu/pointer", i)), pointers[i]);
	assert_asked(422, "POST", "/phone/users", "{\"email\":\"no address\"}");
	assert_string_equal(api_said("/reason"), "email_invalid");
	assert_asked(422, "POST", "/phone/users", "{\"email\":\"a@b.example\",\"password\":\"eleven char\"}");
	assert_string_equal(api_said("/reason"), "password_too_short");
	assert_int_equal(api_count("SELECT COUNT(*) FROM app_user"), 0);
}

static void what_is_not_asked_for_is_not_taken(void **state)
{
	(void)state;
	make_user("{\"email\":\"a@b.example\",\"org\":\"other\",\"org_id\":\"other\",\"version\":9,\"pass_hash\":\"x\",\"sk\":\"mine\"}");
	assert_int_equal(json_array_size(api_said_json("/warnings")), 5);
	assert_string_equal(api_said("/pk"), "acme");
	assert_int_equal(api_said_number("/version"), 1);
	assert_string_not_equal(api_said("/sk"), "mine");
	assert_int_equal(api_count("SELECT COUNT(*) FROM app_user WHERE pass_hash IS NOT NULL"), 0);
}

static void one_address_is_one_user(void **state)
{
	(void)state;
	const char *a = make_user("{\"email\":\"a@b.example\"}"), *b = make_user("{\"email\":\"b@b.example\"}");
	assert_asked(409, "POST", "/phone/users", "{\"email\":\"A@B.EXAMPLE\"}");
	assert_string_equal(api_said("/reason"), "email_taken");
	assert_asked(409, "PATCH", path_of(b), "{\"email\":\"a@b.example\"}");
	assert_asked(200, "PATCH", path_of(a), "{\"email\":\"a@b.example\"}");
}

static void another_organisations_users_are_not_there(void **state)
{
	(void)state;
	const char *path = path_of(make_user(USER));
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_asked(404, "GET", path, NULL);
	assert_asked(404, "PATCH", path, "{\"name\":\"x\"}");
	assert_asked(404, "DELETE", path, NULL);
	assert_asked(200, "GET", "/phone/users", NULL);
	assert_int_equal(api_said_number("/total"), 0);
}

static void only_an_owner_makes_owners(void **state)
{
	(void)state;
	const char *owner = path_of(make_user("{\"email\":\"o@b.example\",\"roles\":[\"owner\"]}"));
	api_rig.token = api_rig_token("acme", "app", "cli", "admin", "");
	assert_asked(422, "POST", "/phone/users", "{\"email\":\"a@b.example\",\"roles\":[\"owner\"]}");
	assert_string_equal(api_said("/reason"), "role_not_yours");
	assert_asked(403, "PATCH", owner, "{\"roles\":[]}");
	assert_asked(403, "DELETE", owner, NULL);
	assert_asked(201, "POST", "/phone/users", "{\"email\":\"a@b.example\",\"roles\":[\"admin\"]}");
}

static void lists_have_pages_sorts_and_filters(void **state)
{
	(void)state;
	for (int i = 0; i < 25; i++)
		make_user(arena_printf(&api_rig.arena, "{\"email\":\"u%02d@b.example\",\"name\":\"User %d\"}", i, i));
	assert_asked(200, "GET", "/phone/users?page=2&pageSize=10&sort=-email", NULL);
	assert_int_equal(api_said_number("/total"), 25);
	assert_int_equal(api_said_number("/page"), 2);
	assert_int_equal(api_said_number("/pageSize"), 10);
	assert_true(json_is_true(api_said_json("/hasNext")));
	assert_int_equal(json_array_size(api_said_json("/data")), 10);
	assert_string_equal(api_said("/data/0/data/email"), "u14@b.example");
	assert_asked(200, "GET", "/phone/users?p=3&ps=10&s=email", NULL);
	assert_false(json_is_true(api_said_json("/hasNext")));
	assert_string_equal(api_said("/data/0/data/email"), "u20@b.example");
	assert_asked(200, "GET", "/phone/users?pageSize=1000", NULL);
	assert_int_equal(api_said_number("/pageSize"), 100);
	assert_asked(200, "GET", "/phone/users?email=U07@b.example", NULL);
	assert_int_equal(api_said_number("/total"), 1);
	assert_asked(200, "GET", "/phone/users?name=user 2", NULL);
	assert_int_equal(api_said_number("/total"), 6);
	assert_asked(422, "GET", "/phone/users?sort=pass_hash", NULL);
	assert_string_equal(api_said("/reason"), "sort_unsupported");
	assert_asked(422, "GET", "/phone/users?page=0", NULL);
	assert_asked(422, "GET", "/phone/users?page=x", NULL);
}

static void a_key_makes_one_user_of_many_requests(void **state)
{
	(void)state;
	api_rig.idempotency_key = "k-1";
	assert_asked(422, "POST", "/phone/users", "{}"); /* a refusal is not kept */
	const char *sk = make_user(USER);
	assert_string_equal(api_reply_header("idempotency-replayed:"), "");
	assert_asked(201, "POST", "/api/phone/users", USER);
	assert_string_equal(api_said("/sk"), sk);
	assert_string_equal(api_reply_header("idempotency-replayed:"), "true");
	assert_asked(422, "POST", "/phone/users", "{\"email\":\"x@b.example\"}");
	assert_string_equal(api_said("/reason"), "idempotency_key_reused");
	assert_int_equal(api_count("SELECT COUNT(*) FROM app_user"), 1);
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE idempotency SET state = 'running'", NULL, 0), 1);
	assert_asked(409, "POST", "/phone/users", USER);
	assert_string_equal(api_said("/reason"), "idempotency_in_progress");
	assert_string_equal(api_reply_header("retry-after:"), "1");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE idempotency SET started_ms = 0", NULL, 0), 1);
	assert_asked(409, "POST", "/phone/users", USER);
	assert_string_equal(api_said("/reason"), "idempotency_outcome_unknown");
	assert_int_equal(store_run(api_rig.worker.store, "UPDATE idempotency SET expires_ms = 1", NULL, 0), 1);
	assert_asked(409, "POST", "/phone/users", USER);
	assert_string_equal(api_said("/reason"), "email_taken");
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_asked(201, "POST", "/phone/users", USER); /* the key is acme's */
	api_rig.idempotency_key = "a key";
	assert_asked(422, "POST", "/phone/users", USER);
	assert_string_equal(api_said("/reason"), "idempotency_key_invalid");
}

/* Nothing in the audit can be changed without its hashes showing it: each covers the one before. */
static void the_audit_is_a_chain(void **state)
{
	(void)state;
	const char *path = path_of(make_user(USER));
	assert_asked(200, "PATCH", path, "{\"name\":\"B\"}");
	assert_asked(204, "DELETE", path, NULL);
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit"), 3);
	assert_int_equal(api_count("SELECT COUNT(DISTINCT hash) FROM audit"), 3);
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit a JOIN audit_head h ON h.hash = a.hash AND h.seq = a.seq WHERE a.seq = 3"), 1);
	assert_int_equal(api_count("SELECT COUNT(*) FROM audit WHERE action = 'user.update' AND was LIKE '%Ann%' AND becomes LIKE '%\"B\"%'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_user_comes_in_the_platforms_envelope),
		API_TEST(versions_are_honoured),
		API_TEST(all_that_is_wrong_is_told_at_once),
		API_TEST(what_is_not_asked_for_is_not_taken),
		API_TEST(one_address_is_one_user),
		API_TEST(another_organisations_users_are_not_there),
		API_TEST(only_an_owner_makes_owners),
		API_TEST(lists_have_pages_sorts_and_filters),
		API_TEST(a_key_makes_one_user_of_many_requests),
		API_TEST(the_audit_is_a_chain),
	};
	return cmocka_run_group_tests_name("plane/users", tests, NULL, NULL);
}
