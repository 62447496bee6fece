/* SPDX-License-Identifier: MIT */
#include "tones.h"

#include <math.h>

enum {
	TONES = 16,
	WINDOW_FROM = 52,    /* behind all delays, before the frame's end */
	WINDOW_SAMPLES = 96, /* 12 ms: tones 83.3 Hz apart are orthogonal in it */
	FIRST_BIN = 5,	     /* 417 Hz; the last of 32 is 3,000 Hz */
	AMPLITUDE = 6000,
	RATE_HZ = 8000,
	SILENT_RMS = 200,
	BACK_MAX = 128, /* a number up to so far behind the expected one came late */
};

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

static double power(const int16_t *pcm, unsigned bin)
{
	double k = 2 * cos(frequency(bin)), a = 0, b = 0;
	for (int i = 0; i < WINDOW_SAMPLES; i++) {
		double c = pcm[i] + k * a - b;
		b = a;
		a = c;
	}
	return a * a + b * b - k * a * b;
}

/* The strongest of a group, and how much of the group's power it has. */
static unsigned strongest(const int16_t *pcm, unsigned first, double *ret_share, double *ret_power)
{
	unsigned best = 0;
	double all = 0;
	*ret_power = 0;
	for (unsigned i = 0; i < TONES; i++) {
		double p = power(pcm, first + i);
		all += p;
		if (p > *ret_power) {
			*ret_power = p;
			best = i;
		}
	}
	*ret_share = all > 0 ? *ret_power / all : 0;
	return best;
}

int tones_read(const int16_t pcm8k[TONES_FRAME])
{
	const int16_t *pcm = pcm8k + WINDOW_FROM;
	double energy = 0, low_share, high_share, low_power, high_power;
	for (int i = 0; i < WINDOW_SAMPLES; i++)
		energy += (double)pcm[i] * pcm[i];
	if (energy < (double)SILENT_RMS * SILENT_RMS * WINDOW_SAMPLES)
		return TONES_SILENT;
	unsigned low = strongest(pcm, 0, &low_share, &low_power);
	unsigned high = strongest(pcm, TONES, &high_share, &high_power);
	if (low_share < 0.8 || high_share < 0.8 || low_power > 16 * high_power || high_power > 16 * low_power)
		return TONES_NONE;
	return (int)(high << 4 | low);
}

int64_t tones_place(struct tones_order *o, unsigned code)
{
	int64_t ahead = (int64_t)((code - (uint64_t)o->next) & (TONES_CODES - 1));
	if (ahead < TONES_CODES - BACK_MAX) {
		int64_t at = o->next + ahead;
		o->lost += (uint64_t)ahead;
		o->next = at + 1;
		return at;
	}
	if (ahead == TONES_CODES - 1)
		o->doubled++;
	else
		o->reordered++;
	return o->next + ahead - TONES_CODES;
}
