/* SPDX-License-Identifier: MIT */
/* Groups, settings, the audit. */
#include "api_rig.h"

static const char *made(const char *path, const char *body)
{
	assert_asked(201, "POST", path, body);
	return arena_strdup(&api_rig.arena, str_of(api_said("/sk")));
}

static void groups_have_members(void **state)
{
	(void)state;
	const char *ann = made("/phone/users", "{\"email\":\"ann@acme.example\"}");
	const char *bob = made("/phone/users", "{\"email\":\"bob@acme.example\"}");
	const char *sales = made("/phone/groups", arena_printf(&api_rig.arena,
		"{\"name\":\"sales\",\"title\":\"Sales\",\"users\":[\"bob@acme.example\",\"%s\"],\"skills\":[\"german\"]}", ann));
	assert_string_equal(api_said("/data/users/0"), bob);
	assert_string_equal(api_said("/data/users/1"), ann);
	assert_string_equal(api_said("/data/assignmentStrategy"), "ring-all");
	assert_string_equal(api_said("/datatype"), "usergroup");
	assert_asked(200, "GET", arena_printf(&api_rig.arena, "/phone/users/%s", ann), NULL);
	assert_string_equal(api_said("/data/groups/0"), "sales");
	assert_asked(200, "PATCH", arena_printf(&api_rig.arena, "/phone/users/%s", ann), "{\"groups\":[]}");
	const char *path = arena_printf(&api_rig.arena, "/phone/groups/%s", sales);
	assert_asked(200, "GET", path, NULL);
	assert_int_equal(json_array_size(api_said_json("/data/users")), 1);
	assert_asked(200, "PATCH", path, "{\"assignmentStrategy\":\"round-robin\"}");
	assert_int_equal(json_array_size(api_said_json("/data/users")), 1);
	assert_asked(204, "DELETE", arena_printf(&api_rig.arena, "/phone/users/%s", bob), NULL);
	assert_asked(200, "GET", path, NULL);
	assert_int_equal(json_array_size(api_said_json("/data/users")), 0);
	assert_asked(409, "POST", "/phone/groups", "{\"name\":\"sales\"}");
	assert_asked(200, "GET", "/phone/groups?name=SAL&sort=name", NULL);
	assert_int_equal(api_said_number("/total"), 1);
	assert_asked(204, "DELETE", path, NULL);
	assert_asked(404, "GET", path, NULL);
}

static void groups_that_are_none(void **state)
{
	(void)state;
	assert_asked(422, "POST", "/phone/groups",
		"{\"users\":[\"x\"],\"assignmentStrategy\":\"best\",\"skills\":\"x\",\"sharedPhones\":[\"911\"]}");
	assert_int_equal(json_array_size(api_said_json("/errors")), 5);
	assert_int_equal(api_count("SELECT COUNT(*) FROM user_group"), 0);
}

static void settings_have_defaults(void **state)
{
	(void)state;
	assert_asked(200, "GET", "/org/settings", NULL);
	assert_string_equal(api_said("/settings/defaultCountry"), "US");
	assert_string_equal(api_said("/settings/quietHours/start"), "21:00");
	assert_int_equal(json_object_size(api_said_json("/settings")), 17);
	api_rig.if_match = "\"v2\"";
	assert_asked(412, "PATCH", "/org/settings", "{\"strictA2p\":true}");
	api_rig.if_match = "\"v1\"";
	assert_asked(200, "PATCH", "/org/settings", "{\"strictA2p\":true,\"monthlySpendCap\":\"120.50\",\"allowedCountries\":[\"DE\"]}");
	assert_true(json_is_true(api_said_json("/settings/strictA2p")));
	assert_string_equal(api_said("/settings/allowedCountries/0"), "DE");
	assert_int_equal(api_said_number("/version"), 2);
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_asked(200, "GET", "/org/settings", NULL);
	assert_false(json_is_true(api_said_json("/settings/strictA2p")));
}

static void settings_that_cannot_be(void **state)
{
	(void)state;
	static const char *const wrong[] = {"{\"defaultCountry\":\"Germany\"}", "{\"consentMode\":\"none\"}", "{\"botPauseMinutes\":-1}",
		"{\"retentionDays\":1.5}", "{\"strictA2p\":1}", "{\"quietHours\":{\"start\":\"24:00\",\"end\":\"08:00\"}}",
		"{\"quietHours\":{\"start\":\"21:00\"}}", "{\"monthlySpendCap\":120.5}", "{\"monthlySpendCap\":\"1.234\"}",
		"{\"monthlySpendCap\":\"-1\"}", "{\"allowedCountries\":[\"de\"]}", "{\"allowedCountries\":\"DE\"}", "{\"businessName\":7}"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_asked(422, "PATCH", "/org/settings", wrong[i]);
	assert_asked(200, "PATCH", "/org/settings", "{\"colour\":\"blue\"}");
	assert_int_equal(json_array_size(api_said_json("/warnings")), 1);
	assert_int_equal(api_count("SELECT COUNT(*) FROM org WHERE data LIKE '%colour%'"), 0);
}

static void the_audit_is_read_backwards(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		made("/phone/groups", arena_printf(&api_rig.arena, "{\"name\":\"g%d\"}", i));
	assert_asked(200, "GET", "/audit?pageSize=3", NULL);
	assert_int_equal(json_array_size(api_said_json("/data")), 3);
	assert_int_equal(api_said_number("/data/0/seq"), 5);
	assert_string_equal(api_said("/data/0/action"), "group.create");
	assert_string_equal(api_said("/data/0/actor"), "cli");
	assert_string_equal(api_said("/data/0/after/name"), "g4");
	assert_string_equal(api_said("/nextCursor"), "3");
	assert_asked(200, "GET", "/audit?pageSize=3&cursor=3", NULL);
	assert_int_equal(json_array_size(api_said_json("/data")), 2);
	assert_false(json_is_true(api_said_json("/hasNext")));
	assert_asked(422, "GET", "/audit?cursor=x", NULL);
	api_rig.org = "other";
	api_rig.token = api_rig_token("other", "app", "cli", "owner", "");
	assert_asked(200, "GET", "/audit", NULL);
	assert_int_equal(json_array_size(api_said_json("/data")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(groups_have_members),
		API_TEST(groups_that_are_none),
		API_TEST(settings_have_defaults),
		API_TEST(settings_that_cannot_be),
		API_TEST(the_audit_is_read_backwards),
	};
	return cmocka_run_group_tests_name("plane/org", tests, NULL, NULL);
}
