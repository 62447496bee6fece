/* SPDX-License-Identifier: MIT */
#include "track.h"

#include <string.h>

#include "ringdown/media/mulaw.h"

#include "opus_file.h"

enum { BATCH_SAMPLES = 800 }; /* what is worth a round of encoding */

void track_init(struct track *t)
{
	*t = (struct track){0};
	memset(t->sound, MULAW_SILENCE, sizeof(t->sound));
}

static uint8_t *sound_at(struct track *t, enum track_channel c, uint32_t at)
{
	return &t->sound[c][at % TRACK_WINDOW_SAMPLES];
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Up to one batch, not across the end of the ring: both channels interleaved, the place silent
 * again. */
static uint32_t take(struct track *t, uint32_t n, int16_t *ret_stereo)
{
	int16_t pcm[TRACK_CHANNELS][BATCH_SAMPLES];
	n = least(least(n, BATCH_SAMPLES), TRACK_WINDOW_SAMPLES - t->start % TRACK_WINDOW_SAMPLES);
	for (enum track_channel c = 0; c < TRACK_CHANNELS; c++) {
		mulaw_decode(sound_at(t, c, t->start), n, pcm[c]);
		memset(sound_at(t, c, t->start), MULAW_SILENCE, n);
		for (uint32_t i = 0; i < n; i++)
			ret_stereo[TRACK_CHANNELS * i + c] = pcm[c][i];
	}
	t->start += n;
	return n;
}

static int encode_up_to(struct track *t, uint32_t end, uint32_t *ret_lost)
{
	int16_t stereo[TRACK_CHANNELS * BATCH_SAMPLES];
	int error = 0;
	while (t->start < end) {
		uint32_t n = take(t, end - t->start, stereo);
		if (!t->file || error)
			*ret_lost += n;
		else
			error = opus_file_write(t->file, stereo, n);
	}
	return error;
}

/* n samples at `at` lie within the window. */
static void store(
	struct track *t, enum track_channel c, uint32_t at, const uint8_t *mulaw, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		*sound_at(t, c, at + i) = mulaw ? mulaw[i] : MULAW_SILENCE;
}

int track_put(struct track *t, enum track_channel c, uint32_t at, const uint8_t *mulaw, uint32_t n,
	uint32_t *ret_lost)
{
	int error = 0;
	uint32_t late = at < t->start ? least(t->start - at, n) : 0;
	if (n == late)
		return 0;
	uint32_t end = at + n;
	if (end > t->end)
		t->end = end;
	/* A far jump would not fit: what lies before it goes out first. */
	if (end > t->start + TRACK_WINDOW_SAMPLES)
		error = encode_up_to(t, end - TRACK_HOLD_SAMPLES, ret_lost);
	store(t, c, at + late, mulaw ? mulaw + late : NULL, n - late);
	if (!error && t->end > t->start + TRACK_HOLD_SAMPLES + BATCH_SAMPLES)
		error = encode_up_to(t, t->end - TRACK_HOLD_SAMPLES, ret_lost);
	return error;
}

void track_cut(struct track *t, uint32_t at)
{
	if (at < t->start)
		at = t->start;
	if (at < t->end)
		store(t, TRACK_ASSISTANT, at, NULL, t->end - at);
}

int track_finish(struct track *t, uint32_t *ret_lost)
{
	return encode_up_to(t, t->end, ret_lost);
}
