/* SPDX-License-Identifier: MIT */
/* Responses, one at a time, and barge-in. */
#include <string.h>

#include "call_private.h"

enum {
	ANSWER_SECOND_MS = 12000,
	SPEECH_TOLD_LATE_US = 800000,
	FAILED_RETRY_MS = 2000,
	FAILED_IN_A_SESSION = 3,
	FAILED_MAX = 6,
	SAMPLES_A_MS = 8,
};

static void response_over(struct step *s)
{
	media_end_open_item(s->c);
	s->c->active_id = 0;
	s->c->active_kind = CALL_RESPOND_NONE;
	s->c->is_cancelled = false;
}

static const struct ledger_item *last_item(const struct ledger *l)
{
	return l->n_items ? &l->items[l->n_items - 1] : NULL;
}

/* What the caller still has to hear when the model goes. */
static enum call_respond owed_by_loss(const struct call *c)
{
	if (c->ending != CALL_ENDING_NO)
		return CALL_RESPOND_NONE;
	if (c->active_id && !c->is_cancelled)
		return c->has_spoken ? CALL_RESPOND_CONTINUE : c->active_kind;
	if (c->asked != CALL_RESPOND_NONE || c->timers[CALL_TIMER_ANSWER] == CALL_NEVER)
		return c->asked;
	return CALL_RESPOND_PLAIN;
}

