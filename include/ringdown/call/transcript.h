/* transcript.h - what was said and really heard, turn by turn, in memory the owner gives.  When it is
 * full the oldest turns leave: it serves the replay after a reconnect; the recorder keeps all. Pure. */
#ifndef RINGDOWN_CALL_TRANSCRIPT_H
#define RINGDOWN_CALL_TRANSCRIPT_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { TRANSCRIPT_ID_MAX = 80, TRANSCRIPT_TURN_MAX = 4096, TRANSCRIPT_BYTES = 12288 };

enum transcript_kind {
	TRANSCRIPT_CALLER,
	TRANSCRIPT_ASSISTANT,
	TRANSCRIPT_TOOL_CALL,   /* name, call_id, text: arguments */
	TRANSCRIPT_TOOL_OUTPUT, /* call_id, text: output */
	TRANSCRIPT_DTMF,        /* text: digits */
	TRANSCRIPT_NOTE,        /* text: what happened (reconnect, prompt) */
};

struct transcript_turn {
	enum transcript_kind kind;
	struct str text;          /* heard text: cut where the caller cut it */
	struct str cut_text;      /* what was said and not heard */
	struct str item_id, call_id, name;
	int64_t start_us, end_us; /* since the call began */
	uint32_t heard_ms, total_ms;
	bool is_cut;              /* a barge-in ended it */
};

struct transcript {
	uint32_t used;                /* bytes of mem in use */
	uint32_t n_turns, n_dropped;
	unsigned char mem[TRANSCRIPT_BYTES];
};

void transcript_init(struct transcript *t);
/* Copies the turn; drops old ones to make room; texts over TRANSCRIPT_TURN_MAX are shortened. */
void transcript_add(struct transcript *t, const struct transcript_turn *turn);
/* Walk: *pos starts at 0; false at the end.  The views are good until the next add. */
bool transcript_next(const struct transcript *t, uint32_t *pos, struct transcript_turn *ret_turn);
/* The part of text heard when heard_ms of total_ms were played: cut behind a word, UTF-8 kept whole. */
struct str transcript_heard_part(struct str text, uint32_t heard_ms, uint32_t total_ms);

#endif
