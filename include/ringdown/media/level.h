/* level.h - how loud was it?  RMS over whatever was added since the last reading, in dBFS: 0 is a
 * full-scale square wave, -3.01 a full-scale sine.  One owner, one thread. */
#ifndef RINGDOWN_MEDIA_LEVEL_H
#define RINGDOWN_MEDIA_LEVEL_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { LEVEL_FLOOR_DBFS = -96 }; /* also for silence and for nothing added */

struct level {
	uint64_t square_sum;
	uint64_t n_samples;
};

void level_init(struct level *l);
void level_add_pcm(struct level *l, const int16_t *pcm, size_t n_samples);
void level_add_mulaw(struct level *l, const uint8_t *codes, size_t n_samples);
double level_take_dbfs(struct level *l); /* LEVEL_FLOOR_DBFS..0; begins anew */

#endif
