/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <string.h>

#include "ringdown/base/mem.h"

static unsigned char *block_get(struct bytes_pool *pool, size_t size)
{
	void *block = pool->spare;
	if (size > BYTES_BLOCK || !block)
		return mem_alloc(size);
	memcpy(&pool->spare, block, sizeof(pool->spare));
	pool->n_spare--;
	return block;
}

static void block_put(struct bytes_pool *pool, unsigned char *block, size_t size)
{
	if (!block || size != BYTES_BLOCK || pool->n_spare >= BYTES_POOL_KEEP) {
		(void)mem_free(block);
		return;
	}
	memcpy(block, &pool->spare, sizeof(pool->spare));
	pool->spare = block;
	pool->n_spare++;
}

unsigned char *bytes_room(struct bytes_pool *pool, struct bytes *b, size_t n)
{
	if (b->cap - b->n >= n)
		return b->p + b->n;
	size_t cap = b->cap ? b->cap : BYTES_BLOCK;
	while (cap - b->n < n)
		cap *= 2;
	unsigned char *p = block_get(pool, cap);
	if (!p)
		return NULL;
	if (b->n)
		memcpy(p, b->p, b->n);
	block_put(pool, b->p, b->cap);
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void bytes_drop(struct bytes_pool *pool, struct bytes *b, size_t n)
{
	if (!b->p)
		return;
	b->n -= n;
	if (b->n) {
		memmove(b->p, b->p + n, b->n);
		return;
	}
	block_put(pool, b->p, b->cap);
	*b = (struct bytes){0};
}

void bytes_pool_done(struct bytes_pool *pool)
{
	while (pool->spare) {
		void *block = pool->spare;
		memcpy(&pool->spare, block, sizeof(pool->spare));
		(void)mem_free(block);
	}
	pool->n_spare = 0;
}
