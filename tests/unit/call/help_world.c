/* SPDX-License-Identifier: MIT */
#include "help_world.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { TICK_US = 20000, MEDIA_US = 1000000, SAMPLES_A_MS = 8, STEPS_AT_ONCE_MAX = 40, EXACT_MS = 40 };

#define MUST(w, claim, ...) \
	do { \
		if (!(claim) && !(w)->fault[0]) \
			snprintf((w)->fault, sizeof((w)->fault), __VA_ARGS__); \
	} while (0)

uint64_t world_hash(struct str s)
{
	uint64_t h = 5381;
	for (size_t i = 0; i < s.n; i++)
		h = h * 33 + (unsigned char)s.p[i];
	return h;
}

void world_init(struct world *w, const struct call_settings *s)
{
	memset(w, 0, offsetof(struct world, twilio.parts)); /* fuzzers do it often */
	w->now_us = w->media_us = WORLD_START_US;
	w->talks = w->is_exact = w->is_sane = true;
	call_init(&w->call, s, w->now_us);
}

static struct world_item *item_find(struct world *w, struct str id)
{
	for (uint32_t i = w->n_items; i > 0; i--)
		if (str_is(str_of(w->items[i - 1].id), id))
			return &w->items[i - 1];
	return NULL;
}

static void item_grows(struct world *w, struct str id, size_t n_samples)
{
	struct world_item *item = item_find(w, id);
	if (!item || item->session != w->leg.session || item->is_deleted) {
		if (w->n_items == WORLD_ITEMS_MAX)
			memmove(w->items, w->items + 1, --w->n_items * sizeof(w->items[0]));
		item = &w->items[w->n_items++];
		*item = (struct world_item){.session = w->leg.session};
		(void)str_copy(id, item->id, sizeof(item->id));
	}
	item->raw_samples += n_samples;
}

/* What must hold between any two steps. */
static void check_ledger(struct world *w)
{
	const struct ledger *l = &w->call.ledger;
	uint64_t heard = ledger_heard_samples(l, w->now_us);
	MUST(w, heard <= l->sent_samples && l->sent_samples <= l->taken_samples, "heard, sent, taken: %llu %llu %llu",
		(unsigned long long)heard, (unsigned long long)l->sent_samples, (unsigned long long)l->taken_samples);
	MUST(w, l->epoch != w->epoch || heard >= w->heard_samples, "heard went back from %llu to %llu",
		(unsigned long long)w->heard_samples, (unsigned long long)heard);
	MUST(w, ledger_waiting(l) == w->waiting_samples || w->has_closed, "the ledger waits for %zu, the queue for %zu",
		ledger_waiting(l), w->waiting_samples);
	MUST(w, !l->n_items || strlen(l->items[l->n_items - 1].id) < CALL_ID_MAX, "an item without a name");
	w->epoch = l->epoch;
	w->heard_samples = heard;
}

/* A clear: of what has not been heard to its end the model has to be told in the same step. */
static void note_clear(struct world *w)
{
	for (uint32_t i = 0; i < w->n_items; i++) {
		struct world_item *item = &w->items[i];
		uint64_t heard_ms = twilio_cleared(&w->twilio, str_of(item->id)) / SAMPLES_A_MS;
		bool is_known = w->is_live && item->session == w->leg.session && !item->is_deleted;
		item->is_owed = is_known && !item->is_over && heard_ms + EXACT_MS < item->raw_samples / SAMPLES_A_MS;
		item->is_over = true;
	}
}

static void check_owed(struct world *w)
{
	for (uint32_t i = 0; i < w->n_items; i++)
		MUST(w, !w->items[i].is_owed || !w->is_exact, "%s was cut, and the model not told", w->items[i].id);
}

static void check_truncate(struct world *w, const struct call_action *a)
{
	struct world_item *item = item_find(w, a->item_id);
	uint64_t truth_ms = twilio_cleared(&w->twilio, a->item_id) / SAMPLES_A_MS;
	bool is_known = item && item->session == w->leg.session && !item->is_deleted;
	MUST(w, is_known, "truncate of an item the model does not know");
	MUST(w, !is_known || !item->is_text, "truncate of a text");
	MUST(w, !is_known || (uint64_t)a->ms * SAMPLES_A_MS <= item->raw_samples, "truncate at %u of %llu ms", a->ms,
		is_known ? (unsigned long long)item->raw_samples / SAMPLES_A_MS : 0);
	MUST(w, a->ms > 0, "truncate at 0");
	if (item)
		item->is_owed = false;
	if (w->is_exact && w->waiting_samples == 0) /* not that of a full queue */
		MUST(w, (uint64_t)a->ms <= truth_ms + EXACT_MS && a->ms + (uint64_t)EXACT_MS >= truth_ms,
			"truncated at %u ms, heard were %llu", a->ms, (unsigned long long)truth_ms);
}

