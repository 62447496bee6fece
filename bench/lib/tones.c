/* SPDX-License-Identifier: MIT */
#include "tones.h"

#include <math.h>
#include <stdbool.h>

enum {
	TONES = 16,
	BINS = 2 * TONES,
	WINDOW_FROM = 52,    /* behind all delays, before the frame's end */
	WINDOW_SAMPLES = 96, /* 12 ms: tones 83.3 Hz apart are orthogonal in it */
	FIRST_BIN = 5,	     /* 417 Hz; the last of 32 is 3,000 Hz */
	AMPLITUDE = 6000,
	RATE_HZ = 8000,
	SILENT_RMS = 200,
	TWIST_MAX = 16, /* of the two tones' powers */
	BACK_MAX = 128, /* a number up to so far behind the expected one came late */
};
static const float SHARE_MIN = 0.8F; /* of its group's power, that a tone has */

static double frequency(unsigned bin)
{
	return 2 * M_PI * (FIRST_BIN + bin) / WINDOW_SAMPLES;
}

void tones_make(unsigned code, int16_t ret_pcm8k[TONES_FRAME])
{
	double low = frequency(code & 15), high = frequency(TONES + (code >> 4 & 15));
	for (int i = 0; i < TONES_FRAME; i++)
		ret_pcm8k[i] = (int16_t)lrint(AMPLITUDE * (sin(low * i) + sin(high * i)));
}

/* What each tone looks like in the window: cosines of all bins, then sines.  A sum over it is the whole of a reading,
 * and 500 calls are read 25,000 times a second, so it is in the shape that the compiler vectorises. */
static float waves[WINDOW_SAMPLES][2 * BINS];

static void make_waves(void)
{
	for (unsigned i = 0; i < WINDOW_SAMPLES; i++)
		for (unsigned bin = 0; bin < BINS; bin++) {
			waves[i][bin] = (float)cos(frequency(bin) * i);
			waves[i][BINS + bin] = (float)sin(frequency(bin) * i);
		}
}

static void powers(const int16_t *pcm, float ret_power[BINS])
{
	float sum[2 * BINS] = {0};
	if (waves[0][0] == 0)
		make_waves();
	for (unsigned i = 0; i < WINDOW_SAMPLES; i++) {
		float x = pcm[i];
		for (unsigned j = 0; j < 2 * BINS; j++)
			sum[j] += x * waves[i][j];
	}
	for (unsigned bin = 0; bin < BINS; bin++)
		ret_power[bin] = sum[bin] * sum[bin] + sum[BINS + bin] * sum[BINS + bin];
}

/* The strongest of a group, and how much of the group's power it has. */
static unsigned strongest(const float power[TONES], float *ret_share, float *ret_power)
{
	unsigned best = 0;
	float all = 0;
	for (unsigned i = 0; i < TONES; i++) {
		all += power[i];
		if (power[i] > power[best])
			best = i;
	}
	*ret_power = power[best];
	*ret_share = all > 0 ? power[best] / all : 0;
	return best;
}

int tones_read(const int16_t pcm8k[TONES_FRAME])
{
	const int16_t *pcm = pcm8k + WINDOW_FROM;
	float power[BINS], low_share, high_share, low_power, high_power;
	int64_t energy = 0;
	for (int i = 0; i < WINDOW_SAMPLES; i++)
		energy += (int32_t)pcm[i] * pcm[i];
	if (energy < (int64_t)SILENT_RMS * SILENT_RMS * WINDOW_SAMPLES)
		return TONES_SILENT;
	powers(pcm, power);
	unsigned low = strongest(power, &low_share, &low_power);
	unsigned high = strongest(power + TONES, &high_share, &high_power);
	if (low_share < SHARE_MIN || high_share < SHARE_MIN || low_power > TWIST_MAX * high_power ||
		high_power > TWIST_MAX * low_power)
		return TONES_NONE;
	return (int)(high << 4 | low);
}

static void set_missing(struct tones_order *o, int64_t number, bool is_missing)
{
	uint64_t *word = &o->missing[number / 64 % (TONES_CODES / 64)], bit = 1ULL << number % 64;
	*word = is_missing ? *word | bit : *word & ~bit;
}

static bool is_missing(const struct tones_order *o, int64_t number)
{
	return number >= 0 && o->missing[number / 64 % (TONES_CODES / 64)] >> number % 64 & 1;
}

int64_t tones_place(struct tones_order *o, unsigned code)
{
	int64_t ahead = (int64_t)((code - (uint64_t)o->next) & (TONES_CODES - 1));
	if (ahead < TONES_CODES - BACK_MAX) {
		int64_t at = o->next + ahead;
		for (int64_t i = o->next; i < at; i++)
			set_missing(o, i, true);
		set_missing(o, at, false);
		o->lost += (uint64_t)ahead;
		o->next = at + 1;
		return at;
	}
	int64_t at = o->next + ahead - TONES_CODES;
	if (is_missing(o, at)) {
		set_missing(o, at, false);
		o->lost--;
		o->reordered++;
	} else {
		o->doubled++;
	}
	return at;
}
