/* SPDX-License-Identifier: MIT */
/* GET and PUT /phone/presence, and its history (PLANE.md 8.5). */
#include <errno.h>

#include "json_help.h"
#include "time_read.h"
#include "ringdown/base/auto.h"
#include "softphone.h"

static bool is_wanted(const struct presence *p, struct str users)
{
	if (users.n == 0)
		return true;
	while (users.n > 0) {
		struct str one = str_trim(str_split(&users, ','));
		if (one.n > 0 && (str_is(one, p->user_sk) || str_is(one, p->email)))
			return true;
	}
	return false;
}

static void get_presence(struct api *a)
{
	struct presence_query q = {0};
	struct presence *list;
	struct str users = STR("");
	uint32_t n = 0;
	(void)api_query(a, "users", &users);
	(void)api_query(a, "group", &q.group);
	(void)api_query(a, "queue", &q.queue);
	int err = presence_sweep(&a->scope);
	if (err >= 0)
		err = presence_list(&a->scope, a->arena, &q, &list, &n);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	json_t *data = json_array();
	for (uint32_t i = 0; i < n; i++)
		if (is_wanted(&list[i], users))
			json_array_append_new(data, presence_view(&list[i]));
	json_int_t total = (json_int_t)json_array_size(data);
	api_json(a, 200, json_pack("{s:o, s:I, s:i, s:I, s:b}", "data", data, "total", total, "page", 1, "pageSize", total, "hasNext", 0));
}

/* The user whose presence it is: one's own, or another's for who may. */
static int find_user(struct api *a, struct str named, struct str *ret_sk)
{
	struct record user;
	*ret_sk = a->subject.user_sk;
	if (named.n == 0 || str_is(named, a->subject.user_sk) || str_is(named, a->subject.email)) {
		if (ret_sk->n > 0)
			return 0;
		api_problem(a, 403, "user_required", "say whose presence it is: userId");
		return -EACCES;
	}
	if (!api_has_scope(a, "presence:others")) {
		api_problem(a, 403, "insufficient_scope", "another user's presence needs the scope presence:others");
		return -EACCES;
	}
	int err = record_get(&a->scope, a->arena, &record_user, named, &user);
	if (err == -ENOENT)
		err = record_find(&a->scope, a->arena, &record_user, "email", store_text(named), &user);
	if (err < 0)
		api_store_problem(a, err);
	else
		*ret_sk = user.sk;
	return err;
}

static void put_presence(struct api *a)
{
	struct presence p;
	struct str until = api_text(a, "until", 0, 40), user = api_text(a, "userId", 0, 320);
	struct presence_choice c = {.state = api_text(a, "state", 1, 16), .reason = api_text(a, "reason", 0, PRESENCE_REASON_MAX)};
	c.until_ms = until.n > 0 ? time_read(until) : 0;
	if (c.state.n > 0 && !presence_is_state(c.state))
		api_fault(a, "/state", "invalid_value", "must be available, busy, away, dnd or offline");
	if (c.until_ms < 0 || (until.n > 0 && c.until_ms <= a->now_ms))
		api_fault(a, "/until", "invalid_value", "must be a time to come, like 2026-11-23T16:15:53Z");
	if (api_has_faults(a) || find_user(a, user, &c.user_sk) < 0)
		return;
	int err = presence_set(&a->scope, &c);
	if (err == 0)
		err = presence_get(&a->scope, a->arena, c.user_sk, &p);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_event(a, "presence.changed", presence_view(&p));
	api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "data", presence_view(&p)));
}

static int64_t query_time(struct api *a, const char *name, int64_t otherwise)
{
	struct str text;
	if (api_query(a, name, &text) < 0)
		return otherwise;
	int64_t ms = time_read(text);
	if (ms < 0)
		api_fault(a, arena_printf(a->arena, "/%s", name), "invalid_value", "must be like 2026-11-23T16:15:53Z");
	return ms;
}

static json_t *change_view(const struct presence_change *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "sk", json_of(c->sk), "userId", json_of(c->user_sk), "state",
		json_of(c->state), "reason", c->reason.n > 0 ? json_of(c->reason) : json_null(), "author", json_of(c->author), "at",
		json_time(c->at_ms));
}

/* For reports: the last 1000 changes in the time that is asked for. */
static void get_history(struct api *a)
{
	struct presence_change *list;
	struct str user = STR(""), sk = STR("");
	uint32_t n = 0;
	int64_t since_ms = query_time(a, "since", 0), until_ms = query_time(a, "until", INT64_MAX);
	(void)api_query(a, "user", &user);
	bool is_for_all = user.n == 0 && api_has_scope(a, "presence:others");
	if (api_has_faults(a) || (!is_for_all && find_user(a, user, &sk) < 0))
		return;
	int err = presence_history(&a->scope, a->arena, sk, since_ms, until_ms, &list, &n);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	json_t *data = json_array();
	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(data, change_view(&list[i]));
	api_json(a, 200, json_pack("{s:o, s:I, s:i, s:i, s:b}", "data", data, "total", (json_int_t)n, "page", 1, "pageSize", 1000, "hasNext", 0));
}

const struct api_route presence_routes[] = {
	{"GET", "/phone/presence", AUTH_JWT, "presence:read|presence:self", get_presence, 0, "Who can be rung"},
	{"PUT", "/phone/presence", AUTH_JWT, "presence:self|presence:others", put_presence, 0, "Choose one's presence, or another's"},
	{"GET", "/phone/presence/history", AUTH_JWT, "presence:read|presence:self", get_history, 0, "Changes of presence"},
	{0},
};
