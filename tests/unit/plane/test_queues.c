/* SPDX-License-Identifier: MIT */
/* /phone/queues: made, changed, looked into; a queue with callers stays. */
#include "api_rig.h"

#define QUEUE "{\"name\":\"support\",\"displayName\":\"Support\",\"skills\":[\"french\"],\"offerTimeout\":20,\"announcePosition\":true}"

static void run(const char *sql)
{
	if (store_run(api_rig.worker.store, sql, NULL, 0) < 0)
		fail_msg("%s: %s", sql, store_words(api_rig.worker.store));
}

static const char *add_user(const char *email)
{
	assert_asked(201, "POST", "/phone/users", arena_printf(&api_rig.arena, "{\"email\":\"%s\",\"name\":\"N\",\"roles\":[\"agent\"]}", email));
	return arena_strdup(&api_rig.arena, str_of(api_said("/sk")));
}

static void add_group(const char *user_sk)
{
	struct store_scope s = {.conn = api_rig.worker.store, .org = STR("acme"), .author = STR("rig"), .now_ms = 1};
	struct store_value name = store_text(STR("desk"));
	assert_int_equal(record_insert(&s, &record_group, STR("01jd000000000000000000desk"), STR("{}"), &name), 0);
	run(arena_printf(&api_rig.arena,
		"INSERT INTO group_member (org, group_sk, user_sk, priority) VALUES ('acme', '01jd000000000000000000desk', '%s', 0)", user_sk));
}

static void a_queue_is_made_with_defaults_and_changed(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/phone/queues", QUEUE);
	assert_string_equal(api_said("/datatype"), "queue");
	assert_string_equal(api_said("/data/strategy"), "longest-idle");
	assert_int_equal(api_said_number("/data/offerTimeout"), 20);
	assert_int_equal(api_said_number("/data/wrapUpSeconds"), 10);
	assert_int_equal(api_said_number("/data/maxSize"), 1000);
	assert_true(json_is_true(api_said_json("/data/announcePosition")));
	const char *sk = arena_strdup(&api_rig.arena, str_of(api_said("/sk")));
	assert_asked(409, "POST", "/phone/queues", "{\"name\":\"support\"}");
	assert_string_equal(api_said("/reason"), "name_taken");
	api_rig.if_match = "\"v1\"";
	assert_asked(200, "PATCH", "/phone/queues/support", "{\"strategy\":\"skills\",\"maxSize\":5}");
	assert_int_equal(api_said_number("/data/maxSize"), 5);
	assert_int_equal(api_said_number("/data/offerTimeout"), 20);
	assert_string_equal(api_said("/data/skills/0"), "french");
	assert_asked(412, "PATCH", "/phone/queues/support", "{\"maxSize\":6}");
	api_rig.if_match = NULL;
	assert_asked(200, "GET", arena_printf(&api_rig.arena, "/phone/queues/%s", sk), NULL);
	assert_string_equal(api_said("/data/strategy"), "skills");
	assert_asked(200, "GET", "/phone/queues", NULL);
	assert_int_equal(api_said_number("/total"), 1);
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_asked(404, "GET", "/phone/queues/support", NULL);
	assert_asked(201, "POST", "/phone/queues", QUEUE);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	(void)state;
	assert_asked(422, "POST", "/phone/queues", "{\"name\":\"Not So\",\"strategy\":\"odd\",\"maxSize\":0,\"skills\":[1],"
		"\"members\":[{\"user\":\"nobody\"},{\"user\":\"a\",\"group\":\"b\"}]}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 6);
	assert_asked(422, "POST", "/phone/queues", "{}");
	assert_string_equal(api_said("/errors/0/pointer"), "/name");
}

static void members_are_users_and_groups(void **state)
{
	(void)state;
	const char *ann = add_user("ann@acme.example"), *bob = add_user("bob@acme.example");
	add_group(bob);
	assert_asked(201, "POST", "/phone/queues",
		"{\"name\":\"sales\",\"members\":[{\"user\":\"ann@acme.example\",\"priority\":2},{\"group\":\"desk\",\"priority\":1}]}");
	assert_string_equal(api_said("/data/members/0/group"), "01jd000000000000000000desk");
	assert_string_equal(api_said("/data/members/1/user"), ann);
	assert_asked(200, "PATCH", "/phone/queues/sales", "{\"displayName\":\"Sales\"}");
	assert_int_equal(json_array_size(api_said_json("/data/members")), 2);
	assert_asked(200, "GET", "/phone/queues/sales/live", NULL);
	assert_int_equal(json_array_size(api_said_json("/data/agents")), 2);
	assert_string_equal(api_said("/data/agents/1/user"), bob);
	assert_string_equal(api_said("/data/agents/1/presence"), "offline");
	assert_asked(200, "PATCH", "/phone/queues/sales", "{\"members\":[]}");
	assert_int_equal(json_array_size(api_said_json("/data/members")), 0);
}

static void a_queue_in_use_is_shown_and_stays(void **state)
{
	(void)state;
	assert_asked(201, "POST", "/phone/queues", QUEUE);
	const char *sk = arena_strdup(&api_rig.arena, str_of(api_said("/sk")));
	run(arena_printf(&api_rig.arena, "INSERT INTO queue_entry (org, sk, queue_sk, call_sid, status, priority, data, entered_ms) VALUES"
		" ('acme', 'e1', '%s', 'CA1', 'waiting', 0, 'null', 1000), ('acme', 'e2', '%s', 'CA2', 'waiting', 5, 'null', 2000)", sk, sk));
	assert_asked(200, "GET", "/phone/queues/support/live", NULL);
	assert_string_equal(api_said("/data/queue"), "support");
	assert_string_equal(api_said("/data/waiting/0/callSid"), "CA2");
	assert_int_equal(api_said_number("/data/waiting/1/position"), 2);
	assert_true(api_said_number("/data/longestWaitSeconds") > 1000);
	assert_true(json_is_null(api_said_json("/data/serviceLevel")));
	assert_asked(409, "DELETE", "/phone/queues/support", NULL);
	int64_t now_ms = clock_wall_ms();
	run(arena_printf(&api_rig.arena, "UPDATE queue_entry SET reason = 'bridged', entered_ms = %lld, left_ms = %lld WHERE sk = 'e1'",
		(long long)now_ms - 60000, (long long)now_ms - 50000));
	run(arena_printf(&api_rig.arena, "UPDATE queue_entry SET reason = 'bridged', entered_ms = %lld, left_ms = %lld WHERE sk = 'e2'",
		(long long)now_ms - 60000, (long long)now_ms - 10000));
	assert_asked(200, "GET", "/phone/queues/support/live", NULL);
	assert_int_equal(api_said_number("/data/serviceLevel"), 50);
	assert_asked(204, "DELETE", "/phone/queues/support", NULL);
	assert_asked(404, "DELETE", "/phone/queues/support", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_queue_is_made_with_defaults_and_changed),
		API_TEST(all_that_is_wrong_is_told_at_once),
		API_TEST(members_are_users_and_groups),
		API_TEST(a_queue_in_use_is_shown_and_stays),
	};
	return cmocka_run_group_tests_name("plane/queues", tests, NULL, NULL);
}
