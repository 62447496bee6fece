/* SPDX-License-Identifier: MIT */
/* Recordings over the API: the list, one of them, what is noted of it (PLANE.md 9.2). */
#include <errno.h>

#include "json_help.h"
#include "recordings.h"
#include "ringdown/base/auto.h"
#include "time_read.h"

static const char *const sorts[] = {"createdate", "modifydate", "started_ms", "duration_s", NULL};

/* What all may see who have recordings:read, and who have not see their own alone. */
static bool sees_all(struct api *a)
{
	return api_has_scope(a, "recordings:read");
}

static bool is_in_group(struct api *a, struct str group)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(a->subject.user_sk), store_text(group)};
	return store_ask(a->store, a->arena,
		       "SELECT 1 FROM group_member m JOIN user_group g ON g.org = m.org AND g.sk = m.group_sk"
		       " WHERE m.org = $1 AND m.user_sk = $2 AND (g.sk = $3 OR g.name = $3)", v, 3, &rows) > 0;
}

/* Its call or mailbox is the subject's, or a group's of the subject. */
static bool is_own(struct api *a, const struct record *r)
{
	struct str me = a->subject.user_sk, mailbox = r->columns[RECORDING_MAILBOX].bytes;
	if (me.n == 0)
		return false;
	if (str_is(r->columns[RECORDING_USER].bytes, me) || str_is(mailbox, me))
		return true;
	return r->columns[RECORDING_MAILBOX].type == STORE_TEXT && str_starts(mailbox, STR("group:")) &&
		is_in_group(a, str_skip(mailbox, 6));
}

int recording_find(struct api *a, struct str id, struct record *ret)
{
	int err = record_get(&a->scope, a->arena, &record_recording, id, ret);
	if (err == -ENOENT)
		err = record_find(&a->scope, a->arena, &record_recording, "sid", store_text(id), ret);
	if (err == 0 && !sees_all(a) && !is_own(a, ret))
		err = -ENOENT;
	if (err < 0)
		api_store_problem(a, err);
	return err;
}

/* ---- list ---- */

static void filter_text(struct api *a, struct record_query *q, const char *name, const char *column)
{
	struct str value;
	if (api_query(a, name, &value) == 0)
		api_filter(q, column, "=", store_text(value));
}

static void filter_time(struct api *a, struct record_query *q, const char *name, const char *op)
{
	struct str value;
	if (api_query(a, name, &value) < 0)
		return;
	int64_t ms = time_read(value);
	if (ms < 0)
		api_fault(a, arena_printf(a->arena, "/%s", name), "invalid_value", "must be like 2026-11-23T16:15:53Z");
	else
		api_filter(q, "started_ms", op, store_int(ms));
}

static bool is_yes(struct str s)
{
	return str_is(s, STR("true")) || str_is(s, STR("1")) || str_is(s, STR("yes"));
}

/* An agent's list: own calls and mailbox, or a mailbox of a group of the agent's. */
static void filter_own(struct api *a, struct record_query *q, struct str mailbox)
{
	bool is_group = str_starts(mailbox, STR("group:")) && is_in_group(a, str_skip(mailbox, 6));
	if (!is_group)
		api_filter(q, "user_sk|mailbox", "=", store_text(a->subject.user_sk));
}

static void list(struct api *a)
{
	struct record_query q = api_paging(a, sorts);
	struct record_list found;
	struct str value, mailbox = STR("");
	filter_text(a, &q, "callSid", "call_sid");
	filter_text(a, &q, "kind", "kind");
	filter_text(a, &q, "number", "number");
	filter_text(a, &q, "user", "user_sk");
	filter_text(a, &q, "mailbox", "mailbox");
	filter_time(a, &q, "since", ">=");
	filter_time(a, &q, "until", "<");
	(void)api_query(a, "mailbox", &mailbox);
	if (api_query(a, "unheard", &value) == 0 && is_yes(value))
		api_filter(&q, "is_heard", "=", store_int(0));
	if (!sees_all(a))
		filter_own(a, &q, mailbox);
	if (api_has_faults(a))
		return;
	int err = record_list(&a->scope, a->arena, &record_recording, &q, &found);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list(a, &found, &record_recording, "recordings");
}

static void get(struct api *a)
{
	struct record r;
	if (recording_find(a, a->path_values[0], &r) == 0)
		api_record(a, 200, &r, &record_recording);
}

/* ---- heard, and held ---- */

static void patch(struct api *a)
{
	struct record r;
	if (recording_find(a, a->path_values[0], &r) < 0 || !api_if_match(a, r.version))
		return;
	AUTO(auto_json) json_t *data = json_loadb(r.data.p, r.data.n, 0, NULL);
	bool was_held = json_is_true(json_object_get(data, "legalHold"));
	bool is_held_now = api_bool(a, "legalHold", was_held), is_heard = api_bool(a, "heard", r.columns[RECORDING_HEARD].number != 0);
	struct str note = api_text(a, "note", 0, 2000);
	if (was_held != is_held_now && !api_has_scope(a, "recordings:delete"))
		api_fault(a, "/legalHold", "insufficient_scope", "needs the scope recordings:delete");
	if (api_has_faults(a))
		return;
	json_object_set_new(data, "legalHold", json_boolean(is_held_now));
	if (api_has(a, "note"))
		json_object_set_new(data, "note", json_of(note));
	struct store_value columns[RECORDING_COLUMNS];
	for (int i = 0; i < RECORDING_COLUMNS; i++)
		columns[i] = r.columns[i];
	columns[RECORDING_HEARD] = store_int(is_heard);
	int err = record_update(&a->scope, &record_recording, r.sk, r.version, json_write(data, a->arena), columns);
	if (err == 0)
		err = record_get(&a->scope, a->arena, &record_recording, r.sk, &r);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_record(a, 200, &r, &record_recording);
}

#define READS "recordings:read|recordings:own"

const struct api_route recordings_routes[] = {
	{"GET", "/phone/recordings", AUTH_JWT, READS, list, 0, "Recordings: callSid, kind, number, user, mailbox, since, until, unheard"},
	{"GET", "/phone/recordings/{id}", AUTH_JWT, READS, get, 0, "One recording, by sk or SID"},
	{"PATCH", "/phone/recordings/{id}", AUTH_JWT, READS, patch, 0, "heard, note, legalHold"},
	{0},
};
