/* SPDX-License-Identifier: MIT */
#include "flow_world.h"

#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/ivr/schedule.h"

enum { DEVICE_LIFE_MS = 90000 };

/* A statement of a caller's request: once the database has failed, nothing more is asked of it. */
static int ask(struct flow_world *w, const char *sql, const struct store_value *v, uint32_t n, struct store_rows *rows)
{
	if (w->is_store_gone)
		return -ENOTCONN;
	int found = store_ask(w->scope->conn, w->arena, sql, v, n, rows);
	w->is_store_gone |= found == -ENOTCONN || found == -EAGAIN || found == -EIO;
	return found;
}

static int find(struct flow_world *w, const struct record_kind *k, const char *column, struct str name, struct record *ret)
{
	if (w->is_store_gone)
		return -ENOTCONN;
	int err = record_find(w->scope, w->arena, k, column, store_text(name), ret);
	w->is_store_gone |= err == -ENOTCONN || err == -EAGAIN || err == -EIO;
	return err;
}

/* By name, or by sk. */
static int find_named(struct flow_world *w, const struct record_kind *k, struct str name, struct record *ret)
{
	int err = find(w, k, "name", name, ret);
	return err == -ENOENT ? find(w, k, "sk", name, ret) : err;
}

/* ---- people ---- */

static const char user_sql[] =
	"SELECT u.sk, u.name, u.email, u.phone, u.data, COALESCE(p.state, 'offline'), COALESCE(p.wrap_up_until_ms, 0),"
	" COALESCE(p.idle_since_ms, 0),"
	" (SELECT COUNT(*) FROM device d WHERE d.org = u.org AND d.user_sk = u.sk AND d.last_seen_ms >= $3),"
	" (SELECT COUNT(*) FROM call c WHERE c.org = u.org AND c.user_sk = u.sk AND c.status_rank < 4)"
	" FROM app_user u LEFT JOIN presence p ON p.org = u.org AND p.user_sk = u.sk"
	" WHERE u.org = $1 AND u.is_active = 1 AND (u.sk = $2 OR u.name = $2 OR u.email = $2)";

enum { U_SK, U_NAME, U_EMAIL, U_PHONE, U_DATA, U_STATE, U_WRAP_UP, U_IDLE, U_DEVICES, U_LIVE };

static void fill_user(struct flow_world *w, const struct store_rows *rows, struct ivr_user *u)
{
	struct str data = store_cell_text(rows, 0, U_DATA), state = store_cell_text(rows, 0, U_STATE);
	AUTO(auto_json) json_t *o = json_loadb(data.p ? data.p : "", data.n, 0, NULL);
	json_t *simring = json_object_get(o, "simring");
	struct str own = store_cell_text(rows, 0, U_PHONE), first = json_text(json_array_get(simring, 0));
	u->sk = store_cell_text(rows, 0, U_SK);
	u->name = store_cell_text(rows, 0, U_NAME);
	u->email = store_cell_text(rows, 0, U_EMAIL);
	u->phone = arena_str(w->arena, first.n > 0 ? first : own);
	u->has_simring = json_array_size(simring) > 0;
	u->is_busy = store_cell_int(rows, 0, U_LIVE) > 0 || str_is(state, STR("busy"));
	u->is_available = !u->is_busy && str_is(state, STR("available")) && store_cell_int(rows, 0, U_WRAP_UP) <= w->world.now_ms;
	u->idle_since_ms = store_cell_int(rows, 0, U_IDLE);
	if (store_cell_int(rows, 0, U_DEVICES) > 0)
		u->identity = str_of(arena_printf(w->arena, STR_FMT "_" STR_FMT, STR_ARG(w->world.org), STR_ARG(u->sk)));
}

