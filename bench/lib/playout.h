/* playout.h - the loudspeaker at the far end of a media stream: sound is queued and played in real time, a mark
 * comes due when all that was queued before it has been played, or when the queue is cleared.  Positions are samples
 * of 8 kHz since the stream began; what was cleared has no position.  The time is an argument. */
#ifndef BENCH_PLAYOUT_H
#define BENCH_PLAYOUT_H

#include "bytes.h"

/* SPDX-License-Identifier: MIT */

enum { PLAYOUT_US_A_SAMPLE = 125, PLAYOUT_MARK_MAX = 1024 };

struct playout { /* zeroed at first; fields are read-only outside */
	bool is_playing;
	int64_t from_us, from; /* while playing: `from` was played at from_us */
	int64_t total;	       /* samples queued so far */
	int64_t dry_us;	       /* while not playing: since when; 0: nothing was played yet */
	int64_t longest_dry_us;
	struct bytes marks;
	uint32_t n_marks, n_due; /* n_due: of these, cleared and to be returned at once */
};

/* Samples played so far.  Ends the playing when the queue has run dry. */
int64_t playout_run(struct playout *p, int64_t now_us);
/* Queues n samples; true: the loudspeaker was silent, and begins at begin_us, not before now. */
bool playout_put(struct playout *p, int64_t n, int64_t now_us, int64_t begin_us);
void playout_mark(struct playout *p, const char *name, size_t n); /* at most PLAYOUT_MARK_MAX bytes */
/* Drops what is queued; all marks are due.  Returns the samples dropped. */
int64_t playout_clear(struct playout *p, int64_t now_us);
/* The next mark that is due: its name's length, or -1: none.  Call until -1. */
int playout_take_mark(struct playout *p, int64_t now_us, char ret_name[PLAYOUT_MARK_MAX]);
void playout_done(struct playout *p);

#endif
