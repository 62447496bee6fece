/* SPDX-License-Identifier: MIT */
#include "ringdown/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

static void test_never_goes_back(void **state)
{
	(void)state;
	int64_t last = clock_now_us();
	assert_true(last > 0);
	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_now_us();
		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_wall_ms() > INT64_C(1700000000000));
}

static void test_format(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{INT64_C(1795467458123), "2026-11-23T20:57:38.123Z"},
		{INT64_C(951782400001), "2000-02-29T00:00:00.001Z"},
		{INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z"},
		{-1, "1970-01-01T00:00:00.000Z"},
	};
	char text[25];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_format(rows[i].ms, text, sizeof(text));
		assert_string_equal(text, rows[i].want);
	}
}

static void test_format_in_too_little(void **state)
{
	char text[26];
	(void)state;
	for (size_t size = 1; size < 25; size++) {
		memset(text, '#', sizeof(text));
		clock_format(0, text, size);
		assert_non_null(memchr(text, '\0', size));
		assert_int_equal(text[size], '#');
	}
	text[0] = '#';
	clock_format(0, text, 0);
	assert_int_equal(text[0], '#');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_goes_back),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_in_too_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
