/* help_twilio.h - the caller's end of a media stream in virtual time: what is sent arrives, waits for
 * what came before, is played; marks come back when it was; clear cuts it and returns the marks.  It
 * knows what the caller has really heard. */
#ifndef HELP_TWILIO_H
#define HELP_TWILIO_H

#include "ringdown/call/ledger.h"

/* SPDX-License-Identifier: MIT */

enum { TWILIO_PARTS_MAX = 2048, TWILIO_ITEMS_MAX = 64 };

struct twilio_part { /* one media message with the mark behind it */
	char item[LEDGER_ID_MAX], mark[LEDGER_MARK_MAX];
	int64_t start_us, end_us, back_us; /* played from, to; when the mark is here again */
};

struct twilio_heard {
	char item[LEDGER_ID_MAX];
	uint64_t samples;
};

struct twilio {
	int64_t net_us;        /* to there, and as long back */
	int64_t lag_us;        /* into an empty buffer: arrived, and not played yet */
	int64_t delay_us;      /* marks are late by that much more */
	bool is_deaf;          /* no mark comes back */
	int64_t busy_us;       /* all that was sent is played then */
	int64_t last_back_us;
	uint32_t first, n;     /* of parts[] */
	struct twilio_heard heard[TWILIO_ITEMS_MAX]; /* of parts that have left the ring, since the last clear */
	uint32_t n_heard;
	struct twilio_heard cleared[TWILIO_ITEMS_MAX]; /* what had been heard when the last clear took effect */
	uint32_t n_cleared;
	struct twilio_part parts[TWILIO_PARTS_MAX]; /* a ring: oldest whose mark is not back yet .. newest; last: needs no zeroes */
};

void twilio_take(struct twilio *t, struct str mark, size_t n_samples, int64_t now_us);
void twilio_clear(struct twilio *t, int64_t now_us);
void twilio_stall(struct twilio *t, int64_t now_us, int64_t for_us); /* nothing is played for so long */
int64_t twilio_next_mark_us(const struct twilio *t); /* INT64_MAX: none is under way */
const char *twilio_mark(struct twilio *t);           /* the mark that is due; good until the next take */
uint64_t twilio_heard(const struct twilio *t, struct str item, int64_t at_us);
uint64_t twilio_cleared(const struct twilio *t, struct str item);

#endif
