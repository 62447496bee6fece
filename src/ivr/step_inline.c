/* SPDX-License-Identifier: MIT */
/* Nodes that say nothing: messages, variables, tags, leads, automations, webhooks. */
#include <string.h>

#include "ringdown/wire/phone.h"
#include "step_private.h"

static struct str sender(const struct ivr_run *r, struct str own)
{
	if (own.n > 0)
		return own;
	return str_starts(r->world->direction, STR("outbound")) ? r->world->from : r->world->to;
}

static struct str other_party(const struct ivr_run *r)
{
	return str_starts(r->world->direction, STR("outbound")) ? r->world->to : r->world->from;
}

void sms_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct str to = flow_get(n, "to")->text;
	const struct flow_value *media = flow_get(n, "mediaUrl");
	bool is_caller = str_is(to, STR("caller"));
	to = is_caller ? other_party(r) : step_render(r, to);
	if (!phone_is_e164(to) || phone_is_withheld(to) || (is_caller && !r->world->can_text)) {
		step_note(r, "no telephone that takes messages");
		if (!step_go(r, flow_get(n, "onFailed")))
			step_next(r, n);
		return;
	}
	struct ivr_effect *e = step_effect(r, IVR_SEND_SMS, n);
	step_pair(r, e, "to", to);
	step_pair(r, e, "from", sender(r, step_render(r, flow_get(n, "from")->text)));
	step_pair(r, e, "message", step_render(r, flow_get(n, "message")->text));
	for (uint32_t i = 0; i < media->n; i++)
		step_pair(r, e, "mediaUrl", media->items[i].text);
	/* A menu that leads here again and again sends one message (PLANE.md 6.5). */
	step_pair(r, e, "once", str_of(arena_printf(r->arena, STR_FMT "+" STR_FMT, STR_ARG(r->world->call_sid), STR_ARG(n->id))));
	step_next(r, n);
}

void set_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *vars = flow_get(n, "vars");
	struct ivr_effect *e = step_effect(r, IVR_SET_VARS, n);
	for (uint32_t i = 0; i < vars->n; i++) {
		struct str value = step_render(r, vars->items[i].text);
		step_pair(r, e, vars->items[i].key.p, value);
		step_set(r, vars->items[i].key, value);
	}
	step_next(r, n);
}

static void put_texts(struct ivr_run *r, struct ivr_effect *e, const char *name, const struct flow_value *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		step_pair(r, e, name, step_render(r, list->items[i].text));
}

static void put_map(struct ivr_run *r, struct ivr_effect *e, const struct flow_value *map)
{
	for (uint32_t i = 0; i < map->n; i++) {
		const char *name = arena_printf(r->arena, "data.%s", map->items[i].key.p);
		if (name)
			step_pair(r, e, name, step_render(r, map->items[i].text));
	}
}

void tag_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct ivr_effect *e = step_effect(r, IVR_TAG, n);
	put_texts(r, e, "add", flow_get(n, "add"));
	put_texts(r, e, "remove", flow_get(n, "remove"));
	step_next(r, n);
}

void lead_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *assignee = flow_get(n, "assignTo");
	struct ivr_effect *e = step_effect(r, IVR_CREATE_LEAD, n);
	step_pair(r, e, "phone", other_party(r));
	step_pair(r, e, "source", flow_get(n, "leadSource")->text);
	step_pair(r, e, "status", flow_get(n, "leadStatus")->text);
	put_texts(r, e, "tag", flow_get(n, "leadTags"));
	if (assignee->is_given) {
		step_pair(r, e, "assigneeType", flow_member(assignee, "type")->text);
		step_pair(r, e, "assignee", flow_member(assignee, "id")->text);
	}
	put_map(r, e, flow_get(n, "map"));
	step_next(r, n);
}

void automation_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct ivr_effect *e = step_effect(r, IVR_AUTOMATION, n);
	step_pair(r, e, "automation", flow_get(n, "automation")->text);
	put_map(r, e, flow_get(n, "data"));
	step_next(r, n);
}

void opt_out_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct ivr_effect *e = step_effect(r, IVR_OPT_OUT, n);
	step_pair(r, e, "phone", other_party(r));
	step_pair(r, e, "scope", flow_get(n, "scope")->text);
	if (flow_get(n, "confirm")->is_given)
		step_prompt(r, flow_get(n, "confirm"));
	step_next(r, n);
}

void webhook_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *vars = flow_get(n, "responseVars");
	struct ivr_effect *asked;
	step_ask(r, IVR_ASK_WEBHOOK, n, &asked);
	step_pair(r, asked, "url", flow_get(n, "url")->text);
	step_pair_number(r, asked, "timeoutMs", flow_get(n, "timeoutMs")->number);
	for (uint32_t i = 0; i < vars->n; i++) {
		const char *name = arena_printf(r->arena, "var.%s", vars->items[i].key.p);
		if (name)
			step_pair(r, asked, name, vars->items[i].text);
	}
}

/* What the answer held is set by now (ivr_answer); it is kept for the rest of the call too. */
static void keep_answers(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *vars = flow_get(n, "responseVars");
	struct ivr_effect *e = vars->n > 0 ? step_effect(r, IVR_SET_VARS, n) : NULL;
	for (uint32_t i = 0; e && i < vars->n; i++)
		step_pair(r, e, vars->items[i].key.p, step_value(r, vars->items[i].key));
}

void webhook_answered(struct ivr_run *r, const struct flow_node *n, bool is_done)
{
	step_note(r, is_done ? "answered" : "failed");
	if (is_done)
		keep_answers(r, n);
	else if (step_go(r, flow_get(n, "onFailed")))
		return;
	step_next(r, n);
}
