/* SPDX-License-Identifier: MIT */
/* What a caller hears: put into the play-out queue, its frames named by their tones. */
#include <stdlib.h>
#include <string.h>

#include "callsim.h"
#include "ringdown/media/mulaw.h"

enum { SAMPLES_A_MS = 8 };

static struct trace_call *traced(const struct caller *c)
{
	return sim.trace && c->index < TRACE_CALLS ? &sim.trace->calls[c->index] : NULL;
}

static void put_span(struct hearing *h, int64_t at, int64_t base)
{
	if (h->n_spans > 0 && h->spans[(h->first_span + h->n_spans - 1) % SPANS_KEPT].base == base)
		return;
	if (h->n_spans == SPANS_KEPT) {
		h->first_span++;
		h->n_spans--;
	}
	h->spans[(h->first_span + h->n_spans++) % SPANS_KEPT] = (struct span){at, base};
}

int32_t hearing_item_ms(struct caller *c, int64_t now_us)
{
	struct hearing *h = &c->hearing;
	int64_t at = playout_run(&c->playout, now_us), base = -1;
	for (unsigned i = 0; i < h->n_spans; i++) {
		const struct span *s = &h->spans[(h->first_span + i) % SPANS_KEPT];
		if (s->at <= at)
			base = s->base;
	}
	return base < 0 ? -1 : (int32_t)((at - base) / SAMPLES_A_MS);
}

/* Frames of an answer that was neither cut nor cleared are all due. */
static uint64_t missing_of(const struct hearing *h, const struct trace_call *t)
{
	if (h->answer < 0 || h->is_cleared)
		return 0;
	const struct trace_answer *a = &t->answers[h->answer];
	int64_t end = atomic_load_explicit(&a->end, memory_order_acquire);
	return end > h->order.next && !atomic_load_explicit(&a->is_cut, memory_order_acquire)
		? (uint64_t)(end - h->order.next)
		: 0;
}

/* Is this the first frame of an answer that the model has begun since? */
static void look_for_answer(struct hearing *h, const struct trace_call *t, unsigned code)
{
	bool is_next = ((uint64_t)h->order.next & (TONES_CODES - 1)) == code;
	if (is_next && h->answer >= 0 && !h->is_cleared)
		return;
	int64_t n = atomic_load_explicit(&t->n_answers, memory_order_acquire);
	for (int64_t i = (n < TRACE_ANSWERS ? n : TRACE_ANSWERS) - 1; i > h->answer; i--)
		if (((uint64_t)t->answers[i].first & (TONES_CODES - 1)) == code) {
			h->order.lost += missing_of(h, t);
			h->order.next = t->answers[i].first;
			h->answer = i;
			h->is_cleared = false;
			return;
		}
}

/* Without a trace nobody knows how much a clear has cut: the next frame is as good as any. */
static void look_without_trace(struct hearing *h, unsigned code)
{
	if (h->has_order && !h->is_cleared)
		return;
	h->order.next += (int64_t)((code - (uint64_t)h->order.next) & (TONES_CODES - 1));
	h->is_cleared = false;
}

static void on_number(struct caller *c, unsigned code, int64_t frame_at, int64_t now_us, int64_t now_ns)
{
	struct hearing *h = &c->hearing;
	struct trace_call *t = traced(c);
	if (t)
		look_for_answer(h, t, code);
	else
		look_without_trace(h, code);
	if (t && h->is_cleared && h->answer >= 0) {
		sim.down.stale++; /* sent behind a clear, and no frame of what the model has said since */
		return;
	}
	h->has_order = true;
	int64_t at = tones_place(&h->order, code);
	sim.down.frames++;
	if (!sim.is_turns && c->coded_us[code])
		samples_put(&sim.round_trip, now_us - c->coded_us[code]);
	if (t && at >= 0 && at < TRACE_FRAMES && !t->down_got_ns[at])
		t->down_got_ns[at] = now_ns;
	if (t && h->answer >= 0)
		put_span(h, frame_at, frame_at - (at - t->answers[h->answer].first) * TONES_FRAME);
}

