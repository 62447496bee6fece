/* SPDX-License-Identifier: MIT */
/* The memory of what goes to and fro: each message owns its arena. */
#include <string.h>

#include "ringdown/base/mem.h"
#include "ringdown/plane/plane.h"

enum { REQUEST_BYTES_MAX = 16 << 20, CLAIM_BYTES_MAX = 128 * 1024 };

struct plane_request *plane_request_new(void)
{
	struct plane_request *r = mem_alloc(sizeof(*r));
	if (r)
		arena_init(&r->arena, REQUEST_BYTES_MAX);
	return r;
}

struct plane_request *plane_request_free(struct plane_request *r)
{
	if (!r)
		return NULL;
	r->feed = feed_leave(r->feed);
	arena_done(&r->arena);
	return mem_free(r);
}

struct plane_claim *plane_claim_new(void)
{
	struct plane_claim *c = mem_alloc(sizeof(*c));
	if (c)
		arena_init(&c->arena, CLAIM_BYTES_MAX);
	return c;
}

struct plane_claim *plane_claim_free(struct plane_claim *c)
{
	if (c)
		arena_done(&c->arena);
	return mem_free(c);
}

struct plane_result *plane_result_new(void)
{
	struct plane_result *r = mem_alloc(sizeof(*r));
	if (r)
		arena_init(&r->arena, CLAIM_BYTES_MAX);
	return r;
}

struct plane_result *plane_result_free(struct plane_result *r)
{
	if (r)
		arena_done(&r->arena);
	return mem_free(r);
}

void plane_history_add(struct plane_turn *history, uint32_t *n, struct arena *a, const struct plane_turn *turn)
{
	if (*n == PLANE_HISTORY_MAX)
		memmove(history, history + 1, --*n * sizeof(*history));
	history[(*n)++] = (struct plane_turn){
		.kind = turn->kind,
		.text = arena_str(a, turn->text),
		.call_id = arena_str(a, turn->call_id),
		.name = arena_str(a, turn->name),
	};
}
