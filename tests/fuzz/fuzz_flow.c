/* fuzz: links ivr */
/* SPDX-License-Identifier: MIT */
/* Any text is a flow all of whose edges lead somewhere, or one whose faults are told; a flow that is good can be drawn and
 * asked what it needs. */
#include <errno.h>
#include <stdlib.h>

#include "../../src/ivr/flow_table.h"
#include "ringdown/base/auto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void on_edge(const struct flow_value *edge, const char *label, void *arg)
{
	const struct flow *f = arg;
	require(label && edge->number >= FLOW_NO_NODE && edge->number < (int64_t)f->n_nodes);
	require((edge->number == FLOW_NO_NODE) == str_starts(edge->text, STR("flow:")));
}

static void check_flow(const struct flow *f, struct arena *a)
{
	const struct flow_need *needs = NULL;
	require(f->n_nodes > 0 && f->n_nodes <= FLOW_NODES_MAX);
	require(f->entry >= 0 && (uint32_t)f->entry < f->n_nodes && f->on_error < (int32_t)f->n_nodes);
	require(flow_is_name(f->name) && flow_setting_number(f, "maxHops") > 0);
	for (uint32_t i = 0; i < f->n_nodes; i++)
		flow_each_edge(&f->nodes[i], on_edge, (void *)(uintptr_t)f);
	AUTO(json_decrefp) json_t *graph = flow_graph(f);
	require(json_array_size(json_object_get(graph, "nodes")) == f->n_nodes);
	require(flow_needs(f, a, &needs) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flow_faults faults;
	AUTO(arena_done) struct arena arena;
	const struct flow *flow = NULL;
	arena_init(&arena, 64 << 20);
	flow_faults_init(&faults, &arena);
	int err = flow_parse(&arena, (struct str){(const char *)data, size}, NULL, &faults, &flow);
	require((err == 0) == (flow != NULL));
	require((err == -EINVAL) == (faults.n_errors > 0));
	if (flow)
		check_flow(flow, &arena);
	return 0;
}
