/* SPDX-License-Identifier: MIT */
/* /automation/ivr/flows (PLANE.md 6.1): drafts, what is wrong with them, published versions. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "flows.h"
#include "ringdown/base/auto.h"
#include "ringdown/ivr/import.h"


/* ---- a document looked at ---- */

struct lookup {
	struct api *api;
	const struct flow *flow;
};

static bool is_there(struct api *a, const struct record_kind *k, const char *column, struct str name)
{
	struct record r;
	return record_find(&a->scope, a->arena, k, column, store_text(name), &r) == 0;
}

static bool is_published(struct api *a, struct str name)
{
	struct record r;
	return record_find(&a->scope, a->arena, &record_flow, "name", store_text(name), &r) == 0 &&
		r.columns[FLOW_PUBLISHED].type != STORE_NULL;
}

static bool is_assistant(struct api *a, struct str name)
{
	if (is_there(a, &record_ai_assistant, "name", name) || is_there(a, &record_ai_assistant, "sk", name))
		return true;
	return str_is(a->scope.org, STR("default")) && flow_has_assistant(a->plane, name);
}

/* Automations are not there yet: a flow that needs one cannot be published. */
static bool knows(enum flow_ref ref, struct str name, void *arg)
{
	struct api *a = ((struct lookup *)arg)->api;
	switch (ref) {
	case FLOW_REF_QUEUE:
		return is_there(a, &record_queue, "name", name) || is_there(a, &record_queue, "sk", name);
	case FLOW_REF_GROUP:
		return is_there(a, &record_group, "name", name) || is_there(a, &record_group, "sk", name);
	case FLOW_REF_USER:
		return is_there(a, &record_user, "email", name) || is_there(a, &record_user, "name", name) ||
			is_there(a, &record_user, "sk", name);
	case FLOW_REF_ASSISTANT:
		return is_assistant(a, name);
	case FLOW_REF_SCHEDULE:
		return is_there(a, &record_schedule, "name", name);
	case FLOW_REF_FLOW:
		return is_published(a, name);
	case FLOW_REF_PROMPT:
		return is_there(a, &record_prompt, "name", name);
	case FLOW_REF_NONE:
	case FLOW_REF_AUTOMATION:
		return false;
	}
	return false;
}

static struct str allowed_countries(struct api *a)
{
	struct record r;
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &r) < 0)
		return flow_countries(a->arena, NULL);
	AUTO(auto_json) json_t *org = json_loadb(r.data.p, r.data.n, 0, NULL);
	return flow_countries(a->arena, org);
}

/* A card's number would be recorded where a pause is only drawn: what no call can do yet is not published. */
static void check_available(struct flow_examined *x)
{
	for (uint32_t i = 0; i < x->flow->n_nodes; i++) {
		const struct flow_node *n = &x->flow->nodes[i];
		enum flow_type_id type = flow_type_of(n);
		if (type == FLOW_WEBHOOK || type == FLOW_PAUSE_RECORDING || type == FLOW_RESUME_RECORDING ||
			type == FLOW_STOP_RECORDING)
			flow_fault(x->faults, false, n->pointer, "node_unavailable", "this version carries out no %s in a call",
				flow_type_name(n));
	}
}

/* needs_all: what is referred to must be there (to be published); else it is a warning. */
static void check_references(struct api *a, struct flow_examined *x, bool needs_all)
{
	struct lookup l = {a, x->flow};
	uint32_t first = x->faults->n, errors = x->faults->n_errors;
	flow_check_known(x->flow, knows, &l, x->faults);
	if (needs_all) {
		check_available(x);
		return;
	}
	for (uint32_t i = first; i < x->faults->n; i++)
		x->faults->list[i].is_warning = true;
	x->faults->n_errors = errors;
}

bool flow_examine(struct api *a, const json_t *document, bool needs_all, struct flow_examined *ret)
{
	const struct flow_policy policy = {allowed_countries(a)};
	*ret = (struct flow_examined){.faults = arena_alloc(a->arena, sizeof(*ret->faults))};
	if (!ret->faults)
		return false;
	flow_faults_init(ret->faults, a->arena);
	if (flow_read(a->arena, document, &policy, ret->faults, &ret->flow, &ret->document) == 0)
		check_references(a, ret, needs_all);
	return true;
}

static json_t *faults_of(const struct flow_faults *f, bool is_warning)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < f->n; i++) {
		const struct flow_fault *fault = &f->list[i];
		if (fault->is_warning == is_warning)
			(void)json_array_append_new(list, json_pack("{s:o, s:s, s:o}", "pointer", json_of(fault->pointer), "reason",
				fault->reason, "message", json_of(fault->message)));
	}
	return list;
}

/* 422 with all errors, when there are; warnings go along with whatever is answered. */
bool flow_refuse(struct api *a, const struct flow_faults *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct flow_fault *fault = &f->list[i];
		const char *pointer = arena_strdup(a->arena, fault->pointer);
		if (fault->is_warning)
			api_warn(a, STR_FMT ": " STR_FMT, STR_ARG(fault->pointer), STR_ARG(fault->message));
		else
			api_fault(a, pointer ? pointer : "", fault->reason, STR_FMT, STR_ARG(fault->message));
	}
	return api_has_faults(a);
}

