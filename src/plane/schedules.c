/* SPDX-License-Identifier: MIT */
/* /automation/schedules (PLANE.md 6.1, 6.7): business hours, by name. */
#include <errno.h>

#include "api_private.h"
#include "flows.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/ivr/schedule.h"

/* NULL: faults; they are in *f. */
static const struct schedule *read(struct api *a, const json_t *document, struct flow_faults **ret_faults)
{
	const struct schedule *s = NULL;
	*ret_faults = arena_alloc(a->arena, sizeof(**ret_faults));
	if (!*ret_faults)
		return NULL;
	flow_faults_init(*ret_faults, a->arena);
	if (schedule_read(a->arena, document, *ret_faults, &s) < 0)
		return NULL;
	if (zone_exists(s->timezone))
		return s;
	flow_fault(*ret_faults, false, STR("/timezone"), "timezone_unknown", "the system knows no zone of this name");
	return NULL;
}

/* 422 has been sent when NULL. */
static const struct schedule *read_body(struct api *a)
{
	struct flow_faults *faults;
	const struct schedule *s = read(a, a->body, &faults);
	for (uint32_t i = 0; !s && faults && i < faults->n; i++) {
		const char *pointer = arena_strdup(a->arena, faults->list[i].pointer);
		api_fault(a, pointer ? pointer : "", faults->list[i].reason, STR_FMT, STR_ARG(faults->list[i].message));
	}
	if (!s && !api_has_faults(a))
		api_problem(a, 500, "internal_error", "no memory for the schedule");
	return s;
}

static int insert(struct api *a, struct str name, const json_t *document)
{
	const struct store_value columns[] = {store_text(name)};
	return record_insert(&a->scope, &record_schedule, str_of(api_new_sk(a)), json_write(document, a->arena), columns);
}

int schedules_save(struct api *a, json_t *document)
{
	struct flow_faults *faults;
	const struct schedule *s = read(a, document, &faults);
	return s ? insert(a, s->name, document) : -EINVAL;
}

static bool find(struct api *a, struct record *ret)
{
	int err = record_find(&a->scope, a->arena, &record_schedule, "name", store_text(a->path_values[0]), ret);
	if (err == -ENOENT)
		err = record_get(&a->scope, a->arena, &record_schedule, a->path_values[0], ret);
	if (err < 0)
		api_store_problem(a, err);
	return err == 0;
}

static void answer(struct api *a, int status, struct str name)
{
	struct record r;
	int err = record_find(&a->scope, a->arena, &record_schedule, "name", store_text(name), &r);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_record(a, status, &r, &record_schedule);
}

static void create(struct api *a)
{
	const struct schedule *s = read_body(a);
	if (!s)
		return;
	int err = insert(a, s->name, a->body);
	if (err == -EEXIST)
		api_problem(a, 409, "name_taken", "there is a schedule of this name");
	else if (err < 0)
		api_store_problem(a, err);
	else {
		api_audit(a, "schedule.create", s->name, STR(""), json_write(a->body, a->arena));
		answer(a, 201, s->name);
	}
}

static void put(struct api *a)
{
	struct record was;
	if (!find(a, &was) || !api_if_match(a, was.version))
		return;
	if (!api_has(a, "name"))
		(void)json_object_set_new(a->body, "name", json_of(was.columns[0].bytes));
	const struct schedule *s = read_body(a);
	if (!s)
		return;
	const struct store_value columns[] = {store_text(s->name)};
	struct str data = json_write(a->body, a->arena);
	int err = record_update(&a->scope, &record_schedule, was.sk, was.version, data, columns);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "schedule.update", s->name, was.data, data);
	answer(a, 200, s->name);
}

static void get(struct api *a)
{
	struct record r;
	if (find(a, &r))
		api_record(a, 200, &r, &record_schedule);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"name", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list schedules;
	if (api_has_faults(a))
		return;
	int err = record_list(&a->scope, a->arena, &record_schedule, &q, &schedules);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list(a, &schedules, &record_schedule, "schedules");
}

/* Published flows that ask it keep it. */
static bool is_in_use(struct api *a, struct str name)
{
	struct store_rows rows;
	const char *like = arena_printf(a->arena, "%%\"schedule\":\"" STR_FMT "\"%%", STR_ARG(name));
	const struct store_value v[] = {store_text(a->scope.org), store_text(str_of(like))};
	return store_ask(a->store, a->arena,
		"SELECT f.name FROM ivr_flow f JOIN ivr_flow_version v ON v.org = f.org AND v.name = f.name"
		" AND v.version = f.published_version WHERE f.org = $1 AND v.doc LIKE $2", v, 2, &rows) > 0;
}

static void delete(struct api *a)
{
	struct record r;
	if (!find(a, &r) || !api_if_match(a, r.version))
		return;
	if (is_in_use(a, r.columns[0].bytes)) {
		api_problem(a, 409, "schedule_in_use", "a published flow asks it");
		return;
	}
	int err = record_delete(&a->scope, &record_schedule, r.sk, r.version);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "schedule.delete", r.columns[0].bytes, r.data, STR(""));
	api_empty(a);
}

static bool parse_at(struct api *a, int64_t *ret_ms)
{
	struct str text;
	*ret_ms = a->now_ms;
	if (api_query(a, "at", &text) < 0 || schedule_parse_instant(text, ret_ms))
		return true;
	api_fault(a, "/at", "time_invalid", "at must be a time like 2026-11-24T17:00:00Z");
	return !api_has_faults(a);
}

static void status(struct api *a)
{
	struct record r;
	struct schedule_answer got;
	char at[32];
	int64_t at_ms;
	if (!parse_at(a, &at_ms) || !find(a, &r))
		return;
	struct str name = r.columns[0].bytes;
	int err = flow_world_schedule(&a->scope, a->arena, name, at_ms, &got);
	clock_format(at_ms, at, sizeof(at));
	if (err < 0)
		api_store_problem(a, err);
	else
		api_json(a, 200, json_pack("{s:{s:o, s:s, s:s, s:s, s:o, s:s}}", "data", "name", json_of(name), "at", at, "state",
			schedule_state_name(got.state), "why", got.why, "what", json_of(got.what), "local", got.local));
}

const struct api_route schedules_routes[] = {
	{"GET", "/automation/schedules", AUTH_JWT, "flows:read", list, 0, "Schedules"},
	{"POST", "/automation/schedules", AUTH_JWT, "flows:write", create, API_IDEMPOTENT, "Add a schedule"},
	{"GET", "/automation/schedules/{name}", AUTH_JWT, "flows:read", get, 0, "One schedule"},
	{"PUT", "/automation/schedules/{name}", AUTH_JWT, "flows:write", put, 0, "Replace a schedule"},
	{"DELETE", "/automation/schedules/{name}", AUTH_JWT, "flows:write", delete, 0, "Delete a schedule no flow asks"},
	{"GET", "/automation/schedules/{name}/status", AUTH_JWT, "flows:read", status, 0, "Open, closed or holiday, and why"},
	{0},
};
