/* mem.h - the allocator of rooms that must survive its failure: malloc with a count and, in tests, a
 * rigged failure of the n-th call.  Only base, store and link allocate outside of arenas. */
#ifndef RINGDOWN_BASE_MEM_H
#define RINGDOWN_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

void *mem_alloc(size_t size); /* zeroed; NULL: no memory (counted in METRIC_ALLOC_FAILURES) */
void *mem_free(void *p);      /* NULL is fine; returns NULL */
/* Tests: the n-th mem_alloc from now (1 = next) fails, n = 0 switches the rig off. */
void mem_fail_at(uint32_t n);

#endif