static void check_delete(struct world *w, const struct call_action *a)
{
	struct world_item *item = item_find(w, a->item_id);
	uint64_t truth_ms = twilio_cleared(&w->twilio, a->item_id) / SAMPLES_A_MS;
	if (!item) /* one without sound */
		return;
	MUST(w, !w->is_sane || !item->is_deleted, "deleted twice");
	MUST(w, !w->is_sane || item->session == w->leg.session, "delete of an item the model does not know");
	MUST(w, !w->is_exact || item->is_text || truth_ms <= EXACT_MS, "deleted, and %llu ms were heard", (unsigned long long)truth_ms);
	item->is_deleted = true;
	item->is_owed = false;
}

static void check_run(struct world *w, const struct call_action *a)
{
	uint64_t id = world_hash(a->call_id);
	for (uint32_t i = 0; i < w->n_run && i < CALL_TOOL_IDS_MAX; i++) /* what the machine can remember */
		MUST(w, w->run_ids[(w->n_run - 1 - i) % WORLD_CALLS_MAX] != id, "the same call_id was run twice");
	w->run_ids[w->n_run++ % WORLD_CALLS_MAX] = id;
}

static void leg_is_gone(struct world *w, bool is_next)
{
	*(is_next ? &w->next : &w->leg) = (struct world_leg){0};
	if (is_next)
		return;
	w->is_live = w->is_cut = false;
	w->active_id = 0;
}

/* What is still being heard becomes known to the session as text, by its id. */
static void note_replay(struct world *w)
{
	struct transcript_turn turn;
	uint32_t pos = 0;
	while (call_unheard_next(&w->call, &pos, &turn)) {
		struct world_item *item = item_find(w, turn.item_id);
		MUST(w, item && turn.text.n > 0, "the replay tells of something nobody said");
		if (!item)
			return;
		item->session = w->leg.session;
		item->is_text = true;
	}
}

static void check_talk(struct world *w, const struct call_action *a)
{
	MUST(w, w->is_live, "%s to a model that is not live", call_action_name(a->kind));
	if (a->kind == CALL_ACT_RESPOND)
		MUST(w, !w->is_sane || !w->active_id || w->is_cut, "a response was asked for while one is being made");
	if (a->kind == CALL_ACT_CANCEL) {
		MUST(w, !w->is_sane || w->active_id || a->response_id.n, "cancel while no response is active");
		w->is_cut |= a->response_id.n == 0;
	}
	if (a->kind == CALL_ACT_TRUNCATE)
		check_truncate(w, a);
	if (a->kind == CALL_ACT_DELETE_ITEM)
		check_delete(w, a);
}

static void check_leg(struct world *w, const struct call_action *a)
{
	struct world_leg *leg = a->is_next ? &w->next : &w->leg;
	switch ((int)a->kind) {
	case CALL_ACT_MODEL_DIAL:
		MUST(w, !leg->session, "a leg was dialled that is there");
		leg->session = ++w->n_dials;
		break;
	case CALL_ACT_MODEL_DROP:
		leg_is_gone(w, a->is_next);
		break;
	case CALL_ACT_CONFIGURE:
		MUST(w, leg->is_created, "a session was configured before it was there");
		break;
	case CALL_ACT_SWITCH:
		MUST(w, w->next.session, "a leg takes over that is not there");
		leg_is_gone(w, false);
		w->leg = w->next;
		leg_is_gone(w, true);
		break;
	case CALL_ACT_REPLAY:
		note_replay(w);
		break;
	case CALL_ACT_GO_LIVE:
		MUST(w, w->leg.is_created && !w->is_live, "live twice, or without a session");
		w->is_live = true;
		break;
	}
}

static void check_end(struct world *w, const struct call_action *a)
{
	MUST(w, !w->has_closed, "%s after CLOSE", call_action_name(a->kind));
	MUST(w, !w->has_result || a->kind == CALL_ACT_CLOSE, "%s after RESULT", call_action_name(a->kind));
	MUST(w, a->kind != CALL_ACT_CLOSE || w->has_result, "CLOSE without RESULT");
	w->has_result |= a->kind == CALL_ACT_RESULT;
	w->has_closed |= a->kind == CALL_ACT_CLOSE;
}

static void carry_out(struct world *w, const struct call_action *a)
{
	check_end(w, a);
	check_leg(w, a);
	if (a->kind == CALL_ACT_CLEAR) {
		w->waiting_samples = 0;
		twilio_clear(&w->twilio, w->now_us);
		note_clear(w);
	}
	if (a->kind >= CALL_ACT_RESPOND && a->kind <= CALL_ACT_TOOL_OUTPUT)
		check_talk(w, a);
	if (a->kind == CALL_ACT_RUN_TOOL)
		check_run(w, a);
	if (w->on_action)
		w->on_action(w->arg, a);
}

static void play(struct world *w)
{
	while (w->waiting_samples > 0) {
		struct call_send send = call_send_next(&w->call, w->now_us);
		if (send.n_samples == 0)
			return;
		MUST(w, send.n_samples <= w->waiting_samples && send.n_samples % 160 == 0, "%zu samples of %zu are sent",
			send.n_samples, w->waiting_samples);
		MUST(w, call_lead_ms(&w->call, w->now_us) <= w->call.settings.lead_ms, "%u ms ahead of play-out",
			call_lead_ms(&w->call, w->now_us));
		if (w->fault[0])
			return;
		w->waiting_samples -= send.n_samples;
		twilio_take(&w->twilio, str_of(send.mark), send.n_samples, w->now_us);
		if (w->on_send)
			w->on_send(w->arg, &send);
	}
}

