/* resample.h - 8 kHz <-> 24 kHz, fixed ratio, polyphase FIR in 16-bit integers.  State is kept over
 * any chunking: the output is equal, bit for bit, for any split of the input and on any machine.
 * Each way delays by 15 samples at 8 kHz = 1.875 ms.  One owner, one thread; no allocation.  in and
 * ret_out never overlap.  docs/adr/0002-fixed-ratio-resampler.md says why. */
#ifndef RINGDOWN_MEDIA_RESAMPLE_H
#define RINGDOWN_MEDIA_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum {
	RESAMPLE_UP_TAPS = 32,	 /* a phase */
	RESAMPLE_DOWN_TAPS = 96, /* a sample */
	RESAMPLE_DELAY_24K_SAMPLES = 45,
	RESAMPLE_CHUNK_SAMPLES =
		160, /* at 8 kHz: what is worked on at once; more is cut into chunks */
};

struct resample_up {			       /* 8 kHz -> 24 kHz */
	int16_t history[RESAMPLE_UP_TAPS - 1]; /* the last samples, oldest first */
};
struct resample_down { /* 24 kHz -> 8 kHz */
	int16_t history[RESAMPLE_DOWN_TAPS -
			1]; /* the last samples, oldest first: 93 to 95 of them */
	uint8_t phase;	    /* 0..2: samples since the last output, the newest of history */
};

void resample_up_init(struct resample_up *r);
void resample_up_run(
	struct resample_up *r, const int16_t *in, size_t n_samples, int16_t *ret_out); /* 3 n out */
void resample_down_init(struct resample_down *r);
/* One sample out for each third one in.  Returns how many were written: at most (n_samples + 2)
 * / 3. */
size_t resample_down_run(
	struct resample_down *r, const int16_t *in, size_t n_samples, int16_t *ret_out);

#endif
