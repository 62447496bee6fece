/* SPDX-License-Identifier: MIT */
/* A document into a flow: its own members, its nodes, and where every edge leads. */
#include <errno.h>
#include <string.h>

#include "flow_table.h"
#include "pattern.h"
#include "ringdown/base/auto.h"

static const struct flow_value *document_value(const struct flow_value *values, const char *name)
{
	for (; values->row; values++)
		if (strcmp(values->row->name, name) == 0)
			return values;
	return values;
}

/* A node of shorthand is told of where it stood. */
static struct str node_pointer(const struct flow_reader *r, const char *id)
{
	const json_t *alias = json_object_get(r->aliases, id);
	if (alias)
		return arena_str(r->arena, (struct str){json_string_value(alias), json_string_length(alias)});
	return flow_pointer_join(r->arena, STR("/nodes"), id);
}

static void read_node(struct flow_reader *r, const char *id, const json_t *v, struct flow_node *node)
{
	node->id = arena_str(r->arena, str_of(id));
	node->pointer = node_pointer(r, id);
	node->type = NULL;
	r->is_out_of_memory |= !node->id.p || !node->pointer.p;
	if (!pattern_matches(flow_node_pattern, node->id))
		flow_fault(r->faults, false, node->pointer, "node_name", "a node's name is 1 to 64 letters, digits, _ or -");
	const json_t *type = json_object_get(v, "type");
	if (!json_is_object(v))
		flow_fault(r->faults, false, node->pointer, "type_object", "must be an object");
	else if (!type)
		flow_fault(r->faults, false, flow_pointer_join(r->arena, node->pointer, "type"), "required", "is missing");
	else
		node->type = flow_type_find(str_of(json_string_value(type)));
	if (type && !node->type)
		flow_fault(r->faults, false, flow_pointer_join(r->arena, node->pointer, "type"), "type_unknown",
			"there is no such type of node");
	if (!node->type)
		return;
	node->values = arena_alloc(r->arena, flow_rows_count(node->type->rows) * sizeof(*node->values));
	r->is_out_of_memory |= !node->values;
	if (node->values)
		flow_read_rows(r, v, node->pointer, node->type->rows, node->values);
}

static void read_nodes(struct flow_reader *r, const json_t *nodes)
{
	const char *id;
	json_t *v;
	size_t n = json_object_size(nodes);
	if (!json_is_object(nodes) || n == 0 || n > FLOW_NODES_MAX) {
		flow_fault(r->faults, false, STR("/nodes"), n > FLOW_NODES_MAX ? "too_many" : "too_few",
			"must be an object of 1 to %d nodes", FLOW_NODES_MAX);
		return;
	}
	r->flow->nodes = arena_alloc(r->arena, n * sizeof(*r->flow->nodes));
	r->is_out_of_memory |= !r->flow->nodes;
	json_object_foreach((json_t *)(uintptr_t)nodes, id, v)
	{
		if (r->flow->nodes)
			read_node(r, id, v, &r->flow->nodes[r->flow->n_nodes++]);
	}
}

/* Edges that were read know the name; now the node.  A flow is const but for its reader. */
static void resolve(const struct flow_value *v, void *arg)
{
	struct flow_reader *r = arg;
	struct flow_value *edge = (struct flow_value *)(uintptr_t)v;
	if (!v->row || !v->is_given || v->text.n == 0 || str_starts(v->text, STR("flow:")))
		return;
	if (v->row->kind != KIND_EDGE && !(v->row->kind == KIND_EDGES && v->key.n > 0))
		return;
	edge->number = flow_find(r->flow, v->text);
	if (edge->number == FLOW_NO_NODE)
		flow_fault(r->faults, false, v->pointer, "node_unknown", "there is no node \"%.69s\"",
			v->text.p); /* terminated: it lives in the arena */
}

static void read_document(struct flow_reader *r, const json_t *doc, struct flow_value *values)
{
	struct flow *f = r->flow;
	flow_read_rows(r, doc, STR(""), flow_document_rows, values);
	read_nodes(r, json_object_get(doc, "nodes"));
	for (uint32_t i = 0; i < f->n_nodes; i++)
		flow_each_node_value(&f->nodes[i], resolve, r);
	flow_each_value(values, flow_rows_count(flow_document_rows), resolve, r);
	f->name = document_value(values, "name")->text;
	f->display_name = document_value(values, "displayName")->text;
	f->settings = *document_value(values, "settings");
	f->missed = *document_value(values, "missedCallActions");
	const struct flow_value *on_error = document_value(values, "onError"), *entry = document_value(values, "entry");
	f->entry = (int32_t)entry->number;
	f->on_error = (int32_t)on_error->number;
	if (str_starts(on_error->text, STR("flow:")))
		f->on_error_flow = on_error->text;
	if (entry->is_given && str_starts(entry->text, STR("flow:")))
		flow_fault(r->faults, false, STR("/entry"), "entry_missing", "must be a node of this flow");
}

/* Settings that are absent have their defaults all the same. */
static json_t *with_settings(json_t *doc)
{
	if (json_is_object(doc) && !json_object_get(doc, "settings"))
		(void)json_object_set_new(doc, "settings", json_object());
	return doc;
}

static int read_expanded(struct flow_reader *r, json_t *doc)
{
	struct flow_value *values =
		arena_alloc(r->arena, (flow_rows_count(flow_document_rows) + 1) * sizeof(*values));
	if (!doc || !values)
		return -ENOMEM;
	read_document(r, doc, values);
	if (r->is_out_of_memory)
		return -ENOMEM;
	if (r->faults->n_errors == 0)
		flow_check_nodes(r);
	if (r->faults->n_errors == 0)
		flow_check_paths(r);
	return r->faults->n_errors > 0 ? -EINVAL : 0;
}

int flow_read(struct arena *a, const json_t *doc, const struct flow_policy *policy, struct flow_faults *faults,
	const struct flow **ret_flow, json_t **ret_expanded)
{
	AUTO(json_decrefp) json_t *aliases = json_object();
	AUTO(json_decrefp) json_t *expanded = with_settings(flow_expand(a, doc, faults, aliases));
	struct flow *flow = arena_alloc(a, sizeof(*flow));
	struct flow_reader r = {a, faults, policy, flow, aliases, !flow || !aliases};
	if (r.is_out_of_memory)
		return -ENOMEM;
	int err = read_expanded(&r, expanded);
	if (err < 0)
		return err;
	*ret_flow = flow;
	if (ret_expanded)
		*ret_expanded = json_incref(expanded);
	return 0;
}

int flow_parse(struct arena *a, struct str text, const struct flow_policy *policy, struct flow_faults *f,
	const struct flow **ret_flow)
{
	json_error_t error;
	if (text.n > FLOW_BYTES_MAX) {
		flow_fault(f, false, STR(""), "too_large", "the document is over %d bytes", FLOW_BYTES_MAX);
		return -EINVAL;
	}
	AUTO(json_decrefp) json_t *doc = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &error);
	if (!doc) {
		flow_fault(f, false, STR(""), "json_invalid", "%d:%d: %s", error.line, error.column, error.text);
		return -EINVAL;
	}
	return flow_read(a, doc, policy, f, ret_flow, NULL);
}
