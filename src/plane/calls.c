/* SPDX-License-Identifier: MIT */
/* /phone/calls (PLANE.md 8.2): what was and is called, and what people note of it. */
#include "calls.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"

enum { NOTE_MAX = 4000, OUTCOME_MAX = 100, TAGS_MAX = 20, TAG_MAX = 50, JOURNEY_MAX = 500, LIVE_MAX = 100 };

/* ---- lists ---- */

static const struct {
	const char *name, *column;
} texts[] = {
	{"direction", "direction"}, {"status", "status"}, {"from", "from_number"}, {"to", "to_number"},
	{"number", "from_number|to_number"}, {"user", "user_sk"}, {"queue", "queue_sk"}, {"flow", "flow"},
};

static void filter_flag(struct api *a, struct record_query *q, const char *name, const char *column)
{
	struct str text;
	if (api_query(a, name, &text) < 0)
		return;
	if (str_is(text, STR("true")) || str_is(text, STR("false")))
		api_filter(q, column, "=", store_int(str_is(text, STR("true"))));
	else
		api_fault(a, arena_printf(a->arena, "/%s", name), "wrong_type", "%s is true or false", name);
}

static void filter_time(struct api *a, struct record_query *q, const char *name, const char *op)
{
	struct str text;
	int64_t at_ms;
	if (api_query(a, name, &text) < 0)
		return;
	if (call_time_read(text, &at_ms) == 0)
		api_filter(q, "created_ms", op, store_int(at_ms));
	else
		api_fault(a, arena_printf(a->arena, "/%s", name), "time_invalid", "%s is a time like 2026-11-24T19:40:00Z", name);
}

/* A plus in a query is a blank to whoever decoded it. */
static struct str number_of(struct api *a, struct str text)
{
	return text.n > 0 && text.p[0] == ' ' ? str_of(arena_printf(a->arena, "+" STR_FMT, STR_ARG(str_trim(text)))) : text;
}

static void read_filters(struct api *a, struct record_query *q)
{
	struct str text;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (api_query(a, texts[i].name, &text) == 0)
			api_filter(q, texts[i].column, "=", store_text(number_of(a, text)));
	if (api_query(a, "q", &text) == 0)
		api_filter(q, "from_number|to_number", "contains", store_text(str_trim(text)));
	filter_flag(a, q, "missed", "is_missed");
	filter_flag(a, q, "voicemail", "has_voicemail");
	filter_time(a, q, "since", ">=");
	filter_time(a, q, "until", "<");
	if (api_query(a, "legs", &text) < 0 || !str_is(text, STR("true")))
		api_filter(q, "parent_sid", "is null", store_null()); /* what was dialled for a call is shown with it */
}

static void reply_list(struct api *a, const struct record_query *q)
{
	struct record_list calls;
	int err = record_list(&a->scope, a->arena, &record_call, q, &calls);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list_filled(a, &calls, &record_call, "calls", call_fill);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"createdate", "modifydate", "startedAt", NULL};
	struct record_query q = api_paging(a, sorts);
	read_filters(a, &q);
	if (q.n_filters == RECORD_FILTERS_MAX)
		api_fault(a, "", "too_many_filters", "at most %d filters at once", RECORD_FILTERS_MAX - 2);
	if (!api_has_faults(a))
		reply_list(a, &q);
}

static void list_live(struct api *a)
{
	struct record_query q = {.page_size = LIVE_MAX, .filters = {{"status_rank", "<", store_int(CALL_RANK_OVER)}}, .n_filters = 1};
	reply_list(a, &q);
}

/* ---- one call, with all that belongs to it ---- */

static json_t *legs_of(struct api *a, const struct record *call)
{
	struct record_query q = {.page_size = RECORD_PAGE_MAX, .sort = "created_ms", .n_filters = 2,
		.filters = {{"session_id", "=", call->columns[CALL_SESSION]}, {"sk", "<>", store_text(call->sk)}}};
	struct record_list legs = {0};
	json_t *list = json_array();
	if (record_list(&a->scope, a->arena, &record_call, &q, &legs) < 0)
		return list;
	for (uint32_t i = 0; i < legs.n_records; i++) {
		json_t *leg = json_pack("{s:o}", "sk", json_of(legs.records[i].sk));
		call_fill(a, &legs.records[i], leg);
		json_array_append_new(list, leg);
	}
	return list;
}

static json_t *journey_of(struct api *a, const struct record *call)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(call->sk), store_int(JOURNEY_MAX)};
	json_t *list = json_array();
	int n = store_ask(a->store, a->arena,
		"SELECT at_ms, event, details FROM call_event WHERE org = $1 AND call_sk = $2 ORDER BY n LIMIT $3", v, ARRAY_LEN(v), &rows);
	for (int i = 0; i < n; i++) {
		struct str details = store_cell_text(&rows, (uint32_t)i, 2);
		json_t *what = json_loadb(details.p, details.n, JSON_DECODE_ANY, NULL);
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "at", json_time(store_cell_int(&rows, (uint32_t)i, 0)), "event",
			json_of(store_cell_text(&rows, (uint32_t)i, 1)), "details", what ? what : json_null()));
	}
	return list;
}

