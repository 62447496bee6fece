/* SPDX-License-Identifier: MIT */
/* What can be said of a flow only along its edges: what is never reached, what goes round without a caller's doing, what
 * must have come before. */
#include <string.h>

#include "flow_table.h"

struct walk {
	const struct flow *f;
	bool seen[FLOW_NODES_MAX];
	bool (*is_end)(const struct flow_node *n); /* not gone beyond; NULL: none */
};

static void visit(struct walk *w, int32_t node);

static void on_edge(const struct flow_value *edge, const char *label, void *arg)
{
	(void)label;
	visit(arg, (int32_t)edge->number);
}

static void visit(struct walk *w, int32_t node)
{
	if (node < 0 || w->seen[node])
		return;
	w->seen[node] = true;
	if (!w->is_end || !w->is_end(&w->f->nodes[node]))
		flow_each_edge(&w->f->nodes[node], on_edge, w);
}

static void check_reached(struct flow_reader *r)
{
	struct walk w = {.f = r->flow};
	visit(&w, r->flow->entry);
	visit(&w, r->flow->on_error);
	for (uint32_t i = 0; i < r->flow->n_nodes; i++)
		if (!w.seen[i])
			flow_fault(r->faults, true, r->flow->nodes[i].pointer, "node_unreachable", "no edge leads here");
}

/* ---- round and round ---- */

enum colour { NEW, OPEN, DONE };

struct cycle_walk {
	struct flow_reader *r;
	enum colour colours[FLOW_NODES_MAX];
};

static void visit_inline(struct cycle_walk *w, int32_t node);

static void on_inline_edge(const struct flow_value *edge, const char *label, void *arg)
{
	struct cycle_walk *w = arg;
	if (edge->number < 0 || strcmp(label, "onError") == 0)
		return;
	if (w->colours[edge->number] == OPEN)
		flow_fault(w->r->faults, false, edge->pointer, "cycle_without_input",
			"leads back without anything that waits for the caller");
	visit_inline(w, (int32_t)edge->number);
}

static void visit_inline(struct cycle_walk *w, int32_t node)
{
	const struct flow_node *n = &w->r->flow->nodes[node];
	if (n->type->flags & TYPE_BLOCKING || w->colours[node] != NEW)
		return;
	w->colours[node] = OPEN;
	flow_each_edge(n, on_inline_edge, w);
	w->colours[node] = DONE;
}

static void check_cycles(struct flow_reader *r)
{
	struct cycle_walk w = {.r = r};
	for (uint32_t i = 0; i < r->flow->n_nodes; i++)
		visit_inline(&w, (int32_t)i);
}

/* ---- what must have come before, and what must not ---- */

static bool starts_recording(const struct flow_node *n)
{
	return n->type->id == FLOW_START_RECORDING;
}

static void check_recording(struct flow_reader *r)
{
	struct walk w = {.f = r->flow, .is_end = starts_recording};
	visit(&w, r->flow->entry);
	for (uint32_t i = 0; i < r->flow->n_nodes; i++) {
		enum flow_type_id type = r->flow->nodes[i].type->id;
		if (w.seen[i] && (type == FLOW_PAUSE_RECORDING || type == FLOW_RESUME_RECORDING))
			flow_fault(r->faults, true, r->flow->nodes[i].pointer, "recording_not_started",
				"can be reached before a start-recording");
	}
}

/* Only the very first verb may reject: nothing that speaks may lead there. */
static void check_reject(struct flow_reader *r)
{
	struct walk reached = {.f = r->flow}, behind = {.f = r->flow};
	visit(&reached, r->flow->entry);
	for (uint32_t i = 0; i < r->flow->n_nodes; i++)
		if (reached.seen[i] && r->flow->nodes[i].type->flags & TYPE_SPEAKS)
			flow_each_edge(&r->flow->nodes[i], on_edge, &behind);
	for (uint32_t i = 0; i < r->flow->n_nodes; i++) {
		const struct flow_value *reject = flow_get(&r->flow->nodes[i], "reject");
		if (behind.seen[i] && reject->is_given && !str_is(reject->text, STR("none")))
			flow_fault(r->faults, false, reject->pointer, "reject_not_first",
				"a call can be rejected only before anything is said");
	}
}

void flow_check_paths(struct flow_reader *r)
{
	check_reached(r);
	check_cycles(r);
	check_recording(r);
	check_reject(r);
}

/* ---- beyond this flow ---- */

void flow_check_known(const struct flow *f, flow_known_fn *known, void *arg, struct flow_faults *faults)
{
	const struct flow_need *needs = NULL;
	int n = flow_needs(f, faults->arena, &needs);
	for (int i = 0; i < n; i++) {
		if (needs[i].ref == FLOW_REF_FLOW && str_is(needs[i].name, f->name))
			continue;
		if (!known(needs[i].ref, needs[i].name, arg))
			flow_fault(faults, false, needs[i].pointer, "reference_missing", "there is no %s \"" STR_FMT "\"",
				flow_ref_name(needs[i].ref), STR_ARG(needs[i].name));
	}
}

struct depth_walk {
	flow_find_fn *find;
	void *arg;
	struct arena *arena;
	struct str path[FLOW_DEPTH_MAX + 2]; /* names from the first flow to this one */
	bool is_deeper;
};

static bool is_on_path(const struct depth_walk *w, int depth, struct str name)
{
	for (int i = 0; i <= depth; i++)
		if (str_is(w->path[i], name))
			return true;
	return false;
}

/* A flow that comes round to one before it adds no depth; the hops of a call end that. */
static void visit_flow(struct depth_walk *w, const struct flow *f, int depth)
{
	const struct flow_need *needs = NULL;
	w->path[depth] = f->name;
	int n = flow_needs(f, w->arena, &needs);
	for (int i = 0; i < n && !w->is_deeper; i++) {
		if (needs[i].ref != FLOW_REF_FLOW || is_on_path(w, depth, needs[i].name))
			continue;
		const struct flow *next = w->find(needs[i].name, w->arg);
		w->is_deeper = next && depth == FLOW_DEPTH_MAX;
		if (next && !w->is_deeper)
			visit_flow(w, next, depth + 1);
	}
}

void flow_check_depth(const struct flow *f, flow_find_fn *find, void *arg, struct flow_faults *faults)
{
	struct depth_walk w = {.find = find, .arg = arg, .arena = faults->arena};
	visit_flow(&w, f, 0);
	if (w.is_deeper)
		flow_fault(faults, false, STR(""), "flow_too_deep", "flows lead to flows more than %d deep", FLOW_DEPTH_MAX);
}
