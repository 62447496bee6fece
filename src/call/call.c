/* SPDX-License-Identifier: MIT */
/* The call machine.
 *
 * Model leg: NONE -> CONNECTING (dialled, until session.created) -> CONFIGURING (until session.updated)
 *   -> LIVE -> LOST (waiting for the next dial) -> CONNECTING ...; from each of them to LOST when the
 *   leg is lost or too slow, and to NONE at the end.
 * Next leg: the same states beside a LIVE one that is to expire; its LIVE waits to take over (SWITCH).
 * Response: none -> asked (response.create is out) -> active (response.created) -> none (response.done);
 *   cancelled is active, and its sound not wanted.  One at a time: what else is wanted waits.
 * Ending: NO -> RESPONSE (end_call or transfer_call came, its response is not done) -> GOODBYE (it said
 *   nothing, so one was asked for) -> PLAYED (until the last mark is back); back to NO when the caller
 *   speaks before a goodbye was heard.
 * Call: begins with START, ends with RESULT and CLOSE, after which no action ever comes.
 *
 * Events of the caller: START the stream is accepted; MARK comes back; DTMF a key; CALLER_GONE.
 *   Of the model's leg: MODEL_OPEN, MODEL_LOST, SESSION_CREATED, SESSION_UPDATED, MODEL_ERROR.
 *   Of the conversation: RESPONSE_CREATED, ITEM_ADDED, MODEL_TEXT, MODEL_TEXT_DONE, AUDIO_DONE,
 *   RESPONSE_DONE; SPEECH_STARTED, SPEECH_STOPPED, CALLER_TEXT.
 *   Of tools: TOOL_CALL, TOOL_REFUSED, TOOL_DONE, END_CALL, TRANSFER.
 *   Of the house: DEADLINE a timer is due; HANGUP end it; DRAIN close it so that it is resumed.
 *   Sound is no event: call_media.c.
 *
 * Timers, each armed by what its line names:
 *   LEG       in LOST: the next dial.  Dial: connect_timeout, again from WebSocket open to
 *             session.created; configuration: configure_timeout, then once more with a minimal session,
 *             then another dial.  Never beyond the outage's budget: then the call has failed
 *   EXPIRY    60 s before the session's end (half its life, if that is shorter): the next one is made
 *             ready beside it, and takes over at the next quiet moment; after half of that time when the
 *             model is idle though still being heard; 5 s before the end in any case
 *   NEXT      as LEG, for the next session
 *   MEDIA     10 s without a media message: the caller is lost, no result
 *   DIGITS    1.5 s after the last digit: they become a user's message
 *   ANSWER    8 s after the caller stopped, or after a response was asked for, and no sound came: ask
 *             for it; 12 s later: a fresh session.  2.5 s after a fresh session was told what the caller
 *             had said last, and made nothing of it: ask for it
 *   IDLE      idle_prompt_s of silence: ask whether the caller is there; unanswered twice: goodbye
 *   NOTICE    10 s before the limit: say so.  LIMIT: max_duration_s: the end
 *   END       15 s for the response that ends the call; then as long as its sound takes and 3 s: the end
 *             all the same
 *   TOOLS     60 s without an answer of a tool: the model gets an error
 *   OVERFLOW  at once: more than queue_max_ms waits to be played, cancel the response
 *   RESPOND   3 s after a response was asked for and none began: ask again, once until ANSWER.  2 s after
 *             a response failed again, 3 s after one was refused: ask again (refused for the third time: in
 *             a fresh session)
 */
#include "call_private.h"

#include <string.h>

#include "ringdown/base/auto.h"

struct call_action *act(struct step *s, enum call_action_kind kind)
{
	s->out->has_lost |= s->out->n == CALL_ACTIONS_MAX;
	uint32_t i = s->out->n < CALL_ACTIONS_MAX ? s->out->n++ : CALL_ACTIONS_MAX - 1;
	s->out->list[i] = (struct call_action){.kind = kind};
	return &s->out->list[i];
}

void timer_set(struct step *s, enum call_timer t, uint64_t after_ms)
{
	s->c->timers[t] = s->now_us + (int64_t)after_ms * 1000;
}

