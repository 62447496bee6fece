/* SPDX-License-Identifier: MIT */
#include "ringdown/base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

static const struct str none = {NULL, 0};

static void assert_str(struct str got, const char *want)
{
	assert_int_equal(got.n, strlen(want));
	assert_true(str_is(got, str_of(want)));
}

static void test_compare(void **state)
{
	(void)state;
	assert_true(str_is(none, STR("")));
	assert_true(str_is(str_of(NULL), none));
	assert_true(str_is(STR("a\0b"), (struct str){"a\0b", 3}));
	assert_false(str_is(STR("ab"), STR("abc")));
	assert_false(str_is(STR("abc"), STR("abd")));
	assert_true(str_starts(STR("audio/pcmu"), STR("audio/")));
	assert_true(str_starts(none, none));
	assert_false(str_starts(STR("au"), STR("audio/")));
	assert_true(str_ends(STR("call.ogg"), STR(".ogg")));
	assert_true(str_ends(none, STR("")));
	assert_false(str_ends(STR("ogg"), STR(".ogg")));
	assert_false(str_ends(STR("call.oga"), STR(".ogg")));
}

static void test_skip_and_trim(void **state)
{
	(void)state;
	assert_str(str_skip(STR("abc"), 2), "c");
	assert_str(str_skip(STR("abc"), 9), "");
	assert_null(str_skip(none, 5).p);
	assert_str(str_trim(STR(" \t a b\t ")), "a b");
	assert_str(str_trim(STR(" \t ")), "");
	assert_str(str_trim(STR("\na\r")), "\na\r");
	assert_str(str_trim(none), "");
}

static void test_split(void **state)
{
	(void)state;
	struct str rest = STR("a,,bc");
	assert_str(str_split(&rest, ','), "a");
	assert_str(str_split(&rest, ','), "");
	assert_str(rest, "bc");
	assert_str(str_split(&rest, ','), "bc");
	assert_str(rest, "");
	assert_str(str_split(&rest, ','), "");
	rest = STR("a,");
	assert_str(str_split(&rest, ','), "a");
	assert_str(rest, "");
	rest = none;
	assert_str(str_split(&rest, ','), "");
}

static void test_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int err;
		uint64_t value;
	} rows[] = {
		{"0", 0, 0, 0},
		{"007", 10, 0, 7},
		{"65535", 65535, 0, 65535},
		{"65536", 65535, -ERANGE, 0},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999999", UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999999x", UINT64_MAX, -EINVAL, 0},
		{"", 9, -EINVAL, 0},
		{"+1", 9, -EINVAL, 0},
		{"-1", 9, -EINVAL, 0},
		{" 1", 9, -EINVAL, 0},
		{"1 ", 9, -EINVAL, 0},
		{"0x1", 9, -EINVAL, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = 4711;
		assert_int_equal(str_u64(str_of(rows[i].text), rows[i].max, &value), rows[i].err);
		assert_int_equal(value, rows[i].err ? 4711 : rows[i].value);
	}
}

static void test_among(void **state)
{
	(void)state;
	assert_true(str_is_among(STR("two"), "one two three"));
	assert_true(str_is_among(STR("three"), "one two three"));
	assert_false(str_is_among(STR("tw"), "one two three"));
	assert_false(str_is_among(STR("one two"), "one two three"));
	assert_false(str_is_among(STR(""), "one  two"));
	assert_false(str_is_among(STR("one"), ""));
}

static void test_lower(void **state)
{
	char text[] = "AbZ@[`z-9\xC3\x84";
	(void)state;
	str_lower(text);
	assert_string_equal(text, "abz@[`z-9\xC3\x84");
}

static void test_copy(void **state)
{
	char dst[4] = "xxx";
	(void)state;
	assert_true(str_copy(STR("abc"), dst, sizeof(dst)));
	assert_string_equal(dst, "abc");
	assert_false(str_copy(STR("abcd"), dst, sizeof(dst)));
	assert_string_equal(dst, "");
	assert_true(str_copy(none, dst, 1));
	assert_false(str_copy(none, dst, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_skip_and_trim),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_among),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
