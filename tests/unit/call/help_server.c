/* SPDX-License-Identifier: MIT */
#include "help_server.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_US = 70000000, LIFE_MIN_S = 20 };

static uint32_t any(struct server *v, uint32_t below) /* 0..below-1 */
{
	v->seed = v->seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(v->seed >> 8) * below >> 24);
}

static bool goes_wrong(struct server *v)
{
	return any(v, 1000) < v->faults;
}

static struct happening *add(struct server *v, uint32_t after_ms, enum call_event_kind kind, bool is_next)
{
	assert(v->n < SERVER_HAPPENINGS_MAX);
	struct happening *h = &v->list[v->n++];
	*h = (struct happening){
		.at_us = v->w.now_us + after_ms * 1000LL,
		.session = is_next ? v->w.next.session : v->w.leg.session,
		.ev = {.kind = kind, .is_next = is_next},
	};
	return h;
}

static void of_response(struct happening *h, uint32_t response, uint32_t item)
{
	h->response = response;
	snprintf(h->response_id, sizeof(h->response_id), "r%u", response);
	if (item)
		snprintf(h->item_id, sizeof(h->item_id), "i%u", item);
}

/* What of a response was still to come does not come. */
static void forget(struct server *v, uint32_t session, uint32_t response)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < v->n; i++)
		if (v->list[i].session != session || (response && v->list[i].response != response))
			v->list[kept++] = v->list[i];
	v->n = kept;
}

/* An item: its words, its sound in pieces of any length, five times faster than it is played. */
static uint32_t make_item(struct server *v, uint32_t response, uint32_t at_ms)
{
	uint32_t item = ++v->n_items;
	struct happening *h = add(v, at_ms, CALL_EV_ITEM_ADDED, false);
	of_response(h, response, item);
	h->ev.role = STR("assistant");
	for (uint32_t k = 1 + any(v, 20); k > 0; k--) {
		h = add(v, at_ms, CALL_EV_MODEL_TEXT, false);
		of_response(h, response, item);
		snprintf(h->text, sizeof(h->text), "word%u ", k);
		h = add(v, at_ms + 1, CALL_EV_START, false);
		of_response(h, response, item);
		h->n_samples = 1 + any(v, 3200);
		at_ms += (uint32_t)h->n_samples / 40 + 1;
	}
	of_response(add(v, at_ms + 1, CALL_EV_AUDIO_DONE, false), response, item);
	h = add(v, at_ms + any(v, 3) * 400, CALL_EV_MODEL_TEXT_DONE, false);
	of_response(h, response, item);
	snprintf(h->text, sizeof(h->text), "all words of item %u", item);
	return at_ms + 2;
}

static void make_call(struct server *v, uint32_t response, uint32_t at_ms)
{
	static const enum call_event_kind kinds[] = {
		CALL_EV_TOOL_CALL, CALL_EV_TOOL_CALL, CALL_EV_TOOL_CALL, CALL_EV_TOOL_REFUSED, CALL_EV_END_CALL, CALL_EV_TRANSFER};
	struct happening *h = add(v, at_ms, kinds[any(v, 6)], false);
	of_response(h, response, 0);
	snprintf(h->call_id, sizeof(h->call_id), "c%u", goes_wrong(v) ? v->n_calls : ++v->n_calls);
	h->ev.name = STR("sales");
	h->ev.reason = any(v, 2) ? STR("One moment.") : STR("");
	snprintf(h->text, sizeof(h->text), "{}");
}

static void make_response(struct server *v, uint32_t at_ms)
{
	uint32_t response = ++v->n_responses;
	of_response(add(v, at_ms, CALL_EV_RESPONSE_CREATED, false), response, 0);
	at_ms += 20 + any(v, 300);
	if (goes_wrong(v) && any(v, 2)) /* and never a word more of it */
		return;
	for (uint32_t k = any(v, 8) ? 1 + any(v, 3) : 0; k > 0; k--)
		at_ms = make_item(v, response, at_ms);
	for (uint32_t k = any(v, 5) ? 0 : 1 + any(v, 2); k > 0; k--)
		make_call(v, response, at_ms);
	struct happening *h = add(v, at_ms + 1, CALL_EV_RESPONSE_DONE, false);
	of_response(h, response, 0);
	h->ev.status = !goes_wrong(v) ? STR("completed") : any(v, 2) ? STR("failed") : STR("incomplete");
}

