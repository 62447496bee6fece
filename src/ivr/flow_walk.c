/* SPDX-License-Identifier: MIT */
/* Reading a flow: values by name, every value, every edge. */
#include <errno.h>
#include <string.h>

#include "flow_table.h"
#include "pattern.h"

static const struct flow_value none = {.number = FLOW_NO_NODE};

const char *flow_ref_name(enum flow_ref ref)
{
	static const char *const names[] = {
		"none", "queue", "group", "user", "assistant", "schedule", "prompt", "flow", "automation"};
	return names[ref];
}

bool flow_is_name(struct str s)
{
	return pattern_matches("[a-zA-Z0-9_-]{1,64}", s);
}

int32_t flow_find(const struct flow *f, struct str node_id)
{
	for (uint32_t i = 0; i < f->n_nodes; i++)
		if (str_is(f->nodes[i].id, node_id))
			return (int32_t)i;
	return FLOW_NO_NODE;
}

enum flow_type_id flow_type_of(const struct flow_node *n)
{
	return n->type->id;
}

const char *flow_type_name(const struct flow_node *n)
{
	return n->type->name;
}

static const struct flow_value *value_find(const struct flow_value *values, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (values[i].row && strcmp(values[i].row->name, name) == 0)
			return &values[i];
	return &none;
}

const struct flow_value *flow_get(const struct flow_node *n, const char *name)
{
	return value_find(n->values, flow_rows_count(n->type->rows), name);
}

const struct flow_value *flow_member(const struct flow_value *object, const char *name)
{
	return value_find(object->items, object->n, name);
}

struct str flow_setting(const struct flow *f, const char *name)
{
	return flow_member(&f->settings, name)->text;
}

int64_t flow_setting_number(const struct flow *f, const char *name)
{
	return flow_member(&f->settings, name)->number;
}

void flow_each_value(const struct flow_value *values, uint32_t n, flow_value_fn *fn, void *arg)
{
	for (uint32_t i = 0; i < n; i++) {
		fn(&values[i], arg);
		flow_each_value(values[i].items, values[i].n, fn, arg);
	}
}

void flow_each_node_value(const struct flow_node *n, flow_value_fn *fn, void *arg)
{
	if (n->values)
		flow_each_value(n->values, flow_rows_count(n->type->rows), fn, arg);
}

struct edge_walk {
	flow_edge_fn *fn;
	void *arg;
};

static bool is_edge(const struct flow_value *v)
{
	return v->row && v->is_given && v->text.n > 0 &&
		(v->row->kind == KIND_EDGE || (v->row->kind == KIND_EDGES && v->key.n > 0));
}

static void on_value(const struct flow_value *v, void *arg)
{
	const struct edge_walk *w = arg;
	if (is_edge(v))
		w->fn(v, v->key.n > 0 ? v->key.p : v->row->name, w->arg);
}

/* Labels are names of rows, names of members (terminated: they live in an arena). */
void flow_each_edge(const struct flow_node *n, flow_edge_fn *fn, void *arg)
{
	struct edge_walk w = {fn, arg};
	flow_each_node_value(n, on_value, &w);
}

struct need_list {
	struct flow_need *needs; /* NULL: only count */
	int n;
};

static void add_need(struct need_list *l, enum flow_ref ref, struct str name, struct str pointer)
{
	if (l->needs)
		l->needs[l->n] = (struct flow_need){ref, name, pointer};
	l->n++;
}

static void on_need(const struct flow_value *v, void *arg)
{
	struct need_list *l = arg;
	if (!v->row || !v->is_given || v->text.n == 0)
		return;
	if (is_edge(v) && str_starts(v->text, STR("flow:")))
		add_need(l, FLOW_REF_FLOW, str_skip(v->text, 5), v->pointer);
	if (v->row->kind == KIND_TEXT && v->row->ref != FLOW_REF_NONE && !str_starts(v->text, STR("https://")))
		add_need(l, v->row->ref, v->text, v->pointer);
	if (strcmp(v->row->name, "presence") == 0) {
		struct str name = v->text, kind = str_split(&name, ':');
		add_need(l, str_is(kind, STR("queue")) ? FLOW_REF_QUEUE : str_is(kind, STR("group")) ? FLOW_REF_GROUP : FLOW_REF_USER,
			name, v->pointer);
	}
}

/* A mailbox or an assignee: which kind of name it is, its neighbour says. */
static void on_owner(const struct flow_value *v, void *arg)
{
	if (!v->row || !v->is_given || v->row->kind != KIND_OBJECT)
		return;
	struct str type = flow_member(v, "type")->text;
	const struct flow_value *id = flow_member(v, "id");
	if (id->text.n > 0 && (str_is(type, STR("user")) || str_is(type, STR("group"))))
		add_need(arg, str_is(type, STR("user")) ? FLOW_REF_USER : FLOW_REF_GROUP, id->text, id->pointer);
}

static int collect(const struct flow *f, struct flow_need *needs)
{
	struct need_list l = {needs, 0};
	for (uint32_t i = 0; i < f->n_nodes; i++) {
		flow_each_node_value(&f->nodes[i], on_need, &l);
		flow_each_node_value(&f->nodes[i], on_owner, &l);
	}
	flow_each_value(&f->missed, 1, on_need, &l);
	if (f->on_error_flow.n > 0)
		add_need(&l, FLOW_REF_FLOW, str_skip(f->on_error_flow, 5), STR("/onError"));
	return l.n;
}

int flow_needs(const struct flow *f, struct arena *a, const struct flow_need **ret_needs)
{
	int n = collect(f, NULL);
	struct flow_need *needs = arena_alloc(a, (size_t)(n + 1) * sizeof(*needs));
	if (!needs)
		return -ENOMEM;
	*ret_needs = needs;
	return collect(f, needs);
}
