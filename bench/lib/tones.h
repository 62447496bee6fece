/* tones.h - a frame of 20 ms that carries a number in two tones, readable after mu-law, the bridge's
 * resamplers and their delay (up to 6 ms in all): what was lost, doubled or reordered can be named.
 * Low tone: the number's low four bits; high tone: its high four bits. */
#ifndef BENCH_TONES_H
#define BENCH_TONES_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { TONES_CODES = 256, TONES_FRAME = 160, TONES_NONE = -1, TONES_SILENT = -2 };

void tones_make(unsigned code, int16_t ret_pcm8k[TONES_FRAME]);
/* The number; TONES_SILENT: too quiet; TONES_NONE: sound without one. */
int tones_read(const int16_t pcm8k[TONES_FRAME]);

/* The number of a sequence that should come next is known: which one is it, and what went wrong? */
struct tones_order {
	int64_t next;			   /* the number expected */
	uint64_t lost, doubled, reordered; /* found so far; what comes late was not lost */
	uint64_t missing[TONES_CODES / 64]; /* of the last numbers: those passed over, a bit each */
};
int64_t tones_place(struct tones_order *o, unsigned code);

#endif
