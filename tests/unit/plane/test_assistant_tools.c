/* SPDX-License-Identifier: MIT */
/* The tools of an assistant's file: what the model is told, what we keep, and every way to write them wrongly. */
#include "plane_help.h"

#include <errno.h>
#include <jansson.h>

#include "ringdown/base/auto.h"
#include "ringdown/plane/assistant.h"

static void write_tools(const char *tools)
{
	static char text[300000];
	(void)snprintf(text, sizeof(text), "{\"instructions\":\"x\",\"tools\":[%s]}", tools);
	help_write("one.json", text);
}

static struct assistant_set *load(const char *tools)
{
	struct assistant_set *set = NULL;
	char *error = NULL;
	write_tools(tools);
	if (assistant_set_load(help_dir, &set, &error) < 0)
		fail_msg("refused: %s", error);
	return set;
}

static json_t *told(const struct assistant *a)
{
	json_t *list = json_loadb(a->tools_json.p, a->tools_json.n, 0, NULL);
	assert_true(json_is_array(list));
	return list;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void the_built_in_ones(void **state)
{
	(void)state;
	struct assistant_set *set = load("{\"type\":\"builtin\",\"name\":\"end_call\"},{\"type\":\"builtin\",\"name\":"
					 "\"transfer_call\",\"targets\":{\"sales\":\"+15551230001\",\"dr. \\u00e9\":\"+49301\"}}");
	const struct assistant *a = &set->list[0];
	assert_int_equal(a->n_tools, 2);
	assert_int_equal(assistant_tool(a, STR("end_call"))->kind, TOOL_END_CALL);
	const struct assistant_tool *t = assistant_tool(a, STR("transfer_call"));
	assert_int_equal(t->kind, TOOL_TRANSFER_CALL);
	assert_int_equal(t->n_targets, 2);
	assert_str(t->targets[0].name, "sales");
	assert_str(t->targets[0].number, "+15551230001");
	assert_str(t->targets[1].name, "dr. \xc3\xa9");
	assert_null(assistant_tool(a, STR("end")));
	json_t *list = told(a), *transfer = json_array_get(list, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(text_of(json_array_get(list, i), "type"), "function");
		assert_true(strlen(text_of(json_array_get(list, i), "description")) > 10);
	}
	/* The model learns names, never numbers. */
	json_t *target = json_object_get(json_object_get(json_object_get(transfer, "parameters"), "properties"), "target");
	assert_int_equal(json_array_size(json_object_get(target, "enum")), 2);
	assert_string_equal(json_string_value(json_array_get(json_object_get(target, "enum"), 1)), "dr. \xc3\xa9");
	assert_null(memmem(a->tools_json.p, a->tools_json.n, "+1555", 5));
	json_decref(list);
	assistant_set_unref(set);
}

static void a_function_with_its_webhook(void **state)
{
	(void)state;
	help_write("secret", " \ts3cr3t \r\n");
	struct assistant_set *set = load("{\"type\":\"function\",\"name\":\"find_slots\",\"description\":\"Free ones.\","
					 "\"parameters\":{\"type\":\"object\",\"properties\":{\"day\":{\"type\":\"string\"}},"
					 "\"required\":[\"day\"]},\"webhook\":{\"url\":\"https://example.com/a?b=1\","
					 "\"secret_file\":\"secret\",\"timeout_ms\":4000,\"filler\":\"One moment.\"}},"
					 "{\"type\":\"function\",\"name\":\"plain\",\"webhook\":{\"url\":\"http://localhost\","
					 "\"secret_file\":\"secret\"}}");
	const struct assistant *a = &set->list[0];
	const struct assistant_tool *t = assistant_tool(a, STR("find_slots")), *plain = assistant_tool(a, STR("plain"));
	assert_int_equal(t->kind, TOOL_WEBHOOK);
	assert_str(t->url, "https://example.com/a?b=1");
	assert_str(t->secret, "s3cr3t");
	assert_str(t->filler, "One moment.");
	assert_int_equal(t->timeout_ms, 4000);
	assert_int_equal(plain->timeout_ms, 10000);
	assert_str(plain->filler, "");
	json_t *list = told(a), *first = json_array_get(list, 0), *second = json_array_get(list, 1);
	assert_string_equal(text_of(first, "description"), "Free ones.");
	assert_string_equal(text_of(second, "description"), "");
	assert_string_equal(text_of(json_object_get(second, "parameters"), "type"), "object");
	assert_null(json_object_get(first, "webhook"));
	assert_null(memmem(a->tools_json.p, a->tools_json.n, "s3cr3t", 6));
	json_decref(list);
	assistant_set_unref(set);
}

static void a_secret_lies_anywhere(void **state)
{
	(void)state;
	char tools[1024];
	help_write("elsewhere", "absolute");
	(void)snprintf(tools, sizeof(tools),
		"{\"type\":\"function\",\"name\":\"f\",\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"%s\"}}",
		help_path("elsewhere"));
	struct assistant_set *set = load(tools);
	assert_str(set->list[0].tools[0].secret, "absolute");
	assistant_set_unref(set);
}

#define FUNCTION(members) "{\"type\":\"function\",\"name\":\"f\"," members "}"
#define WEBHOOK(members)  FUNCTION("\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"," members "}")

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *tools, *fault;
	} cases[] = {
		{"5", "/tools/0/type is missing: must be \"builtin\" or \"function\""},
		{"{\"type\":\"mcp\"}", "/tools/0/type = \"mcp\": must be"},
		{"{\"type\":\"builtin\"}", "/tools/0/name is missing: must be \"end_call\" or \"transfer_call\""},
		{"{\"type\":\"builtin\",\"name\":\"hang_up\"}", "/tools/0/name = \"hang_up\": must be"},
		{"{\"type\":\"builtin\",\"name\":\"end_call\",\"targets\":{}}", "/tools/0/targets: is not a key; there are: type name"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\"}", "/tools/0/targets is missing: must be an object of 1 to 32"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{}}", "/tools/0/targets = {}: must be"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":[\"+15551230001\"]}", "/tools/0/targets = [\"+15551230001\"]: must be"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"a\":\"911\"}}", "/tools/0/targets/a = \"911\": must be a number in E.164"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"a\":\"+0123456\"}}", "= \"+0123456\": must be a number"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"a\":\"+1234567890123456\"}}", "must be a number"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"a\":\"sip:x@y\"}}", "must be a number"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"a\":15551230001}}", "/tools/0/targets/a = 15551230001: must be"},
		{"{\"type\":\"builtin\",\"name\":\"transfer_call\",\"targets\":{\"\":\"+15551230001\"}}", "the name must be of 1 to 64 bytes"},
		{"{\"type\":\"builtin\",\"name\":\"end_call\"},{\"type\":\"builtin\",\"name\":\"end_call\"}", "/tools/1: has the name of an earlier tool"},
		{FUNCTION("\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}") ",{\"type\":\"function\",\"name\":\"f\",\"webhook\":"
			"{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}}", "/tools/1: has the name of an earlier tool"},
		{"{\"type\":\"function\",\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}}", "/tools/0/name is missing: must be 1 to 64"},
		{"{\"type\":\"function\",\"name\":\"a b\",\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}}", "/tools/0/name = \"a b\": must be"},
		{FUNCTION("\"parameters\":{}"), "/tools/0/webhook is missing: must be an object with url and secret_file"},
		{FUNCTION("\"webhook\":\"https://e.com\""), "/tools/0/webhook = \"https://e.com\": must be an object"},
		{FUNCTION("\"webhook\":{\"secret_file\":\"secret\"}"), "/tools/0/webhook/url is missing: must be a string"},
		{FUNCTION("\"webhook\":{\"url\":\"ftp://e.com\",\"secret_file\":\"secret\"}"), "/tools/0/webhook/url = \"ftp://e.com\": must begin with https://"},
		{FUNCTION("\"webhook\":{\"url\":\"https://e.com\"}"), "/tools/0/webhook/secret_file is missing: must name"},
		{FUNCTION("\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"\"}"), "/tools/0/webhook/secret_file = \"\": must name"},
		{FUNCTION("\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"absent\"}"), "absent cannot be taken: No such file"},
		{FUNCTION("\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"blank\"}"), "blank cannot be taken: there is nothing in it"},
		{WEBHOOK("\"timeout_ms\":99"), "/tools/0/webhook/timeout_ms = 99: must be a whole number from 100 to 60000"},
		{WEBHOOK("\"timeout_ms\":60001"), "/tools/0/webhook/timeout_ms = 60001: must be"},
		{WEBHOOK("\"filler\":7"), "/tools/0/webhook/filler = 7: must be a string"},
		{WEBHOOK("\"retries\":7"), "/tools/0/webhook/retries: is not a key; there are: url secret_file timeout_ms filler"},
		{FUNCTION("\"description\":1,\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}"), "/tools/0/description = 1: must be"},
		{FUNCTION("\"parameters\":[],\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}"), "/tools/0/parameters = []: must be a JSON Schema object"},
		{FUNCTION("\"strict\":true,\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}"), "/tools/0/strict: is not a key"},
	};
	help_write("secret", "s3cr3t");
	help_write("blank", " \n\t");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct assistant_set *set = NULL;
		char *error = NULL;
		write_tools(cases[i].tools);
		if (assistant_set_load(help_dir, &set, &error) != -EINVAL)
			fail_msg("taken: %s", cases[i].tools);
		if (!strstr(error, cases[i].fault) || strchr(error, '\n'))
			fail_msg("%s\n is refused with: %s\n and not only: %s", cases[i].tools, error, cases[i].fault);
		free(error);
	}
}

