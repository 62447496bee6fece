/* track.h - the sound of one stream on one timeline: caller left, assistant right, in mu-law, the
 * last seconds held back so that what was cleared can still be taken out.  Counts in samples since
 * the stream began.  The recorder's thread only. */
#ifndef RINGDOWN_RECORD_TRACK_H
#define RINGDOWN_RECORD_TRACK_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct opus_file;

enum track_channel { TRACK_CALLER, TRACK_ASSISTANT, TRACK_CHANNELS };
enum { TRACK_WINDOW_SAMPLES = 1 << 15, TRACK_HOLD_SAMPLES = 20000 }; /* 4.1 s; 2.5 s */

struct track {
	uint32_t start, end;	/* the window begins at start; sound was put up to end */
	struct opus_file *file; /* owned by the recorder, or NULL: what leaves the window is lost */
	uint8_t sound[TRACK_CHANNELS][TRACK_WINDOW_SAMPLES];
};

void track_init(struct track *t);
/* mulaw: n <= 160 samples, or NULL: silence.  What lies before the window is left out.  Returns 0,
 * or -errno of the file, which then takes no more.  *ret_lost += samples that left without a file.
 */
int track_put(struct track *t, enum track_channel c, uint32_t at, const uint8_t *mulaw, uint32_t n,
	uint32_t *ret_lost);
void track_cut(struct track *t, uint32_t at); /* the assistant's sound from `at` on is gone */
int track_finish(struct track *t, uint32_t *ret_lost); /* all that is held goes out */

#endif
