/* bytes.h - bytes that are put at one end and dropped at the other.  Without memory the program ends. */
#ifndef BENCH_BYTES_H
#define BENCH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct bytes { /* zeroed at first */
	uint8_t *p;
	size_t from, n, cap; /* n bytes from p + from */
};

void bytes_put(struct bytes *b, const void *p, size_t n); /* moves the others: views are void */
void bytes_drop(struct bytes *b, size_t n);
void bytes_done(struct bytes *b);

#endif
