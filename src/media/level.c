/* SPDX-License-Identifier: MIT */
#include "ringdown/media/level.h"

#include <math.h>

#include "ringdown/media/mulaw.h"

#include "hot.h"

void level_init(struct level *l)
{
	*l = (struct level){0};
}

void level_add_pcm(struct level *l, const int16_t *pcm, size_t n_samples)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n_samples; i++)
		sum += (uint32_t)(pcm[i] * pcm[i]);
	l->square_sum += sum;
	l->n_samples += n_samples;
}

void level_add_mulaw(struct level *l, const uint8_t *codes, size_t n_samples)
{
	int16_t pcm[FRAME_8K_SAMPLES];
	while (n_samples) {
		size_t n = n_samples < FRAME_8K_SAMPLES ? n_samples : FRAME_8K_SAMPLES;
		mulaw_decode(codes, n, pcm);
		level_add_pcm(l, pcm, n);
		codes += n;
		n_samples -= n;
	}
}

double level_take_dbfs(struct level *l)
{
	double mean = l->n_samples ? (double)l->square_sum / (double)l->n_samples : 0;
	level_init(l);
	double dbfs = mean > 0 ? 10 * log10(mean / (32768.0 * 32768.0)) : LEVEL_FLOOR_DBFS;
	return dbfs > LEVEL_FLOOR_DBFS ? dbfs : LEVEL_FLOOR_DBFS;
}
