/* SPDX-License-Identifier: MIT */
/* How a call ends: after a goodbye that was heard, at a limit, in silence, or because it must. */
#include "call_private.h"

enum {
	GOODBYE_MAX_MS = 15000, /* from the function call to the end of its response */
	PLAYED_EXTRA_MS = 3000, /* for the last mark to come back */
	IDLE_PROMPTS_MAX = 2,
	SAMPLES_A_MS = 8,
};

/* What was said so far is a turn as well, as far as it was heard; and so are digits just pressed. */
void end_finish(struct step *s, enum call_result result, struct str target, enum call_why why)
{
	struct call *c = s->c;
	if (c->has_ended)
		return;
	digits_end(s);
	words_end(s);
	handover_drop(s);
	if (c->leg != CALL_LEG_NONE && c->leg != CALL_LEG_LOST)
		act(s, CALL_ACT_MODEL_DROP);
	struct call_action *a = act(s, CALL_ACT_RESULT);
	a->result = result;
	a->text = target;
	act(s, CALL_ACT_CLOSE)->why = why;
	c->leg = CALL_LEG_NONE;
	c->has_ended = true;
}

static void finish_ending(struct step *s)
{
	end_finish(s, s->c->ending_result, str_of(s->c->target), CALL_WHY_NONE);
}

static void begin_ending(struct step *s, enum call_result result)
{
	struct call *c = s->c;
	c->ending_result = result;
	if (c->ending != CALL_ENDING_NO) /* said twice */
		return;
	c->wanted = 0;
	c->ending = CALL_ENDING_RESPONSE;
	timer_set(s, CALL_TIMER_END, GOODBYE_MAX_MS);
	if (!c->active_id)
		end_on_response_done(s);
}

/* Answered at once, so that the conversation is whole whatever comes.  False: it has no effect. */
static bool take_call(struct step *s, const struct call_event *ev, struct str name)
{
	struct call *c = s->c;
	if (tools_is_repeat(s, ev->call_id))
		return false;
	if (c->is_caller_speaking || turns_is_cut(c, ev->response_id)) {
		tools_answer_now(s, ev, name, STR("{\"error\":\"not done: the caller has interrupted\"}"));
		return false;
	}
	tools_answer_now(s, ev, name, STR("{\"result\":\"ok\"}"));
	return c->ending == CALL_ENDING_NO || c->ending_result != CALL_RESULT_TRANSFER; /* that goes on */
}

void end_on_end_call(struct step *s, const struct call_event *ev)
{
	if (!take_call(s, ev, STR("end_call")))
		return;
	s->c->target[0] = '\0';
	begin_ending(s, CALL_RESULT_COMPLETE);
}

void end_on_transfer(struct step *s, const struct call_event *ev)
{
	if (ev->name.n >= sizeof(s->c->target) || !take_call(s, ev, STR("transfer_call")))
		return;
	(void)str_copy(ev->name, s->c->target, sizeof(s->c->target));
	begin_ending(s, CALL_RESULT_TRANSFER);
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
	if (c->has_ended || c->ending == CALL_ENDING_NO || c->ending == CALL_ENDING_PLAYED)
		return;
	bool has_sound = c->has_spoken || !ledger_is_played_out(&c->ledger);
	if (c->ending == CALL_ENDING_RESPONSE && !has_sound && c->leg == CALL_LEG_LIVE) {
		c->ending = CALL_ENDING_GOODBYE;
		respond_ask(s, CALL_RESPOND_GOODBYE);
		return;
	}
	c->ending = CALL_ENDING_PLAYED;
	uint64_t left_ms = (c->ledger.taken_samples - c->ledger.marked_samples) / SAMPLES_A_MS;
	timer_set(s, CALL_TIMER_END, left_ms + PLAYED_EXTRA_MS);
	end_on_played(s);
}

/* The model thought that it was over: it has to know that it is not. */
static void call_off(struct step *s)
{
	struct str note = STR("(The caller spoke before the goodbye was over, so the call goes on. When it is really "
			      "over, say goodbye and end it again.)");
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_NOTE,
		.text = STR("the caller spoke before the goodbye was heard: the call goes on"),
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	s->c->ending = CALL_ENDING_NO;
	s->c->wanted &= ~(1u << CALL_RESPOND_GOODBYE);
	timer_stop(s, CALL_TIMER_END);
	words_persist(s, &turn);
	if (s->c->leg == CALL_LEG_LIVE)
		act(s, CALL_ACT_USER_TEXT)->text = note;
}

/* Who speaks before the goodbye was heard has something to add.  A transfer goes on: a person waits. */
void end_on_caller(struct step *s, bool has_heard_all)
{
	struct call *c = s->c;
	if (c->has_ended || c->ending == CALL_ENDING_NO)
		return;
	if (c->ending_result == CALL_RESULT_TRANSFER)
		end_on_played(s);
	else if (c->ending == CALL_ENDING_PLAYED && has_heard_all)
		finish_ending(s);
	else
		call_off(s);
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
	respond_ask(s, CALL_RESPOND_NOTICE);
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
		respond_ask(s, CALL_RESPOND_IDLE);
		return;
	}
	c->target[0] = '\0';
	c->ending = CALL_ENDING_GOODBYE;
	c->ending_result = CALL_RESULT_COMPLETE;
	timer_set(s, CALL_TIMER_END, GOODBYE_MAX_MS);
	respond_ask(s, CALL_RESPOND_GOODBYE);
}