/* Its index; -ENOENT. */
static int add_user(struct flow_world *w, struct str name)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(w->scope->org), store_text(name), store_int(w->world.now_ms - DEVICE_LIFE_MS)};
	for (uint32_t i = 0; i < w->world.n_users; i++)
		if (str_is(w->users[i].sk, name) || str_is(w->users[i].name, name) || str_is(w->users[i].email, name))
			return (int)i;
	if (w->world.n_users == FLOW_WORLD_USERS || ask(w, user_sql, v, 3, &rows) < 1)
		return -ENOENT;
	fill_user(w, &rows, &w->users[w->world.n_users]);
	return (int)w->world.n_users++;
}

static void put_skills(struct flow_world *w, struct ivr_user *u, struct str text)
{
	AUTO(auto_json) json_t *list = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	size_t n = json_array_size(list);
	struct str *skills = n > 0 ? arena_alloc(w->arena, n * sizeof(*skills)) : NULL;
	if (!skills || u->n_skills > 0)
		return;
	for (size_t i = 0; i < n; i++)
		skills[i] = arena_str(w->arena, json_text(json_array_get(list, i)));
	u->skills = skills;
	u->n_skills = (uint32_t)n;
}

static void add_members(struct flow_world *w, struct ivr_group *g)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(w->scope->org), store_text(g->sk)};
	int n = ask(w, "SELECT user_sk, skills FROM group_member WHERE org = $1 AND group_sk = $2 ORDER BY priority, user_sk", v, 2, &rows);
	uint32_t *members = n > 0 ? arena_alloc(w->arena, (size_t)n * sizeof(*members)) : NULL;
	for (int i = 0; members && i < n; i++) {
		int at = add_user(w, store_cell_text(&rows, (uint32_t)i, 0));
		if (at < 0)
			continue;
		members[g->n_members++] = (uint32_t)at;
		put_skills(w, &w->users[at], store_cell_text(&rows, (uint32_t)i, 1));
	}
	g->members = members;
}

/* Whose turn it is: a counter of the group's, moved on by an effect. */
static uint32_t turn_of(struct flow_world *w, struct str group_sk)
{
	struct store_rows rows;
	const char *key = arena_printf(w->arena, "turn|" STR_FMT "|" STR_FMT, STR_ARG(w->scope->org), STR_ARG(group_sk));
	const struct store_value v[] = {store_text(str_of(key))};
	int n = ask(w, "SELECT tokens FROM rate_bucket WHERE key = $1", v, 1, &rows);
	return n > 0 ? (uint32_t)store_cell_int(&rows, 0, 0) : 0;
}

static void add_group(struct flow_world *w, struct str name)
{
	struct record r;
	if (w->world.n_groups == FLOW_WORLD_GROUPS || find_named(w, &record_group, name, &r) < 0)
		return;
	struct ivr_group *g = &w->groups[w->world.n_groups++];
	AUTO(auto_json) json_t *o = json_loadb(r.data.p, r.data.n, 0, NULL);
	g->name = name;
	g->sk = r.sk;
	g->strategy = arena_str(w->arena, json_str(o, "strategy"));
	add_members(w, g);
	g->next = turn_of(w, r.sk);
}

/* ---- lines ---- */

static uint32_t count(struct flow_world *w, const char *sql, struct str queue_sk)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(w->scope->org), store_text(queue_sk)};
	return ask(w, sql, v, 2, &rows) > 0 ? (uint32_t)store_cell_int(&rows, 0, 0) : 0;
}

