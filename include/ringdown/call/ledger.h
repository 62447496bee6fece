/* ledger.h - the played-position ledger: what of the assistant's sound the caller has really heard.
 * It is the one truth for truncation, transcript, recording and hang-up.  Pure.
 *
 *   taken  - samples accepted from the model and queued
 *   sent   - samples handed to Twilio, a mark behind each message, named epoch:item:ms
 *   heard  - samples played: the last mark of this epoch that came back, and the time since, never
 *            more than was sent
 * clear begins a new epoch; marks of older epochs were not played, whatever Twilio says. */
#ifndef RINGDOWN_CALL_LEDGER_H
#define RINGDOWN_CALL_LEDGER_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { LEDGER_ITEMS_MAX = 4, LEDGER_ID_MAX = 80, LEDGER_MARK_MAX = LEDGER_ID_MAX + 32 };

struct ledger_item {           /* one assistant item with sound, in the order of play-out */
	char id[LEDGER_ID_MAX];
	uint64_t start_samples; /* position in the epoch's stream of its first sample */
	uint64_t taken_samples; /* accepted from the model */
	uint64_t raw_samples;   /* real samples among them: without the padding of the last frame */
	bool is_done;           /* no more will come */
};

struct ledger {
	uint32_t epoch;
	uint64_t taken_samples, sent_samples, marked_samples; /* positions in this epoch's stream */
	int64_t base_us;                                      /* when base_samples was being played */
	uint64_t base_samples;
	uint64_t heard_floor_samples;                         /* heard never goes backwards */
	struct ledger_item items[LEDGER_ITEMS_MAX];           /* oldest first */
	uint32_t n_items;
};

struct ledger_heard { /* the item the caller is hearing, or heard last */
	struct str item_id;  /* empty: nothing of this epoch */
	uint32_t heard_ms;   /* of that item */
	uint32_t total_ms;   /* of that item, as far as the model has sent it */
	bool is_complete;    /* the item is done and heard to its end */
};

void ledger_init(struct ledger *l);
/* false: too many items wait (drop the sound). */
bool ledger_begin_item(struct ledger *l, struct str item_id);
void ledger_take(struct ledger *l, size_t n_samples);
/* The item ends: pad_samples of silence complete its last frame. */
void ledger_end_item(struct ledger *l, size_t pad_samples);
size_t ledger_waiting(const struct ledger *l); /* samples taken and not sent */
/* How many samples of the oldest unsent item may go now (a multiple of 160), given the lead. */
size_t ledger_sendable(const struct ledger *l, uint32_t lead_ms, uint32_t message_ms, int64_t now_us);
/* They go: writes the mark's name. */
void ledger_send(struct ledger *l, size_t n_samples, int64_t now_us, char *ret_mark, size_t size);
/* A mark came back.  False: of another epoch, or unknown. */
bool ledger_mark(struct ledger *l, struct str name, int64_t now_us);
uint64_t ledger_heard_samples(const struct ledger *l, int64_t now_us);
struct ledger_heard ledger_heard(const struct ledger *l, int64_t now_us);
uint32_t ledger_lead_ms(const struct ledger *l, int64_t now_us); /* sent and not yet heard */
bool ledger_is_played_out(const struct ledger *l); /* all taken is sent, and its last mark is back */
void ledger_drop_first(struct ledger *l);          /* its turn is written: the item needs no more keeping */
void ledger_clear(struct ledger *l);               /* a new epoch */

#endif