/* ---- drafts ---- */

bool flow_find_record(struct api *a, struct str name, struct record *ret)
{
	int err = record_find(&a->scope, a->arena, &record_flow, "name", store_text(name), ret);
	if (err < 0)
		api_store_problem(a, err);
	return err == 0;
}

static void answer_flow(struct api *a, int status, struct str name)
{
	struct record r;
	if (flow_find_record(a, name, &r))
		api_record(a, status, &r, &record_flow);
}

static void insert(struct api *a, const struct flow_examined *x)
{
	const struct store_value columns[FLOW_COLUMNS] = {store_text(x->flow->name), store_null()};
	struct str data = json_write(x->document, a->arena);
	int err = record_insert(&a->scope, &record_flow, str_of(api_new_sk(a)), data, columns);
	if (err == -EEXIST)
		api_problem(a, 409, "name_taken", "there is a flow of this name");
	else if (err < 0)
		api_store_problem(a, err);
	else {
		api_audit(a, "flow.create", x->flow->name, STR(""), data);
		answer_flow(a, 201, x->flow->name);
	}
}

static void create_from(struct api *a, const json_t *document)
{
	struct flow_examined x;
	if (!flow_examine(a, document, false, &x))
		api_problem(a, 500, "internal_error", "no memory for the document");
	else if (!flow_refuse(a, x.faults))
		insert(a, &x);
	json_decref(x.document);
}

static void create(struct api *a)
{
	create_from(a, a->body);
}

static void update(struct api *a, const struct record *was, const struct flow_examined *x)
{
	struct str data = json_write(x->document, a->arena);
	int err = record_update(&a->scope, &record_flow, was->sk, was->version, data, NULL);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "flow.update", x->flow->name, was->data, data);
	answer_flow(a, 200, x->flow->name);
}

/* A name in the document is that of the path, or left out. */
static void put(struct api *a)
{
	struct record was;
	struct flow_examined x = {0};
	if (!flow_find_record(a, a->path_values[0], &was) || !api_if_match(a, was.version))
		return;
	if (!api_has(a, "name"))
		(void)json_object_set_new(a->body, "name", json_of(a->path_values[0]));
	if (!str_is(json_str(a->body, "name"), a->path_values[0]))
		api_fault(a, "/name", "name_differs", "the flow is called " STR_FMT, STR_ARG(a->path_values[0]));
	if (!flow_examine(a, a->body, false, &x))
		api_problem(a, 500, "internal_error", "no memory for the document");
	else if (!flow_refuse(a, x.faults))
		update(a, &was, &x);
	json_decref(x.document);
}

static void get(struct api *a)
{
	answer_flow(a, 200, a->path_values[0]);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"name", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list flows;
	if (api_has_faults(a))
		return;
	int err = record_list(&a->scope, a->arena, &record_flow, &q, &flows);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list(a, &flows, &record_flow, "flows");
}

/* Numbers whose route names it, published flows that lead to it. */
static json_t *users_of(struct api *a, struct str name)
{
	struct store_rows rows;
	json_t *users = json_array();
	const char *in_number = arena_printf(a->arena, "%%\"flow\":\"" STR_FMT "\"%%", STR_ARG(name));
	const char *tail = arena_printf(a->arena, "%%\"flow:" STR_FMT "\"%%", STR_ARG(name));
	const struct store_value v[] = {store_text(a->scope.org), store_text(str_of(in_number)), store_text(str_of(tail)),
		store_text(name)};
	int n = store_ask(a->store, a->arena,
		"SELECT 'number', e164 FROM phone_number WHERE org = $1 AND status <> 'released' AND data LIKE $2"
		" UNION ALL SELECT 'flow', f.name FROM ivr_flow f JOIN ivr_flow_version v ON v.org = f.org AND v.name = f.name"
		" AND v.version = f.published_version WHERE f.org = $1 AND f.name <> $4 AND (v.doc LIKE $2 OR v.doc LIKE $3)",
		v, 4, &rows);
	for (int i = 0; i < n; i++)
		(void)json_array_append_new(users, json_pack("{s:o, s:o}", "type", json_of(store_cell_text(&rows, (uint32_t)i, 0)),
			"name", json_of(store_cell_text(&rows, (uint32_t)i, 1))));
	return users;
}

static void delete(struct api *a)
{
	struct record r;
	if (!flow_find_record(a, a->path_values[0], &r) || !api_if_match(a, r.version))
		return;
	json_t *users = users_of(a, a->path_values[0]);
	if (json_array_size(users) > 0) {
		api_member(a, "data", users);
		api_problem(a, 409, "flow_in_use", "numbers or other flows lead here");
		return;
	}
	json_decref(users);
	int err = record_delete(&a->scope, &record_flow, r.sk, r.version);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "flow.delete", a->path_values[0], r.data, STR(""));
	api_empty(a);
}

