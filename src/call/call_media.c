/* SPDX-License-Identifier: MIT */
/* The hot path: which sound to take, fill in, and send.  No actions come of it. */
#include "call_private.h"

enum {
	SAMPLES_A_MS = 8,
	FRAME_SAMPLES = 160,
	GAP_MIN_SAMPLES = 80,        /* less is rounding of Twilio's milliseconds */
	GAP_MAX_SAMPLES = 200 * SAMPLES_A_MS,
	BACK_MAX_SAMPLES = 1000 * SAMPLES_A_MS, /* further back is a new count, not a repeat */
	REPEATS_MAX = 5,             /* in a row; then it is a new count */
	KEEP_US = 600000,            /* what a server may have got without having noticed that somebody speaks */
};

struct call_media call_media_in(struct call *c, uint64_t timestamp_ms, size_t n_samples, int64_t now_us)
{
	struct call_media m = {0};
	uint64_t at = timestamp_ms * SAMPLES_A_MS;
	int64_t off = (int64_t)(at - c->next_samples);
	if (c->is_started)
		c->timers[CALL_TIMER_MEDIA] = now_us + c->settings.media_timeout_ms * 1000LL;
	if (!c->has_media || off < -BACK_MAX_SAMPLES) {
		c->next_samples = at;
	} else if (off <= -GAP_MIN_SAMPLES) {
		m.is_repeat = ++c->n_repeats <= REPEATS_MAX;
		if (m.is_repeat)
			return m;
		c->next_samples = at;
	} else if (off >= GAP_MIN_SAMPLES) {
		m.gap_samples = (uint32_t)(off < GAP_MAX_SAMPLES ? off : GAP_MAX_SAMPLES);
		c->next_samples = at;
	}
	c->has_media = true;
	c->n_repeats = 0;
	c->next_samples += n_samples;
	return m;
}

uint32_t call_keep_ms(const struct call *c, int64_t now_us)
{
	int64_t from_us = now_us - KEEP_US;
	if (c->unsettled_us && c->unsettled_us < from_us)
		from_us = c->unsettled_us;
	else if (!c->unsettled_us && c->settled_us > from_us)
		from_us = c->settled_us;
	int64_t keep_ms = (now_us - from_us) / 1000;
	return keep_ms < CALL_KEEP_MAX_MS ? (uint32_t)keep_ms : CALL_KEEP_MAX_MS;
}

static size_t pad_of(const struct ledger *l)
{
	size_t part = (size_t)(l->taken_samples % FRAME_SAMPLES);
	return part ? FRAME_SAMPLES - part : 0;
}

static struct ledger_item *open_item(struct call *c)
{
	struct ledger *l = &c->ledger;
	struct ledger_item *last = l->n_items ? &l->items[l->n_items - 1] : NULL;
	return last && !last->is_done ? last : NULL;
}

/* The item being taken ends: its last frame is filled up. */
void media_end_open_item(struct call *c)
{
	if (!open_item(c))
		return;
	size_t pad = pad_of(&c->ledger);
	ledger_end_item(&c->ledger, pad);
	c->tail_samples += pad;
}

bool call_audio_wanted(struct call *c, struct str response_id, struct str item_id)
{
	if (c->has_ended || c->leg != CALL_LEG_LIVE || c->is_cancelled || !c->active_id ||
		id_hash(response_id) != c->active_id)
		return false;
	if (ledger_waiting(&c->ledger) > (size_t)c->settings.queue_max_ms * SAMPLES_A_MS) {
		c->timers[CALL_TIMER_OVERFLOW] = 0;
		return false;
	}
	struct ledger_item *open = open_item(c);
	if (open && !str_is(str_of(open->id), item_id))
		media_end_open_item(c);
	if (!ledger_begin_item(&c->ledger, item_id))
		return false;
	struct call_said *said = words_begin(c, item_id, c->active_id);
	if (said)
		said->has_sound = true;
	return true;
}

void call_audio_queued(struct call *c, size_t n_samples)
{
	ledger_take(&c->ledger, n_samples);
	if (n_samples == 0)
		return;
	c->has_spoken = true;
	c->n_asked = 0;
	if (!c->is_caller_speaking)
		c->unsettled_us = 0; /* it is being answered */
	c->timers[CALL_TIMER_ANSWER] = CALL_NEVER;
}

size_t call_audio_tail(struct call *c)
{
	size_t n = c->tail_samples;
	c->tail_samples = 0;
	return n;
}

struct call_send call_send_next(struct call *c, int64_t now_us)
{
	struct call_send send = {0};
	if (c->has_ended)
		return send;
	send.n_samples = ledger_sendable(&c->ledger, c->settings.lead_ms, c->settings.message_ms, now_us);
	if (send.n_samples > 0)
		ledger_send(&c->ledger, send.n_samples, now_us, send.mark, sizeof(send.mark));
	return send;
}

uint32_t call_lead_ms(const struct call *c, int64_t now_us)
{
	return ledger_lead_ms(&c->ledger, now_us);
}

void call_round_trip(struct call *c, uint32_t round_trip_us)
{
	enum { ROUND_TRIP_MAX_US = 1000000 };
	c->ledger.round_trip_us = round_trip_us < ROUND_TRIP_MAX_US ? round_trip_us : ROUND_TRIP_MAX_US;
}
