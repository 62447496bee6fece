/* SPDX-License-Identifier: MIT */
/* Before a session expires the next one is dialled and configured, while the present one still serves.
 * It takes over when neither side speaks; later when only the model is idle; at last because it must. */
#include "call_private.h"

enum { LOOK_MS = 100 };

static bool is_under_way(enum call_leg leg)
{
	return leg == CALL_LEG_CONNECTING || leg == CALL_LEG_CONFIGURING || leg == CALL_LEG_LIVE;
}

static void dial(struct step *s)
{
	struct call_next *next = &s->c->next;
	act(s, CALL_ACT_MODEL_DIAL)->is_next = true;
	*next = (struct call_next){.leg = CALL_LEG_CONNECTING, .n_dials = next->n_dials + 1};
	timer_set(s, CALL_TIMER_NEXT, s->c->settings.connect_timeout_ms);
}

/* The present session goes on: there is time for another try. */
static void lose(struct step *s, uint32_t retry_after_ms)
{
	uint32_t wait_ms = model_backoff_ms(s->c, s->c->next.n_dials);
	s->c->next.leg = CALL_LEG_LOST;
	timer_set(s, CALL_TIMER_NEXT, retry_after_ms > wait_ms ? retry_after_ms : wait_ms);
}

void handover_drop(struct step *s)
{
	struct call_next *next = &s->c->next;
	if (is_under_way(next->leg))
		act(s, CALL_ACT_MODEL_DROP)->is_next = true;
	*next = (struct call_next){0};
	timer_stop(s, CALL_TIMER_NEXT);
}

void handover_on_open(struct step *s)
{
	if (s->c->next.leg == CALL_LEG_CONNECTING)
		timer_set(s, CALL_TIMER_NEXT, s->c->settings.connect_timeout_ms);
}

static void configure(struct step *s)
{
	struct call_action *a = act(s, CALL_ACT_CONFIGURE);
	a->is_next = true;
	a->is_minimal = s->c->next.is_minimal;
	s->c->next.leg = CALL_LEG_CONFIGURING;
	timer_set(s, CALL_TIMER_NEXT, s->c->settings.configure_timeout_ms);
}

void handover_on_created(struct step *s, const struct call_event *ev)
{
	if (s->c->next.leg != CALL_LEG_CONNECTING)
		return;
	s->c->next.expires_us = ev->at_us;
	configure(s);
}

void handover_on_updated(struct step *s)
{
	if (s->c->next.leg != CALL_LEG_CONFIGURING)
		return;
	s->c->next.leg = CALL_LEG_LIVE;
	timer_stop(s, CALL_TIMER_NEXT);
	timer_set(s, CALL_TIMER_EXPIRY, 0); /* this may be the moment */
}

void handover_on_lost(struct step *s, const struct call_event *ev)
{
	if (is_under_way(s->c->next.leg))
		lose(s, ev->retry_after_ms);
}

static void refused_configuration(struct step *s)
{
	if (!s->c->next.is_minimal) {
		s->c->next.is_minimal = true;
		configure(s);
		return;
	}
	act(s, CALL_ACT_MODEL_DROP)->is_next = true;
	lose(s, 0);
}

void handover_on_error(struct step *s)
{
	if (s->c->next.leg == CALL_LEG_CONFIGURING)
		refused_configuration(s);
}

void handover_on_next_timer(struct step *s)
{
	if (s->c->next.leg == CALL_LEG_LOST) {
		dial(s);
		return;
	}
	if (s->c->next.leg == CALL_LEG_CONFIGURING) {
		refused_configuration(s);
		return;
	}
	act(s, CALL_ACT_MODEL_DROP)->is_next = true;
	lose(s, 0);
}

bool handover_promote(struct step *s)
{
	struct call *c = s->c;
	if (!is_under_way(c->next.leg)) {
		handover_drop(s);
		return false;
	}
	act(s, CALL_ACT_SWITCH);
	c->leg = c->next.leg;
	c->n_dials = c->next.n_dials;
	c->expires_us = c->next.expires_us;
	c->is_minimal = c->next.is_minimal;
	c->timers[CALL_TIMER_LEG] = c->timers[CALL_TIMER_NEXT];
	c->next = (struct call_next){0};
	timer_stop(s, CALL_TIMER_NEXT);
	if (c->leg == CALL_LEG_LIVE)
		model_go_live(s);
	return true;
}

static bool is_fit_moment(const struct step *s)
{
	const struct call *c = s->c;
	if (s->now_us >= c->hard_us || turns_is_quiet(s))
		return true;
	return s->now_us >= c->relaxed_us && turns_is_idle(s);
}

void handover_on_expiry_timer(struct step *s)
{
	struct call *c = s->c;
	if (c->leg != CALL_LEG_LIVE)
		return;
	if (c->next.leg == CALL_LEG_LIVE && is_fit_moment(s)) {
		c->leg = CALL_LEG_LOST;
		turns_on_lost(s);
		if (!c->has_ended)
			(void)handover_promote(s);
		return;
	}
	if (c->next.leg == CALL_LEG_NONE)
		dial(s);
	timer_set(s, CALL_TIMER_EXPIRY, LOOK_MS);
}
