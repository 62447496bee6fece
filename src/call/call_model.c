/* SPDX-License-Identifier: MIT */
/* The model leg: dial, configure, go live, lose, dial again.  While no model is there the link holds
 * the caller's sound, and what the model had said goes on being played: most outages end before it does. */
#include "call_private.h"
#include "ringdown/base/auto.h"

enum {
	EXPIRY_SOFT_US = 60 * 1000000,
	EXPIRY_HARD_US = 5 * 1000000,
	STEADY_US = 5 * 1000000, /* a session that lives shorter ends no outage */
	REHEAR_MS = 2500,        /* for a session to find the end of speech in sound that it gets all at once */
};

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

uint32_t model_backoff_ms(struct call *c, uint32_t n_dials)
{
	static const uint32_t steps_ms[] = {0, 100, 300, 700, 1000};
	uint32_t i = n_dials < ARRAY_LEN(steps_ms) ? n_dials : ARRAY_LEN(steps_ms) - 1;
	c->jitter = c->jitter * 1664525u + 1013904223u;
	return steps_ms[i] + steps_ms[i] / 4 * (c->jitter >> 16) / 65536;
}

/* When somebody else has to speak to the caller instead. */
static int64_t outage_end_us(const struct call *c)
{
	uint32_t budget_ms = c->was_live ? c->settings.reconnect_budget_ms : c->settings.reach_budget_ms;
	return c->outage_us + budget_ms * 1000LL;
}

/* Each stage has its time, and all of them together the outage's. */
static void leg_timer(struct step *s, uint32_t after_ms)
{
	int64_t due_us = min_i64(s->now_us + after_ms * 1000LL, outage_end_us(s->c));
	s->c->timers[CALL_TIMER_LEG] = due_us > s->now_us ? due_us : s->now_us;
}

static void dial(struct step *s)
{
	struct call *c = s->c;
	act(s, CALL_ACT_MODEL_DIAL);
	c->n_dials++;
	c->leg = CALL_LEG_CONNECTING;
	c->expires_us = 0;
	leg_timer(s, c->settings.connect_timeout_ms);
}

void model_start(struct step *s)
{
	s->c->outage_us = s->now_us;
	dial(s);
}

void model_on_open(struct step *s)
{
	if (s->c->leg == CALL_LEG_CONNECTING)
		leg_timer(s, s->c->settings.connect_timeout_ms);
}

static void configure(struct step *s)
{
	act(s, CALL_ACT_CONFIGURE)->is_minimal = s->c->is_minimal;
	s->c->leg = CALL_LEG_CONFIGURING;
	leg_timer(s, s->c->settings.configure_timeout_ms);
}

void model_on_created(struct step *s, const struct call_event *ev)
{
	if (s->c->leg != CALL_LEG_CONNECTING)
		return;
	s->c->expires_us = ev->at_us;
	configure(s);
}

/* A session shorter than two minutes is handed over at half its time. */
static void plan_expiry(struct step *s)
{
	struct call *c = s->c;
	int64_t left_us = c->expires_us - s->now_us;
	timer_stop(s, CALL_TIMER_EXPIRY);
	if (c->expires_us <= 0 || left_us <= 0)
		return;
	int64_t soft_us = c->expires_us - min_i64(left_us / 2, EXPIRY_SOFT_US);
	c->timers[CALL_TIMER_EXPIRY] = soft_us;
	c->hard_us = c->expires_us - min_i64(left_us / 4, EXPIRY_HARD_US);
	c->relaxed_us = soft_us + (c->hard_us - soft_us) / 2;
}

static void replay(struct step *s)
{
	struct call *c = s->c;
	if (!c->was_live && !c->settings.is_resumed && c->transcript.n_turns == 0)
		return;
	act(s, CALL_ACT_REPLAY);
	words_told(c);
}

void model_go_live(struct step *s)
{
	struct call *c = s->c;
	c->leg = CALL_LEG_LIVE;
	c->live_us = s->now_us;
	timer_stop(s, CALL_TIMER_LEG);
	plan_expiry(s);
	replay(s);
	act(s, CALL_ACT_GO_LIVE);
	if (!c->was_live)
		respond_on_first_live(s);
	end_activity(s);
	if (c->was_live && c->is_heard_again) {
		c->n_asked = 0;
		timer_set(s, CALL_TIMER_ANSWER, REHEAR_MS);
		return;
	}
	c->was_live = true;
	respond_next(s);
}

void model_on_updated(struct step *s)
{
	if (s->c->leg == CALL_LEG_CONFIGURING)
		model_go_live(s);
}

/* A session that was live for a while: what follows is an outage of its own. */
static void end_session(struct step *s)
{
	struct call *c = s->c;
	if (s->now_us - c->live_us >= STEADY_US) {
		c->outage_us = s->now_us;
		c->n_dials = 0;
	}
	c->is_minimal = false;
	turns_on_lost(s);
}

/* Another dial, or the end when the outage has lasted too long. */
static void lose(struct step *s, enum call_why why, uint32_t retry_after_ms)
{
	struct call *c = s->c;
	enum call_leg was = c->leg;
	c->leg = CALL_LEG_LOST;
	timer_stop(s, CALL_TIMER_LEG);
	timer_stop(s, CALL_TIMER_EXPIRY);
	if (was == CALL_LEG_LIVE)
		end_session(s);
	else if (was == CALL_LEG_CONFIGURING)
		c->is_minimal = true; /* some servers refuse a session by closing */
	if (c->has_ended || handover_promote(s))
		return;
	uint32_t wait_ms = model_backoff_ms(c, c->n_dials);
	if (retry_after_ms > wait_ms)
		wait_ms = retry_after_ms + wait_ms / 4;
	if (why == CALL_WHY_UNAUTHORIZED || s->now_us + wait_ms * 1000LL >= outage_end_us(c)) {
		end_finish(s, CALL_RESULT_FAILED, str_of(call_why_name(why)), why);
		return;
	}
	if (wait_ms > 0)
		timer_set(s, CALL_TIMER_LEG, wait_ms);
	else
		dial(s);
}

void model_on_lost(struct step *s, const struct call_event *ev)
{
	if (s->c->leg != CALL_LEG_NONE && s->c->leg != CALL_LEG_LOST)
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
	struct call *c = s->c;
	if (c->leg == CALL_LEG_LOST) {
		dial(s);
		return;
	}
	if (c->leg == CALL_LEG_CONFIGURING && !c->is_minimal && s->now_us < outage_end_us(c)) {
		model_refused_configuration(s);
		return;
	}
	act(s, CALL_ACT_MODEL_DROP);
	lose(s, CALL_WHY_TIMEOUT, 0);
}
