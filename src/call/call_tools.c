/* SPDX-License-Identifier: MIT */
/* Function calls: each call_id has one effect; the model goes on when all of them are answered. */
#include "call_private.h"

enum { TOOLS_TIMEOUT_MS = 60000 };

bool tools_is_repeat(struct step *s, struct str call_id)
{
	struct call *c = s->c;
	uint64_t id = id_hash(call_id);
	for (int i = 0; i < CALL_TOOL_IDS_MAX; i++)
		if (c->tool_ids[i] == id)
			return true;
	c->tool_ids[c->n_tool_ids++ % CALL_TOOL_IDS_MAX] = id;
	return false;
}

static void persist_call(struct step *s, const struct call_event *ev)
{
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_TOOL_CALL,
		.text = ev->text,
		.call_id = ev->call_id,
		.name = ev->name,
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	words_persist(s, &turn);
}

void tools_answer(struct step *s, struct str call_id, struct str output)
{
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_TOOL_OUTPUT,
		.text = output,
		.call_id = call_id,
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	words_persist(s, &turn);
	if (s->c->leg != CALL_LEG_LIVE) { /* it goes with the replay */
		s->c->owes_answer = true;
		return;
	}
	struct call_action *a = act(s, CALL_ACT_TOOL_OUTPUT);
	a->call_id = call_id;
	a->text = output;
}

bool tools_are_open(const struct call *c)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (c->tools[i].is_open)
			return true;
	return false;
}

static struct call_tool *tool_find(struct call *c, struct str call_id)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (c->tools[i].is_open && str_is(str_of(c->tools[i].call_id), call_id))
			return &c->tools[i];
	return NULL;
}

static struct call_tool *tool_open(struct call *c, const struct call_event *ev)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++) {
		struct call_tool *t = &c->tools[i];
		if (t->is_open)
			continue;
		if (!str_copy(ev->call_id, t->call_id, sizeof(t->call_id)))
			return NULL;
		t->is_open = true;
		t->is_filled = false;
		t->filler = ev->reason;
		return t;
	}
	return NULL;
}

void tools_on_call(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	persist_call(s, ev);
	if (!tool_open(s->c, ev)) {
		tools_answer(s, ev->call_id, STR("{\"error\":\"too many functions are running\"}"));
		return;
	}
	struct call_action *a = act(s, CALL_ACT_RUN_TOOL);
	a->name = ev->name;
	a->call_id = ev->call_id;
	a->text = ev->text;
	timer_set(s, CALL_TIMER_TOOLS, TOOLS_TIMEOUT_MS);
}

void tools_on_refused(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	tools_answer(s, ev->call_id, ev->text);
	turns_respond(s, CALL_RESPOND_PLAIN);
}

void tools_on_done(struct step *s, const struct call_event *ev)
{
	struct call_tool *t = tool_find(s->c, ev->call_id);
	if (!t)
		return;
	t->is_open = false;
	tools_answer(s, ev->call_id, ev->text);
	if (tools_are_open(s->c))
		return;
	timer_stop(s, CALL_TIMER_TOOLS);
	turns_respond(s, CALL_RESPOND_PLAIN);
}

/* The response that called is over and its tool is not: cover the dead air. */
void tools_on_response_done(struct step *s)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (s->c->tools[i].is_open && !s->c->tools[i].is_filled && s->c->tools[i].filler.n > 0) {
			turns_respond(s, CALL_RESPOND_FILLER);
			return;
		}
}

void tools_on_timer(struct step *s)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++) {
		struct call_tool *t = &s->c->tools[i];
		if (!t->is_open)
			continue;
		t->is_open = false;
		tools_answer(s, str_of(t->call_id), STR("{\"error\":\"the function did not answer in time\"}"));
		if (tools_are_open(s->c)) { /* the next one at once, in a step of its own */
			timer_set(s, CALL_TIMER_TOOLS, 0);
			return;
		}
		turns_respond(s, CALL_RESPOND_PLAIN);
		return;
	}
}
