/* resample.h - 8 kHz <-> 24 kHz, fixed ratio, polyphase FIR.  State is kept over any chunking: the
 * output is equal for any split of the input.  Delay <= 3 ms each way.  One owner, one thread; no
 * allocation.  in and ret_out never overlap. */
#ifndef RINGDOWN_MEDIA_RESAMPLE_H
#define RINGDOWN_MEDIA_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { RESAMPLE_TAPS_A_PHASE = 48, RESAMPLE_CHUNK_SAMPLES = 160 };

struct resample_up { /* 8 kHz -> 24 kHz */
	float history[RESAMPLE_TAPS_A_PHASE];
};
struct resample_down { /* 24 kHz -> 8 kHz */
	float history[3 * RESAMPLE_TAPS_A_PHASE];
	uint32_t phase; /* 0..2: input samples since the last output */
};

void resample_up_init(struct resample_up *r);
void resample_up_run(struct resample_up *r, const int16_t *in, size_t n_samples, int16_t *ret_out); /* 3 n out */
void resample_down_init(struct resample_down *r);
/* Returns how many samples were written: at most (n_samples + 2) / 3. */
size_t resample_down_run(struct resample_down *r, const int16_t *in, size_t n_samples, int16_t *ret_out);

#endif