static void as_many_as_there_may_be(void **state)
{
	(void)state;
	static char tools[100000];
	help_write("secret", "s3cr3t");
	size_t n = 0;
	for (int i = 0; i < ASSISTANT_TOOLS_MAX; i++)
		n += (size_t)snprintf(tools + n, sizeof(tools) - n,
			"%s{\"type\":\"function\",\"name\":\"f%d\",\"webhook\":{\"url\":\"https://e.com\",\"secret_file\":\"secret\"}}",
			i ? "," : "", i);
	struct assistant_set *set = load(tools);
	assert_int_equal(set->list[0].n_tools, ASSISTANT_TOOLS_MAX);
	assert_non_null(assistant_tool(&set->list[0], STR("f63")));
	assistant_set_unref(set);
	(void)snprintf(tools + n, sizeof(tools) - n, ",{\"type\":\"builtin\",\"name\":\"end_call\"}");
	char *error = NULL;
	write_tools(tools);
	assert_int_equal(assistant_set_load(help_dir, &set, &error), -EINVAL);
	assert_non_null(strstr(error, "must be a list of at most 64 tools"));
	free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_built_in_ones, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_function_with_its_webhook, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_secret_lies_anywhere, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(as_many_as_there_may_be, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/assistant_tools", tests, NULL, NULL);
}