void timer_stop(struct step *s, enum call_timer t)
{
	s->c->timers[t] = CALL_NEVER;
}

uint64_t id_hash(struct str id) /* FNV-1a */
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * 1099511628211u;
	return h ? h : 1;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
	return value ? value : fallback;
}

void call_init(struct call *c, const struct call_settings *s, int64_t now_us)
{
	memset(c, 0, sizeof(*c));
	c->settings = *s;
	c->settings.lead_ms = or_default(s->lead_ms, 400);
	c->settings.message_ms = or_default(s->message_ms, 100);
	c->settings.queue_max_ms = or_default(s->queue_max_ms, 60000);
	c->settings.connect_timeout_ms = or_default(s->connect_timeout_ms, 3000);
	c->settings.configure_timeout_ms = or_default(s->configure_timeout_ms, 5000);
	c->settings.reach_budget_ms = or_default(s->reach_budget_ms, 4000);
	c->settings.reconnect_budget_ms = or_default(s->reconnect_budget_ms, 10000);
	c->settings.answer_timeout_ms = or_default(s->answer_timeout_ms, 8000);
	c->settings.media_timeout_ms = or_default(s->media_timeout_ms, 10000);
	c->start_us = now_us;
	c->jitter = s->jitter_seed * 2654435761u + 1;
	for (int i = 0; i < CALL_TIMERS; i++)
		c->timers[i] = CALL_NEVER;
	ledger_init(&c->ledger);
	transcript_init(&c->transcript);
}

static void on_start(struct step *s)
{
	enum { NOTICE_S = 10 };
	uint32_t limit_s = s->c->settings.max_duration_s;
	if (s->c->is_started)
		return;
	s->c->is_started = true;
	timer_set(s, CALL_TIMER_MEDIA, s->c->settings.media_timeout_ms);
	if (limit_s > 0)
		timer_set(s, CALL_TIMER_LIMIT, limit_s * 1000ULL);
	if (limit_s > 3 * NOTICE_S)
		timer_set(s, CALL_TIMER_NOTICE, (limit_s - NOTICE_S) * 1000ULL);
	model_start(s);
}

static void on_mark(struct step *s, const struct call_event *ev)
{
	if (!ledger_mark(&s->c->ledger, ev->text, s->now_us))
		return;
	end_activity(s);
	words_update(s);
	end_on_played(s);
}

static void on_caller_gone(struct step *s, const struct call_event *ev)
{
	bool is_over = ev->why == CALL_WHY_STOP;
	end_finish(s, is_over ? CALL_RESULT_COMPLETE : CALL_RESULT_NONE, STR(""), ev->why);
}

static void on_media_timer(struct step *s)
{
	end_finish(s, CALL_RESULT_NONE, STR(""), CALL_WHY_LOST);
}

static void on_deadline(struct step *s)
{
	static void (*const handlers[CALL_TIMERS])(struct step *s) = {
		[CALL_TIMER_LEG] = model_on_leg_timer,
		[CALL_TIMER_EXPIRY] = handover_on_expiry_timer,
		[CALL_TIMER_NEXT] = handover_on_next_timer,
		[CALL_TIMER_MEDIA] = on_media_timer,
		[CALL_TIMER_DIGITS] = digits_flush,
		[CALL_TIMER_ANSWER] = turns_on_answer_timer,
		[CALL_TIMER_IDLE] = end_on_idle,
		[CALL_TIMER_NOTICE] = end_on_notice,
		[CALL_TIMER_LIMIT] = end_on_limit,
		[CALL_TIMER_END] = end_on_timer,
		[CALL_TIMER_TOOLS] = tools_on_timer,
		[CALL_TIMER_OVERFLOW] = turns_on_overflow,
		[CALL_TIMER_RESPOND] = respond_on_timer,
	};
	/* One a step: each may give several actions, and the next is due at once. */
	for (int t = 0; t < CALL_TIMERS; t++) {
		if (s->c->timers[t] > s->now_us)
			continue;
		s->c->timers[t] = CALL_NEVER;
		handlers[t](s);
		return;
	}
}

static void on_start_event(struct step *s, const struct call_event *ev)
{
	(void)ev;
	on_start(s);
}