/* What was said goes on being played; the next session is told of it, and goes on from there. */
void turns_on_lost(struct step *s)
{
	struct call *c = s->c;
	respond_on_lost(s, owed_by_loss(c));
	response_over(s);
	memset(c->discarded, 0, sizeof(c->discarded));
	for (uint32_t i = 0; i < c->ledger.n_items; i++)
		c->ledger.items[i].is_foreign = true;
	c->is_heard_again = c->unsettled_us &&
		(c->is_caller_speaking || s->now_us - c->settled_us < CALL_KEEP_MAX_MS * 1000LL);
	c->is_caller_speaking = false;
	timer_stop(s, CALL_TIMER_ANSWER);
	words_update(s);
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

bool turns_is_cut(const struct call *c, struct str response_id)
{
	return response_id.n > 0 && is_discarded(c, id_hash(response_id));
}

static bool is_unheard(const struct call *c, int64_t now_us)
{
	const struct ledger *l = &c->ledger;
	const struct ledger_item *last = last_item(l);
	if (!last)
		return false;
	return !last->is_done || ledger_item_heard(last, ledger_heard_samples(l, now_us)) < last->raw_samples;
}

/* Its sound is not wanted any more, nor what it still says. */
static void cut_response(struct step *s, bool server_knows)
{
	struct call *c = s->c;
	if (!c->active_id || c->is_cancelled)
		return;
	c->is_cancelled = true;
	discard(c, c->active_id);
	if (!server_knows)
		act(s, CALL_ACT_CANCEL); /* no id: the one response that is active */
	if (c->active_kind == CALL_RESPOND_GREETING && ledger_heard_samples(&c->ledger, s->now_us) == 0)
		c->wanted |= 1u << CALL_RESPOND_GREETING; /* nothing of it was heard: it is still to be said */
}

/* Items of the cut response that have given no sound: the caller knows nothing of them. */
static void cut_silent(struct step *s, uint64_t response_id)
{
	struct call *c = s->c;
	for (uint32_t i = 0; i < c->n_said; i++) {
		struct call_said *said = &c->said[i];
		if (said->has_sound || said->is_written || said->response_id != response_id)
			continue;
		act(s, CALL_ACT_DELETE_ITEM)->item_id = str_of(said->item_id);
		said->is_written = true;
	}
}

/* Nothing of it was heard: it leaves the conversation, for a truncation at 0 leaves its words. */
static void tell_cut(struct step *s, const struct ledger_item *item, uint32_t heard_ms)
{
	struct call_action *a = act(s, heard_ms > 0 ? CALL_ACT_TRUNCATE : CALL_ACT_DELETE_ITEM);
	a->item_id = str_of(item->id);
	a->ms = heard_ms;
}

/* The present session has it from the replay as a text, which cannot be truncated. */
static void cut_foreign_item(struct step *s, const struct ledger_item *item, uint32_t heard_ms)
{
	const struct call_said *said = words_find(s->c, str_of(item->id));
	if (!said || !said->is_told)
		return;
	struct str heard = words_heard(s->c, said, heard_ms, (uint32_t)(item->raw_samples / SAMPLES_A_MS));
	act(s, CALL_ACT_DELETE_ITEM)->item_id = str_of(item->id);
	if (heard.n > 0)
		act(s, CALL_ACT_ASSISTANT_TEXT)->text = heard;
}

/* One item of a barge-in: heard whole, in part, or not at all. */
static void cut_item(struct step *s, const struct ledger_item *item, uint64_t heard_samples)
{
	uint64_t of_item = ledger_item_heard(item, heard_samples);
	bool is_whole = item->is_done && of_item >= item->raw_samples;
	uint32_t heard_ms = (uint32_t)(of_item / SAMPLES_A_MS);
	if (!is_whole && s->c->leg == CALL_LEG_LIVE && item->is_foreign) {
		cut_foreign_item(s, item, heard_ms);
	} else if (!is_whole && s->c->leg == CALL_LEG_LIVE) {
		tell_cut(s, item, heard_ms);
	}
	words_settle(s, item, heard_ms, !is_whole);
}

static void cut_sound(struct step *s, uint64_t heard_samples)
{
	struct call *c = s->c;
	uint32_t n = c->ledger.n_items;
	memcpy(c->cut, c->ledger.items, sizeof(c->cut));
	ledger_clear(&c->ledger);
	c->tail_samples = 0;
	for (uint32_t i = 0; i < n; i++)
		cut_item(s, &c->cut[i], heard_samples);
}

void turns_barge_in(struct step *s, bool server_knows)
{
	struct call *c = s->c;
	uint64_t response_id = c->is_cancelled ? 0 : c->active_id;
	uint64_t heard = ledger_heard_samples(&c->ledger, s->now_us);
	bool has_sound = is_unheard(c, s->now_us);
	if (has_sound)
		act(s, CALL_ACT_CLEAR); /* first of all: it is what the caller notices */
	cut_response(s, server_knows);
	if (response_id)
		cut_silent(s, response_id);
	if (has_sound)
		cut_sound(s, heard);
	words_update(s);
	end_on_caller(s, !has_sound);
}

void turns_on_response_created(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	uint64_t id = id_hash(ev->response_id);
	if (c->leg != CALL_LEG_LIVE || is_discarded(c, id) || id == c->active_id)
		return;
	if (c->active_id && !c->is_cancelled) { /* two at once: the first one is being heard */
		discard(c, id);
		act(s, CALL_ACT_CANCEL)->response_id = ev->response_id;
		return;
	}
	bool was_asked_for = c->asked != CALL_RESPOND_NONE;
	response_over(s);
	c->active_id = id;
	c->active_kind = respond_begun(s);
	c->has_spoken = false;
	if (!c->is_caller_speaking)
		return;
	if (was_asked_for) { /* before the caller began: the server does not stop it */
		cut_response(s, false);
		return;
	}
	c->is_caller_speaking = false; /* the server thinks that the turn is over, and it must know */
	respond_on_speech_stopped(s);
}

/* An item of which nothing will be heard leaves the conversation. */
void turns_on_item_added(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	uint64_t response_id = id_hash(ev->response_id);
	if (c->leg != CALL_LEG_LIVE || ev->response_id.n == 0 || !str_is(ev->role, STR("assistant")))
		return;
	if (words_is_known(c, ev->item_id))
		return;
	if (response_id == c->active_id && !c->is_cancelled)
		(void)words_begin(c, ev->item_id, response_id);
	else if (is_discarded(c, response_id))
		act(s, CALL_ACT_DELETE_ITEM)->item_id = ev->item_id;
}

void turns_on_audio_done(struct step *s, const struct call_event *ev)
{
	const struct ledger_item *last = last_item(&s->c->ledger);
	if (last && str_is(str_of(last->id), ev->item_id))
		media_end_open_item(s->c);
	words_update(s);
}

/* Failed, or incomplete without a word: asked for again, at once the first time, then after a while; a fresh
 * session if that does not help; somebody else if that does not either. */
static void on_failed(struct step *s, const struct call_event *ev, enum call_respond why)
{
	struct call *c = s->c;
	bool is_limited = str_is(ev->name, STR("rate_limit_exceeded"));
	uint32_t n = ++c->n_failed;
	if (n >= FAILED_MAX) {
		end_finish(s, CALL_RESULT_FAILED, STR("responses"), CALL_WHY_REFUSED);
	} else if (n == FAILED_IN_A_SESSION) {
		c->wanted |= 1u << why;
		model_replace(s);
	} else if (n == 1 && !is_limited) {
		respond_ask(s, why);
	} else {
		respond_later(s, why, FAILED_RETRY_MS);
	}
}

static bool is_failure(const struct call *c, struct str status)
{
	if (c->is_cancelled || c->ending != CALL_ENDING_NO)
		return false;
	return str_is(status, STR("failed")) || (str_is(status, STR("incomplete")) && !c->has_spoken);
}

void turns_on_response_done(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	if (!c->active_id || id_hash(ev->response_id) != c->active_id)
		return;
	bool has_failed = is_failure(c, ev->status);
	enum call_respond why = c->has_spoken ? CALL_RESPOND_CONTINUE : c->active_kind;
	if (!c->is_caller_speaking && !c->is_cancelled)
		timer_stop(s, CALL_TIMER_ANSWER);
	if (!c->is_cancelled && !has_failed)
		c->n_failed = 0;
	end_activity(s);
	response_over(s);
	words_update(s);
	if (has_failed) {
		on_failed(s, ev, why);
		return;
	}
	tools_on_response_done(s);
	end_on_response_done(s);
	respond_next(s);
}

/* A server tells late: speech began before.  See call_keep_ms(). */
static void unsettle(struct step *s)
{
	struct call *c = s->c;
	int64_t from_us = s->now_us - SPEECH_TOLD_LATE_US;
	c->speech_us = s->now_us;
	if (!c->unsettled_us)
		c->unsettled_us = from_us > c->settled_us ? from_us : c->settled_us;
}

void turns_on_speech_started(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	c->is_caller_speaking = true;
	unsettle(s);
	c->idle_prompts = 0;
	timer_stop(s, CALL_TIMER_ANSWER);
	end_activity(s);
	words_on_speech_started(s, ev->item_id);
	turns_barge_in(s, c->settings.server_interrupts);
}

void turns_on_speech_stopped(struct step *s, const struct call_event *ev)
{
	s->c->is_caller_speaking = false;
	s->c->settled_us = s->now_us;
	s->c->n_asked = 0;
	end_activity(s);
	words_on_speech_stopped(s, ev->item_id);
	respond_on_speech_stopped(s);
	timer_set(s, CALL_TIMER_ANSWER, s->c->settings.answer_timeout_ms);
}

void turns_on_answer_timer(struct step *s)
{
	struct call *c = s->c;
	if (c->ending != CALL_ENDING_NO)
		return;
	if (c->leg != CALL_LEG_LIVE || tools_are_open(c)) {
		timer_set(s, CALL_TIMER_ANSWER, c->settings.answer_timeout_ms);
		return;
	}
	if (c->is_cancelled) /* nobody told us that it is over */
		response_over(s);
	if (c->n_asked++ > 0) {
		c->n_asked = 0;
		c->wanted |= c->active_id ? 0 : 1u << CALL_RESPOND_PLAIN;
		model_replace(s);
		return;
	}
	timer_set(s, CALL_TIMER_ANSWER, ANSWER_SECOND_MS);
	c->n_unanswered = 0;
	if (!c->active_id && c->asked == CALL_RESPOND_NONE)
		respond_ask(s, CALL_RESPOND_PLAIN);
}

/* What waits is played; the model is told where it ends. */
void turns_on_overflow(struct step *s)
{
	struct call *c = s->c;
	const struct ledger_item *last = last_item(&c->ledger);
	bool is_open = last && !last->is_done;
	if (!c->active_id || c->is_cancelled)
		return;
	cut_response(s, false);
	cut_silent(s, c->active_id);
	media_end_open_item(c);
	if (!is_open)
		return;
	tell_cut(s, last, (uint32_t)(last->raw_samples / SAMPLES_A_MS));
}

void turns_on_error(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	if (c->leg == CALL_LEG_CONFIGURING)
		model_refused_configuration(s);
	if (c->leg != CALL_LEG_LIVE)
		return;
	bool is_limited = str_is(ev->name, STR("rate_limit_exceeded")) && c->asked != CALL_RESPOND_NONE;
	if (str_is(ev->name, STR("session_expired")))
		model_replace(s);
	else if (str_is(ev->name, STR("conversation_already_has_active_response")))
		respond_on_refused(s);
	else if (is_limited && ++c->n_failed < FAILED_MAX)
		respond_on_limited(s);
}

bool turns_is_idle(const struct step *s)
{
	const struct call *c = s->c;
	return !c->active_id && c->asked == CALL_RESPOND_NONE && !c->is_caller_speaking &&
		c->timers[CALL_TIMER_ANSWER] == CALL_NEVER;
}

bool turns_is_quiet(const struct step *s)
{
	const struct call *c = s->c;
	return turns_is_idle(s) && !c->wanted && !tools_are_open(c) && c->n_digits == 0 &&
		c->ending == CALL_ENDING_NO && !is_unheard(c, s->now_us);
}
