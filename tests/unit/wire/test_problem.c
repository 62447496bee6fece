/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/problem.h"

#include <jansson.h>

#include "wire_test.h"

static void test_put(void **state)
{
	char text[1024];
	struct buf b;
	struct problem p = {.status = 404, .detail = STR("no such \"page\"\n\x01\xff")};
	(void)state;
	buf_init(&b, text, sizeof(text));
	problem_put(&b, &p);
#define DETAIL "\"no such \\\"page\\\"\\n\\u0001\xef\xbf\xbd\""
	assert_written(&b, "{\"type\":\"about:blank\",\"title\":\"Not found\",\"status\":404,\"detail\":" DETAIL
			   ",\"statusCode\":404,\"error\":" DETAIL ",\"message\":" DETAIL
			   ",\"reason\":\"not_found\",\"code\":\"not_found\"}");
	json_t *doc = json_loadb(text, b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	assert_int_equal(json_integer_value(json_object_get(doc, "status")), 404);
	json_decref(doc);
	buf_init(&b, text, 20);
	problem_put(&b, &p);
	assert_false(buf_ok(&b));
}

static const char *text_of(const json_t *doc, const char *name)
{
	const char *text = json_string_value(json_object_get(doc, name));
	return text ? text : "(not there)";
}

static void test_all_members(void **state)
{
	char text[2048];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	problem_put(&b, &(struct problem){.status = 403, .base_url = STR("https://a.example"),
		.reason = STR("recipient_opted_out"), .detail = STR("no"), .instance = STR("/api/\"x"),
		.request_id = STR("r1"), .members = STR("\"errors\":[{\"pointer\":\"/to\"}]")});
	json_t *doc = json_loadb(text, b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	assert_string_equal(text_of(doc, "type"), "https://a.example/problems/recipient-opted-out");
	assert_string_equal(text_of(doc, "title"), "Recipient opted out");
	assert_string_equal(text_of(doc, "reason"), "recipient_opted_out");
	assert_string_equal(text_of(doc, "code"), "recipient_opted_out");
	assert_string_equal(text_of(doc, "instance"), "/api/\"x");
	assert_string_equal(text_of(doc, "path"), "/api/\"x");
	assert_string_equal(text_of(doc, "requestId"), "r1");
	assert_string_equal(text_of(doc, "error"), "no");
	assert_string_equal(text_of(doc, "message"), "no");
	assert_int_equal(json_integer_value(json_object_get(doc, "statusCode")), 403);
	assert_int_equal(json_array_size(json_object_get(doc, "errors")), 1);
	json_decref(doc);
}

static void test_names(void **state)
{
	static const int ours[] = {
		200, 201, 202, 204, 206, 207, 304, 400, 401, 403, 404, 405, 408, 409, 410, 411, 412, 413, 415, 416, 422, 423,
		429, 500, 501, 502, 503, 504};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		assert_string_not_equal(http_status_name(ours[i]), "Unknown");
	assert_string_equal(http_status_name(503), "Service Unavailable");
	assert_string_equal(http_status_name(0), "Unknown");
	assert_string_equal(http_status_name(-1), "Unknown");
	assert_string_equal(http_status_name(999), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_all_members),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
