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

static void persist_call(struct step *s, const struct call_event *ev, struct str name)
{
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_TOOL_CALL,
		.text = ev->text,
		.call_id = ev->call_id,
		.name = name,
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	words_persist(s, &turn);
}

static void answer(struct step *s, struct str call_id, struct str output)
{
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_TOOL_OUTPUT,
		.text = output,
		.call_id = call_id,
		.start_us = words_time(s),
		.end_us = words_time(s),
	};
	words_persist(s, &turn);
	if (s->c->leg != CALL_LEG_LIVE) /* it goes with the replay */
		return;
	struct call_action *a = act(s, CALL_ACT_TOOL_OUTPUT);
	a->call_id = call_id;
	a->text = output;
}

void tools_answer_now(struct step *s, const struct call_event *ev, struct str name, struct str output)
{
	persist_call(s, ev, name);
	answer(s, ev->call_id, output);
}

bool tools_are_open(const struct call *c)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (c->tools[i].is_open)
			return true;
	return false;
}

struct str tools_take_filler(struct call *c)
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

static struct call_tool *tool_find(struct call *c, struct str call_id)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (c->tools[i].is_open && str_is(str_of(c->tools[i].call_id), call_id))
			return &c->tools[i];
	return NULL;
}

static struct call_tool *tool_open(struct step *s, const struct call_event *ev)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++) {
		struct call_tool *t = &s->c->tools[i];
		if (t->is_open)
			continue;
		if (!str_copy(ev->call_id, t->call_id, sizeof(t->call_id)))
			return NULL;
		t->is_open = true;
		t->is_filled = false;
		t->filler = ev->reason;
		t->due_us = s->now_us + TOOLS_TIMEOUT_MS * 1000LL;
		return t;
	}
	return NULL;
}

static void arm_timer(struct call *c)
{
	int64_t first_us = CALL_NEVER;
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		if (c->tools[i].is_open && c->tools[i].due_us < first_us)
			first_us = c->tools[i].due_us;
	c->timers[CALL_TIMER_TOOLS] = first_us;
}

/* One response for all outputs, when the last of them is there and the response that called is done. */
static void respond_when_all_are_answered(struct step *s)
{
	if (!s->c->owes_tools || tools_are_open(s->c))
		return;
	s->c->owes_tools = false;
	respond_ask(s, CALL_RESPOND_PLAIN);
}

void tools_on_call(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	if (!tool_open(s, ev)) {
		tools_answer_now(s, ev, ev->name, STR("{\"error\":\"too many functions are running\"}"));
		s->c->owes_tools = true;
		return;
	}
	persist_call(s, ev, ev->name);
	struct call_action *a = act(s, CALL_ACT_RUN_TOOL);
	a->name = ev->name;
	a->call_id = ev->call_id;
	a->text = ev->text;
	arm_timer(s->c);
}

void tools_on_refused(struct step *s, const struct call_event *ev)
{
	if (tools_is_repeat(s, ev->call_id))
		return;
	tools_answer_now(s, ev, ev->name, ev->text);
	s->c->owes_tools = true;
	if (!s->c->active_id)
		respond_when_all_are_answered(s);
}

static void close_tool(struct step *s, struct call_tool *t, struct str output)
{
	t->is_open = false;
	arm_timer(s->c);
	answer(s, str_of(t->call_id), output);
	s->c->owes_tools = true;
	if (!s->c->active_id)
		respond_when_all_are_answered(s);
}

void tools_on_done(struct step *s, const struct call_event *ev)
{
	struct call_tool *t = tool_find(s->c, ev->call_id);
	if (t)
		close_tool(s, t, ev->text);
}

/* The response that called is over and its tool is not: cover the dead air. */
void tools_on_response_done(struct step *s)
{
	struct call *c = s->c;
	bool has_filler = false;
	respond_when_all_are_answered(s);
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++)
		has_filler |= c->tools[i].is_open && !c->tools[i].is_filled && c->tools[i].filler.n > 0;
	if (has_filler)
		respond_ask(s, CALL_RESPOND_FILLER);
}

/* One a step; the next is due at once. */
void tools_on_timer(struct step *s)
{
	for (int i = 0; i < CALL_TOOLS_OPEN_MAX; i++) {
		struct call_tool *t = &s->c->tools[i];
		if (!t->is_open || t->due_us > s->now_us)
			continue;
		close_tool(s, t, STR("{\"error\":\"the function did not answer in time\"}"));
		return;
	}
}
