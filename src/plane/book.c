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

static void drop_history(struct book *b, struct book_row *row)
{
	b->history_bytes -= row->history_bytes;
	row->history = mem_free(row->history);
	row->n_history = 0;
	row->history_bytes = 0;
}

void book_drop(struct book *b, struct book_row *row)
{
	struct book_row **p = &b->buckets[bucket_of(str_of(row->call_sid))];
	while (*p != row)
		p = &(*p)->next;
	*p = row->next;
	unlink_age(b, row);
	drop_history(b, row);
	mem_free(row);
	b->n--;
}

void book_done(struct book *b)
{
	while (b->oldest)
		book_drop(b, b->oldest);
}

static void touch(struct book *b, struct book_row *row, int64_t now_s)
{
	row->expires_s = now_s + BOOK_ROW_TTL_S;
	unlink_age(b, row);
	link_newest(b, row);
}

/* Rows whose stream lives go round once and stay: nothing is asked of them for hours. */
static void sweep(struct book *b, int64_t now_s)
{
	for (uint32_t left = b->n; left > 0; left--) {
		struct book_row *row = b->oldest;
		if (row->expires_s >= now_s && b->n < BOOK_ROWS_MAX)
			return;
		if (row->replaced)
			touch(b, row, now_s);
		else
			book_drop(b, row);
	}
}

struct book_row *book_find(struct book *b, struct str call_sid, int64_t now_s)
{
	struct book_row *row = b->buckets[bucket_of(call_sid)];
	while (row && !str_is(str_of(row->call_sid), call_sid))
		row = row->next;
	if (row)
		touch(b, row, now_s);
	return row;
}

bool book_is_sid(struct str s)
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
	if (row || !book_is_sid(call_sid))
		return row;
	sweep(b, now_s);
	row = b->n < BOOK_ROWS_MAX ? mem_alloc(sizeof(*row)) : NULL;
	if (!row)
		return NULL;
	(void)str_copy(call_sid, row->call_sid, sizeof(row->call_sid));
	struct book_row **bucket = &b->buckets[bucket_of(call_sid)];
	row->next = *bucket;
	*bucket = row;
	row->expires_s = now_s + BOOK_ROW_TTL_S;
	link_newest(b, row);
	b->n++;
	return row;
}

static size_t bytes_of(const struct plane_turn *t)
{
	return sizeof(*t) + t->text.n + t->call_id.n + t->name.n;
}

/* The first turn of those that are kept.  An output whose call was left behind means nothing to the model. */
static uint32_t first_kept(const struct plane_turn *turns, uint32_t n, size_t *ret_bytes)
{
	uint32_t first = n;
	*ret_bytes = 0;
	while (first > 0 && n - first < PLANE_HISTORY_MAX &&
		*ret_bytes + bytes_of(&turns[first - 1]) <= BOOK_HISTORY_BYTES)
		*ret_bytes += bytes_of(&turns[--first]);
	while (first > 0 && first < n && strcmp(turns[first].kind, "tool_output") == 0)
		*ret_bytes -= bytes_of(&turns[first++]);
	return first;
}

static struct str put_text(char **at, struct str text)
{
	struct str copy = {*at, text.n};
	if (text.n > 0)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return copy;
}

static void trim_histories(struct book *b)
{
	for (struct book_row *row = b->oldest; row && b->history_bytes > BOOK_HISTORIES_BYTES; row = row->newer)
		drop_history(b, row);
}

/* turns may be the row's own: they are copied before the old ones go. */
void book_set_history(struct book *b, struct book_row *row, const struct plane_turn *turns, uint32_t n)
{
	size_t bytes;
	uint32_t first = first_kept(turns, n, &bytes);
	struct plane_turn *fresh = first < n ? mem_alloc(bytes) : NULL;
	char *at = fresh ? (char *)&fresh[n - first] : NULL;
	for (uint32_t i = first; fresh && i < n; i++)
		fresh[i - first] = (struct plane_turn){
			.kind = turns[i].kind,
			.text = put_text(&at, turns[i].text),
			.call_id = put_text(&at, turns[i].call_id),
			.name = put_text(&at, turns[i].name),
		};
	drop_history(b, row);
	if (!fresh)
		return;
	row->history = fresh;
	row->n_history = n - first;
	row->history_bytes = bytes;
	b->history_bytes += bytes;
	trim_histories(b);
}
