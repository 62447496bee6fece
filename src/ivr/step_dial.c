/* SPDX-License-Identifier: MIT */
/* transfer-phone, -user, -group: a Dial, and how it ended (PLANE.md 6.5). */
#include <string.h>

#include "ringdown/wire/phone.h"
#include "step_private.h"

static struct str office_number(const struct ivr_run *r)
{
	const struct ivr_world *w = r->world;
	if (w->office_number.n > 0)
		return w->office_number;
	return str_starts(w->direction, STR("outbound")) ? w->from : w->to;
}

/* A caller's own number is shown only where there is one, and where it is the caller's. */
static struct str caller_id(const struct ivr_run *r, const struct flow_node *n)
{
	struct str mode = flow_get(n, "callerIdMode")->text, from = r->world->from;
	if (str_is(mode, STR("custom")))
		return flow_get(n, "customCallerId")->text;
	bool is_inbound = str_is(r->world->direction, STR("inbound"));
	if (str_is(mode, STR("caller")) && is_inbound && phone_is_e164(from) && !phone_is_withheld(from))
		return from;
	return office_number(r);
}

static void open_dial(struct ivr_run *r, const struct flow_node *n, uint32_t index)
{
	step_open(r, "Dial");
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", step_url(r, n, "after", index));
	twiml_attr_u64(&r->xml, "timeout", (uint64_t)flow_get(n, "ringDuration")->number);
	twiml_attr_u64(&r->xml, "timeLimit", (uint64_t)flow_get(n, "timeLimit")->number);
	step_attr(r, "answerOnBridge", STR("true"));
	struct str id = caller_id(r, n);
	if (phone_is_e164(id))
		step_attr(r, "callerId", id);
	if (flow_get(n, "record")->number) {
		step_attr(r, "record", STR("record-from-answer-dual"));
		step_attr(r, "recordingStatusCallback", step_hook(r, "recording"));
		step_attr(r, "recordingStatusCallbackMethod", STR("POST"));
	}
}

/* What Number and Client have in common. */
static void put_leg(struct ivr_run *r, const struct flow_node *n, const char *noun)
{
	const char *words = flow_get(n, "screening")->is_given ? "screen" : flow_get(n, "whisper")->is_given ? "whisper" : NULL;
	twiml_open(&r->xml, noun);
	if (words) {
		step_attr(r, "url", step_callback(r, words, n, words, 0));
		step_attr(r, "method", STR("POST"));
	}
	step_attr(r, "statusCallback", step_hook(r, "status"));
	step_attr(r, "statusCallbackMethod", STR("POST"));
	step_attr(r, "statusCallbackEvent", STR("initiated ringing answered completed"));
}

static void put_number(struct ivr_run *r, const struct flow_node *n, struct str number)
{
	struct str detection = flow_get(n, "machineDetection")->text;
	put_leg(r, n, "Number");
	if (str_is(detection, STR("enable")))
		step_attr(r, "machineDetection", STR("Enable"));
	else if (str_is(detection, STR("detect-message-end")))
		step_attr(r, "machineDetection", STR("DetectMessageEnd"));
	twiml_text(&r->xml, number);
	twiml_close(&r->xml);
}

static void put_parameter(struct ivr_run *r, const char *name, struct str value)
{
	if (value.n == 0 || value.n > 400)
		return;
	twiml_open(&r->xml, "Parameter");
	step_attr(r, "name", str_of(name));
	step_attr(r, "value", value);
	twiml_close(&r->xml);
}

static void put_client(struct ivr_run *r, const struct flow_node *n, const struct ivr_user *u)
{
	struct str label = flow_get(n, "label")->text;
	put_leg(r, n, "Client");
	twiml_leaf(&r->xml, "Identity", u->identity);
	put_parameter(r, "session", r->world->session_id);
	put_parameter(r, "flowLabel", label.n > 0 ? label : n->id);
	twiml_close(&r->xml);
}

static void end_dial(struct ivr_run *r)
{
	twiml_close(&r->xml);
	step_end(r);
}

/* ---- who can be rung ---- */

