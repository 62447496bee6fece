/* SPDX-License-Identifier: MIT */
/* The model leg: dial, configure, go live, lose, dial again.  While no model is there the link holds
 * the caller's sound, and what the model had said goes on being played. */
#include "call_private.h"
#include "ringdown/base/auto.h"

enum {
	EXPIRY_SOFT_US = 60 * 1000000,
	EXPIRY_HARD_US = 5 * 1000000,
	EXPIRY_LOOK_MS = 500,
};

static uint32_t backoff_ms(struct call *c)
{
	static const uint32_t steps_ms[] = {0, 100, 300, 1000, 2000};
	uint32_t i = c->n_dials < ARRAY_LEN(steps_ms) ? c->n_dials : ARRAY_LEN(steps_ms) - 1;
	c->jitter = c->jitter * 1664525u + 1013904223u;
	return steps_ms[i] + steps_ms[i] / 4 * (c->jitter >> 16) / 65536;
}

static void dial(struct step *s, uint32_t after_ms)
{
	struct call *c = s->c;
	struct call_action *a = act(s, CALL_ACT_MODEL_DIAL);
	a->at_us = after_ms ? s->now_us + after_ms * 1000LL : 0;
	c->n_dials++;
	c->leg = CALL_LEG_CONNECTING;
	c->is_minimal = false;
	c->expires_us = 0;
	timer_stop(s, CALL_TIMER_EXPIRY);
	timer_set(s, CALL_TIMER_LEG, after_ms + (uint64_t)c->settings.connect_timeout_ms);
}

void model_start(struct step *s)
{
	s->c->outage_us = s->now_us;
	dial(s, 0);
}

void model_on_open(struct step *s)
{
	if (s->c->leg == CALL_LEG_CONNECTING)
		timer_set(s, CALL_TIMER_LEG, s->c->settings.connect_timeout_ms);
}

static void configure(struct step *s)
{
	act(s, CALL_ACT_CONFIGURE)->is_minimal = s->c->is_minimal;
	s->c->leg = CALL_LEG_CONFIGURING;
	timer_set(s, CALL_TIMER_LEG, s->c->settings.configure_timeout_ms);
}

void model_on_created(struct step *s, const struct call_event *ev)
{
	struct call *c = s->c;
	if (c->leg != CALL_LEG_CONNECTING)
		return;
	c->expires_us = ev->at_us;
	if (ev->at_us > 0) {
		int64_t soft_us = ev->at_us - EXPIRY_SOFT_US;
		c->timers[CALL_TIMER_EXPIRY] = soft_us > s->now_us ? soft_us : ev->at_us - EXPIRY_HARD_US;
	}
	configure(s);
}

void model_on_updated(struct step *s)
{
	struct call *c = s->c;
	if (c->leg != CALL_LEG_CONFIGURING)
		return;
	c->leg = CALL_LEG_LIVE;
	c->n_dials = 0;
	timer_stop(s, CALL_TIMER_LEG);
	if (c->was_live || c->settings.is_resumed)
		act(s, CALL_ACT_REPLAY);
	act(s, CALL_ACT_GO_LIVE);
	turns_on_live(s);
	c->was_live = true;
	end_activity(s);
}

/* Another dial, or the end when the outage has lasted too long. */
static void lose(struct step *s, enum call_why why, uint32_t retry_after_ms)
{
	struct call *c = s->c;
	if (c->leg == CALL_LEG_LIVE) {
		c->outage_us = s->now_us;
		c->n_dials = 0;
		turns_on_lost(s);
	}
	c->leg = CALL_LEG_LOST;
	timer_stop(s, CALL_TIMER_LEG);
	timer_stop(s, CALL_TIMER_EXPIRY);
	uint32_t wait_ms = backoff_ms(c);
	if (retry_after_ms > wait_ms)
		wait_ms = retry_after_ms;
	int64_t end_us = c->outage_us + c->settings.reconnect_budget_ms * 1000LL;
	if (why == CALL_WHY_UNAUTHORIZED || s->now_us + wait_ms * 1000LL > end_us) {
		end_finish(s, CALL_RESULT_FAILED, str_of(call_why_name(why)), why);
		return;
	}
	dial(s, wait_ms);
}

void model_on_lost(struct step *s, const struct call_event *ev)
{
	if (s->c->leg != CALL_LEG_NONE)
		lose(s, ev->why, ev->retry_after_ms);
}

void model_replace(struct step *s)
{
	act(s, CALL_ACT_MODEL_DROP);
	lose(s, CALL_WHY_EXPIRED, 0);
}

/* The server did not like our session: once more with what it cannot refuse. */
void model_refused_configuration(struct step *s)
{
	if (!s->c->is_minimal) {
		s->c->is_minimal = true;
		configure(s);
		return;
	}
	act(s, CALL_ACT_MODEL_DROP);
	lose(s, CALL_WHY_REFUSED, 0);
}

void model_on_leg_timer(struct step *s)
{
	if (s->c->leg == CALL_LEG_CONFIGURING) {
		model_refused_configuration(s);
		return;
	}
	act(s, CALL_ACT_MODEL_DROP);
	lose(s, CALL_WHY_TIMEOUT, 0);
}

/* Between turns if a quiet moment comes, by force just before the server would end it. */
void model_on_expiry_timer(struct step *s)
{
	bool is_due = s->now_us >= s->c->expires_us - EXPIRY_HARD_US;
	if (s->c->leg == CALL_LEG_LIVE && (is_due || turns_is_quiet(s)))
		model_replace(s);
	else
		timer_set(s, CALL_TIMER_EXPIRY, EXPIRY_LOOK_MS);
}