/* What the model says of itself, before the machine hears it. */
static void note_event(struct world *w, const struct call_event *ev)
{
	struct world_leg *leg = ev->is_next ? &w->next : &w->leg;
	switch ((int)ev->kind) {
	case CALL_EV_SESSION_CREATED:
		leg->is_created = leg->session;
		break;
	case CALL_EV_MODEL_LOST:
		leg_is_gone(w, ev->is_next);
		break;
	case CALL_EV_RESPONSE_CREATED:
		if (w->active_id && !w->is_cut)
			break;
		w->active_id = world_hash(ev->response_id);
		w->is_cut = false;
		break;
	case CALL_EV_RESPONSE_DONE:
		if (w->active_id == world_hash(ev->response_id))
			w->active_id = 0;
		break;
	case CALL_EV_SPEECH_STARTED:
		w->is_cut |= w->call.settings.server_interrupts;
		break;
	}
}

void world_event(struct world *w, const struct call_event *ev)
{
	struct call_actions out = {0};
	bool had_ended = call_has_ended(&w->call);
	note_event(w, ev);
	call_step(&w->call, ev, w->now_us, &out);
	MUST(w, !out.has_lost && out.n <= CALL_ACTIONS_MAX, "more actions than there is room for");
	MUST(w, !had_ended || out.n == 0, "%s after the end", out.n ? call_action_name(out.list[0].kind) : "");
	for (uint32_t i = 0; i < out.n; i++)
		carry_out(w, &out.list[i]);
	check_owed(w);
	MUST(w, call_has_ended(&w->call) == w->has_closed, "ended, and not closed");
	MUST(w, !call_has_ended(&w->call) || call_deadline_us(&w->call) == INT64_MAX, "a deadline after the end");
	w->waiting_samples += call_audio_tail(&w->call);
	play(w);
	check_ledger(w);
}

bool world_audio(struct world *w, struct str response_id, struct str item_id, size_t n_samples)
{
	if (!call_audio_wanted(&w->call, response_id, item_id))
		return false;
	w->waiting_samples += call_audio_tail(&w->call);
	w->waiting_samples += n_samples;
	call_audio_queued(&w->call, n_samples);
	item_grows(w, item_id, n_samples);
	play(w);
	check_ledger(w);
	return true;
}

struct call_media world_media(struct world *w, uint64_t timestamp_ms, size_t n_samples)
{
	struct call_media m = call_media_in(&w->call, timestamp_ms, n_samples, w->now_us);
	MUST(w, m.gap_samples <= 200 * SAMPLES_A_MS, "a gap of %u samples", m.gap_samples);
	return m;
}

static void on_deadline(struct world *w)
{
	int n = 0;
	while (call_deadline_us(&w->call) <= w->now_us && !w->fault[0]) {
		world_event(w, &(struct call_event){.kind = CALL_EV_DEADLINE});
		MUST(w, ++n < STEPS_AT_ONCE_MAX, "a deadline that never passes");
	}
}

static void on_mark(struct world *w)
{
	const char *name = twilio_mark(&w->twilio);
	if (!w->twilio.is_deaf)
		world_event(w, &(struct call_event){.kind = CALL_EV_MARK, .text = str_of(name)});
}

static void sooner(int64_t *us, int64_t other_us)
{
	if (other_us < *us)
		*us = other_us;
}

bool world_advance(struct world *w, int64_t limit_us)
{
	int64_t mark_us = twilio_next_mark_us(&w->twilio), deadline_us = call_deadline_us(&w->call);
	int64_t tick_us = w->waiting_samples ? (w->now_us / TICK_US + 1) * TICK_US : INT64_MAX;
	int64_t media_us = w->talks && w->call.is_started && !w->has_closed ? w->media_us + MEDIA_US : INT64_MAX;
	int64_t next_us = mark_us;
	sooner(&next_us, deadline_us);
	sooner(&next_us, tick_us);
	sooner(&next_us, media_us);
	if (next_us > limit_us || w->fault[0]) {
		w->now_us = limit_us > w->now_us ? limit_us : w->now_us;
		check_ledger(w);
		return false;
	}
	w->now_us = next_us > w->now_us ? next_us : w->now_us;
	if (next_us == media_us) {
		w->media_us = w->now_us;
		(void)world_media(w, (uint64_t)(w->now_us - WORLD_START_US) / 1000, 160);
	} else if (next_us == mark_us) {
		on_mark(w);
	} else if (next_us == deadline_us) {
		on_deadline(w);
	}
	play(w);
	check_ledger(w);
	return true;
}

void world_run(struct world *w, int64_t until_us)
{
	while (world_advance(w, until_us))
		;
}
