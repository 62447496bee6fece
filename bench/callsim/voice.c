/* SPDX-License-Identifier: MIT */
/* What callers say: frames coded by tones or those of a WAV file, all the time or in turns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wav.h"
#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"
#include "ringdown/wire/base64.h"

enum { RATE_8K = 8000, FIRST_TURN_MS = 300, PATIENCE_MS = 8000, US_A_MS = 1000 };

static void make_word(const int16_t pcm[TONES_FRAME], char ret_word[PAYLOAD_CHARS])
{
	uint8_t codes[TONES_FRAME];
	char padded[BASE64_ENCODED(TONES_FRAME)];
	mulaw_encode(pcm, TONES_FRAME, codes);
	memcpy(ret_word, padded, base64_encode(codes, TONES_FRAME, padded));
}

static void make_words(size_t n)
{
	sim.words = calloc(n, sizeof(*sim.words));
	if (!sim.words)
		exit(3);
}

static void words_of_wavs(void)
{
	int16_t *pcm[OPTION_LIST_MAX];
	for (unsigned k = 0; k < sim.wavs.n; k++) {
		size_t n;
		pcm[k] = wav_read(sim.wavs.values[k], RATE_8K, &n);
		if (!pcm[k] || n < TONES_FRAME)
			exit(2);
		sim.first_word[k + 1] = sim.first_word[k] + n / TONES_FRAME;
	}
	make_words(sim.first_word[sim.wavs.n]);
	for (unsigned k = 0; k < sim.wavs.n; k++) {
		for (size_t i = sim.first_word[k]; i < sim.first_word[k + 1]; i++)
			make_word(pcm[k] + (i - sim.first_word[k]) * TONES_FRAME, sim.words[i]);
		free(pcm[k]);
	}
}

static void words_of_tones(void)
{
	int16_t frame[TONES_FRAME];
	make_words(TONES_CODES);
	sim.is_coded = true;
	for (unsigned i = 0; i < TONES_CODES; i++) {
		tones_make(i, frame);
		make_word(frame, sim.words[i]);
	}
}

void words_init(void)
{
	static const int16_t nothing[TONES_FRAME];
	make_word(nothing, sim.silence);
	if (sim.wavs.n)
		words_of_wavs();
	else
		words_of_tones();
}

static void begin_turn(struct caller *c)
{
	struct voice *v = &c->voice;
	long k = v->turns < sim.wavs.n ? v->turns : (long)sim.wavs.n - 1;
	v->next = sim.is_coded ? 0 : sim.first_word[k];
	v->left = sim.is_coded ? sim.talk_ms * US_A_MS / FRAME_US : (int64_t)(sim.first_word[k + 1] - v->next);
	v->at_us = INT64_MAX;
	v->turns++;
}

static bool may_talk(const struct caller *c)
{
	return !sim.turns || c->voice.turns < sim.turns;
}

static const char *next_word(struct caller *c)
{
	size_t word = sim.is_coded ? c->n_coded++ % TONES_CODES : c->voice.next++;
	return sim.words[word];
}

const char *voice_next(struct caller *c, int64_t now_us)
{
	struct voice *v = &c->voice;
	if (now_us >= c->ends_us - QUIET_TAIL_MS * US_A_MS)
		return NULL;
	if (!sim.is_turns)
		return next_word(c);
	if (!v->turns && !v->at_us)
		v->at_us = c->began_us + FIRST_TURN_MS * US_A_MS;
	if (!v->left && now_us >= v->at_us && may_talk(c))
		begin_turn(c);
	if (!v->left)
		return NULL;
	if (--v->left == 0)
		v->at_us = now_us + PATIENCE_MS * US_A_MS;
	return next_word(c);
}

void voice_answer_begins(struct caller *c, int64_t now_us)
{
	if (!c->voice.left)
		c->voice.at_us = sim.barge_ms ? now_us + sim.barge_ms * US_A_MS : INT64_MAX;
}

void voice_answer_ends(struct caller *c, int64_t now_us)
{
	if (!c->voice.left && c->voice.at_us == INT64_MAX)
		c->voice.at_us = now_us + sim.pause_ms * US_A_MS;
}
