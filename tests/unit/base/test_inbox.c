/* SPDX-License-Identifier: MIT */
#include "ringdown/base/inbox.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"

struct note {
	char text[20]; /* no multiple of the slot's alignment */
	uint32_t number;
};

static void count_wake(void *arg)
{
	int *wakes = arg;
	++*wakes;
}

static int post(struct inbox *in, uint32_t number)
{
	struct note note = {"note", number};
	return inbox_post(in, &note);
}

static uint32_t take(struct inbox *in)
{
	struct note note = {{0}, 0};
	assert_true(inbox_take(in, &note));
	assert_string_equal(note.text, "note");
	return note.number;
}

static void test_init(void **state)
{
	static const uint32_t bad_counts[] = {0, 1, 3, 6, UINT32_C(1) << 31};
	struct inbox in;
	(void)state;
	for (size_t i = 0; i < sizeof(bad_counts) / sizeof(bad_counts[0]); i++)
		assert_int_equal(inbox_init(&in, bad_counts[i], 8, NULL, NULL), -EINVAL);
	assert_int_equal(inbox_init(&in, 4, 0, NULL, NULL), -EINVAL);
	assert_int_equal(inbox_init(&in, 4, UINT32_MAX, NULL, NULL), -EINVAL);
	mem_fail_at(1);
	assert_int_equal(inbox_init(&in, 4, 8, NULL, NULL), -ENOMEM);
	assert_int_equal(inbox_init(&in, 4, 8, NULL, NULL), 0);
	inbox_done(&in);
	inbox_done(&in);
}

static void test_order_and_full(void **state)
{
	struct inbox in;
	struct note note;
	uint32_t posted = 0, taken = 0;
	(void)state;
	assert_int_equal(inbox_init(&in, 4, sizeof(note), NULL, NULL), 0);
	for (int lap = 0; lap < 50; lap++) { /* across the wrap of the tickets as well */
		while (post(&in, posted) == 0)
			posted++;
		assert_int_equal(posted - taken, 4);
		assert_int_equal(post(&in, 99), -EAGAIN);
		for (int i = 0; i < 1 + lap % 4; i++)
			assert_int_equal(take(&in), taken++);
	}
	while (taken < posted)
		assert_int_equal(take(&in), taken++);
	assert_false(inbox_take(&in, &note));
	assert_true(in.tail < 1000); /* it began below 2^32 */
	inbox_done(&in);
}

static void test_wakes_once_for_many(void **state)
{
	struct inbox in;
	struct note note;
	int wakes = 0;
	(void)state;
	assert_int_equal(inbox_init(&in, 8, sizeof(note), count_wake, &wakes), 0);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(post(&in, i), 0);
	assert_int_equal(wakes, 1);
	assert_int_equal(take(&in), 0);
	assert_int_equal(wakes, 1);
	assert_int_equal(post(&in, 5), 0); /* the owner may stop before the inbox is empty */
	assert_int_equal(post(&in, 6), 0);
	assert_int_equal(wakes, 2);
	for (uint32_t i = 1; i <= 6; i++)
		assert_int_equal(take(&in), i);
	assert_false(inbox_take(&in, &note));
	assert_int_equal(wakes, 2);
	assert_int_equal(post(&in, 7), 0);
	assert_int_equal(wakes, 3);
	inbox_done(&in);
}

static void test_full_does_not_wake(void **state)
{
	struct inbox in;
	int wakes = 0;
	(void)state;
	assert_int_equal(inbox_init(&in, 2, sizeof(struct note), count_wake, &wakes), 0);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(post(&in, i), i < 2 ? 0 : -EAGAIN);
	assert_int_equal(wakes, 1);
	inbox_done(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_order_and_full),
		cmocka_unit_test(test_wakes_once_for_many),
		cmocka_unit_test(test_full_does_not_wake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
