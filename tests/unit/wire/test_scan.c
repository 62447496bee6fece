/* SPDX-License-Identifier: MIT */
#include "../../../src/wire/scan.h"

#include "wire_test.h"

static struct scan scan_of(struct str s)
{
	return (struct scan){s.p, s.p + s.n};
}

static void test_literal(void **state)
{
	struct scan s = scan_of(STR("abc"));
	(void)state;
	assert_false(scan_literal(&s, STR("abcd")));
	assert_false(scan_literal(&s, STR("b")));
	assert_true(scan_literal(&s, STR("")));
	assert_true(scan_literal(&s, STR("ab")));
	assert_false(scan_at_end(&s));
	assert_true(scan_literal(&s, STR("c")));
	assert_true(scan_at_end(&s));
	assert_false(scan_literal(&s, STR("c")));
}

static void test_string(void **state)
{
	static const char *const bad[] = {"", "\"", "\"abc", "abc\"", "x\"a\"", "\"a\\n\"",
		"\"\\\"\"", "\"a\x01\"", "\"a\x7f\"", "\"a\x80\"", "\"\xc3\xa4\"", "\"a\tb\""};
	struct str text;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(auto_free) char *exact = exact_copy(str_of(bad[i]));
		struct scan s = scan_of((struct str){exact, strlen(bad[i])});
		assert_false(scan_string(&s, &text));
		assert_ptr_equal(s.p, exact); /* a scan that fails stays where it was */
	}
	struct scan s = scan_of(STR("\"a {b}, ~\"rest"));
	assert_true(scan_string(&s, &text));
	assert_view(text, "a {b}, ~");
	assert_true(scan_literal(&s, STR("rest")));
	s = scan_of(STR("\"\""));
	assert_true(scan_string(&s, &text));
	assert_int_equal(text.n, 0);
	assert_non_null(text.p); /* present and empty, unlike absent */
}

static void test_a_nul_is_no_end(void **state)
{
	struct scan s = scan_of(STR("\"a\0b\""));
	struct str text;
	(void)state;
	assert_false(scan_string(&s, &text));
	assert_true(scan_base64(&s, &text)); /* refused where it is decoded */
	assert_int_equal(text.n, 3);
}

static void test_base64(void **state)
{
	static const char *const bad[] = {
		"", "\"", "\"AAAA", "AAAA\"", "\"AA\\/A\"", "\"\\u0041AAA\""};
	struct str text;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(auto_free) char *exact = exact_copy(str_of(bad[i]));
		struct scan s = scan_of((struct str){exact, strlen(bad[i])});
		assert_false(scan_base64(&s, &text));
		assert_ptr_equal(s.p, exact);
	}
	struct scan s = scan_of(STR("\"AA+/\"\\"));
	assert_true(scan_base64(&s, &text)); /* a backslash behind it is not its own */
	assert_view(text, "AA+/");
	assert_false(scan_at_end(&s));
}

static void test_integer(void **state)
{
	static const char *const good[] = {"0", "-0", "7", "-7", "123456789012345", "10"};
	static const char *const bad[] = {
		"", "-", "01", "-01", "00", "1234567890123456", "x", "+1", ".5"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct scan s = scan_of(str_of(good[i]));
		assert_true(scan_integer(&s) && scan_at_end(&s));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct scan s = scan_of(str_of(bad[i]));
		assert_false(scan_integer(&s));
		assert_ptr_equal(s.p, bad[i]);
	}
	struct scan s = scan_of(STR("1.5")); /* stops at the point, where a literal will fail */
	assert_true(scan_integer(&s));
	assert_true(scan_literal(&s, STR(".5")));
}

static void test_number_string(void **state)
{
	static const char *const bad[] = {"", "\"\"", "\"-1\"", "\"1", "1", "\" 1\"", "\"1 \"",
		"\"1.0\"", "\"1e3\"", "\"9223372036854775808\"", "\"99999999999999999999999\"",
		"\"0x1\""};
	uint64_t value = 5;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct scan s = scan_of(str_of(bad[i]));
		assert_false(scan_number_string(&s, &value));
		assert_ptr_equal(s.p, bad[i]);
		assert_int_equal(value, 5);
	}
	struct scan s = scan_of(STR("\"9223372036854775807\"\"007\""));
	assert_true(scan_number_string(&s, &value));
	assert_int_equal(value, INT64_MAX);
	assert_true(scan_number_string(&s, &value));
	assert_int_equal(value, 7);
	assert_true(scan_at_end(&s));
}

static void test_depth(void **state)
{
	(void)state;
	assert_true(json_depth_ok(STR(""), 0));
	assert_true(json_depth_ok(STR("1"), 0));
	assert_false(json_depth_ok(STR("{}"), 0));
	assert_true(json_depth_ok(STR("[{\"a\":[]}]"), 3));
	assert_false(json_depth_ok(STR("[{\"a\":[]}]"), 2));
	assert_true(json_depth_ok(STR("[[],[],[],[]]"), 2));
	assert_true(json_depth_ok(STR("[\"[[[[{{{{\\\"[[[[\\\\\"]"), 1));
	assert_false(json_depth_ok(STR("[\"\\\\\",[]]"), 1));
	assert_true(json_depth_ok(STR("\"\\"), 0)); /* ends in the middle of an escape */
	char bomb[4096];
	memset(bomb, '[', sizeof(bomb));
	assert_false(json_depth_ok((struct str){bomb, sizeof(bomb)}, 64));
	assert_true(json_depth_ok((struct str){bomb, 64}, 64));
	assert_false(json_depth_ok((struct str){bomb, 65}, 64));
}

/* Closing first lends no depth for later: what it closes was never open. */
static void test_depth_is_not_lent(void **state)
{
	(void)state;
	assert_false(json_depth_ok(STR("]]]][[[["), 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_a_nul_is_no_end),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_integer),
		cmocka_unit_test(test_number_string),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_depth_is_not_lent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
