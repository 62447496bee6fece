/* ledger.h - the played-position ledger: what of the assistant's sound the caller has really heard.
 * It is the one truth for truncation, transcript, recording and hang-up.  Pure.
 *
 *   taken  - samples accepted from the model and queued
 *   sent   - samples handed to Twilio, a mark behind each message, named epoch:item:ms
 *   heard  - samples played: the marks of this epoch that came back, and the time since, never more
 *            than was sent and never sooner than it was sent
 * clear begins a new epoch; marks of older epochs were not played, whatever Twilio says. */
#ifndef RINGDOWN_CALL_LEDGER_H
#define RINGDOWN_CALL_LEDGER_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum {
	LEDGER_ITEMS_MAX = 8,
	LEDGER_MARKS_MAX = 4, /* that say how far play-out lags */
	LEDGER_ID_MAX = 80,
	LEDGER_MARK_MAX = LEDGER_ID_MAX + 32,
};

struct ledger_item {           /* one assistant item with sound, in the order of play-out */
	char id[LEDGER_ID_MAX];
	uint64_t start_samples; /* position in the epoch's stream of its first sample */
	uint64_t taken_samples; /* accepted from the model, and the padding of last frames */
	uint64_t raw_samples;   /* real samples among them */
	uint64_t inner_samples; /* padding that more sound came behind: an item of several parts */
	int64_t first_us;       /* when its first sample is heard; 0: not sent yet */
	bool is_done;           /* no more will come */
	bool is_foreign;        /* said in an earlier session: the present one knows it as text */
};

struct ledger {
	uint32_t epoch;
	uint32_t round_trip_us;                               /* to Twilio and back; 0: unknown */
	uint64_t taken_samples, sent_samples, marked_samples; /* positions in this epoch's stream */
	uint64_t heard_floor_samples;                         /* heard never goes backwards */
	/* Origins: when sample 0 would have been played, had play-out run without a pause up to now. */
	int64_t sent_origin_us;                    /* as early as the sending allows */
	int64_t mark_origins_us[LEDGER_MARKS_MAX]; /* as the last marks tell */
	uint32_t n_marks;                          /* that came back since play-out last began */
	uint64_t begun_samples;                    /* where it began: after a pause, or at 0 */
	int64_t lag_us;                            /* from sending to play-out, as learnt */
	struct ledger_item items[LEDGER_ITEMS_MAX]; /* oldest first; one that was heard stays while it is the last */
	uint32_t n_items;
};

struct ledger_heard { /* the item the caller is hearing, or heard last */
	struct str item_id;  /* empty: nothing of this epoch */
	uint32_t heard_ms;   /* of that item */
	uint32_t total_ms;   /* of that item, as far as the model has sent it */
	bool is_complete;    /* the item is done and heard to its end */
};

void ledger_init(struct ledger *l);
/* More sound of this item comes: the last one goes on, or a new one begins.  False: too many wait, or
 * the id is too long (drop the sound). */
bool ledger_begin_item(struct ledger *l, struct str item_id);
void ledger_take(struct ledger *l, size_t n_samples);
/* The item ends: pad_samples of silence complete its last frame. */
void ledger_end_item(struct ledger *l, size_t pad_samples);
size_t ledger_waiting(const struct ledger *l); /* samples taken and not sent */
/* How many samples of the oldest unsent item may go now (a multiple of 160), given the lead. */
size_t ledger_sendable(const struct ledger *l, uint32_t lead_ms, uint32_t message_ms, int64_t now_us);
/* They go: writes the mark's name. */
void ledger_send(struct ledger *l, size_t n_samples, int64_t now_us, char *ret_mark, size_t size);
/* A mark came back.  False: of another epoch, unknown, or not later than one that came before. */
bool ledger_mark(struct ledger *l, struct str name, int64_t now_us);
/* What will have been heard when a clear sent now takes effect. */
uint64_t ledger_heard_samples(const struct ledger *l, int64_t now_us);
/* Real samples of an item among the first heard_samples of the stream: 0..raw_samples. */
uint64_t ledger_item_heard(const struct ledger_item *item, uint64_t heard_samples);
bool ledger_item_is_played(const struct ledger *l, const struct ledger_item *item); /* its last mark is back */
struct ledger_heard ledger_heard(const struct ledger *l, int64_t now_us);
uint32_t ledger_lead_ms(const struct ledger *l, int64_t now_us); /* sent and not yet heard */
bool ledger_is_played_out(const struct ledger *l); /* all taken is sent, and its last mark is back */
void ledger_drop_played(struct ledger *l);         /* forget items played to the end, but for the last */
void ledger_clear(struct ledger *l);               /* a new epoch */

#endif
