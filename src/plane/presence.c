/* SPDX-License-Identifier: MIT */
#include "presence.h"

#include <errno.h>
#include <jansson.h>

#include "ringdown/base/auto.h"

static const char *const states[] = {"available", "busy", "away", "dnd", "offline"};

bool presence_is_state(struct str s)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_is(s, str_of(states[i])))
			return true;
	return false;
}

/* A user whose phone rings beside the softphone is reached without one. */
static bool is_reachable_by_phone(struct str data, struct str phone)
{
	json_t *j = json_loadb(data.p, data.n, 0, NULL);
	bool is_wished = json_is_true(json_object_get(j, "reachableByPhone")) || json_is_true(json_object_get(j, "simring"));
	json_decref(j);
	return is_wished && phone.n > 0;
}

static struct str effective_of(const struct presence *p, int64_t now_ms)
{
	if (p->n_calls > 0)
		return STR("on-call");
	if (p->wrap_up_until_ms > now_ms)
		return STR("wrap-up");
	return p->n_devices > 0 || p->is_reachable_by_phone ? p->state : STR("offline");
}

enum { SK, EMAIL, NAME, PHONE, DATA, STATE, REASON, UNTIL, CHANGED, WRAP_UP, IDLE, DEVICES, CALLS };

#define COLUMNS                                                                                                      \
	"SELECT u.sk, u.email, u.name, u.phone, u.data, p.state, p.reason, p.until_ms, p.changed_ms,"               \
	" p.wrap_up_until_ms, p.idle_since_ms,"                                                                     \
	" (SELECT COUNT(*) FROM device d WHERE d.org = u.org AND d.user_sk = u.sk AND d.last_seen_ms > $2),"        \
	" (SELECT COUNT(*) FROM call c WHERE c.org = u.org AND c.user_sk = u.sk AND c.status_rank < 4)"             \
	" FROM app_user u LEFT JOIN presence p ON p.org = u.org AND p.user_sk = u.sk"                               \
	" WHERE u.org = $1 AND u.is_active = 1"

#define IN_GROUP(group)                                                                                              \
	"SELECT m.user_sk FROM group_member m WHERE m.org = u.org AND m.group_sk IN (" group ")"

static const char all_users[] = COLUMNS " ORDER BY u.email LIMIT 1000";
static const char one_user[] = COLUMNS " AND u.sk = $3";
static const char group_users[] = COLUMNS
	" AND u.sk IN (" IN_GROUP("SELECT g.sk FROM user_group g WHERE g.org = u.org AND (g.sk = $3 OR g.name = $3)")
	") ORDER BY u.email LIMIT 1000";
static const char queue_users[] = COLUMNS
	" AND (u.sk IN (SELECT q.member_sk FROM queue_member q JOIN queue ON queue.org = q.org AND queue.sk = q.queue_sk"
	" WHERE q.org = u.org AND q.member_type = 'user' AND (queue.sk = $3 OR queue.name = $3))"
	" OR u.sk IN (" IN_GROUP("SELECT q.member_sk FROM queue_member q JOIN queue ON queue.org = q.org AND queue.sk = q.queue_sk"
				 " WHERE q.org = u.org AND q.member_type = 'group' AND (queue.sk = $3 OR queue.name = $3)")
	")) ORDER BY u.email LIMIT 1000";

static struct presence read_row(const struct store_rows *r, uint32_t i, int64_t now_ms)
{
	struct presence p = {
		.user_sk = store_cell_text(r, i, SK),
		.email = store_cell_text(r, i, EMAIL),
		.name = store_cell_text(r, i, NAME),
		.phone = store_cell_text(r, i, PHONE),
		.state = store_cell_text(r, i, STATE),
		.reason = store_cell_text(r, i, REASON),
		.until_ms = store_cell_int(r, i, UNTIL),
		.changed_ms = store_cell_int(r, i, CHANGED),
		.wrap_up_until_ms = store_cell_int(r, i, WRAP_UP),
		.idle_since_ms = store_cell_int(r, i, IDLE),
		.n_devices = store_cell_int(r, i, DEVICES),
		.n_calls = store_cell_int(r, i, CALLS),
	};
	p.is_reachable_by_phone = is_reachable_by_phone(store_cell_text(r, i, DATA), p.phone);
	if (p.until_ms > 0 && p.until_ms <= now_ms) {
		p.state = STR("available");
		p.reason = STR("");
		p.changed_ms = p.until_ms;
		p.until_ms = 0;
	}
	if (p.state.n == 0) /* nothing was ever chosen */
		p.state = p.is_reachable_by_phone ? STR("available") : STR("offline");
	p.effective = effective_of(&p, now_ms);
	return p;
}

static int ask(const struct store_scope *s, struct arena *a, const char *sql, struct str which, struct presence **ret_list,
	uint32_t *ret_n)
{
	const struct store_value v[] = {store_text(s->org), store_int(s->now_ms - DEVICE_LIFE_MS), store_text(which)};
	struct store_rows rows;
	int n = store_ask(s->conn, a, sql, v, sql == all_users ? 2 : 3, &rows);
	if (n < 0)
		return n;
	struct presence *list = arena_alloc(a, ((size_t)n + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows.n_rows; i++)
		list[i] = read_row(&rows, i, s->now_ms);
	*ret_list = list;
	*ret_n = rows.n_rows;
	return 0;
}

int presence_list(const struct store_scope *s, struct arena *a, const struct presence_query *q, struct presence **ret_list,
	uint32_t *ret_n)
{
	if (q->user_sk.n > 0)
		return ask(s, a, one_user, q->user_sk, ret_list, ret_n);
	if (q->group.n > 0)
		return ask(s, a, group_users, q->group, ret_list, ret_n);
	if (q->queue.n > 0)
		return ask(s, a, queue_users, q->queue, ret_list, ret_n);
	return ask(s, a, all_users, STR(""), ret_list, ret_n);
}

int presence_get(const struct store_scope *s, struct arena *a, struct str user_sk, struct presence *ret)
{
	struct presence *list;
	uint32_t n;
	int err = ask(s, a, one_user, user_sk, &list, &n);
	if (err < 0)
		return err;
	if (n == 0)
		return -ENOENT;
	*ret = list[0];
	return 0;
}
