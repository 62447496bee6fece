/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 4096 };

static void grow(struct bytes *b, size_t n)
{
	size_t cap = b->cap ? b->cap : FIRST_BYTES;
	while (cap < b->n + n)
		cap *= 2;
	uint8_t *fresh = malloc(cap);
	if (!fresh) {
		perror("memory");
		exit(3);
	}
	if (b->n)
		memcpy(fresh, b->p + b->from, b->n);
	free(b->p);
	*b = (struct bytes){.p = fresh, .n = b->n, .cap = cap};
}

void bytes_put(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n > b->cap) {
		grow(b, n);
	} else if (b->from + b->n + n > b->cap) {
		memmove(b->p, b->p + b->from, b->n);
		b->from = 0;
	}
	if (n)
		memcpy(b->p + b->from + b->n, p, n);
	b->n += n;
}

void bytes_drop(struct bytes *b, size_t n)
{
	b->n -= n;
	b->from = b->n ? b->from + n : 0;
}

void bytes_done(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){0};
}
