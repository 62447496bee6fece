/* SPDX-License-Identifier: MIT */
/* Responses, one at a time, and barge-in. */
#include <string.h>

#include "call_private.h"
#include "ringdown/base/buf.h"

enum { RESPOND_WAIT_MS = 3000, ANSWER_SECOND_MS = 12000, SAMPLES_A_MS = 8 };

static const char *const prompts[] = {
	[CALL_RESPOND_NONE] = "",
	[CALL_RESPOND_PLAIN] = "",
	[CALL_RESPOND_GREETING] = "Say exactly this, word for word, and nothing else: ",
	[CALL_RESPOND_RESUME] = "The line was interrupted for a moment. Say so in a few words and go on where you were.",
	[CALL_RESPOND_FILLER] = "Say exactly this, word for word, and nothing else: ",
	[CALL_RESPOND_IDLE] = "The caller has been silent for a while. Ask in a few words whether they are still there.",
	[CALL_RESPOND_GOODBYE] = "The call ends now. Say a short goodbye, and nothing else.",
	[CALL_RESPOND_NOTICE] = "The call reaches its time limit in ten seconds. Say so and take leave in one sentence.",
};

/* The filler of a tool that is still running and has not been covered yet. */
static struct str take_filler(struct call *c)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++) {
		struct call_tool *t = &c->tools[i];
		if (!t->is_open || t->is_filled || t->filler.n == 0)
			continue;
		t->is_filled = true;
		return t->filler;
	}
	return STR("");
}

/* False: there is nothing to ask for any more. */
static bool put_prompt(struct call *c, enum call_respond why)
{
	struct buf b;
	buf_init(&b, c->prompt, sizeof(c->prompt) - 1);
	buf_put(&b, str_of(prompts[why]));
	struct str own = why == CALL_RESPOND_GREETING ? c->settings.greeting_text
		: why == CALL_RESPOND_FILLER          ? take_filler(c)
						      : STR("");
	if (why == CALL_RESPOND_FILLER && own.n == 0)
		return false;
	if (own.n > sizeof(c->prompt) - b.n - 1)
		own.n = sizeof(c->prompt) - b.n - 1;
	buf_put(&b, own);
	c->prompt[b.n] = '\0';
	return true;
}

void turns_respond(struct step *s, enum call_respond why)
{
	struct call *c = s->c;
	if (c->leg != CALL_LEG_LIVE) {
		c->owes_answer |= why == CALL_RESPOND_PLAIN;
		return;
	}
	if (c->active_id || c->is_awaiting) {
		if (c->wanted == CALL_RESPOND_NONE || c->wanted == CALL_RESPOND_FILLER)
			c->wanted = why;
		return;
	}
	if (!put_prompt(c, why))
		return;
	act(s, CALL_ACT_RESPOND)->text = str_of(c->prompt);
	c->is_awaiting = true;
	c->last_wanted = why;
	timer_set(s, CALL_TIMER_RESPOND, RESPOND_WAIT_MS);
}

static void respond_wanted(struct step *s)
{
	enum call_respond why = s->c->wanted;
	s->c->wanted = CALL_RESPOND_NONE;
	if (why != CALL_RESPOND_NONE)
		turns_respond(s, why);
}

void turns_on_live(struct step *s)
{
	struct call *c = s->c;
	bool owes = c->owes_answer;
	c->owes_answer = false;
	if (c->was_live) {
		if (owes)
			turns_respond(s, CALL_RESPOND_PLAIN);
		return;
	}
	if (c->settings.is_resumed)
		turns_respond(s, CALL_RESPOND_RESUME);
	else if (c->settings.greeting == CALL_GREETING_TEXT && c->settings.greeting_text.n > 0)
		turns_respond(s, CALL_RESPOND_GREETING);
	else if (c->settings.greeting == CALL_GREETING_MODEL)
		turns_respond(s, CALL_RESPOND_PLAIN);
}

static void response_over(struct step *s)
{
	call_end_open_item(s->c);
	s->c->active_id = 0;
	s->c->is_cancelled = false;
	s->c->is_awaiting = false;
	timer_stop(s, CALL_TIMER_RESPOND);
}

void turns_on_lost(struct step *s)
{
	struct call *c = s->c;
	c->owes_answer |= (c->active_id && !c->is_cancelled) || c->is_awaiting || c->is_caller_speaking ||
		c->timers[CALL_TIMER_ANSWER] != CALL_NEVER || c->wanted == CALL_RESPOND_PLAIN;
	c->wanted = CALL_RESPOND_NONE;
	c->is_caller_speaking = false;
	response_over(s);
	timer_stop(s, CALL_TIMER_ANSWER);
	end_on_response_done(s);
}

static void discard(struct call *c, uint64_t id)
{
	c->discarded[c->n_discarded++ % CALL_DISCARDED_MAX] = id;
}

static bool is_discarded(const struct call *c, uint64_t id)
{
	for (int i = 0; i < CALL_DISCARDED_MAX; i++)
		if (c->discarded[i] == id)
			return true;
	return false;
}

void turns_on_response_created(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	uint64_t id = id_hash(ev->response_id);
	if (is_discarded(c, id) || id == c->active_id)
		return;
	if (c->active_id && !c->is_cancelled) { /* two at once: the first one is being heard */
		discard(c, id);
		act(s, CALL_ACT_CANCEL)->response_id = ev->response_id;
		return;
	}
	response_over(s);
	c->active_id = id;
	c->has_spoken = false;
	c->n_asked = 0;
	timer_stop(s, CALL_TIMER_ANSWER);
}