static void add_queue(struct flow_world *w, struct str name)
{
	struct record r;
	if (w->world.n_queues == FLOW_WORLD_QUEUES || find_named(w, &record_queue, name, &r) < 0)
		return;
	struct ivr_queue *q = &w->queues[w->world.n_queues++];
	AUTO(auto_json) json_t *o = json_loadb(r.data.p, r.data.n, 0, NULL);
	const json_t *position = json_object_get(o, "announcePosition");
	q->name = name;
	q->sk = r.sk;
	q->announce = arena_str(w->arena, json_str(o, "announce"));
	if (str_starts(json_str(o, "waitMusic"), STR("https://")))
		q->music_url = arena_str(w->arena, json_str(o, "waitMusic"));
	q->max_size = (uint32_t)json_integer_value(json_object_get(o, "maxSize"));
	q->announce_every_s = (uint32_t)json_integer_value(json_object_get(o, "announceEvery"));
	q->announce_position = !position || json_is_true(position);
	q->n_waiting = count(w, "SELECT COUNT(*) FROM queue_entry WHERE org = $1 AND queue_sk = $2 AND left_ms IS NULL"
		" AND status IN ('waiting', 'offered')", r.sk);
	q->n_available = count(w, "SELECT COUNT(DISTINCT p.user_sk) FROM presence p JOIN queue_member m ON m.org = p.org"
		" LEFT JOIN group_member g ON g.org = m.org AND m.member_type = 'group' AND g.group_sk = m.member_sk"
		" WHERE p.org = $1 AND m.queue_sk = $2 AND p.state = 'available'"
		" AND p.user_sk = COALESCE(g.user_sk, m.member_sk)", r.sk);
}

static void add_schedule(struct flow_world *w, struct str name)
{
	struct schedule_answer answer;
	if (w->world.n_schedules == FLOW_WORLD_NAMES || w->is_store_gone ||
		flow_world_schedule(w->scope, w->arena, name, w->world.now_ms, &answer) < 0)
		return;
	w->schedules[w->world.n_schedules++] = (struct ivr_named){name, str_of(schedule_state_name(answer.state))};
}

static void add_needs(struct flow_world *w, const struct flow *f, int depth);

static void add_flow(struct flow_world *w, struct str name, int depth)
{
	bool is_stale;
	int err;
	for (uint32_t i = 0; i < w->world.n_flows; i++)
		if (str_is(w->flows[i].flow->name, name))
			return;
	if (depth >= FLOW_DEPTH_MAX || w->world.n_flows == FLOW_WORLD_FLOWS)
		return;
	struct flow_version *v = flow_cache_get(w->cache, w->scope, name, 0, &is_stale, &err);
	if (!v)
		return;
	w->held[w->world.n_flows] = v;
	w->flows[w->world.n_flows++] = (struct ivr_flow){v->flow, v->version};
	add_needs(w, v->flow, depth + 1);
}

static void add_need(struct flow_world *w, const struct flow_need *need, int depth)
{
	switch (need->ref) {
	case FLOW_REF_QUEUE:
		add_queue(w, need->name);
		return;
	case FLOW_REF_GROUP:
		add_group(w, need->name);
		return;
	case FLOW_REF_USER:
		(void)add_user(w, need->name);
		return;
	case FLOW_REF_SCHEDULE:
		add_schedule(w, need->name);
		return;
	case FLOW_REF_FLOW:
		add_flow(w, need->name, depth);
		return;
	case FLOW_REF_NONE:
	case FLOW_REF_ASSISTANT:
	case FLOW_REF_PROMPT:
	case FLOW_REF_AUTOMATION:
		return;
	}
}

static bool is_first_of(const struct flow_need *needs, int i)
{
	for (int k = 0; k < i; k++)
		if (needs[k].ref == needs[i].ref && str_is(needs[k].name, needs[i].name))
			return false;
	return true;
}

static void add_needs(struct flow_world *w, const struct flow *f, int depth)
{
	const struct flow_need *needs = NULL;
	int n = flow_needs(f, w->arena, &needs);
	for (int i = 0; i < n; i++)
		if (is_first_of(needs, i))
			add_need(w, &needs[i], depth);
}

void flow_world_fill(struct flow_world *w, const struct flow *f)
{
	w->world.users = w->users;
	w->world.groups = w->groups;
	w->world.queues = w->queues;
	w->world.schedules = w->schedules;
	w->world.flows = w->flows;
	add_needs(w, f, 0);
}