/* Speech that is no frame of tones must not be taken for one. */
static bool has_numbers(const struct caller *c)
{
	struct trace_call *t = traced(c);
	if (!sim.is_turns)
		return sim.is_coded;
	return t && atomic_load_explicit(&t->n_answers, memory_order_acquire) > 0;
}

static void take_frames(struct caller *c, const uint8_t *mulaw, size_t n, int64_t at, int64_t now_us, int64_t now_ns)
{
	struct hearing *h = &c->hearing;
	while (n > 0) {
		size_t k = TONES_FRAME - h->n_frame < n ? TONES_FRAME - h->n_frame : n;
		if (!h->n_frame)
			h->frame_at = at;
		mulaw_decode(mulaw, k, h->frame + h->n_frame);
		h->n_frame += k;
		mulaw += k;
		at += (int64_t)k;
		n -= k;
		if (h->n_frame < TONES_FRAME)
			return;
		h->n_frame = 0;
		int code = tones_read(h->frame);
		if (code >= 0)
			on_number(c, (unsigned)code, h->frame_at, now_us, now_ns);
		else if (code == TONES_NONE)
			sim.down.unread++;
	}
}

/* Moves what has been played by now from `pending` to `heard`. */
static void write_heard(struct caller *c, int64_t now_us)
{
	struct hearing *h = &c->hearing;
	int64_t at = playout_run(&c->playout, now_us);
	if (!sim.heard || at <= h->n_heard)
		return;
	size_t n = (size_t)(at - h->n_heard);
	bytes_put(&h->heard, h->pending.p + h->pending.from, n);
	bytes_drop(&h->pending, n);
	h->n_heard = at;
}

static void write_silence(struct caller *c, int64_t now_us)
{
	uint8_t silence[TONES_FRAME];
	memset(silence, MULAW_SILENCE, sizeof(silence));
	int64_t due = (now_us - c->began_us) / PLAYOUT_US_A_SAMPLE - (int64_t)c->hearing.heard.n;
	for (; sim.heard && due > 0; due -= TONES_FRAME)
		bytes_put(&c->hearing.heard, silence, due < TONES_FRAME ? (size_t)due : TONES_FRAME);
}

void hearing_take(struct caller *c, const uint8_t *mulaw, size_t n, int64_t now_us, int64_t now_ns)
{
	struct hearing *h = &c->hearing;
	write_heard(c, now_us);
	int64_t at = c->playout.total;
	int64_t begin_us = now_us < c->tick.at_us ? c->tick.at_us : now_us; /* the next 20 ms that go to the phone */
	if (playout_put(&c->playout, (int64_t)n, now_us, begin_us)) {
		write_silence(c, begin_us);
		put_span(h, at, at);
		voice_answer_begins(c, begin_us);
	}
	if (sim.heard)
		bytes_put(&h->pending, mulaw, n);
	if (has_numbers(c))
		take_frames(c, mulaw, n, at, now_us, now_ns);
}

void hearing_cleared(struct caller *c, int64_t dropped)
{
	struct hearing *h = &c->hearing;
	h->is_cleared = true;
	h->n_frame = 0;
	h->n_spans = 0;
	if (sim.heard) {
		h->pending.n -= (size_t)dropped;
		write_heard(c, loop_now_us(sim.loop));
	}
}

void hearing_end(struct caller *c, int64_t now_us)
{
	struct hearing *h = &c->hearing;
	write_heard(c, now_us);
	if (!c->playout.is_playing)
		write_silence(c, now_us);
	sim.down.lost += h->order.lost;
	sim.down.doubled += h->order.doubled;
	sim.down.reordered += h->order.reordered;
	h->order = (struct tones_order){.next = h->order.next};
	h->is_cleared = true;
	h->n_frame = h->n_spans = 0;
	h->n_heard = 0;
	bytes_done(&h->pending);
	if (c->playout.longest_dry_us > sim.longest_silence_us)
		sim.longest_silence_us = c->playout.longest_dry_us;
}
