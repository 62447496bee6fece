/* SPDX-License-Identifier: MIT */
#include "../../../src/link/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SECOND_US = 1000000, OPEN_US = BREAKER_OPEN_MS * 1000 };

static void fail_until_open(struct breaker *b, uint32_t retry_after_ms, int64_t now_us)
{
	for (int i = 1; i < BREAKER_FAILURES; i++) {
		assert_int_equal(breaker_wait_ms(b, now_us), 0);
		assert_false(breaker_failed(b, retry_after_ms, now_us));
	}
	assert_true(breaker_failed(b, retry_after_ms, now_us));
}

static void test_opens_after_failures_in_a_row(void **state)
{
	struct breaker b = {0};
	(void)state;
	fail_until_open(&b, 0, SECOND_US);
	assert_int_equal(breaker_wait_ms(&b, SECOND_US), BREAKER_OPEN_MS);
	assert_int_equal(breaker_wait_ms(&b, SECOND_US + OPEN_US - 1), 1);
}

static void test_one_that_works_begins_the_count_anew(void **state)
{
	struct breaker b = {0};
	(void)state;
	for (int round = 0; round < 5; round++) {
		for (int i = 1; i < BREAKER_FAILURES; i++)
			assert_false(breaker_failed(&b, 0, SECOND_US));
		breaker_worked(&b);
	}
	assert_int_equal(breaker_wait_ms(&b, SECOND_US), 0);
}

static void test_one_probe_at_a_time(void **state)
{
	struct breaker b = {0};
	int64_t now_us = SECOND_US + OPEN_US;
	(void)state;
	fail_until_open(&b, 0, SECOND_US);
	assert_int_equal(breaker_wait_ms(&b, now_us), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(breaker_wait_ms(&b, now_us), BREAKER_WAIT_MS);
	assert_false(breaker_failed(&b, 0, now_us)); /* it was open before */
	assert_int_equal(breaker_wait_ms(&b, now_us), BREAKER_OPEN_MS);
	now_us += OPEN_US;
	assert_int_equal(breaker_wait_ms(&b, now_us), 0);
	breaker_worked(&b);
	for (int i = 0; i < 100; i++)
		assert_int_equal(breaker_wait_ms(&b, now_us), 0);
}

static void test_a_probe_that_is_never_heard_of(void **state)
{
	struct breaker b = {0};
	int64_t now_us = SECOND_US + OPEN_US;
	(void)state;
	fail_until_open(&b, 0, SECOND_US);
	assert_int_equal(breaker_wait_ms(&b, now_us), 0);
	assert_int_equal(breaker_wait_ms(&b, now_us + BREAKER_PROBE_MS * 1000 - 1), BREAKER_WAIT_MS);
	assert_int_equal(breaker_wait_ms(&b, now_us + BREAKER_PROBE_MS * 1000), 0);
}

static void test_dials_from_before_it_opened_change_nothing(void **state)
{
	struct breaker b = {0};
	(void)state;
	fail_until_open(&b, 0, SECOND_US);
	for (int i = 0; i < 100; i++)
		assert_false(breaker_failed(&b, 20000, SECOND_US + OPEN_US / 2));
	assert_int_equal(breaker_wait_ms(&b, SECOND_US + OPEN_US), 0);
}

static void test_what_the_server_asks_for_is_granted_up_to_a_limit(void **state)
{
	struct breaker b = {0};
	(void)state;
	fail_until_open(&b, 7000, SECOND_US);
	assert_int_equal(breaker_wait_ms(&b, SECOND_US), 7000);
	breaker_worked(&b);
	fail_until_open(&b, 3600000, SECOND_US);
	assert_int_equal(breaker_wait_ms(&b, SECOND_US), BREAKER_OPEN_MAX_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_after_failures_in_a_row),
		cmocka_unit_test(test_one_that_works_begins_the_count_anew),
		cmocka_unit_test(test_one_probe_at_a_time),
		cmocka_unit_test(test_a_probe_that_is_never_heard_of),
		cmocka_unit_test(test_dials_from_before_it_opened_change_nothing),
		cmocka_unit_test(test_what_the_server_asks_for_is_granted_up_to_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