static bool rings_phone(const struct flow_node *n, const struct ivr_user *u)
{
	const struct flow_value *simring = flow_get(n, "simring");
	return u->phone.n > 0 && (simring->is_given ? simring->number != 0 : u->has_simring);
}

static bool can_ring(const struct flow_node *n, const struct ivr_user *u)
{
	bool is_willing = u->is_available || (u->is_busy && flow_get(n, "ringWhenBusy")->number);
	return is_willing && (u->identity.n > 0 || rings_phone(n, u));
}

/* Returns how many nouns were put. */
static uint32_t put_user(struct ivr_run *r, const struct flow_node *n, const struct ivr_user *u, uint32_t room)
{
	uint32_t put = 0;
	if (u->identity.n > 0 && room > 0) {
		put_client(r, n, u);
		put++;
	}
	if (rings_phone(n, u) && put < room) {
		put_number(r, n, u->phone);
		put++;
	}
	return put;
}

/* Announced once, before the first Dial. */
static void announce(struct ivr_run *r, const struct flow_node *n)
{
	step_say(r, flow_get(n, "announce")->text);
}

void phone_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct str to = step_render(r, flow_get(n, "to")->text);
	if (!phone_is_e164(to) || phone_is_emergency(to) || !phone_is_allowed(to, r->world->allowed_countries)) {
		step_event(r, n, "destination_not_allowed", "the number that came out is none that may be called");
		if (!step_go_first(r, n, "onFailed", "onNoAnswer", NULL))
			step_fail(r, "flow.error", "a transfer to a number that may not be called");
		return;
	}
	announce(r, n);
	open_dial(r, n, 0);
	put_number(r, n, to);
	end_dial(r);
}

static void unavailable(struct ivr_run *r, const struct flow_node *n)
{
	step_note(r, "nobody is available");
	if (!step_go_first(r, n, "onUnavailable", "onNoAnswer", NULL))
		step_fall(r, n);
}

void user_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct ivr_user *u = world_user(r->world, flow_get(n, "user")->text);
	if (!u) {
		step_event(r, n, "flow.error", "there is no such user");
		if (!step_go_first(r, n, "onFailed", "onUnavailable", "onNoAnswer", NULL))
			step_fall(r, n);
		return;
	}
	if (!can_ring(n, u)) {
		unavailable(r, n);
		return;
	}
	announce(r, n);
	open_dial(r, n, 0);
	(void)put_user(r, n, u, IVR_NOUNS_MAX);
	end_dial(r);
}

/* ---- groups ---- */

static bool has_skill(const struct ivr_user *u, struct str skill)
{
	for (uint32_t i = 0; i < u->n_skills; i++)
		if (str_is(u->skills[i], skill))
			return true;
	return false;
}

static bool has_skills(const struct flow_node *n, const struct ivr_user *u)
{
	const struct flow_value *skills = flow_get(n, "skills");
	for (uint32_t i = 0; i < skills->n; i++)
		if (!has_skill(u, skills->items[i].text))
			return false;
	return true;
}

struct candidates {
	const struct ivr_user *list[256];
	uint32_t n;
};

/* Members who can be rung, in the group's order from `first` on. */
static void gather(const struct ivr_run *r, const struct flow_node *n, const struct ivr_group *g, uint32_t first, struct candidates *ret)
{
	ret->n = 0;
	for (uint32_t i = 0; i < g->n_members && ret->n < 256; i++) {
		uint32_t member = g->members[(first + i) % g->n_members];
		const struct ivr_user *u = member < r->world->n_users ? &r->world->users[member] : NULL;
		if (u && can_ring(n, u) && has_skills(n, u))
			ret->list[ret->n++] = u;
	}
}

static void sort_idle(struct candidates *c)
{
	for (uint32_t i = 1; i < c->n; i++) {
		const struct ivr_user *u = c->list[i];
		uint32_t k = i;
		for (; k > 0 && c->list[k - 1]->idle_since_ms > u->idle_since_ms; k--)
			c->list[k] = c->list[k - 1];
		c->list[k] = u;
	}
}

static struct str strategy_of(const struct flow_node *n, const struct ivr_group *g)
{
	struct str own = flow_get(n, "strategy")->text;
	return own.n > 0 ? own : g->strategy.n > 0 ? g->strategy : STR("ring-all");
}

