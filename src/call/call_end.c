/* SPDX-License-Identifier: MIT */
/* How a call ends: after a goodbye that was heard, at a limit, in silence, or because it must.  And
 * the digits a caller presses. */
#include <string.h>

#include "call_private.h"

enum {
	GOODBYE_MAX_MS = 15000, /* from the function call to the last mark */
	PLAYED_EXTRA_MS = 3000, /* for the last mark to come back */
	IDLE_PROMPTS_MAX = 2,
	DIGITS_QUIET_MS = 1500,
	SAMPLES_A_MS = 8,
};

/* What was said so far is a turn as well, as far as it was heard. */
static void cut_rest(struct step *s)
{
	struct call *c = s->c;
	struct ledger *l = &c->ledger;
	uint64_t heard = ledger_heard_samples(l, s->now_us);
	memcpy(c->finished, l->items, sizeof(c->finished));
	for (uint32_t i = 0; i < l->n_items; i++) {
		const struct ledger_item *item = &c->finished[i];
		uint64_t of_item = heard > item->start_samples ? heard - item->start_samples : 0;
		if (of_item > item->raw_samples)
			of_item = item->raw_samples;
		words_cut(s, item, (uint32_t)(of_item / SAMPLES_A_MS), of_item < item->raw_samples);
	}
	l->n_items = 0;
}

void end_finish(struct step *s, enum call_result result, struct str target, enum call_why why)
{
	struct call *c = s->c;
	if (c->has_ended)
		return;
	cut_rest(s);
	if (c->leg != CALL_LEG_NONE)
		act(s, CALL_ACT_MODEL_DROP);
	struct call_action *a = act(s, CALL_ACT_RESULT);
	a->result = result;
	a->text = target;
	act(s, CALL_ACT_CLOSE)->why = why;
	c->leg = CALL_LEG_NONE;
	c->has_ended = true;
}

static void begin_ending(struct step *s, enum call_result result, struct str call_id)
{
	struct call *c = s->c;
	tools_answer(s, call_id, STR("{\"result\":\"ok\"}"));
	if (c->ending != CALL_ENDING_NO && c->ending_result == CALL_RESULT_TRANSFER)
		return; /* a transfer under way goes on */
	c->ending_result = result;
	c->ending = CALL_ENDING_RESPONSE;
	timer_set(s, CALL_TIMER_END, GOODBYE_MAX_MS);
	if (!c->active_id)
		end_on_response_done(s);
}

void end_on_end_call(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	s->c->target[0] = '\0';
	begin_ending(s, CALL_RESULT_COMPLETE, ev->call_id);
}

void end_on_transfer(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	if (!str_copy(ev->name, s->c->target, sizeof(s->c->target)))
		return;
	begin_ending(s, CALL_RESULT_TRANSFER, ev->call_id);
}

static void finish_ending(struct step *s)
{
	end_finish(s, s->c->ending_result, str_of(s->c->target), CALL_WHY_NONE);
}

void end_on_played(struct step *s)
{
	if (s->c->ending == CALL_ENDING_PLAYED && ledger_is_played_out(&s->c->ledger))
		finish_ending(s);
}

/* The response that called end_call is done.  Did it say anything?  Else ask for a goodbye. */
void end_on_response_done(struct step *s)
{
	struct call *c = s->c;
	if (c->ending == CALL_ENDING_NO || c->ending == CALL_ENDING_PLAYED)
		return;
	bool has_sound = c->has_spoken || !ledger_is_played_out(&c->ledger);
	if (c->ending == CALL_ENDING_RESPONSE && !has_sound && c->leg == CALL_LEG_LIVE) {
		c->ending = CALL_ENDING_GOODBYE;
		c->wanted = CALL_RESPOND_NONE;
		turns_respond(s, CALL_RESPOND_GOODBYE);
		return;
	}
	c->ending = CALL_ENDING_PLAYED;
	uint64_t left_ms = (c->ledger.taken_samples - c->ledger.marked_samples) / SAMPLES_A_MS;
	timer_set(s, CALL_TIMER_END, left_ms + PLAYED_EXTRA_MS);
	end_on_played(s);
}

/* Who speaks before the goodbye was heard has something to add.  A transfer goes on: a person waits. */
void end_on_speech(struct step *s)
{
	struct call *c = s->c;
	if (c->ending == CALL_ENDING_NO || c->ending_result == CALL_RESULT_TRANSFER)
		return;
	c->ending = CALL_ENDING_NO;
	timer_stop(s, CALL_TIMER_END);
}

void end_on_timer(struct step *s)
{
	if (s->c->ending != CALL_ENDING_NO)
		finish_ending(s);
}

void end_on_limit(struct step *s)
{
	end_finish(s, CALL_RESULT_LIMIT, STR(""), CALL_WHY_NONE);
}

void end_on_notice(struct step *s)
{
	turns_respond(s, CALL_RESPOND_NOTICE);
}

void end_activity(struct step *s)
{
	if (s->c->settings.idle_prompt_s > 0)
		timer_set(s, CALL_TIMER_IDLE, s->c->settings.idle_prompt_s * 1000ULL);
}

void end_on_idle(struct step *s)
{
	struct call *c = s->c;
	end_activity(s);
	if (c->leg != CALL_LEG_LIVE || !turns_is_quiet(s))
		return;
	if (c->idle_prompts++ < IDLE_PROMPTS_MAX) {
		turns_respond(s, CALL_RESPOND_IDLE);
		return;
	}
	c->ending = CALL_ENDING_GOODBYE;
	c->ending_result = CALL_RESULT_COMPLETE;
	timer_set(s, CALL_TIMER_END, GOODBYE_MAX_MS);
	turns_respond(s, CALL_RESPOND_GOODBYE);
}

static const char digits_head[] = "The caller pressed: ";

void digits_add(struct step *s, char digit)
{
	struct call *c = s->c;
	size_t head = sizeof(digits_head) - 1;
	s->c->idle_prompts = 0;
	end_activity(s);
	if (c->n_digits == 0)
		memcpy(c->digits, digits_head, head);
	if (c->n_digits < CALL_DIGITS_MAX)
		c->digits[head + c->n_digits++] = digit;
	timer_set(s, CALL_TIMER_DIGITS, DIGITS_QUIET_MS);
	if (c->n_digits == 1)
		turns_barge_in(s, false);
	if (digit == '#')
		digits_flush(s);
}

void digits_flush(struct step *s)
{
	struct call *c = s->c;
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_DTMF,
		.text = {c->digits, sizeof(digits_head) - 1 + c->n_digits},
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	timer_stop(s, CALL_TIMER_DIGITS);
	if (c->n_digits == 0)
		return;
	c->n_digits = 0;
	words_persist(s, &turn);
	if (c->leg == CALL_LEG_LIVE)
		act(s, CALL_ACT_USER_TEXT)->text = turn.text;
	turns_respond(s, CALL_RESPOND_PLAIN);
}
