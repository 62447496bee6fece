/* SPDX-License-Identifier: MIT */
#include "ringdown/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/metrics.h"

static bool alloc_works(void)
{
	void *p = mem_alloc(64);
	mem_free(p);
	return p != NULL;
}

static void test_zeroed(void **state)
{
	static const char zeros[1000];
	(void)state;
	char *p = mem_alloc(1000);
	assert_memory_equal(p, zeros, 1000);
	memset(p, 1, 1000);
	assert_null(mem_free(p));
	assert_null(mem_free(NULL));
	p = mem_alloc(0);
	assert_non_null(p);
	mem_free(p);
}

static void test_fails_the_nth_and_only_it(void **state)
{
	(void)state;
	int64_t before = metric_get(METRIC_ALLOC_FAILURES);
	for (uint32_t n = 1; n <= 5; n++) {
		mem_fail_at(n);
		for (uint32_t i = 1; i <= 8; i++)
			assert_int_equal(alloc_works(), i != n);
	}
	assert_int_equal(metric_get(METRIC_ALLOC_FAILURES) - before, 5);
	mem_fail_at(1);
	mem_fail_at(0);
	assert_true(alloc_works());
}

/* More than any machine has.  The sanitizers' allocators end the process then, unless asked not to.
 */
#define SANITIZER_OPTIONS(name)                                                                    \
	__attribute__((visibility("default"))) const char *name(void);                             \
	const char *name(void)                                                                     \
	{                                                                                          \
		return "allocator_may_return_null=1";                                              \
	}
SANITIZER_OPTIONS(__asan_default_options)
SANITIZER_OPTIONS(__tsan_default_options)

static void test_too_much(void **state)
{
	volatile size_t size = SIZE_MAX / 2;
	(void)state;
	int64_t before = metric_get(METRIC_ALLOC_FAILURES);
	assert_null(mem_alloc(size));
	assert_int_equal(metric_get(METRIC_ALLOC_FAILURES) - before, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_fails_the_nth_and_only_it),
		cmocka_unit_test(test_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
