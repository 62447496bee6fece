/* SPDX-License-Identifier: MIT */
/* The loop's side: every function here returns at once and none fails; what does not fit is
 * counted. */
#include "tap.h"

#include <assert.h>
#include <string.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"

#include "recorder.h"

enum {
	SAMPLES_A_MS = 8,
	AT_MS_MAX = 86400000, /* no call lasts longer than a day: at_ms is wrong */
	/* Twilio's sound has no gaps, only late messages: after a stall a burst catches up.  So the
	 * caller's channel counts samples, and believes the clock only when it is far ahead. */
	CALLER_SLACK_SAMPLES = 1000 * SAMPLES_A_MS,
	ASSISTANT_SLACK_SAMPLES = 60 * SAMPLES_A_MS,
	TURN_TEXT_MAX = 65536,
};

static const uint32_t slack[TRACK_CHANNELS] = {
	[TRACK_CALLER] = CALLER_SLACK_SAMPLES,
	[TRACK_ASSISTANT] = ASSISTANT_SLACK_SAMPLES,
};

struct record_tap *tap_free(struct record_tap *t)
{
	if (t)
		(void)mem_free(t->memory);
	return NULL;
}

static struct record_tap *tap_new(uint32_t n_slots)
{
	const size_t align = alignof(struct record_tap);
	unsigned char *memory = mem_alloc(
		sizeof(struct record_tap) + n_slots * sizeof(struct tap_slot) + align);
	if (!memory)
		return NULL;
	struct record_tap *t = (void *)(memory + (align - (uintptr_t)memory % align));
	t->memory = memory;
	if (n_slots)
		(void)ring_init(&t->ring, t->slots, n_slots, sizeof(struct tap_slot));
	return t;
}

static void fill(struct record_tap *t, struct recorder *r, const struct record_call *c)
{
	t->recorder = r;
	t->call_tag = c->call_tag;
	t->has_sound = c->has_sound;
	t->started_ms = clock_wall_ms();
	(void)str_copy(c->call_sid, t->call_sid, sizeof(t->call_sid));
	(void)str_copy(c->stream_sid, t->stream_sid, sizeof(t->stream_sid));
	(void)str_copy(c->assistant, t->assistant, sizeof(t->assistant));
	(void)str_copy(c->caller, t->caller, sizeof(t->caller));
	(void)str_copy(c->called, t->called, sizeof(t->called));
}

struct record_tap *record_open(struct recorder *r, const struct record_call *c)
{
	if (!files_is_sid(c->call_sid) || (!c->has_sound && !r->has_transcripts))
		return NULL;
	if (atomic_fetch_add_explicit(&r->n_taps, 1, memory_order_relaxed) < RECORDER_TAPS_MAX) {
		struct record_tap *t = tap_new(c->has_sound ? TAP_SLOTS : 0);
		if (t) {
			fill(t, r, c);
			if (inbox_post(&r->inbox, &(struct recorder_message){.tap = t}) == 0)
				return t;
			(void)tap_free(t);
		}
	}
	(void)atomic_fetch_sub_explicit(&r->n_taps, 1, memory_order_relaxed);
	metric_add(METRIC_RECORD_DROPS, 1);
	return NULL;
}

static struct tap_slot *slot_or_count(struct record_tap *t)
{
	struct tap_slot *slot = ring_slot(&t->ring);
	if (!slot)
		metric_add(METRIC_RECORD_DROPS, 1);
	return slot;
}

/* The place is taken even when the slot is lost: what follows stays where it belongs. */
static void put_sound(struct record_tap *t, enum track_channel c, uint32_t at_ms,
	const uint8_t *mulaw, uint32_t n_samples)
{
	assert(n_samples <= TAP_SLOT_SAMPLES);
	if (!t->has_sound || at_ms > AT_MS_MAX)
		return;
	uint32_t at = t->end[c];
	if (at_ms * SAMPLES_A_MS > at + slack[c])
		at = at_ms * SAMPLES_A_MS;
	t->end[c] = at + n_samples;
	struct tap_slot *slot = slot_or_count(t);
	if (!slot)
		return;
	slot->at = at;
	slot->kind = c == TRACK_CALLER ? TAP_SLOT_CALLER : TAP_SLOT_ASSISTANT;
	slot->n_samples = (uint8_t)n_samples;
	memcpy(slot->sound, mulaw, n_samples);
	ring_push(&t->ring);
}

void record_caller(struct record_tap *t, uint32_t at_ms, const uint8_t *mulaw, uint32_t n_samples)
{
	put_sound(t, TRACK_CALLER, at_ms, mulaw, n_samples);
}

void record_voice(
	struct record_tap *t, uint32_t at_ms, const uint8_t *mulaw, uint32_t n_samples)
{
	put_sound(t, TRACK_ASSISTANT, at_ms, mulaw, n_samples);
}

void record_cut(struct record_tap *t, uint32_t at_ms)
{
	if (!t->has_sound || at_ms > AT_MS_MAX)
		return;
	uint32_t at = at_ms * SAMPLES_A_MS;
	if (at >= t->end[TRACK_ASSISTANT])
		return;
	t->end[TRACK_ASSISTANT] = at;
	struct tap_slot *slot = slot_or_count(t);
	if (!slot)
		return;
	slot->at = at;
	slot->kind = TAP_SLOT_CUT;
	slot->n_samples = 0;
	ring_push(&t->ring);
}

static struct str clipped(struct str s)
{
	return (struct str){s.p, s.n < TURN_TEXT_MAX ? s.n : TURN_TEXT_MAX};
}

static struct str put_copy(char **at, struct str s)
{
	struct str copy = {*at, s.n};
	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

static struct record_turn *turn_copy(const struct record_turn *turn)
{
	struct record_turn c = *turn;
	struct str *texts[] = {&c.text, &c.cut_text, &c.item_id, &c.call_id, &c.name};
	size_t n = 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		*texts[i] = clipped(*texts[i]);
		n += texts[i]->n;
	}
	struct record_turn *copy = mem_alloc(sizeof(*copy) + n);
	if (!copy)
		return NULL;
	char *at = (char *)(copy + 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = put_copy(&at, *texts[i]);
	*copy = c;
	return copy;
}

void record_turn(struct record_tap *t, const struct record_turn *turn)
{
	if (!t->recorder->has_transcripts)
		return;
	struct recorder_message m = {.tap = t, .turn = turn_copy(turn)};
	if (m.turn && inbox_post(&t->recorder->inbox, &m) == 0)
		return;
	(void)mem_free(m.turn);
	metric_add(METRIC_RECORD_DROPS, 1);
}

/* No message: it could find the inbox full, and the tap would stay for ever. */
void record_close(struct record_tap *t, struct str result)
{
	if (!str_copy(result, t->result, sizeof(t->result)))
		(void)str_copy(STR("none"), t->result, sizeof(t->result));
	/* pairs with the acquire in mark_closing(): slots, turns and result lie before it */
	atomic_store_explicit(&t->is_closed, true, memory_order_release);
}
