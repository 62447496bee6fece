/* SPDX-License-Identifier: MIT */
/* Responses, one at a time, and barge-in. */
#include <string.h>

#include "call_private.h"
#include "ringdown/base/buf.h"

enum {
	RESPOND_WAIT_MS = 3000,
	ANSWER_SECOND_MS = 12000,
	SPEECH_TOLD_LATE_US = 800000,
	REHEAR_MS = 2500, /* for a session to find the end of speech in sound that it gets all at once */
	FAILED_RETRY_MS = 2000,
	FAILED_IN_A_SESSION = 3,
	FAILED_MAX = 6,
	SAMPLES_A_MS = 8,
};

static const char *const prompts[] = {
	[CALL_RESPOND_NONE] = "",
	[CALL_RESPOND_PLAIN] = "",
	[CALL_RESPOND_GREETING] = "Say exactly this, word for word, and nothing else: ",
	[CALL_RESPOND_RESUME] = "The line was interrupted for a moment. Say so in a few words and go on where you were.",
	[CALL_RESPOND_CONTINUE] = "A technical interruption cut you off in the middle of your last message. The caller heard it "
				  "as far as its text goes, and is listening. Go on from exactly there, in "
				  "mid-sentence if need be. Do not repeat anything, greet or apologise.",
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
		if (c->owed == CALL_RESPOND_NONE && why != CALL_RESPOND_FILLER && why != CALL_RESPOND_IDLE)
			c->owed = why;
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
	enum call_respond owed = c->owed;
	c->owed = CALL_RESPOND_NONE;
	if (c->was_live && c->unsettled_us) { /* it hears it again, and answers by itself */
		c->n_asked = 0;
		timer_set(s, CALL_TIMER_ANSWER, REHEAR_MS);
		return;
	}
	if (c->was_live) {
		if (owed != CALL_RESPOND_NONE)
			turns_respond(s, owed);
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

static enum call_respond owed_by_loss(const struct call *c)
{
	bool is_active = c->active_id && !c->is_cancelled;
	if (is_active && c->has_spoken)
		return CALL_RESPOND_CONTINUE;
	if (is_active || c->is_awaiting)
		return c->last_wanted;
	if (c->wanted != CALL_RESPOND_NONE && c->wanted != CALL_RESPOND_FILLER)
		return c->wanted;
	return c->timers[CALL_TIMER_ANSWER] != CALL_NEVER ? CALL_RESPOND_PLAIN : CALL_RESPOND_NONE;
}

/* What was said goes on being played; the next session is told of it, and goes on from there. */
void turns_on_lost(struct step *s)
{
	struct call *c = s->c;
	if (c->owed == CALL_RESPOND_NONE)
		c->owed = owed_by_loss(c);
	c->wanted = CALL_RESPOND_NONE;
	c->is_caller_speaking = false;
	response_over(s);
	for (uint32_t i = 0; i < c->ledger.n_items; i++)
		c->ledger.items[i].is_foreign = true;
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
	if (!c->is_awaiting)
		c->last_wanted = CALL_RESPOND_PLAIN; /* the server's own idea */
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

/* Failed, or incomplete without a word: asked for again, at once the first time, then after a while; a fresh
 * session if that does not help; somebody else if that does not either. */
static void on_failed(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	bool is_limited = str_is(ev->name, STR("rate_limit_exceeded"));
	uint32_t n = ++c->n_failed;
	if (n >= FAILED_MAX) {
		end_finish(s, CALL_RESULT_FAILED, STR("responses"), CALL_WHY_REFUSED);
		return;
	}
	c->wanted = c->has_spoken ? CALL_RESPOND_CONTINUE : c->last_wanted;
	if (n == FAILED_IN_A_SESSION)
		model_replace(s);
	else if (n == 1 && !is_limited)
		respond_wanted(s);
	else
		timer_set(s, CALL_TIMER_RESPOND, FAILED_RETRY_MS);
}

static bool is_failure(const struct call *c, struct str status)
{
	return str_is(status, STR("failed")) || (str_is(status, STR("incomplete")) && !c->has_spoken);
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
	if (!was_cancelled && c->ending == CALL_ENDING_NO && is_failure(c, ev->status)) {
		on_failed(s, ev);
		return;
	}
	if (!was_cancelled)
		c->n_failed = 0;
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
	struct str heard = words_cut(s, item, heard_ms, !is_whole);
	if (is_whole || s->c->leg != CALL_LEG_LIVE) /* a session to come is told by the replay */
		return;
	if (heard_ms > 0 && !item->is_foreign) {
		struct call_action *a = act(s, CALL_ACT_TRUNCATE);
		a->item_id = str_of(item->id);
		a->ms = heard_ms;
		return;
	}
	act(s, CALL_ACT_DELETE_ITEM)->item_id = str_of(item->id);
	if (heard.n > 0)
		act(s, CALL_ACT_ASSISTANT_TEXT)->text = heard;
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
	if (!s->c->unsettled_us) { /* a server tells late: speech began before */
		int64_t from_us = s->now_us - SPEECH_TOLD_LATE_US;
		s->c->unsettled_us = from_us > s->c->settled_us ? from_us : s->c->settled_us;
	}
	s->c->idle_prompts = 0;
	timer_stop(s, CALL_TIMER_ANSWER);
	end_activity(s);
	end_on_speech(s);
	turns_barge_in(s, s->c->settings.server_interrupts);
}

void turns_on_speech_stopped(struct step *s)
{
	s->c->is_caller_speaking = false;
	s->c->settled_us = s->now_us;
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
		c->owed = CALL_RESPOND_PLAIN;
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
	bool is_limited = str_is(ev->name, STR("rate_limit_exceeded")) && ++c->n_failed < FAILED_MAX;
	if (!is_limited && !str_is(ev->name, STR("conversation_already_has_active_response")))
		return;
	c->wanted = c->last_wanted; /* too early, or a response we have not been told of: ask when it is done, or later */
	timer_set(s, CALL_TIMER_RESPOND, RESPOND_WAIT_MS);
}

bool turns_is_idle(const struct step *s)
{
	const struct call *c = s->c;
	return !c->active_id && !c->is_awaiting && !c->is_caller_speaking && c->timers[CALL_TIMER_ANSWER] == CALL_NEVER;
}

bool turns_is_quiet(const struct step *s)
{
	const struct call *c = s->c;
	return turns_is_idle(s) && !tools_are_open(c) && c->ending == CALL_ENDING_NO &&
		!is_unheard(&c->ledger, s->now_us);
}