/* ---- the organisation ---- */

struct str flow_countries(struct arena *a, const json_t *org)
{
	const json_t *list = json_object_get(org, "allowedCountries"), *country;
	char text[1024];
	struct buf b;
	size_t i;
	if (!json_is_array(list))
		return STR("US CA");
	buf_init(&b, text, sizeof(text));
	json_array_foreach(list, i, country)
	{
		buf_put(&b, json_text(country));
		buf_putc(&b, ' ');
	}
	return b.n > 0 && buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR("-");
}

void flow_world_org(struct flow_world *w)
{
	struct record r;
	w->world.allowed_countries = STR("US CA");
	if (find(w, &record_org, "sk", w->scope->org, &r) < 0)
		return;
	AUTO(auto_json) json_t *org = json_loadb(r.data.p, r.data.n, 0, NULL);
	w->world.allowed_countries = flow_countries(w->arena, org);
	w->world.business_name = arena_str(w->arena, json_str(org, "businessName"));
}

/* ---- the call ---- */

static const struct ivr_pair *pairs_of(struct arena *a, const json_t *o, uint32_t *ret_n)
{
	struct ivr_pair *list = arena_alloc(a, (json_object_size(o) + 1) * sizeof(*list));
	const char *key;
	json_t *v;
	*ret_n = 0;
	json_object_foreach((json_t *)(uintptr_t)o, key, v)
	{
		if (list && json_is_string(v))
			list[(*ret_n)++] = (struct ivr_pair){arena_str(a, str_of(key)), arena_str(a, json_text(v))};
	}
	return list;
}

static void put_candidates(struct flow_world *w, struct str text)
{
	AUTO(auto_json) json_t *list = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	struct str *names = arena_alloc(w->arena, (json_array_size(list) + 1) * sizeof(*names));
	for (size_t i = 0; names && i < json_array_size(list); i++)
		names[w->world.n_candidates++] = arena_str(w->arena, json_text(json_array_get(list, i)));
	w->world.candidates = names;
}

void flow_world_session(struct flow_world *w)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(w->scope->org), store_text(w->world.call_sid)};
	if (ask(w, "SELECT vars, candidates FROM call_session WHERE org = $1 AND call_sid = $2", v, 2, &rows) < 1)
		return;
	struct str vars = store_cell_text(&rows, 0, 0);
	w->vars = json_loadb(vars.p ? vars.p : "", vars.n, 0, NULL);
	w->world.vars = pairs_of(w->arena, w->vars, &w->world.n_vars);
	w->world.queue_exit = arena_str(w->arena, json_str(w->vars, "_exit"));
	put_candidates(w, store_cell_text(&rows, 0, 1));
}

void flow_world_contact(struct flow_world *w, struct str phone)
{
	struct record r;
	struct store_rows rows;
	if (phone.n == 0 || find(w, &record_contact, "phone", phone, &r) < 0)
		return;
	AUTO(auto_json) json_t *data = json_loadb(r.data.p, r.data.n, 0, NULL);
	w->world.contact = pairs_of(w->arena, data, &w->world.n_contact);
	w->world.can_text &= !json_is_true(json_object_get(data, "landline"));
	const struct store_value v[] = {store_text(w->scope->org), store_text(r.sk)};
	int n = ask(w, "SELECT tag FROM contact_tag WHERE org = $1 AND contact_sk = $2", v, 2, &rows);
	struct str *tags = n > 0 ? arena_alloc(w->arena, (size_t)n * sizeof(*tags)) : NULL;
	for (int i = 0; tags && i < n; i++)
		tags[w->world.n_tags++] = store_cell_text(&rows, (uint32_t)i, 0);
	w->world.tags = tags;
}

void flow_world_done(struct flow_world *w)
{
	for (uint32_t i = 0; i < w->world.n_flows; i++)
		flow_version_unref(w->held[i]);
	json_decref(w->vars);
}
