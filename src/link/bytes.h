/* bytes.h - what a socket has given and is not whole yet, or what it has not taken yet: a queue of bytes
 * that is mostly empty.  Memory comes from the shard's pool and goes back when the queue is empty, so
 * that a call which waits for nothing holds none.  Loop thread only. */
#ifndef RINGDOWN_LINK_BYTES_H
#define RINGDOWN_LINK_BYTES_H

#include <stddef.h>

/* SPDX-License-Identifier: MIT */

enum { BYTES_BLOCK = 32768, BYTES_POOL_KEEP = 32 };

struct bytes_pool {
	void *spare; /* blocks of BYTES_BLOCK, each holding the next one's address */
	unsigned n_spare;
};

struct bytes {
	unsigned char *p; /* NULL while empty */
	size_t n, cap;
};

/* Room for n more bytes behind what is there.  NULL: no memory; nothing is lost. */
unsigned char *bytes_room(struct bytes_pool *pool, struct bytes *b, size_t n);
void bytes_drop(struct bytes_pool *pool, struct bytes *b, size_t n); /* the first n are done with; empty: nothing to do */
void bytes_pool_done(struct bytes_pool *pool);

#endif
