/* SPDX-License-Identifier: MIT */
/* The platform's shorthand made plain: an option with action and actionParams leads to a node of its own, "main#2", and
 * "forward" is a transfer. */
#include <string.h>

#include "flow_table.h"
#include "pattern.h"

/* Names of the platform's editor for which there is nothing here. */
static const char unsupported[] = "collect-payment verify-caller play-consent twilio-pay ivr_twilio_pay";

struct expansion {
	struct arena *arena;
	struct flow_faults *faults;
	json_t *nodes, *aliases;
};

static bool is_phone(const char *s)
{
	return s && pattern_matches("\\+[1-9]\\d{6,14}", str_of(s));
}

/* A mailbox may be given by the name of its group alone, what is to be said by its words. */
static json_t *parameter_value(const struct flow_row *row, const json_t *params)
{
	const char *text = json_string_value(params);
	if (text && row->kind == KIND_OBJECT)
		return json_pack("{s:s, s:s}", "type", is_phone(text) ? "number" : "group", "id", text);
	if (text && row->kind == KIND_PROMPT)
		return json_pack("{s:s}", "say", text);
	return json_deep_copy(params);
}

static const struct flow_row *shorthand_row(const struct flow_type *t)
{
	for (const struct flow_row *row = t->rows; row->name; row++)
		if (row->flags & ROW_SHORTHAND)
			return row;
	return NULL;
}

/* actionParams: an object holds the node's own parameters, anything else is its main one. */
static void put_parameters(json_t *node, const struct flow_type *t, const json_t *params)
{
	const struct flow_row *row = shorthand_row(t);
	if (json_is_object(params))
		(void)json_object_update_missing(node, (json_t *)(uintptr_t)params);
	else if (params && row)
		(void)json_object_set_new(node, row->name, parameter_value(row, params));
	else if (params)
		(void)json_object_set(node, "actionParams", (json_t *)(uintptr_t)params);
}

static void put_strategy(json_t *node, const json_t *strategy)
{
	const char *name = json_string_value(strategy);
	if (!name)
		return;
	name = strcmp(name, "simultaneous") == 0 ? "ring-all" : name;
	(void)json_object_set_new(node, "strategy", json_string(name));
}

static json_t *node_of(const struct flow_type *t, const json_t *params, const json_t *strategy)
{
	json_t *node = json_pack("{s:s}", "type", t->name);
	if (!node)
		return NULL;
	put_parameters(node, t, params);
	if (t->id == FLOW_TRANSFER_GROUP)
		put_strategy(node, strategy);
	return node;
}

static const struct flow_type *forward_type(const json_t *params)
{
	return flow_type_find(is_phone(json_string_value(params)) ? STR("transfer-phone") : STR("transfer-group"));
}

static const struct flow_type *action_type(struct expansion *x, const json_t *action, const json_t *params,
	struct str pointer)
{
	struct str name = str_of(json_string_value(action));
	const struct flow_type *t = str_is(name, STR("forward")) ? forward_type(params) : flow_type_find(name);
	if (t)
		return t;
	if (str_is_among(name, unsupported))
		flow_fault(x->faults, false, pointer, "action_unsupported", STR_FMT " is not offered here", STR_ARG(name));
	else
		flow_fault(x->faults, false, pointer, "action_unknown", "is no action; it is the name of a node type");
	return NULL;
}

/* '*' and '#' mean something in URLs and names: the node is called by their words. */
static const char *digit_name(const char *digit)
{
	if (!digit)
		return "x";
	return digit[0] == '*' ? "star" : digit[0] == '#' ? "pound" : digit;
}

static void expand_option(struct expansion *x, const char *id, json_t *option, struct str pointer)
{
	json_t *action = json_object_get(option, "action"), *params = json_object_get(option, "actionParams");
	if (!action)
		return;
	const struct flow_type *t = action_type(x, action, params, flow_pointer_join(x->arena, pointer, "action"));
	const char *name = arena_printf(x->arena, "%s#%s", id, digit_name(json_string_value(json_object_get(option, "digit"))));
	json_t *node = t && name ? node_of(t, params, json_object_get(option, "groupStrategy")) : NULL;
	if (!node)
		return;
	(void)json_object_set_new(x->nodes, name, node);
	(void)json_object_set_new(x->aliases, name, json_stringn(pointer.p, pointer.n));
	(void)json_object_set_new(option, "next", json_string(name));
	(void)json_object_del(option, "action");
	(void)json_object_del(option, "actionParams");
	(void)json_object_del(option, "groupStrategy");
}

static void expand_forward(json_t *node)
{
	json_t *params = json_object_get(node, "actionParams");
	const struct flow_type *t = forward_type(params);
	(void)json_object_set_new(node, "type", json_string(t->name));
	put_parameters(node, t, params);
	(void)json_object_del(node, "actionParams");
}

static void expand_node(struct expansion *x, const char *id, json_t *node)
{
	const char *type = json_string_value(json_object_get(node, "type"));
	json_t *options = json_object_get(node, "options"), *option;
	size_t i;
	if (type && strcmp(type, "forward") == 0)
		expand_forward(node);
	struct str at = flow_pointer_join(x->arena, flow_pointer_join(x->arena, STR("/nodes"), id), "options");
	json_array_foreach(options, i, option)
		expand_option(x, id, option, flow_pointer_index(x->arena, at, i));
}

json_t *flow_expand(struct arena *a, const json_t *doc, struct flow_faults *f, json_t *aliases)
{
	json_t *copy = json_deep_copy(doc);
	json_t *given = json_object_get(doc, "nodes"), *node;
	struct expansion x = {a, f, json_object_get(copy, "nodes"), aliases};
	const char *id;
	json_object_foreach(given, id, node)
	{
		if (copy && json_is_object(x.nodes))
			expand_node(&x, id, json_object_get(x.nodes, id));
	}
	return copy;
}