void turns_on_audio_done(struct step *s, const struct call_event *ev)
{
	struct ledger *l = &s->c->ledger;
	if (l->n_items > 0 && str_is(str_of(l->items[l->n_items - 1].id), ev->item_id))
		call_end_open_item(s->c);
}

/* Failed or incomplete without a word: once more, then the caller's next turn has to do. */
static void on_failed(struct step *s)
{
	if (s->c->has_retried)
		return;
	s->c->has_retried = true;
	turns_respond(s, CALL_RESPOND_PLAIN);
}

void turns_on_response_done(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	if (id_hash(ev->response_id) != c->active_id)
		return;
	bool was_cancelled = c->is_cancelled;
	response_over(s);
	end_activity(s);
	words_finish_heard(s);
	if (str_is(ev->status, STR("failed")) || (str_is(ev->status, STR("incomplete")) && !c->has_spoken))
		on_failed(s);
	else if (!was_cancelled)
		c->has_retried = false;
	tools_on_response_done(s);
	if (!was_cancelled)
		end_on_response_done(s);
	if (!c->has_ended)
		respond_wanted(s);
}

/* One item of a barge-in: heard whole, in part, or not at all. */
static void cut_item(struct step *s, const struct ledger_item *item, uint64_t heard_samples)
{
	uint64_t of_item = heard_samples > item->start_samples ? heard_samples - item->start_samples : 0;
	bool is_whole = item->is_done && of_item >= item->raw_samples;
	if (of_item > item->raw_samples)
		of_item = item->raw_samples;
	uint32_t heard_ms = (uint32_t)(of_item / SAMPLES_A_MS);
	if (!is_whole && heard_ms > 0) {
		struct call_action *a = act(s, CALL_ACT_TRUNCATE);
		a->item_id = str_of(item->id);
		a->ms = heard_ms;
	} else if (!is_whole) {
		act(s, CALL_ACT_DELETE_ITEM)->item_id = str_of(item->id);
	}
	words_cut(s, item, heard_ms, !is_whole);
}

static bool is_unheard(const struct ledger *l, int64_t now_us)
{
	const struct ledger_item *last = l->n_items ? &l->items[l->n_items - 1] : NULL;
	if (!last)
		return false;
	return !last->is_done || ledger_heard_samples(l, now_us) < last->start_samples + last->raw_samples;
}

static void cut_response(struct step *s, bool server_knows)
{
	struct call *c = s->c;
	if (!c->active_id || c->is_cancelled)
		return;
	c->is_cancelled = true;
	discard(c, c->active_id);
	if (!server_knows)
		act(s, CALL_ACT_CANCEL); /* no id: the one response that is active */
}

void turns_barge_in(struct step *s, bool server_knows)
{
	struct call *c = s->c;
	struct ledger *l = &c->ledger;
	bool has_sound = is_unheard(l, s->now_us);
	uint64_t heard = ledger_heard_samples(l, s->now_us);
	uint32_t n = l->n_items;
	if (has_sound)
		act(s, CALL_ACT_CLEAR); /* first of all: it is what the caller notices */
	cut_response(s, server_knows);
	if (!has_sound)
		return;
	memcpy(c->finished, l->items, sizeof(c->finished));
	ledger_clear(l);
	c->tail_samples = 0;
	for (uint32_t i = 0; i < n; i++)
		cut_item(s, &c->finished[i], heard);
}

void turns_on_speech_started(struct step *s)
{
	s->c->is_caller_speaking = true;
	s->c->speech_us = s->now_us;
	s->c->idle_prompts = 0;
	timer_stop(s, CALL_TIMER_ANSWER);
	end_activity(s);
	end_on_speech(s);
	turns_barge_in(s, s->c->settings.server_interrupts);
}

void turns_on_speech_stopped(struct step *s)
{
	s->c->is_caller_speaking = false;
	s->c->n_asked = 0;
	end_activity(s);
	timer_set(s, CALL_TIMER_ANSWER, s->c->settings.answer_timeout_ms);
}

void turns_on_answer_timer(struct step *s)
{
	struct call *c = s->c;
	if (c->leg != CALL_LEG_LIVE || (c->active_id && !c->is_cancelled))
		return;
	if (c->n_asked++ > 0) {
		c->owes_answer = true;
		model_replace(s);
		return;
	}
	c->active_id = 0;
	c->is_awaiting = false;
	turns_respond(s, CALL_RESPOND_PLAIN);
	timer_set(s, CALL_TIMER_ANSWER, ANSWER_SECOND_MS);
}

void turns_on_respond_timer(struct step *s)
{
	s->c->is_awaiting = false;
	if (!s->c->active_id)
		respond_wanted(s);
}

void turns_on_overflow(struct step *s)
{
	cut_response(s, false);
}

void turns_on_error(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	if (str_is(ev->name, STR("session_expired"))) {
		if (c->leg == CALL_LEG_LIVE)
			model_replace(s);
		return;
	}
	if (c->leg == CALL_LEG_CONFIGURING) {
		model_refused_configuration(s);
		return;
	}
	if (!c->is_awaiting)
		return;
	c->is_awaiting = false;
	if (!str_is(ev->name, STR("conversation_already_has_active_response")))
		return;
	c->wanted = c->last_wanted; /* a response we have not been told of: ask when it is done, or later */
	timer_set(s, CALL_TIMER_RESPOND, RESPOND_WAIT_MS);
}

bool turns_is_quiet(const struct step *s)
{
	const struct call *c = s->c;
	return !c->active_id && !c->is_awaiting && !c->is_caller_speaking && !tools_are_open(c) &&
		c->ending == CALL_ENDING_NO && !is_unheard(&c->ledger, s->now_us) &&
		c->timers[CALL_TIMER_ANSWER] == CALL_NEVER;
}
