/* SPDX-License-Identifier: MIT */
#include "ringdown/base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "ringdown/base/metrics.h"

static _Atomic uint32_t calls_to_failure; /* 0: the rig is off */

static bool is_rigged(void)
{
	uint32_t left = atomic_load_explicit(&calls_to_failure, memory_order_relaxed);
	while (left && !atomic_compare_exchange_weak_explicit(&calls_to_failure, &left, left - 1,
			       memory_order_relaxed, memory_order_relaxed))
		;
	return left == 1;
}

void *mem_alloc(size_t size)
{
	void *p = is_rigged() ? NULL : calloc(1, size ? size : 1);
	if (!p)
		metric_add(METRIC_ALLOC_FAILURES, 1);
	return p;
}

void *mem_free(void *p)
{
	free(p);
	return NULL;
}

void mem_fail_at(uint32_t n)
{
	atomic_store_explicit(&calls_to_failure, n, memory_order_relaxed);
}
