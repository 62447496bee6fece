/* SPDX-License-Identifier: MIT */
#include "ringdown/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/mem.h"

enum {
	ARENA_BLOCK_BYTES = 4096 - 64, /* with our header and malloc's it stays within a page */
	ARENA_OWN_BLOCK_BYTES = ARENA_BLOCK_BYTES /
				4, /* larger ones do not cut the common block short */
};

struct arena_block {
	struct arena_block *next; /* older */
	size_t used, size;	  /* bytes of data */
	alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a, size_t limit_bytes)
{
	*a = (struct arena){.limit_bytes = limit_bytes};
}

void arena_done(struct arena *a)
{
	while (a->head) {
		struct arena_block *block = a->head;
		a->head = block->next;
		mem_free(block);
	}
	a->used_bytes = 0;
}

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = mem_alloc(sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

/* A large piece goes behind the head, so that the room left in the head stays in use. */
static struct arena_block *block_add(struct arena *a, size_t need)
{
	bool is_large = need > ARENA_OWN_BLOCK_BYTES;
	struct arena_block *block = block_new(is_large ? need : ARENA_BLOCK_BYTES);
	if (!block)
		return NULL;
	struct arena_block **at = is_large && a->head ? &a->head->next : &a->head;
	block->next = *at;
	*at = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX - align)
		return NULL;
	size_t need = size ? (size + align - 1) / align * align : align;
	if (need > a->limit_bytes - a->used_bytes)
		return NULL;
	struct arena_block *block = a->head;
	if (!block || block->size - block->used < need)
		block = block_add(a, need);
	if (!block)
		return NULL;
	void *p = block->data + block->used;
	block->used += need;
	a->used_bytes += need;
	return p;
}

char *arena_strdup(struct arena *a, struct str s)
{
	char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;
	if (p && s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_strdup(a, s);
	return (struct str){p, p ? s.n : 0};
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	char *p = n >= 0 ? arena_alloc(a, (size_t)n + 1) : NULL;
	if (p)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}
