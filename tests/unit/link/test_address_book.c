/* SPDX-License-Identifier: MIT */
#include "../../../src/link/address_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct address_list list_of(const char *a, const char *b, const char *c)
{
	const char *const texts[] = {a, b, c};
	struct address_list list = {0};
	for (int i = 0; i < 3 && texts[i]; i++)
		snprintf(list.text[list.n++], ADDRESS_TEXT_MAX, "%s", texts[i]);
	return list;
}

static const char *pick(const struct address_book *b, int64_t now_us)
{
	int i = address_book_pick(b, now_us);
	assert_in_range(i, 0, b->list.n - 1);
	return b->list.text[i];
}

static void test_nothing_is_known(void **state)
{
	struct address_book b = {0};
	(void)state;
	assert_int_equal(address_book_pick(&b, 1), -1);
	assert_false(address_book_has_other(&b, NULL, 1));
	address_book_failed(&b, "1.1.1.1", 1);
	address_book_worked(&b, "1.1.1.1");
	assert_int_equal(address_book_pick(&b, 1), -1);
}

static void test_the_first_one_that_is_not_bad(void **state)
{
	struct address_book b = {0};
	const struct address_list list = list_of("1.1.1.1", "2.2.2.2", "::3");
	(void)state;
	address_book_set(&b, &list);
	assert_string_equal(pick(&b, 1), "1.1.1.1");
	address_book_failed(&b, "1.1.1.1", 1);
	assert_string_equal(pick(&b, 1), "2.2.2.2");
	assert_true(address_book_has_other(&b, "1.1.1.1", 1));
	address_book_failed(&b, "2.2.2.2", 2);
	assert_string_equal(pick(&b, 2), "::3");
	assert_false(address_book_has_other(&b, "::3", 2));
	assert_true(address_book_has_other(&b, NULL, 2));
	address_book_worked(&b, "2.2.2.2");
	assert_string_equal(pick(&b, 2), "2.2.2.2");
}

static void test_bad_ones_are_forgiven_after_a_minute(void **state)
{
	struct address_book b = {0};
	const struct address_list list = list_of("1.1.1.1", "2.2.2.2", NULL);
	(void)state;
	address_book_set(&b, &list);
	address_book_failed(&b, "1.1.1.1", 5);
	assert_string_equal(pick(&b, ADDRESS_BAD_US + 4), "2.2.2.2");
	assert_string_equal(pick(&b, ADDRESS_BAD_US + 5), "1.1.1.1");
}

static void test_all_are_bad(void **state)
{
	struct address_book b = {0};
	const struct address_list list = list_of("1.1.1.1", "2.2.2.2", "::3");
	(void)state;
	address_book_set(&b, &list);
	address_book_failed(&b, "1.1.1.1", 3);
	address_book_failed(&b, "2.2.2.2", 1);
	address_book_failed(&b, "::3", 2);
	assert_string_equal(pick(&b, 4), "2.2.2.2"); /* bad for the longest: first to be forgiven */
	assert_false(address_book_has_other(&b, NULL, 4));
}

static void test_a_fresh_look_up_keeps_what_is_known(void **state)
{
	struct address_book b = {0};
	const struct address_list before = list_of("1.1.1.1", "2.2.2.2", NULL);
	const struct address_list after = list_of("::3", "1.1.1.1", NULL);
	(void)state;
	address_book_set(&b, &before);
	address_book_failed(&b, "1.1.1.1", 1);
	address_book_failed(&b, "2.2.2.2", 1);
	address_book_set(&b, &after);
	assert_int_equal(b.list.n, 2);
	assert_string_equal(pick(&b, 2), "::3");
	address_book_failed(&b, "::3", 2);
	assert_string_equal(pick(&b, 3), "1.1.1.1");
	assert_false(address_book_has_other(&b, NULL, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_known),
		cmocka_unit_test(test_the_first_one_that_is_not_bad),
		cmocka_unit_test(test_bad_ones_are_forgiven_after_a_minute),
		cmocka_unit_test(test_all_are_bad),
		cmocka_unit_test(test_a_fresh_look_up_keeps_what_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
