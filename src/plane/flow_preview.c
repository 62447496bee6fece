/* SPDX-License-Identifier: MIT */
/* What a call would get: the draft of a flow, a world as it is or as the question has it, and nothing is done. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "flows.h"
#include "ringdown/base/auto.h"
#include "ringdown/ivr/schedule.h"

#define PREVIEW_SID "CA00000000000000000000000000000000"

/* "call" and "input" are fields of Twilio's, by its names. */
static void put_fields(struct api *a, struct form *form, const json_t *o)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		if (json_is_string(v) && form->n < FORM_FIELDS_MAX)
			form->fields[form->n++] = (struct form_field){arena_str(a->arena, str_of(name)), arena_str(a->arena, json_text(v))};
	}
}

static struct form *form_of(struct api *a)
{
	struct form *form = arena_alloc(a->arena, sizeof(*form));
	if (!form)
		return NULL;
	put_fields(a, form, json_object_get(a->body, "input"));
	put_fields(a, form, json_object_get(a->body, "call"));
	if (form_get(form, STR("CallSid")).n == 0 && form->n < FORM_FIELDS_MAX)
		form->fields[form->n++] = (struct form_field){STR("CallSid"), STR(PREVIEW_SID)};
	return form;
}

static void put_presence(struct flow_world *w, const json_t *presence)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)presence, name, v)
	{
		for (uint32_t i = 0; i < w->world.n_users; i++) {
			struct ivr_user *u = &w->users[i];
			if (!str_is(u->name, str_of(name)) && !str_is(u->email, str_of(name)) && !str_is(u->sk, str_of(name)))
				continue;
			u->is_available = str_is(json_text(v), STR("available"));
			u->is_busy = str_is(json_text(v), STR("busy")) || str_is(json_text(v), STR("on-call"));
			if (u->identity.n == 0)
				u->identity = str_of(arena_printf(w->arena, STR_FMT "_" STR_FMT, STR_ARG(w->world.org), STR_ARG(u->sk)));
		}
	}
}

static void put_ai(struct flow_world *w, const json_t *ai)
{
	w->world.ai = (struct ivr_ai){json_str(ai, "result"), json_str(ai, "target"), json_str(ai, "summary")};
}

static void put_vars(struct flow_world *w, const json_t *vars)
{
	struct ivr_pair *list = arena_alloc(w->arena, (json_object_size(vars) + 1) * sizeof(*list));
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)vars, name, v)
	{
		if (list && json_is_string(v))
			list[w->world.n_vars++] = (struct ivr_pair){str_of(name), json_text(v)};
	}
	w->world.vars = list;
}

static json_t *trace_of(const struct ivr_run *r)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < r->n_trace; i++)
		(void)json_array_append_new(list, json_pack("{s:o, s:o, s:s, s:o}", "flow", json_of(r->trace[i].flow), "node",
			json_of(r->trace[i].node), "type", r->trace[i].type, "note", json_of(r->trace[i].note)));
	return list;
}

static json_t *effects_of(const struct ivr_run *r)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < r->n_effects; i++) {
		json_t *pairs = json_array();
		for (uint32_t k = 0; k < r->effects[i]->n; k++)
			(void)json_array_append_new(pairs, json_pack("[o, o]", json_of(r->effects[i]->pairs[k].name),
				json_of(r->effects[i]->pairs[k].value)));
		(void)json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "effect", ivr_kind_name(r->effects[i]->kind), "node",
			json_of(r->effects[i]->node), "values", pairs));
	}
	return list;
}

static void run(struct flow_request *f, const struct flow *flow)
{
	struct api *a = f->api;
	struct ivr_run *r = arena_alloc(a->arena, sizeof(*r));
	const struct ivr_flow this = {flow, 0};
	const struct ivr_pair token = {STR("token"), STR("preview")};
	if (!r || ivr_begin(r, &f->world->world, a->arena, &this, f->node, &f->state, f->form) < 0) {
		api_problem(a, 500, "internal_error", "no memory for the preview");
		return;
	}
	while (ivr_run(r) == IVR_ASKS)
		ivr_answer(r, true, &token, r->asked->kind == IVR_ASK_STREAM ? 1 : 0);
	json_t *answer = json_pack("{s:o, s:o, s:o}", "twiml", json_of(ivr_document(r)), "trace", trace_of(r), "effects", effects_of(r));
	if (r->node >= 0)
		(void)json_object_set_new(answer, "next", json_of(r->flow->nodes[r->node].id));
	api_json(a, 200, answer);
}

/* With an input the node is come back to, else entered. */
static void read_place(struct flow_request *f, const struct flow *flow)
{
	static const char *const phases[] = {[FLOW_MENU] = "in", [FLOW_COLLECT] = "in", [FLOW_TRANSFER_PHONE] = "after",
		[FLOW_TRANSFER_USER] = "after", [FLOW_TRANSFER_GROUP] = "after", [FLOW_TRANSFER_QUEUE] = "left",
		[FLOW_VOICEMAIL] = "done", [FLOW_AI_ASSISTANT] = "after"};
	struct api *a = f->api;
	struct str node = api_text(a, "node", 0, 80);
	f->node = node.n > 0 ? flow_find(flow, node) : flow->entry;
	if (f->node < 0) {
		api_fault(a, "/node", "node_unknown", "there is no such node");
		return;
	}
	enum flow_type_id type = flow_type_of(&flow->nodes[f->node]);
	const char *phase = type < sizeof(phases) / sizeof(*phases) ? phases[type] : NULL;
	bool has_input = json_is_object(json_object_get(a->body, "input"));
	(void)str_copy(str_of(node.n == 0 ? "" : has_input && phase ? phase : "go"), f->state.phase, sizeof(f->state.phase));
}

static void preview(struct flow_request *f, const struct flow *flow)
{
	struct api *a = f->api;
	int64_t now_ms = a->now_ms;
	struct str now = api_text(a, "now", 0, 40);
	if (now.n > 0 && !schedule_parse_instant(now, &now_ms))
		api_fault(a, "/now", "time_invalid", "now must be a time like 2026-11-24T17:00:00Z");
	read_place(f, flow);
	if (api_has_faults(a))
		return;
	f->world->world.now_ms = now_ms;
	flow_world_org(f->world);
	flow_world_fill(f->world, flow);
	put_presence(f->world, json_object_get(a->body, "presence"));
	put_ai(f->world, json_object_get(json_object_get(a->body, "input"), "ai"));
	put_vars(f->world, json_object_get(a->body, "vars"));
	run(f, flow);
}

void flows_preview(struct api *a)
{
	struct record draft;
	struct flow_request f;
	const struct flow *flow = NULL;
	struct flow_faults *faults = arena_alloc(a->arena, sizeof(*faults));
	const struct form *form = form_of(a);
	int err = record_find(&a->scope, a->arena, &record_flow, "name", store_text(a->path_values[0]), &draft);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	if (faults)
		flow_faults_init(faults, a->arena);
	if (!faults || !form || flow_request_begin(&f, a, form) < 0 || flow_parse(a->arena, draft.data, NULL, faults, &flow) < 0) {
		api_problem(a, 500, "internal_error", "the draft cannot be read");
		return;
	}
	preview(&f, flow);
	flow_request_done(&f);
}
