/* SPDX-License-Identifier: MIT */
/* The sound of answers: a WAV file, or frames coded by tones and numbered through all answers of a call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wav.h"
#include "modelsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"
#include "ringdown/media/resample.h"
#include "ringdown/wire/base64.h"

enum { RATE_24K = 24000, A_MS_24K = 24, A_MS_8K = 8, CODED_MS = TONES_CODES * FRAME_IN_MS };

static uint8_t coded_mulaw[TONES_CODES * TONES_FRAME];
static int16_t coded_24k[TONES_CODES * FRAME_24K];

static void make_coded(void)
{
	struct resample_up up;
	int16_t frame[TONES_FRAME];
	resample_up_init(&up);
	for (int pass = 0; pass < 2; pass++) /* twice: the loop's first frame has the last one's tail */
		for (unsigned i = 0; i < TONES_CODES; i++) {
			tones_make(i, frame);
			mulaw_encode(frame, TONES_FRAME, coded_mulaw + i * TONES_FRAME);
			resample_up_run(&up, frame, TONES_FRAME, coded_24k + i * FRAME_24K);
		}
}

void speech_init(void)
{
	make_coded();
	for (unsigned i = 0; i < sim.speeches.n; i++) {
		size_t n;
		sim.answers[i].pcm = wav_read(sim.speeches.values[i], RATE_24K, &n);
		if (!sim.answers[i].pcm)
			exit(2);
		sim.answers[i].ms = (long)(n / A_MS_24K);
	}
}

const char *list_at(const struct option_list *list, unsigned i)
{
	return list->n == 0 ? NULL : list->values[i < list->n ? i : list->n - 1];
}

void speech_choose(struct session *s)
{
	const struct speech *speech = NULL;
	if (sim.speeches.n)
		speech = &sim.answers[s->n_answers < sim.speeches.n ? s->n_answers : sim.speeches.n - 1];
	s->speech = speech ? speech->pcm : NULL;
	s->answer_ms = speech ? speech->ms : sim.answer_ms;
	if (sim.said.n)
		s->said = list_at(&sim.said, s->n_answers);
	s->n_answers++;
}

static int16_t sample_24k(const struct session *s, size_t at)
{
	return s->speech ? s->speech[at] : coded_24k[at % (CODED_MS * A_MS_24K)];
}

/* [from, from + ms) of the answer, in the session's format; returns bytes. */
static size_t sound_of(const struct session *s, int64_t from_ms, int64_t ms, uint8_t *dst)
{
	size_t a_ms = s->out_pcmu ? A_MS_8K : A_MS_24K, n = (size_t)ms * a_ms;
	size_t at = (size_t)(from_ms + (s->speech ? 0 : s->first * FRAME_IN_MS)) * a_ms;
	for (size_t i = 0; i < n; i++) {
		if (s->out_pcmu && s->speech) {
			mulaw_encode(&s->speech[(at + i) * 3], 1, dst + i);
		} else if (s->out_pcmu) {
			dst[i] = coded_mulaw[(at + i) % (CODED_MS * A_MS_8K)];
		} else {
			int16_t v = sample_24k(s, at + i);
			dst[2 * i] = (uint8_t)v;
			dst[2 * i + 1] = (uint8_t)(v >> 8);
		}
	}
	return s->out_pcmu ? n : 2 * n;
}

static uint8_t sound[DELTA_MAX_MS * A_MS_24K * 2];
static char text[BASE64_ENCODED(sizeof(sound))];

struct str speech_base64(const struct session *s, int64_t from_ms, int64_t ms)
{
	size_t n = sound_of(s, from_ms, ms, sound);
	return (struct str){text, base64_encode(sound, n, text)};
}

struct str speech_odd_half(const struct session *s, int64_t from_ms, int64_t ms, bool is_second)
{
	size_t n = sound_of(s, from_ms, ms, sound), half = n / 2 | 1;
	return (struct str){
		text, is_second ? base64_encode(sound + half, n - half, text) : base64_encode(sound, half, text)};
}

void speech_number(struct session *s)
{
	struct trace_call *t = traced(s);
	s->first = t ? t->down_next : s->down_next;
	s->answer = NULL;
	uint32_t n = t ? atomic_load_explicit(&t->n_answers, memory_order_relaxed) : TRACE_ANSWERS;
	if (n >= TRACE_ANSWERS || s->speech)
		return;
	s->answer = &t->answers[n];
	s->answer->first = s->first;
	atomic_store_explicit(&s->answer->end, -1, memory_order_relaxed);
	atomic_store_explicit(&t->n_answers, n + 1, memory_order_release);
}

static int64_t number_at(const struct session *s)
{
	return s->first + (s->sent_ms + FRAME_IN_MS - 1) / FRAME_IN_MS;
}

void speech_number_end(struct session *s, bool is_cut)
{
	struct trace_call *t = traced(s);
	s->down_next = number_at(s);
	if (t)
		t->down_next = s->down_next;
	if (!s->answer)
		return;
	atomic_store_explicit(&s->answer->is_cut, is_cut, memory_order_relaxed);
	atomic_store_explicit(&s->answer->end, s->down_next, memory_order_release);
	s->answer = NULL;
}

/* The latency of a frame is known when nobody has a reason to hold it back: the first of a delta when deltas come as
 * fast as they are spoken, else the first of the answer. */
void speech_trace_delta(const struct session *s, int64_t ms)
{
	struct trace_call *t = traced(s);
	int64_t number = number_at(s);
	if (t && s->answer && number < TRACE_FRAMES && ms >= FRAME_IN_MS && (sim.burst == 1 || s->sent_ms == 0))
		t->down_sent_ns[number] = trace_now_ns();
}