static void cancel(struct server *v)
{
	if (!v->active) {
		add(v, 15, CALL_EV_MODEL_ERROR, false)->ev.name = STR("response_cancel_not_active");
		return;
	}
	uint32_t response = v->active;
	forget(v, v->w.leg.session, response);
	struct happening *h = add(v, 5 + any(v, 40), CALL_EV_RESPONSE_DONE, false);
	of_response(h, response, 0);
	h->ev.status = STR("cancelled");
}

static void answer_dial(struct server *v, bool is_next)
{
	if (goes_wrong(v)) {
		struct happening *h = add(v, any(v, 200), CALL_EV_MODEL_LOST, is_next);
		h->ev.why = any(v, 2) ? CALL_WHY_REFUSED : CALL_WHY_BUSY;
		h->ev.retry_after_ms = h->ev.why == CALL_WHY_BUSY ? 500 : 0;
		return;
	}
	add(v, 100, CALL_EV_MODEL_OPEN, is_next);
	if (goes_wrong(v))
		return;
	struct happening *h = add(v, 120 + any(v, 200), CALL_EV_SESSION_CREATED, is_next);
	h->ev.at_us = v->w.now_us + (LIFE_MIN_S + any(v, 60)) * 1000000LL;
}

static void on_action(void *arg, const struct call_action *a)
{
	struct server *v = arg;
	switch ((int)a->kind) {
	case CALL_ACT_MODEL_DIAL:
		answer_dial(v, a->is_next);
		break;
	case CALL_ACT_CONFIGURE:
		if (!goes_wrong(v))
			add(v, 50 + any(v, 100), CALL_EV_SESSION_UPDATED, a->is_next);
		else if (any(v, 2))
			add(v, 50, CALL_EV_MODEL_ERROR, a->is_next);
		break;
	case CALL_ACT_SWITCH:
	case CALL_ACT_MODEL_DROP:
		if (!a->is_next)
			v->active = 0;
		break;
	case CALL_ACT_RESPOND:
		if (v->active)
			add(v, 20, CALL_EV_MODEL_ERROR, false)->ev.name = STR("conversation_already_has_active_response");
		else if (!goes_wrong(v))
			make_response(v, 30 + any(v, 200));
		break;
	case CALL_ACT_CANCEL:
		if (!a->response_id.n)
			cancel(v);
		break;
	case CALL_ACT_RUN_TOOL:
		if (goes_wrong(v))
			break;
		struct happening *h = add(v, any(v, 3000), CALL_EV_TOOL_DONE, false);
		h->session = 0;
		(void)str_copy(a->call_id, h->call_id, sizeof(h->call_id));
		break;
	}
}

static void caller_speaks(struct server *v)
{
	uint32_t item = ++v->n_items, for_ms = 200 + any(v, 3000);
	v->speech_due_us = v->w.now_us + (for_ms + 1500 + any(v, 15000)) * 1000LL;
	if (!v->w.is_live)
		return;
	if (any(v, 6) == 0) {
		add(v, 0, CALL_EV_DTMF, false)->ev.digit = '5';
		return;
	}
	snprintf(add(v, 0, CALL_EV_SPEECH_STARTED, false)->item_id, sizeof(v->list[0].item_id), "u%u", item);
	snprintf(add(v, for_ms, CALL_EV_SPEECH_STOPPED, false)->item_id, sizeof(v->list[0].item_id), "u%u", item);
	struct happening *h = add(v, for_ms + 200 + any(v, 800), CALL_EV_CALLER_TEXT, false);
	snprintf(h->item_id, sizeof(h->item_id), "u%u", item);
	snprintf(h->text, sizeof(h->text), "caller says %u", item);
	if (!goes_wrong(v))
		make_response(v, for_ms + 50 + any(v, 200));
}