static void on_dtmf(struct step *s, const struct call_event *ev)
{
	digits_add(s, ev->digit);
}

static void on_open(struct step *s, const struct call_event *ev)
{
	(ev->is_next ? handover_on_open : model_on_open)(s);
}

static void on_updated(struct step *s, const struct call_event *ev)
{
	(ev->is_next ? handover_on_updated : model_on_updated)(s);
}

static void on_lost(struct step *s, const struct call_event *ev)
{
	(ev->is_next ? handover_on_lost : model_on_lost)(s, ev);
}

static void on_created(struct step *s, const struct call_event *ev)
{
	(ev->is_next ? handover_on_created : model_on_created)(s, ev);
}

static void on_error(struct step *s, const struct call_event *ev)
{
	if (ev->is_next)
		handover_on_error(s);
	else
		turns_on_error(s, ev);
}

static void on_time(struct step *s, const struct call_event *ev)
{
	(void)ev;
	on_deadline(s);
}

static void on_hangup(struct step *s, const struct call_event *ev)
{
	enum call_result result = ev->kind == CALL_EV_HANGUP ? CALL_RESULT_COMPLETE : CALL_RESULT_NONE;
	end_finish(s, result, STR(""), CALL_WHY_NONE);
}

typedef void event_fn(struct step *s, const struct call_event *ev);
static event_fn *const handlers[] = {
	[CALL_EV_START] = on_start_event,
	[CALL_EV_MARK] = on_mark,
	[CALL_EV_DTMF] = on_dtmf,
	[CALL_EV_CALLER_GONE] = on_caller_gone,
	[CALL_EV_MODEL_OPEN] = on_open,
	[CALL_EV_MODEL_LOST] = on_lost,
	[CALL_EV_SESSION_CREATED] = on_created,
	[CALL_EV_SESSION_UPDATED] = on_updated,
	[CALL_EV_RESPONSE_CREATED] = turns_on_response_created,
	[CALL_EV_ITEM_ADDED] = turns_on_item_added,
	[CALL_EV_SPEECH_STARTED] = turns_on_speech_started,
	[CALL_EV_SPEECH_STOPPED] = turns_on_speech_stopped,
	[CALL_EV_AUDIO_DONE] = turns_on_audio_done,
	[CALL_EV_MODEL_TEXT] = words_on_model_text,
	[CALL_EV_MODEL_TEXT_DONE] = words_on_model_text,
	[CALL_EV_CALLER_TEXT] = words_on_caller_text,
	[CALL_EV_TOOL_CALL] = tools_on_call,
	[CALL_EV_TOOL_REFUSED] = tools_on_refused,
	[CALL_EV_END_CALL] = end_on_end_call,
	[CALL_EV_TRANSFER] = end_on_transfer,
	[CALL_EV_RESPONSE_DONE] = turns_on_response_done,
	[CALL_EV_MODEL_ERROR] = on_error,
	[CALL_EV_TOOL_DONE] = tools_on_done,
	[CALL_EV_DEADLINE] = on_time,
	[CALL_EV_HANGUP] = on_hangup,
	[CALL_EV_DRAIN] = on_hangup,
};

void call_step(struct call *c, const struct call_event *ev, int64_t now_us, struct call_actions *out)
{
	struct step s = {c, now_us, out};
	out->n = 0;
	out->has_lost = false;
	words_sweep(c);
	if (c->has_ended || (!c->is_started && ev->kind != CALL_EV_START && ev->kind != CALL_EV_CALLER_GONE &&
				    ev->kind != CALL_EV_HANGUP && ev->kind != CALL_EV_DRAIN))
		return;
	handlers[ev->kind](&s, ev);
}

int64_t call_deadline_us(const struct call *c)
{
	int64_t first_us = CALL_NEVER;
	if (c->has_ended)
		return first_us;
	for (int t = 0; t < CALL_TIMERS; t++)
		if (c->timers[t] < first_us)
			first_us = c->timers[t];
	return first_us;
}

bool call_has_ended(const struct call *c)
{
	return c->has_ended;
}

enum call_leg call_leg(const struct call *c)
{
	return c->leg;
}
