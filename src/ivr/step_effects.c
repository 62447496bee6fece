/* SPDX-License-Identifier: MIT */
/* What is to be done beside the document, as names and values. */
#include "step_private.h"

#include "ringdown/base/auto.h"

const char *ivr_kind_name(enum ivr_kind kind)
{
	static const char *const names[] = {"send-sms", "create-lead", "tag", "set-vars", "automation", "opt-out", "voicemail",
		"queue-enter", "queue-left", "queue-exit", "candidates", "next-in-turn", "ai-session", "input", "dialled",
		"event", "ask-recording", "ask-webhook", "ask-stream"};
	return names[kind];
}

/* Without memory, or with too many of them, the newest is lost: a document is worth more than its effects. */
struct ivr_effect *step_effect(struct ivr_run *r, enum ivr_kind kind, const struct flow_node *n)
{
	static const struct ivr_effect empty;
	struct ivr_effect *e = r->n_effects < IVR_LIST_MAX ? arena_alloc(r->arena, sizeof(*e)) : NULL;
	if (e)
		r->effects[r->n_effects++] = e;
	else
		e = r->spare;
	*e = empty;
	e->kind = kind;
	e->flow = r->flow->name;
	e->node = n->id;
	return e;
}

void step_pair(struct ivr_run *r, struct ivr_effect *e, const char *name, struct str value)
{
	struct str copy = arena_str(r->arena, value);
	if (e->n < IVR_PAIRS_MAX && copy.p)
		e->pairs[e->n++] = (struct ivr_pair){arena_str(r->arena, str_of(name)), copy};
}

void step_pair_number(struct ivr_run *r, struct ivr_effect *e, const char *name, int64_t value)
{
	step_pair(r, e, name, str_of(arena_printf(r->arena, "%lld", (long long)value)));
}

void step_event(struct ivr_run *r, const struct flow_node *n, const char *type, const char *why)
{
	struct ivr_effect *e = step_effect(r, IVR_EVENT, n);
	step_pair(r, e, "type", str_of(type));
	step_pair(r, e, "why", str_of(why));
}

void step_ask(struct ivr_run *r, enum ivr_kind kind, const struct flow_node *n, struct ivr_effect **ret_asked)
{
	r->asked = step_effect(r, kind, n);
	*ret_asked = r->asked;
}

void step_set(struct ivr_run *r, struct str name, struct str value)
{
	if (r->n_set < IVR_LIST_MAX)
		r->set[r->n_set++] = (struct ivr_pair){arena_str(r->arena, name), arena_str(r->arena, value)};
}
