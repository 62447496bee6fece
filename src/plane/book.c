/* SPDX-License-Identifier: MIT */
#include "book.h"

#include <string.h>

#include "ringdown/base/mem.h"

void book_init(struct book *b)
{
	memset(b, 0, sizeof(*b));
}

static uint32_t bucket_of(struct str sid)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < sid.n; i++)
		h = (h ^ (unsigned char)sid.p[i]) * 16777619u;
	return h % BOOK_BUCKETS;
}

static void unlink_age(struct book *b, struct book_row *row)
{
	*(row->older ? &row->older->newer : &b->oldest) = row->newer;
	*(row->newer ? &row->newer->older : &b->newest) = row->older;
	row->older = row->newer = NULL;
}

static void link_newest(struct book *b, struct book_row *row)
{
	row->older = b->newest;
	*(b->newest ? &b->newest->newer : &b->oldest) = row;
	b->newest = row;
}

static void row_free(struct book *b, struct book_row *row)
{
	struct book_row **p = &b->buckets[bucket_of(str_of(row->call_sid))];
	while (*p != row)
		p = &(*p)->next;
	*p = row->next;
	unlink_age(b, row);
	arena_done(&row->arena);
	mem_free(row);
	b->n--;
}

void book_done(struct book *b)
{
	while (b->oldest)
		row_free(b, b->oldest);
}

static void sweep(struct book *b, int64_t now_s)
{
	while (b->oldest && (b->oldest->expires_s < now_s || b->n >= BOOK_ROWS_MAX))
		row_free(b, b->oldest);
}

struct book_row *book_find(struct book *b, struct str call_sid, int64_t now_s)
{
	struct book_row *row = b->buckets[bucket_of(call_sid)];
	while (row && !str_is(str_of(row->call_sid), call_sid))
		row = row->next;
	if (!row)
		return NULL;
	row->expires_s = now_s + BOOK_ROW_TTL_S;
	unlink_age(b, row);
	link_newest(b, row);
	return row;
}

static bool is_sid(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return s.n >= 4 && s.n < BOOK_SID_MAX;
}

struct book_row *book_get(struct book *b, struct str call_sid, int64_t now_s)
{
	struct book_row *row = book_find(b, call_sid, now_s);
	if (row || !is_sid(call_sid))
		return row;
	sweep(b, now_s);
	row = mem_alloc(sizeof(*row));
	if (!row)
		return NULL;
	arena_init(&row->arena, BOOK_HISTORY_BYTES);
	(void)str_copy(call_sid, row->call_sid, sizeof(row->call_sid));
	struct book_row **bucket = &b->buckets[bucket_of(call_sid)];
	row->next = *bucket;
	*bucket = row;
	row->expires_s = now_s + BOOK_ROW_TTL_S;
	link_newest(b, row);
	b->n++;
	return row;
}

/* From the newest backwards as far as the bytes go, then in order. */
void book_set_history(struct book_row *row, const struct plane_turn *turns, uint32_t n)
{
	size_t bytes = 0;
	uint32_t first = n;
	while (first > 0 && n - first < PLANE_HISTORY_MAX) {
		const struct plane_turn *t = &turns[first - 1];
		bytes += t->text.n + t->call_id.n + t->name.n + 64;
		if (bytes > BOOK_HISTORY_BYTES / 2)
			break;
		first--;
	}
	arena_done(&row->arena);
	arena_init(&row->arena, BOOK_HISTORY_BYTES);
	row->n_history = 0;
	for (uint32_t i = first; i < n; i++)
		row->history[row->n_history++] = (struct plane_turn){
			.kind = turns[i].kind,
			.text = arena_str(&row->arena, turns[i].text),
			.call_id = arena_str(&row->arena, turns[i].call_id),
			.name = arena_str(&row->arena, turns[i].name),
		};
}
