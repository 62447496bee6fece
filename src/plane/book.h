/* book.h - the book of calls: what a webhook said of a CallSid, which stream serves it, how the last
 * one ended.  Owned by the plane's thread; bounded; rows that nobody asked for any more leave, but
 * for those whose stream lives. */
#ifndef BOOK_H
#define BOOK_H

#include "ringdown/plane/plane.h"
#include "ringdown/wire/signature.h"

/* SPDX-License-Identifier: MIT */

enum {
	BOOK_BUCKETS = 4096,
	BOOK_ROWS_MAX = 20000,
	BOOK_ROW_TTL_S = 300,     /* without a stream: Twilio asks within seconds, or not at all */
	BOOK_NONCES = 8,          /* tokens given out and not yet used */
	BOOK_HISTORY_BYTES = 16384, /* of one call */
	BOOK_HISTORIES_BYTES = 8 << 20, /* of all; the oldest calls lose theirs */
	BOOK_SID_MAX = 64,
	BOOK_NUMBER_MAX = 128,
};

struct book_nonce {
	uint8_t bytes[TOKEN_NONCE_BYTES];
	bool is_open;
	int64_t expires_s;
	uint64_t asked_by; /* hash of the request's idempotency token; 0: it had none */
};

struct book_row {
	struct book_row *next;        /* of the bucket */
	struct book_row *older, *newer; /* by last use */
	char call_sid[BOOK_SID_MAX], stream_sid[BOOK_SID_MAX];
	char assistant[ASSISTANT_ID_MAX + 1];
	char caller[BOOK_NUMBER_MAX], called[BOOK_NUMBER_MAX];
	int64_t expires_s;
	struct book_nonce nonces[BOOK_NONCES];
	uint32_t next_nonce;
	uint32_t resumes;             /* streams that were begun to go on with a broken one */
	bool is_unknown;              /* no voice webhook was seen: this node was not there then */
	bool is_over;                 /* Twilio said that the call has ended */
	/* the stream that serves the call now; NULL: none */
	void (*replaced)(void *owner, uint64_t session_id);
	void *owner;
	uint64_t session_id;
	/* how the last stream ended */
	enum plane_outcome outcome;
	char target_name[BOOK_NUMBER_MAX], target_number[BOOK_NUMBER_MAX];
	struct plane_turn *history;   /* owned, with its texts in the same block */
	uint32_t n_history;
	size_t history_bytes;
};

struct book {
	struct book_row *buckets[BOOK_BUCKETS];
	struct book_row *oldest, *newest;
	uint32_t n;
	size_t history_bytes;         /* of all rows */
};

void book_init(struct book *b);
void book_done(struct book *b);
struct book_row *book_find(struct book *b, struct str call_sid, int64_t now_s); /* NULL: unknown */
/* Finds or makes it; NULL: not a CallSid, no memory, or as many calls live as there may be rows. */
struct book_row *book_get(struct book *b, struct str call_sid, int64_t now_s);
bool book_is_sid(struct str call_sid);
void book_drop(struct book *b, struct book_row *row);
/* The newest of them, as far as the bytes go; in order.  Without memory: none. */
void book_set_history(struct book *b, struct book_row *row, const struct plane_turn *turns, uint32_t n);

#endif
