/* SPDX-License-Identifier: MIT */
/* Responses: an echo without end, or an answer of a known length in deltas. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wav.h"
#include "modelsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"
#include "ringdown/media/resample.h"
#include "ringdown/wire/base64.h"

enum { RATE_24K = 24000, A_MS_24K = 24, A_MS_8K = 8, DELTA_MAX_MS = 2000, FRAME_IN_MS = 20, CODED_MS = TONES_CODES * FRAME_IN_MS };

static void make_coded(void)
{
	struct resample_up up;
	int16_t frame[TONES_FRAME];
	sim.coded_24k = malloc(sizeof(int16_t) * TONES_CODES * FRAME_24K);
	sim.coded_mulaw = malloc(TONES_CODES * TONES_FRAME);
	if (!sim.coded_24k || !sim.coded_mulaw)
		exit(3);
	resample_up_init(&up);
	for (int pass = 0; pass < 2; pass++) /* twice: the loop's first frame has the last one's tail */
		for (unsigned i = 0; i < TONES_CODES; i++) {
			tones_make(i, frame);
			mulaw_encode(frame, TONES_FRAME, sim.coded_mulaw + i * TONES_FRAME);
			resample_up_run(&up, frame, TONES_FRAME, sim.coded_24k + i * FRAME_24K);
		}
}

void answers_init(void)
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

/* The next of a list, or its last again. */
static unsigned at(const struct option_list *list, unsigned i)
{
	return i < list->n ? i : list->n - 1;
}

static void choose_answer(struct session *s)
{
	const struct speech *speech = sim.speeches.n ? &sim.answers[at(&sim.speeches, s->n_answers)] : NULL;
	s->speech = speech ? speech->pcm : NULL;
	s->answer_ms = speech ? speech->ms : sim.answer_ms;
	if (sim.said.n)
		s->said = sim.said.values[at(&sim.said, s->n_answers)];
	s->n_answers++;
}

/* [from, from + ms) of the answer, in the session's format; returns bytes. */
static size_t sound_of(const struct session *s, int64_t from_ms, int64_t ms, uint8_t *dst)
{
	size_t n = (size_t)ms * (s->is_pcmu ? A_MS_8K : A_MS_24K);
	size_t first = (size_t)(from_ms + (s->speech ? 0 : s->first * FRAME_IN_MS)) * (s->is_pcmu ? A_MS_8K : A_MS_24K);
	for (size_t i = 0; i < n; i++) {
		if (s->is_pcmu && s->speech) {
			mulaw_encode(&s->speech[(first + i) * 3], 1, dst + i);
		} else if (s->is_pcmu) {
			dst[i] = sim.coded_mulaw[(first + i) % (CODED_MS * A_MS_8K)];
		} else {
			int16_t v = s->speech ? s->speech[first + i] : sim.coded_24k[(first + i) % (CODED_MS * A_MS_24K)];
			dst[2 * i] = (uint8_t)v;
			dst[2 * i + 1] = (uint8_t)(v >> 8);
		}
	}
	return s->is_pcmu ? n : 2 * n;
}

static struct trace_call *traced(const struct session *s)
{
	return sim.trace && s->call >= 0 ? &sim.trace->calls[s->call] : NULL;
}

/* Frames are numbered through all answers of a call; those of a WAV file are not. */
static void number_answer(struct session *s)
{
	struct trace_call *t = traced(s);
	s->first = t ? t->down_next : s->down_next;
	s->answer = NULL;
	if (!t || s->speech)
		return;
	uint32_t n = atomic_load_explicit(&t->n_answers, memory_order_relaxed);
	if (n == TRACE_ANSWERS)
		return;
	s->answer = &t->answers[n];
	s->answer->first = s->first;
	atomic_store_explicit(&s->answer->end, -1, memory_order_relaxed);
	atomic_store_explicit(&t->n_answers, n + 1, memory_order_release);
}

