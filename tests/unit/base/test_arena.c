/* SPDX-License-Identifier: MIT */
#include "ringdown/base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"

static void test_zeroed_aligned_disjoint(void **state)
{
	struct arena a;
	unsigned char *pieces[600];
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < 600; i++) {
		pieces[i] = arena_alloc(&a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t at = 0; at < i; at++)
			assert_int_equal(pieces[i][at], 0);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < 600; i++)
		for (size_t at = 0; at < i; at++)
			assert_int_equal(pieces[i][at], i & 0xff);
	arena_done(&a);
	assert_int_equal(a.used_bytes, 0);
	assert_non_null(arena_alloc(&a, 10));
	arena_done(&a);
}

static void test_large_piece_keeps_the_head(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	char *first = arena_alloc(&a, 16);
	assert_non_null(arena_alloc(&a, 100000));
	assert_ptr_equal(arena_alloc(&a, 16), first + 16);
	arena_done(&a);
}

static void test_limit(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1024);
	assert_null(arena_alloc(&a, 1025));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_int_equal(a.used_bytes, 0);
	size_t pieces = 0;
	while (pieces < 100 && arena_alloc(&a, 100))
		pieces++;
	assert_in_range(pieces, 8, 10);
	assert_true(a.used_bytes <= a.limit_bytes);
	arena_done(&a);
	arena_init(&a, 0);
	assert_null(arena_alloc(&a, 0));
	arena_done(&a);
}

static void test_exact_limit(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 64);
	assert_non_null(arena_alloc(&a, 48));
	assert_null(arena_alloc(&a, 17));
	assert_non_null(arena_alloc(&a, 16));
	assert_null(arena_alloc(&a, 0));
	arena_done(&a);
}

static void test_text(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 4096);
	assert_string_equal(arena_strdup(&a, STR("caller")), "caller");
	assert_string_equal(arena_strdup(&a, (struct str){NULL, 0}), "");
	struct str copy = arena_str(&a, STR("model"));
	assert_true(str_is(copy, STR("model")));
	assert_int_equal(copy.p[copy.n], '\0');
	assert_string_equal(arena_printf(&a, "%s-%d", "call", 7), "call-7");
	arena_done(&a);
	arena_init(&a, 16);
	assert_null(arena_printf(&a, "%s", "sixteen bytes+++"));
	assert_null(arena_str(&a, STR("sixteen bytes+++")).p);
	assert_int_equal(arena_str(&a, STR("sixteen bytes+++")).n, 0);
	arena_done(&a);
}

/* Fails the n-th allocation until one run needs none of those left. */
static void test_no_memory(void **state)
{
	struct arena a;
	uint32_t n = 0;
	bool is_done = false;
	(void)state;
	while (!is_done) {
		arena_init(&a, 1 << 20);
		mem_fail_at(++n);
		is_done = arena_alloc(&a, 10) && arena_alloc(&a, 5000) && arena_alloc(&a, 4000) &&
			  arena_strdup(&a, STR("x")) && arena_printf(&a, "%0900d", 1);
		mem_fail_at(0);
		assert_non_null(arena_alloc(&a, 10)); /* and it can be used after */
		arena_done(&a);
	}
	assert_int_equal(n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_aligned_disjoint),
		cmocka_unit_test(test_large_piece_keeps_the_head),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_exact_limit),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
