/* arena.h - memory that dies together: everything a request or a document needs, freed at once.
 * One owner, one thread.  Grows by blocks up to a limit given at init. */
#ifndef RINGDOWN_BASE_ARENA_H
#define RINGDOWN_BASE_ARENA_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct arena_block;
struct arena {
	struct arena_block *head; /* newest block */
	size_t used_bytes;        /* over all blocks */
	size_t limit_bytes;       /* allocations beyond it give NULL */
};

void arena_init(struct arena *a, size_t limit_bytes);
void arena_done(struct arena *a);                /* frees all; the arena may be used again */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type; NULL: limit or no memory */
char *arena_strdup(struct arena *a, struct str s); /* terminated copy, or NULL */
struct str arena_str(struct arena *a, struct str s); /* copy as a view; {NULL, 0} when it failed */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
