/* SPDX-License-Identifier: MIT */
#include "ringdown/base/ring.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 8 };

static void push(struct ring *r, uint32_t value)
{
	void *slot = ring_slot(r);
	assert_non_null(slot);
	memcpy(slot, &value, sizeof(value));
	ring_push(r);
}

static uint32_t pop(struct ring *r)
{
	uint32_t value;
	const void *slot = ring_front(r);
	assert_non_null(slot);
	memcpy(&value, slot, sizeof(value));
	ring_pop(r);
	return value;
}

static void test_init(void **state)
{
	struct ring r;
	char slots[16];
	(void)state;
	assert_int_equal(ring_init(&r, slots, 0, 4), -EINVAL);
	assert_int_equal(ring_init(&r, slots, 3, 4), -EINVAL);
	assert_int_equal(ring_init(&r, slots, 4, 0), -EINVAL);
	assert_int_equal(ring_init(&r, NULL, 4, 4), -EINVAL);
	assert_int_equal(ring_init(&r, slots, 4, 4), 0);
	assert_null(ring_front(&r));
	assert_int_equal(ring_used(&r), 0);
	assert_ptr_equal(ring_slot(&r), slots);
}

static void test_one_slot(void **state)
{
	struct ring r;
	uint32_t slot;
	(void)state;
	assert_int_equal(ring_init(&r, &slot, 1, sizeof(slot)), 0);
	for (uint32_t i = 0; i < 5; i++) {
		push(&r, i);
		assert_null(ring_slot(&r));
		assert_int_equal(pop(&r), i);
		assert_null(ring_front(&r));
	}
}

/* Fills and drains to every level, from `first` on: 0, and far enough below 2^32 to cross it. */
static void fill_and_drain(uint32_t first)
{
	struct ring r;
	uint32_t slots[COUNT], in = 0, out = 0;
	assert_int_equal(ring_init(&r, slots, COUNT, sizeof(slots[0])), 0);
	atomic_store(&r.head, first);
	atomic_store(&r.tail, first);
	for (uint32_t level = 1; level <= COUNT; level++) {
		for (uint32_t i = 0; i < level; i++) {
			assert_int_equal(ring_used(&r), i);
			push(&r, in++);
		}
		assert_int_equal(ring_slot(&r) == NULL, level == COUNT);
		for (uint32_t i = level; i; i--) {
			assert_int_equal(ring_used(&r), i);
			assert_int_equal(pop(&r), out++);
		}
		assert_null(ring_front(&r));
	}
}

static void test_order(void **state)
{
	(void)state;
	fill_and_drain(0);
}

static void test_order_across_the_wrap(void **state)
{
	(void)state;
	for (uint32_t before = 1; before <= 40; before++)
		fill_and_drain(0U - before);
}

static void test_full_keeps_what_is_there(void **state)
{
	struct ring r;
	uint32_t slots[COUNT];
	(void)state;
	assert_int_equal(ring_init(&r, slots, COUNT, sizeof(slots[0])), 0);
	for (uint32_t i = 0; i < COUNT; i++)
		push(&r, i);
	assert_null(ring_slot(&r));
	assert_null(ring_slot(&r));
	assert_int_equal(pop(&r), 0);
	push(&r, COUNT);
	for (uint32_t i = 1; i <= COUNT; i++)
		assert_int_equal(pop(&r), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_one_slot),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_across_the_wrap),
		cmocka_unit_test(test_full_keeps_what_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
