/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/problem.h"

#include <jansson.h>

#include "wire_test.h"

static void test_put(void **state)
{
	char text[256];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	problem_put(&b, 404, str_of(http_status_name(404)), STR("no such \"page\"\n\x01\xff"));
	assert_written(&b, "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
			   "\"detail\":\"no such \\\"page\\\"\\n\\u0001\xef\xbf\xbd\"}");
	json_t *doc = json_loadb(text, b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	assert_int_equal(json_integer_value(json_object_get(doc, "status")), 404);
	json_decref(doc);
	buf_init(&b, text, 20);
	problem_put(&b, 404, STR("x"), STR("y"));
	assert_false(buf_ok(&b));
}

static void test_names(void **state)
{
	static const int ours[] = {
		200, 204, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 429, 500, 501, 503};
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
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