/* ---- validate, graph, schema ---- */

static json_t *document_of(struct api *a, struct str name)
{
	struct record r;
	return flow_find_record(a, name, &r) ? json_loadb(r.data.p, r.data.n, 0, NULL) : NULL;
}

/* With a body that is looked at; else the draft of the path. */
static void validate(struct api *a)
{
	struct flow_examined x;
	bool has_path = a->path_values[0].n > 0, has_body = json_object_size(a->body) > 0;
	AUTO(auto_json) json_t *document = has_body || !has_path ? json_incref(a->body) : document_of(a, a->path_values[0]);
	if (!document)
		return;
	if (!flow_examine(a, document, true, &x)) {
		api_problem(a, 500, "internal_error", "no memory for the document");
		return;
	}
	api_json(a, 200, json_pack("{s:b, s:o, s:o}", "valid", x.faults->n_errors == 0, "errors", faults_of(x.faults, false),
		"warnings", faults_of(x.faults, true)));
	json_decref(x.document);
}

static void graph(struct api *a)
{
	struct flow_examined x = {0};
	AUTO(auto_json) json_t *document = document_of(a, a->path_values[0]);
	if (!document)
		return;
	if (!flow_examine(a, document, false, &x) || !x.flow)
		api_problem(a, 500, "internal_error", "the draft cannot be read any more");
	else
		api_json(a, 200, flow_graph(x.flow));
	json_decref(x.document);
}

static void schema(struct api *a)
{
	api_json(a, 200, flow_schema());
}

/* ---- import ---- */

static void import(struct api *a)
{
	struct flow_faults *faults = arena_alloc(a->arena, sizeof(*faults));
	json_t *document = NULL, *schedule = NULL;
	struct str name = json_str(a->body, "name");
	if (name.n == 0)
		name = json_str(json_object_get(a->body, "data"), "name");
	if (!flow_is_name(name))
		api_fault(a, "/name", "pattern", "name must be 1 to 64 letters, digits, _ or -");
	if (!faults || api_has_faults(a))
		return;
	flow_faults_init(faults, a->arena);
	if (import_routing(a->arena, a->body, name, faults, &document, &schedule) < 0) {
		if (!flow_refuse(a, faults))
			api_problem(a, 500, "internal_error", "no memory for the record");
		return;
	}
	if (schedule && schedules_save(a, schedule) < 0) {
		api_warn(a, "the schedule " STR_FMT " was there already and stays as it is", STR_ARG(name));
	}
	create_from(a, document);
	json_decref(document);
	json_decref(schedule);
}

const struct api_route flows_routes[] = {
	{"GET", "/automation/ivr/schema.json", AUTH_JWT, "flows:read", schema, 0, "JSON Schema of a flow"},
	{"GET", "/automation/ivr/flows", AUTH_JWT, "flows:read", list, 0, "Flows: drafts, and which version is published"},
	{"POST", "/automation/ivr/flows", AUTH_JWT, "flows:write", create, API_IDEMPOTENT, "Add a flow's draft"},
	{"POST", "/automation/ivr/flows/validate", AUTH_JWT, "flows:read", validate, 0, "What is wrong with a document"},
	{"POST", "/automation/ivr/flows/import", AUTH_JWT, "flows:write", import, API_IDEMPOTENT, "A flow of a platform's record"},
	{"GET", "/automation/ivr/flows/{name}", AUTH_JWT, "flows:read", get, 0, "A flow's draft"},
	{"PUT", "/automation/ivr/flows/{name}", AUTH_JWT, "flows:write", put, 0, "Replace a flow's draft"},
	{"DELETE", "/automation/ivr/flows/{name}", AUTH_JWT, "flows:write", delete, 0, "Delete a flow that nothing leads to"},
	{"POST", "/automation/ivr/flows/{name}/validate", AUTH_JWT, "flows:read", validate, 0, "What is wrong with a draft"},
	{"POST", "/automation/ivr/flows/{name}/preview", AUTH_JWT, "flows:read", flows_preview, 0, "The TwiML a call would get"},
	{"POST", "/automation/ivr/flows/{name}/publish", AUTH_JWT, "flows:write", flows_publish, API_IDEMPOTENT, "Make the draft a version"},
	{"POST", "/automation/ivr/flows/{name}/rollback", AUTH_JWT, "flows:write", flows_rollback, API_IDEMPOTENT, "Publish an older version again"},
	{"GET", "/automation/ivr/flows/{name}/versions", AUTH_JWT, "flows:read", flows_versions, 0, "Versions, the newest first"},
	{"GET", "/automation/ivr/flows/{name}/versions/{version}", AUTH_JWT, "flows:read", flows_version, 0, "One version's document"},
	{"GET", "/automation/ivr/flows/{name}/graph", AUTH_JWT, "flows:read", graph, 0, "Nodes and edges of a draft"},
	{0},
};
