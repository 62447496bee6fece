/* SPDX-License-Identifier: MIT */
/* A call as clients see it. */
#include <errno.h>

#include "calls.h"
#include "json_help.h"
#include "ringdown/base/auto.h"

static json_t *value_of(const struct store_value *v)
{
	switch (v->type) {
	case STORE_TEXT:
		return json_of(v->bytes);
	case STORE_INT:
		return json_integer(v->number);
	case STORE_NULL:
	case STORE_BLOB:
		break;
	}
	return json_null();
}

void call_fill(struct api *a, const struct record *r, json_t *data)
{
	static const struct {
		enum call_column column;
		const char *name;
		enum { PLAIN, TIME, FLAG } form;
	} members[] = {
		{CALL_SID, "sid", PLAIN}, {CALL_ACCOUNT, "accountSid", PLAIN}, {CALL_PARENT, "parentSid", PLAIN},
		{CALL_SESSION, "sessionId", PLAIN}, {CALL_DIRECTION, "direction", PLAIN}, {CALL_FROM, "from", PLAIN},
		{CALL_TO, "to", PLAIN}, {CALL_STATUS, "status", PLAIN}, {CALL_NUMBER, "number", PLAIN}, {CALL_FLOW, "flow", PLAIN},
		{CALL_FLOW_VERSION, "flowVersion", PLAIN}, {CALL_USER, "user", PLAIN}, {CALL_QUEUE, "queue", PLAIN},
		{CALL_STARTED, "startedAt", TIME}, {CALL_ANSWERED, "answeredAt", TIME}, {CALL_ENDED, "endedAt", TIME},
		{CALL_IS_MISSED, "missed", FLAG}, {CALL_HAS_VOICEMAIL, "voicemail", FLAG},
	};
	(void)a;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const struct store_value *v = &r->columns[members[i].column];
		json_t *j = members[i].form == TIME ? json_time(v->type == STORE_INT ? v->number : 0)
			: members[i].form == FLAG ? json_boolean(v->number != 0) : value_of(v);
		json_object_set_new(data, members[i].name, j);
	}
}

int call_find(struct api *a, struct str which, struct record *ret_call)
{
	bool is_sid = str_starts(which, STR("CA"));
	int err = is_sid ? record_find(&a->scope, a->arena, &record_call, "call_sid", store_text(which), ret_call)
			 : record_get(&a->scope, a->arena, &record_call, which, ret_call);
	if (err == -ENOENT)
		api_problem(a, 404, "call_not_found", "there is no such call");
	else if (err < 0)
		api_store_problem(a, err);
	return err;
}

void call_reply(struct api *a, int status, const struct record *r)
{
	json_t *envelope = api_envelope(r, &record_call);
	if (envelope)
		call_fill(a, r, json_object_get(envelope, "data"));
	api_json(a, status, json_pack("{s:b, s:o}", "success", 1, "data", envelope));
}

static void tell(struct api *a, const char *event, const struct record *r)
{
	json_t *data = json_pack("{s:o}", "call", json_of(r->sk));
	call_fill(a, r, data);
	api_event(a, event, data);
}

void call_tell(struct api *a, const struct call_change *change)
{
	const struct record *r = &change->call;
	bool has_moved = change->effect == CALL_BEGUN || change->effect == CALL_MOVED;
	if (change->effect == CALL_BEGUN)
		tell(a, "call.started", r);
	if (has_moved && r->columns[CALL_RANK].number == CALL_RANK_LIVE && r->columns[CALL_ANSWERED].number == a->scope.now_ms)
		tell(a, "call.answered", r);
	if (change->has_ended)
		tell(a, "call.completed", r);
	if (change->is_missed)
		tell(a, "call.missed", r);
}

/* ---- times in a query ---- */

static int digits(struct str *text, size_t n, int64_t min, int64_t max, int64_t *ret)
{
	uint64_t v;
	if (text->n < n || str_u64((struct str){text->p, n}, (uint64_t)max, &v) < 0 || (int64_t)v < min)
		return -EINVAL;
	*text = str_skip(*text, n);
	*ret = (int64_t)v;
	return 0;
}

static bool skip(struct str *text, char c)
{
	bool is_there = text->n > 0 && text->p[0] == c;
	*text = str_skip(*text, is_there);
	return is_there;
}

/* Days since 1970 by counting from March, so that the leap day is the last of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
	return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static int read_clock(struct str *text, int64_t *ret_ms)
{
	int64_t hour, minute, second, ms = 0;
	if (digits(text, 2, 0, 23, &hour) < 0 || !skip(text, ':') || digits(text, 2, 0, 59, &minute) < 0 || !skip(text, ':') ||
		digits(text, 2, 0, 59, &second) < 0)
		return -EINVAL;
	if (skip(text, '.') && digits(text, 3, 0, 999, &ms) < 0)
		return -EINVAL;
	*ret_ms = 1000 * (3600 * hour + 60 * minute + second) + ms;
	return skip(text, 'Z') ? 0 : -EINVAL;
}

int call_time_read(struct str text, int64_t *ret_wall_ms)
{
	int64_t year, month, day, ms = 0;
	if (digits(&text, 4, 1970, 9999, &year) < 0 || !skip(&text, '-') || digits(&text, 2, 1, 12, &month) < 0 || !skip(&text, '-') ||
		digits(&text, 2, 1, 31, &day) < 0)
		return -EINVAL;
	if (skip(&text, 'T') && read_clock(&text, &ms) < 0)
		return -EINVAL;
	if (text.n > 0)
		return -EINVAL;
	*ret_wall_ms = days_of(year, month, day) * 86400000 + ms;
	return 0;
}
