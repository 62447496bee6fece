/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "ringdown/base/ulid.h"

/* The example of the specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV was made at 1469922850259. */
static void the_example_of_the_specification(void **state)
{
	(void)state;
	static const uint8_t random[ULID_RANDOM_BYTES] = {0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b};
	char id[ULID_SIZE];
	ulid_make(1469922850259, random, id);
	assert_string_equal(id, "01arz3ndektsv4rrffq69g5fav");
	assert_int_equal(ulid_wall_ms(STR("01arz3ndektsv4rrffq69g5fav")), 1469922850259);
}

static void they_sort_by_time(void **state)
{
	(void)state;
	static const int64_t times[] = {-5, 1, 31, 32, 1023, 1024, 1795600000000, 1795600000001, (1LL << 48) - 1};
	char before[ULID_SIZE] = "", id[ULID_SIZE];
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		ulid_new(times[i], id);
		assert_true(strcmp(before, id) < 0);
		assert_int_equal(ulid_wall_ms(str_of(id)), times[i] < 0 ? 0 : times[i]);
		memcpy(before, id, sizeof(id));
	}
	ulid_new(INT64_MAX, id);
	assert_int_equal(ulid_wall_ms(str_of(id)), (1LL << 48) - 1);
	assert_memory_equal(id, "7zzzzzzzzz", 10);
}

static void two_of_a_moment_differ(void **state)
{
	(void)state;
	char a[ULID_SIZE], b[ULID_SIZE];
	ulid_new(1795600000000, a);
	ulid_new(1795600000000, b);
	assert_memory_equal(a, b, 10);
	assert_string_not_equal(a, b);
}

static void what_is_none(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "01arz3ndektsv4rrffq69g5fa", "01arz3ndektsv4rrffq69g5favx",
		"01ARZ3NDEKTSV4RRFFQ69G5FAV", "81arz3ndektsv4rrffq69g5fav", "01arz3ndektsv4rrffq69g5fau",
		"01arz3ndektsv4rrffq69g5fa-"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(ulid_is(str_of(wrong[i])));
		assert_int_equal(ulid_wall_ms(str_of(wrong[i])), -EINVAL);
	}
	assert_false(ulid_is((struct str){"01arz3ndektsv4rrffq69g5fa\0", 26}));
	assert_true(ulid_is(STR("7zzzzzzzzzzzzzzzzzzzzzzzzz")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_specification),
		cmocka_unit_test(they_sort_by_time),
		cmocka_unit_test(two_of_a_moment_differ),
		cmocka_unit_test(what_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