/* Before it reaches the machine: what it means for the server itself.  False: it does not happen. */
static bool happens(struct server *v, const struct happening *h)
{
	struct world *w = &v->w;
	if (h->session && h->session != (h->ev.is_next ? w->next.session : w->leg.session) &&
		!(h->session == w->leg.session && h->ev.is_next))
		return false;
	if (h->ev.kind == CALL_EV_RESPONSE_CREATED && v->active) {
		forget(v, h->session, h->response);
		return false;
	}
	if (h->ev.kind == CALL_EV_RESPONSE_CREATED)
		v->active = h->response;
	if (h->ev.kind == CALL_EV_MODEL_LOST && !h->ev.is_next)
		v->active = 0;
	if (h->ev.kind == CALL_EV_RESPONSE_DONE && v->active == h->response)
		v->active = 0;
	if (h->ev.kind == CALL_EV_SPEECH_STARTED && w->call.settings.server_interrupts && v->active)
		cancel(v);
	if (h->ev.kind == CALL_EV_SPEECH_STOPPED && !v->waits_us)
		v->waits_us = w->now_us;
	return true;
}

static void deliver(struct server *v, struct happening h)
{
	if (!happens(v, &h))
		return;
	h.ev.is_next &= h.session != v->w.leg.session; /* it may have taken over meanwhile */
	h.ev.response_id = str_of(h.response_id);
	h.ev.item_id = str_of(h.item_id);
	h.ev.call_id = str_of(h.call_id);
	h.ev.text = str_of(h.text);
	if (h.n_samples == 0)
		world_event(&v->w, &h.ev);
	else if (world_audio(&v->w, h.ev.response_id, h.ev.item_id, h.n_samples))
		v->waits_us = 0;
}

static uint32_t first_happening(const struct server *v)
{
	uint32_t first = 0;
	for (uint32_t i = 1; i < v->n; i++)
		if (v->list[i].at_us < v->list[first].at_us)
			first = i;
	return first;
}

/* One step of the world, or one happening.  False: it is until_us, and nothing more happens before. */
static bool go_on(struct server *v, int64_t until_us)
{
	uint32_t first = first_happening(v);
	int64_t next_us = v->n > 0 && v->list[first].at_us < until_us ? v->list[first].at_us : until_us;
	if (v->w.has_closed || v->w.fault[0])
		return false;
	if (world_advance(&v->w, next_us))
		return true; /* and something new may be to come before */
	if (v->n == 0 || v->list[first].at_us > v->w.now_us)
		return false;
	struct happening h = v->list[first];
	memmove(&v->list[first], &v->list[first + 1], (--v->n - first) * sizeof(h)); /* those of one moment keep their order */
	deliver(v, h);
	return true;
}

static void begin(struct server *v, uint32_t seed, uint32_t faults)
{
	memset(v, 0, offsetof(struct server, list));
	v->n = v->n_responses = v->n_items = v->n_calls = v->active = 0;
	v->waits_us = 0;
	v->seed = seed * 2654435761u;
	v->faults = faults;
	struct call_settings s = {
		.greeting = (enum call_greeting)any(v, 3),
		.greeting_text = STR("Good day."),
		.server_interrupts = any(v, 3) > 0,
		.idle_prompt_s = any(v, 2) * 8,
		.lead_ms = any(v, 2) * 200,
		.jitter_seed = seed,
	};
	world_init(&v->w, &s);
	v->w.on_action = on_action;
	v->w.arg = v;
	v->w.twilio.net_us = any(v, 80) * 1000;
	call_round_trip(&v->w.call, (uint32_t)(2 * v->w.twilio.net_us));
	v->speech_due_us = v->w.now_us + any(v, 8000) * 1000LL;
	world_event(&v->w, &(struct call_event){.kind = CALL_EV_START});
}

void server_run(struct server *v, uint32_t seed, uint32_t faults, int64_t for_us)
{
	begin(v, seed, faults);
	int64_t end_us = v->w.now_us + for_us;
	while (v->w.now_us < end_us && !v->w.fault[0] && !v->w.has_closed) {
		int64_t until_us = v->speech_due_us < end_us ? v->speech_due_us : end_us;
		while (go_on(v, until_us))
			;
		if (v->w.now_us >= v->speech_due_us)
			caller_speaks(v);
		if (goes_wrong(v) && v->w.is_live)
			add(v, any(v, 3000), CALL_EV_MODEL_LOST, false)->ev.why = CALL_WHY_CLOSED;
		if (v->waits_us && v->w.now_us - v->waits_us > PATIENCE_US && !v->w.fault[0] && !v->w.has_closed)
			snprintf(v->w.fault, sizeof(v->w.fault), "the caller hears nothing any more");
	}
	world_event(&v->w, &(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_STOP});
}
