/* buf.h - build text in memory the caller gives.  Overflow is sticky: put as much as you like and
 * ask buf_ok() once at the end.  After an overflow the content is void. */
#ifndef RINGDOWN_BASE_BUF_H
#define RINGDOWN_BASE_BUF_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct buf {
	char *p;       /* borrowed from the caller */
	size_t n;      /* bytes in use; read-only outside buf.c but for buf_reserve/buf_commit */
	size_t cap;    /* bytes at p */
	bool overflow; /* something did not fit */
};

void buf_init(struct buf *b, void *mem, size_t cap);
void buf_clear(struct buf *b);
bool buf_ok(const struct buf *b);
struct str buf_str(const struct buf *b); /* empty after an overflow */
void buf_put(struct buf *b, struct str s);
void buf_putc(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_i64(struct buf *b, int64_t v);
/* vsnprintf underneath: wants room for one byte more than the text. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes: control characters, quote and backslash escaped; invalid UTF-8
 * becomes U+FFFD, so that the output is always valid JSON. */
void buf_put_json(struct buf *b, struct str s);
/* Room for n more bytes to be written in place, then buf_commit(); NULL (and overflow) when full. */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

#endif
