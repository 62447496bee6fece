/* wire_test.h - what every unit test of wire needs: cmocka, and claims about views. */
#ifndef WIRE_TEST_H
#define WIRE_TEST_H

/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"

static inline void assert_view(struct str got, const char *want)
{
	if (got.n == strlen(want) && str_is(got, str_of(want)))
		return;
	fail_msg("got '" STR_FMT "' (%zu bytes), want '%s'", STR_ARG(got), got.n, want);
}

static inline void assert_written(const struct buf *b, const char *want)
{
	assert_true(buf_ok(b));
	assert_view(buf_str(b), want);
}

/* A copy of exactly s.n bytes on the heap, so that a sanitizer sees the first byte read beyond it.
 * The caller frees it. */
static inline char *exact_copy(struct str s)
{
	char *copy = malloc(s.n ? s.n : 1);
	assert_non_null(copy);
	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

/* Small, seeded, the same everywhere. */
static inline uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

#endif