/* sk, SID and state of the records of a kind that name the call. */
static json_t *refs_of(struct api *a, const struct record *call, const struct record_kind *k)
{
	struct record_query q = {.page_size = RECORD_PAGE_MAX, .sort = "created_ms", .n_filters = 1,
		.filters = {{"call_sid", "=", call->columns[CALL_SID]}}};
	struct record_list found = {0};
	json_t *list = json_array();
	if (call->columns[CALL_SID].type == STORE_NULL || record_list(&a->scope, a->arena, k, &q, &found) < 0)
		return list;
	int sid = record_column(k, "sid"), status = record_column(k, "status");
	for (uint32_t i = 0; i < found.n_records; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "sk", json_of(found.records[i].sk), "sid",
			json_of(found.records[i].columns[sid].bytes), "status", json_of(found.records[i].columns[status].bytes)));
	return list;
}

static void fill_all(struct api *a, const struct record *r, json_t *data)
{
	call_fill(a, r, data);
	json_object_set_new(data, "legs", legs_of(a, r));
	json_object_set_new(data, "journey", journey_of(a, r));
	json_object_set_new(data, "recordings", refs_of(a, r, &record_recording));
	json_object_set_new(data, "transcripts", refs_of(a, r, &record_transcript));
}

static void get(struct api *a)
{
	struct record call;
	if (call_find(a, a->path_values[0], &call) == 0)
		api_record_filled(a, 200, &call, &record_call, fill_all);
}

/* ---- PATCH ---- */

static void set_text(struct api *a, json_t *data, const char *name, size_t max)
{
	struct str text = api_text(a, name, 0, max);
	if (api_has(a, name))
		json_object_set_new(data, name, text.n > 0 ? json_of(text) : json_null());
}

static void set_tags(struct api *a, json_t *data)
{
	json_t *tags = json_object_get(a->body, "tags"), *item;
	size_t i;
	if (!tags)
		return;
	if (!json_is_array(tags) || json_array_size(tags) > TAGS_MAX) {
		api_fault(a, "/tags", "wrong_type", "tags must be an array of up to %d words", TAGS_MAX);
		return;
	}
	json_array_foreach(tags, i, item)
		if (json_text(item).n == 0 || json_text(item).n > TAG_MAX)
			api_fault(a, arena_printf(a->arena, "/tags/%zu", i), "wrong_type", "a tag is a text of 1 to %d bytes", TAG_MAX);
	json_object_set(data, "tags", tags);
}

static void set_follow_up(struct api *a, json_t *data)
{
	struct str at = api_text(a, "followUpAt", 0, 30);
	int64_t at_ms;
	if (at.n > 0 && call_time_read(at, &at_ms) < 0)
		api_fault(a, "/followUpAt", "time_invalid", "followUpAt is a time like 2026-11-24T19:40:00Z");
	if (api_has(a, "followUpAt"))
		json_object_set_new(data, "followUpAt", at.n > 0 ? json_of(at) : json_null());
	set_text(a, data, "followUpNote", NOTE_MAX);
}

static void change(struct api *a)
{
	static const char *const fields[] = {"note", "outcome", "tags", "followUpAt", "followUpNote", NULL};
	struct record call;
	if (call_find(a, a->path_values[0], &call) < 0 || !api_if_match(a, call.version))
		return;
	AUTO(auto_json) json_t *data = json_loadb(call.data.p, call.data.n, 0, NULL);
	api_known(a, fields);
	set_text(a, data, "note", NOTE_MAX);
	set_text(a, data, "outcome", OUTCOME_MAX);
	set_tags(a, data);
	set_follow_up(a, data);
	if (api_has_faults(a))
		return;
	struct str text = json_write(data, a->arena);
	int err = text.n > 0 ? record_update(&a->scope, &record_call, call.sk, call.version, text, NULL) : -ENOMEM;
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "call.update", call.sk, call.data, text);
	if (call_find(a, call.sk, &call) == 0)
		api_record_filled(a, 200, &call, &record_call, call_fill);
}

const struct api_route calls_routes[] = {
	{"GET", "/phone/calls", AUTH_JWT, "calls:read", list, 0, "Calls, newest first"},
	{"GET", "/phone/calls/live", AUTH_JWT, "calls:read", list_live, 0, "Calls that are not over, with their legs"},
	{"GET", "/phone/calls/{id}", AUTH_JWT, "calls:read", get, 0, "One call: legs, journey, recordings, transcripts"},
	{"PATCH", "/phone/calls/{id}", AUTH_JWT, "calls:write|calls:control|calls:make", change, 0, "Note what came of a call"},
	{0},
};