static void number_end(struct session *s, bool is_cut)
{
	struct trace_call *t = traced(s);
	s->down_next = s->first + (s->sent_ms + FRAME_IN_MS - 1) / FRAME_IN_MS;
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
static void trace_delta(const struct session *s, int64_t ms)
{
	struct trace_call *t = traced(s);
	int64_t number = s->first + (s->sent_ms + FRAME_IN_MS - 1) / FRAME_IN_MS;
	if (t && s->answer && number < TRACE_FRAMES && ms >= FRAME_IN_MS && (sim.burst == 1 || s->sent_ms == 0))
		t->down_sent_ns[number] = trace_now_ns();
}

static void remember_item(struct session *s)
{
	struct item *i = &s->items[s->n_items++ % ITEMS_KEPT];
	memcpy(i->id, s->item, sizeof(i->id));
	i->sent_ms = s->sent_ms;
}

static void answer_end(struct session *s, const char *status, const char *reason)
{
	if (!s->is_active)
		return;
	if (s->has_sound) {
		remember_item(s);
		say_item_end(s, strcmp(status, "completed") == 0 ? "completed" : "incomplete");
		number_end(s, strcmp(status, "completed") != 0);
	}
	say_response_end(s, status, reason);
	s->is_active = false;
	timer_disarm(sim.loop, &s->next_delta);
}

static void send_delta(struct session *s, int64_t ms)
{
	static uint8_t sound[DELTA_MAX_MS * A_MS_24K * 2];
	static char text[BASE64_ENCODED(sizeof(sound))];
	size_t n = sound_of(s, s->sent_ms, ms, sound);
	trace_delta(s, ms);
	if (fault_find("odd", s->number) && n > 1) { /* a sample split between two deltas, and back again */
		size_t half = n / 2 | 1;
		say_delta(s, text, base64_encode(sound, half, text));
		say_delta(s, text, base64_encode(sound + half, n - half, text));
	} else {
		say_delta(s, text, base64_encode(sound, n, text));
	}
	s->sent_ms += ms;
}

static void on_next_delta(struct timer *t)
{
	struct session *s = container_of(t, struct session, next_delta);
	do {
		int64_t left = s->answer_ms - s->sent_ms;
		int64_t ms = sim.delta_ms < left ? sim.delta_ms : left;
		send_delta(s, ms < DELTA_MAX_MS ? ms : DELTA_MAX_MS);
	} while (!sim.burst && s->sent_ms < s->answer_ms);
	if (s->sent_ms >= s->answer_ms)
		answer_end(s, "completed", NULL);
	else
		timer_arm(sim.loop, t, t->at_us + sim.delta_ms * 1000 / sim.burst);
}

static void begin(struct session *s)
{
	sim.responses++;
	new_id(s->response, "resp_");
	new_id(s->item, "item_");
	s->said = "This is what I had to say";
	s->is_active = true;
	s->has_sound = false;
	s->sent_ms = 0;
	say_response_begin(s);
}

void answer_begin(struct session *s)
{
	if (s->is_active || !s->is_ready || sim.mode == MODE_ECHO)
		return;
	begin(s);
	if (sim.mode == MODE_TOOL && !s->has_called_tool && sim.tool_name) {
		s->has_called_tool = true;
		say_tool_call(s, sim.tool_name, sim.tool_args);
		say_response_end(s, "completed", NULL);
		s->is_active = false;
		return;
	}
	s->has_sound = true;
	choose_answer(s);
	number_answer(s);
	say_item_begin(s);
	s->next_delta.fire = on_next_delta;
	timer_arm(sim.loop, &s->next_delta, loop_now_us(sim.loop));
}

void answer_cancel(struct session *s, const char *reason)
{
	if (!s->is_active)
		return;
	if (fault_find("stale", s->number) && s->has_sound)
		send_delta(s, sim.delta_ms);
	answer_end(s, "cancelled", reason);
}

void answer_echo(struct session *s, struct str base64)
{
	if (!s->is_active) {
		begin(s);
		s->has_sound = true;
		say_item_begin(s);
	}
	say_delta(s, base64.p, base64.n);
}