static void ring_all(struct ivr_run *r, const struct flow_node *n, const struct candidates *c)
{
	uint32_t room = IVR_NOUNS_MAX;
	open_dial(r, n, 0);
	for (uint32_t i = 0; i < c->n && room > 0; i++)
		room -= put_user(r, n, c->list[i], room);
	end_dial(r);
}

static void ring_one(struct ivr_run *r, const struct flow_node *n, const struct ivr_user *u, uint32_t index)
{
	step_note(r, "attempt %u: " STR_FMT, index + 1, STR_ARG(u->name));
	open_dial(r, n, index);
	(void)put_user(r, n, u, IVR_NOUNS_MAX);
	end_dial(r);
}

/* Who will be tried, one after the other, stays as it was decided now. */
static void freeze(struct ivr_run *r, const struct flow_node *n, const struct candidates *c)
{
	struct ivr_effect *e = step_effect(r, IVR_CANDIDATES, n);
	for (uint32_t i = 0; i < c->n && i < (uint32_t)flow_get(n, "maxAttempts")->number; i++)
		step_pair(r, e, "user", c->list[i]->sk);
}

void group_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct ivr_group *g = world_group(r->world, flow_get(n, "group")->text);
	struct candidates c = {.n = 0};
	struct str strategy = g ? strategy_of(n, g) : STR("");
	bool is_in_turn = str_is(strategy, STR("round-robin"));
	if (g)
		gather(r, n, g, is_in_turn ? g->next : 0, &c);
	if (c.n == 0) {
		unavailable(r, n);
		return;
	}
	if (!is_in_turn && !str_is(strategy, STR("sequential")))
		sort_idle(&c);
	announce(r, n);
	if (str_is(strategy, STR("ring-all"))) {
		ring_all(r, n, &c);
		return;
	}
	if (is_in_turn)
		step_pair(r, step_effect(r, IVR_NEXT_IN_TURN, n), "group", g->sk.n > 0 ? g->sk : g->name);
	freeze(r, n, &c);
	ring_one(r, n, c.list[0], 0);
}

/* ---- how it ended ---- */

static void put_outcome(struct ivr_run *r, const struct flow_node *n, struct str status)
{
	struct ivr_effect *e = step_effect(r, IVR_DIALLED, n);
	step_pair(r, e, "status", status);
	step_pair(r, e, "leg", step_field(r, "DialCallSid"));
	step_pair(r, e, "seconds", step_field(r, "DialCallDuration"));
	step_note(r, STR_FMT, STR_ARG(status));
}

static bool is_answered(struct str status)
{
	return str_is(status, STR("completed")) || str_is(status, STR("answered"));
}

static void not_answered(struct ivr_run *r, const struct flow_node *n, struct str status)
{
	bool has_gone;
	if (str_is(status, STR("busy")))
		has_gone = step_go_first(r, n, "onBusy", "onNoAnswer", NULL);
	else if (str_is(status, STR("failed")))
		has_gone = step_go_first(r, n, "onFailed", "onNoAnswer", NULL);
	else
		has_gone = step_go_first(r, n, "onNoAnswer", NULL);
	if (!has_gone)
		step_fall(r, n);
}

void dial_back(struct ivr_run *r, const struct flow_node *n)
{
	struct str status = step_field(r, "DialCallStatus");
	put_outcome(r, n, status);
	if (r->is_gone)
		return;
	if (is_answered(status)) {
		step_acted(r);
		step_next(r, n);
	} else {
		not_answered(r, n, status);
	}
}

void group_back(struct ivr_run *r, const struct flow_node *n)
{
	struct str status = step_field(r, "DialCallStatus");
	uint32_t next = r->state.index + 1;
	const struct ivr_user *u = next < r->world->n_candidates && next < (uint32_t)flow_get(n, "maxAttempts")->number
		? world_user(r->world, r->world->candidates[next]) : NULL;
	if (r->is_gone || is_answered(status) || !u) {
		dial_back(r, n);
		return;
	}
	put_outcome(r, n, status);
	ring_one(r, n, u, next);
}
