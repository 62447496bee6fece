/* SPDX-License-Identifier: MIT */
/* /phone/queues (PLANE.md 8.3): lines that callers wait in, and who takes them. */
#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/plane/api.h"

enum {
	NAME_MAX = 40, /* Twilio's name of it is "<org>.<name>", 64 at most */
	DISPLAY_MAX = 100,
	TEXT_MAX = 500,
	MEMBERS_MAX = 200,
	SKILLS_MAX = 20,
	SKILL_MAX = 40,
	PRIORITY_MAX = 100,
	SERVICE_LEVEL_S = 20,
};
enum { QUEUE_NAME, QUEUE_STRATEGY, QUEUE_COLUMNS };

static const struct {
	const char *name;
	int64_t min, max, otherwise;
} numbers[] = {
	{"maxSize", 1, 1000, 1000}, {"maxWait", 10, 36000, 1800}, {"offerTimeout", 5, 120, 15}, {"wrapUpSeconds", 0, 600, 10},
	{"announceEvery", 10, 600, 45}, {"slSeconds", 1, 600, SERVICE_LEVEL_S},
};
static const char *const flags[] = {"announcePosition", "callbackOffer"};
static const char *const strategies[] = {"longest-idle", "round-robin", "skills", "ring-all"};
static const char *const fields[] = {"name", "displayName", "strategy", "members", "skills", "maxSize", "maxWait", "offerTimeout",
	"wrapUpSeconds", "waitMusic", "announceEvery", "announcePosition", "callbackOffer", "slSeconds", NULL};

struct member {
	const char *type; /* "user", "group" */
	struct str sk;
	int64_t priority;
};
struct draft { /* a queue being made or changed */
	struct api *api;
	struct str sk;
	int64_t version; /* 0: new */
	json_t *data;
	struct member members[MEMBERS_MAX];
	size_t n_members;
	bool has_members; /* said; else they stay */
};

/* ---- what a body says ---- */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (i > 0 && (c == '-' || c == '_'))))
			return false;
	}
	return s.n > 0;
}

static void read_name(struct draft *d)
{
	struct str name = api_text(d->api, "name", d->version ? 0 : 1, NAME_MAX);
	if (name.n > 0 && !is_name(name))
		api_fault(d->api, "/name", "name_invalid", "a name has a-z, 0-9, - and _, and begins with a letter or digit");
	if (name.n > 0)
		json_object_set_new(d->data, "name", json_of(name));
}

static void read_strategy(struct draft *d)
{
	struct str text = api_text(d->api, "strategy", 0, 20);
	for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
		if (str_is(text, str_of(strategies[i])))
			json_object_set_new(d->data, "strategy", json_of(text));
	if (text.n > 0 && !str_is(json_str(d->data, "strategy"), text))
		api_fault(d->api, "/strategy", "strategy_unknown", "strategies are longest-idle, round-robin, skills and ring-all");
}

static void read_text(struct draft *d, const char *name, size_t max)
{
	struct str text = api_text(d->api, name, 0, max);
	if (api_has(d->api, name))
		json_object_set_new(d->data, name, text.n > 0 ? json_of(text) : json_null());
}

static void read_numbers(struct draft *d)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const json_t *now = json_object_get(d->data, numbers[i].name);
		int64_t v = api_int(d->api, numbers[i].name, numbers[i].min, numbers[i].max,
			now ? json_integer_value(now) : numbers[i].otherwise);
		json_object_set_new(d->data, numbers[i].name, json_integer(v));
	}
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		json_object_set_new(d->data, flags[i],
			json_boolean(api_bool(d->api, flags[i], json_is_true(json_object_get(d->data, flags[i])))));
}

static void read_skills(struct draft *d)
{
	json_t *skills = json_object_get(d->api->body, "skills"), *item;
	size_t i;
	if (!skills)
		return;
	if (!json_is_array(skills) || json_array_size(skills) > SKILLS_MAX)
		api_fault(d->api, "/skills", "wrong_type", "skills must be an array of up to %d words", SKILLS_MAX);
	json_array_foreach(skills, i, item)
		if (json_text(item).n == 0 || json_text(item).n > SKILL_MAX)
			api_fault(d->api, arena_printf(d->api->arena, "/skills/%zu", i), "wrong_type", "a skill is a text of 1 to %d bytes",
				SKILL_MAX);
	json_object_set(d->data, "skills", skills);
}

/* By sk; a group also by its name, a user also by e-mail. */
static int find_member(struct api *a, const struct record_kind *k, const char *column, struct str which, struct str *ret_sk)
{
	struct record r;
	int err = record_get(&a->scope, a->arena, k, which, &r);
	if (err == -ENOENT)
		err = record_find(&a->scope, a->arena, k, column, store_text(which), &r);
	if (err == 0)
		*ret_sk = r.sk;
	return err;
}

static void read_member(struct draft *d, size_t i, const json_t *item)
{
	struct api *a = d->api;
	struct str user = json_str(item, "user"), group = json_str(item, "group");
	const json_t *priority = json_object_get(item, "priority");
	struct member *m = &d->members[d->n_members];
	const char *pointer = arena_printf(a->arena, "/members/%zu", i);
	*m = (struct member){.type = user.n > 0 ? "user" : "group", .priority = json_integer_value(priority)};
	if ((user.n > 0) == (group.n > 0)) {
		api_fault(a, pointer, "one_of_required", "a member is {user} or {group}, and a priority");
	} else if ((user.n > 0 ? find_member(a, &record_user, "email", user, &m->sk) : find_member(a, &record_group, "name", group, &m->sk)) < 0) {
		api_fault(a, pointer, "member_unknown", "there is no such %s", m->type);
	} else if (priority && (!json_is_integer(priority) || m->priority < 0 || m->priority > PRIORITY_MAX)) {
		api_fault(a, pointer, "out_of_range", "priority must be a whole number from 0 to %d", PRIORITY_MAX);
	} else {
		d->n_members++;
	}
}

static void read_members(struct draft *d)
{
	json_t *members = json_object_get(d->api->body, "members"), *item;
	size_t i;
	d->has_members = members != NULL;
	if (members && (!json_is_array(members) || json_array_size(members) > MEMBERS_MAX)) {
		api_fault(d->api, "/members", "wrong_type", "members must be an array of up to %d", MEMBERS_MAX);
		return;
	}
	json_array_foreach(members, i, item)
		read_member(d, i, item);
}

static void read_draft(struct draft *d)
{
	api_known(d->api, fields);
	read_name(d);
	read_strategy(d);
	read_text(d, "displayName", DISPLAY_MAX);
	read_text(d, "waitMusic", TEXT_MAX);
	read_numbers(d);
	read_skills(d);
	read_members(d);
}

/* ---- the store ---- */

static int put_members(const struct draft *d)
{
	const struct store_scope *s = &d->api->scope;
	const struct store_value key[] = {store_text(s->org), store_text(d->sk)};
	int err = d->has_members ? store_run(s->conn, "DELETE FROM queue_member WHERE org = $1 AND queue_sk = $2", key, 2) : 0;
	for (size_t i = 0; err >= 0 && i < d->n_members; i++) {
		const struct member *m = &d->members[i];
		const struct store_value v[] = {key[0], key[1], store_text(str_of(m->type)), store_text(m->sk), store_int(m->priority)};
		err = store_run(s->conn, "INSERT INTO queue_member (org, queue_sk, member_type, member_sk, priority)"
			" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", v, ARRAY_LEN(v));
	}
	return err < 0 ? err : 0;
}

static int write_draft(struct store_conn *c, void *arg)
{
	const struct draft *d = arg;
	struct str data = json_write(d->data, d->api->arena);
	const struct store_value columns[QUEUE_COLUMNS] = {
		[QUEUE_NAME] = store_text(json_str(d->data, "name")), [QUEUE_STRATEGY] = store_text(json_str(d->data, "strategy"))};
	(void)c; /* the scope's */
	int err = d->version ? record_update(&d->api->scope, &record_queue, d->sk, d->version, data, columns)
			     : record_insert(&d->api->scope, &record_queue, d->sk, data, columns);
	return err < 0 ? err : put_members(d);
}

static void add_members(struct api *a, const struct record *r, json_t *data)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(r->sk)};
	json_t *members = json_array();
	int n = store_ask(a->store, a->arena, "SELECT member_type, member_sk, priority FROM queue_member"
		" WHERE org = $1 AND queue_sk = $2 ORDER BY priority, member_type, member_sk", v, ARRAY_LEN(v), &rows);
	for (int i = 0; i < n; i++)
		json_array_append_new(members, json_pack("{s:o, s:I}", store_cell_text(&rows, (uint32_t)i, 0).p,
			json_of(store_cell_text(&rows, (uint32_t)i, 1)), "priority", (json_int_t)store_cell_int(&rows, (uint32_t)i, 2)));
	json_object_set_new(data, "members", members);
}

/* By name or sk.  < 0: answered. */
static int find_queue(struct api *a, struct record *ret_queue)
{
	struct str which = a->path_values[0];
	int err = record_find(&a->scope, a->arena, &record_queue, "name", store_text(which), ret_queue);
	if (err == -ENOENT)
		err = record_get(&a->scope, a->arena, &record_queue, which, ret_queue);
	if (err == -ENOENT)
		api_problem(a, 404, "queue_not_found", "there is no such queue");
	else if (err < 0)
		api_store_problem(a, err);
	return err;
}

static void save(struct draft *d, const char *action, struct str was)
{
	struct api *a = d->api;
	struct record queue;
	int err = store_transaction(a->store, write_draft, d);
	if (err == -EEXIST)
		api_problem(a, 409, "name_taken", "another queue has this name");
	else if (err == 0)
		err = record_get(&a->scope, a->arena, &record_queue, d->sk, &queue);
	if (err < 0 && err != -EEXIST)
		api_store_problem(a, err);
	if (err < 0)
		return;
	api_audit(a, action, d->sk, was, queue.data);
	api_record_filled(a, d->version ? 200 : 201, &queue, &record_queue, add_members);
}

/* ---- handlers ---- */

static json_t *new_data(void)
{
	return json_pack("{s:s, s:n, s:n, s:[]}", "strategy", strategies[0], "displayName", "waitMusic", "skills");
}

static void create(struct api *a)
{
	AUTO(auto_json) json_t *data = new_data();
	struct draft *d = arena_alloc(a->arena, sizeof(*d));
	if (!d || !data) {
		api_problem(a, 503, "no_memory", "there is no memory for one more queue");
		return;
	}
	*d = (struct draft){.api = a, .sk = str_of(api_new_sk(a)), .data = data};
	read_draft(d);
	if (!api_has_faults(a))
		save(d, "queue.create", STR(""));
}

static void change(struct api *a)
{
	struct record queue;
	struct draft *d = arena_alloc(a->arena, sizeof(*d));
	if (find_queue(a, &queue) < 0 || !api_if_match(a, queue.version))
		return;
	AUTO(auto_json) json_t *data = json_loadb(queue.data.p, queue.data.n, 0, NULL);
	if (!d || !data) {
		api_problem(a, 503, "no_memory", "there is no memory for this");
		return;
	}
	*d = (struct draft){.api = a, .sk = queue.sk, .version = queue.version, .data = data};
	read_draft(d);
	if (!api_has_faults(a))
		save(d, "queue.update", queue.data);
}

static void get(struct api *a)
{
	struct record queue;
	if (find_queue(a, &queue) == 0)
		api_record_filled(a, 200, &queue, &record_queue, add_members);
}

static int64_t count_waiting(struct api *a, struct str queue_sk)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(queue_sk)};
	int n = store_ask(a->store, a->arena,
		"SELECT count(*) FROM queue_entry WHERE org = $1 AND queue_sk = $2 AND left_ms IS NULL", v, ARRAY_LEN(v), &rows);
	return n < 0 ? n : store_cell_int(&rows, 0, 0);
}

static int delete_work(struct store_conn *c, void *arg)
{
	const struct draft *d = arg;
	const struct store_value key[] = {store_text(d->api->scope.org), store_text(d->sk)};
	int err = store_run(c, "DELETE FROM queue_member WHERE org = $1 AND queue_sk = $2", key, ARRAY_LEN(key));
	return err < 0 ? err : record_delete(&d->api->scope, &record_queue, d->sk, d->version);
}

static void delete_queue(struct api *a)
{
	struct record queue;
	if (find_queue(a, &queue) < 0 || !api_if_match(a, queue.version))
		return;
	int64_t n_waiting = count_waiting(a, queue.sk);
	if (n_waiting > 0) {
		api_problem(a, 409, "queue_not_empty", "%lld callers wait in it", (long long)n_waiting);
		return;
	}
	struct draft d = {.api = a, .sk = queue.sk, .version = queue.version};
	int err = n_waiting < 0 ? (int)n_waiting : store_transaction(a->store, delete_work, &d);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "queue.delete", queue.sk, queue.data, STR(""));
	api_empty(a);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"createdate", "modifydate", "name", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list queues;
	if (api_has_faults(a))
		return;
	int err = record_list(&a->scope, a->arena, &record_queue, &q, &queues);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list_filled(a, &queues, &record_queue, "queues", add_members);
}

/* ---- what is going on in a queue ---- */

static json_t *waiting_of(struct api *a, struct str queue_sk)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(queue_sk), store_int(RECORD_PAGE_MAX)};
	json_t *list = json_array();
	int n = store_ask(a->store, a->arena, "SELECT e.call_sid, e.status, e.priority, e.entered_ms, c.from_number FROM queue_entry e"
		" LEFT JOIN call c ON c.org = e.org AND c.call_sid = e.call_sid"
		" WHERE e.org = $1 AND e.queue_sk = $2 AND e.left_ms IS NULL AND e.status <> 'connected'"
		" ORDER BY e.priority DESC, e.entered_ms LIMIT $3", v, ARRAY_LEN(v), &rows);
	for (uint32_t i = 0; n > 0 && i < rows.n_rows; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:I}", "callSid", json_of(store_cell_text(&rows, i, 0)),
			"from", json_of(store_cell_text(&rows, i, 4)), "status", json_of(store_cell_text(&rows, i, 1)), "priority",
			(json_int_t)store_cell_int(&rows, i, 2), "position", (json_int_t)i + 1, "since",
			json_time(store_cell_int(&rows, i, 3)), "waitedSeconds",
			(json_int_t)((a->now_ms - store_cell_int(&rows, i, 3)) / 1000)));
	return list;
}

/* Users who are members, or in a group that is one; each once, with what they do now. */
static json_t *agents_of(struct api *a, struct str queue_sk)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(queue_sk)};
	json_t *list = json_array();
	int n = store_ask(a->store, a->arena, "SELECT u.sk, u.name, coalesce(p.state, 'offline'),"
		" EXISTS (SELECT 1 FROM queue_offer o WHERE o.org = u.org AND o.user_sk = u.sk AND o.ended_ms IS NULL)"
		" FROM app_user u LEFT JOIN presence p ON p.org = u.org AND p.user_sk = u.sk WHERE u.org = $1 AND (u.sk IN"
		" (SELECT member_sk FROM queue_member WHERE org = $1 AND queue_sk = $2 AND member_type = 'user') OR u.sk IN"
		" (SELECT g.user_sk FROM group_member g JOIN queue_member m ON m.org = g.org AND m.member_sk = g.group_sk"
		" AND m.member_type = 'group' WHERE m.org = $1 AND m.queue_sk = $2)) ORDER BY u.sk", v, ARRAY_LEN(v), &rows);
	for (uint32_t i = 0; n > 0 && i < rows.n_rows; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b}", "user", json_of(store_cell_text(&rows, i, 0)), "name",
			json_of(store_cell_text(&rows, i, 1)), "presence", json_of(store_cell_text(&rows, i, 2)), "offered",
			store_cell_int(&rows, i, 3) != 0));
	return list;
}

/* Of the last day: how many of those who were connected waited no longer than slSeconds; null when there were none. */
static json_t *service_level(struct api *a, const struct record *queue)
{
	AUTO(auto_json) json_t *data = json_loadb(queue->data.p, queue->data.n, 0, NULL);
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(queue->sk), store_int(a->now_ms - 86400000),
		store_int(1000 * json_integer_value(json_object_get(data, "slSeconds")))};
	int n = store_ask(a->store, a->arena, "SELECT count(*), coalesce(sum(CASE WHEN left_ms - entered_ms <= $4 THEN 1 ELSE 0 END), 0)"
		" FROM queue_entry WHERE org = $1 AND queue_sk = $2 AND entered_ms >= $3 AND left_ms IS NOT NULL AND reason = 'bridged'", v,
		ARRAY_LEN(v), &rows);
	int64_t n_all = n > 0 ? store_cell_int(&rows, 0, 0) : 0;
	return n_all == 0 ? json_null() : json_integer(100 * store_cell_int(&rows, 0, 1) / n_all);
}

static void live(struct api *a)
{
	struct record queue;
	if (find_queue(a, &queue) < 0)
		return;
	json_t *waiting = waiting_of(a, queue.sk), *item;
	json_int_t longest = 0;
	size_t i;
	json_array_foreach(waiting, i, item) {
		json_int_t waited = json_integer_value(json_object_get(item, "waitedSeconds"));
		longest = waited > longest ? waited : longest;
	}
	api_json(a, 200, json_pack("{s:b, s:{s:o, s:o, s:o, s:I, s:o}}", "success", 1, "data", "queue",
		json_of(queue.columns[QUEUE_NAME].bytes), "waiting", waiting, "agents", agents_of(a, queue.sk), "longestWaitSeconds", longest, "serviceLevel",
		service_level(a, &queue)));
}

const struct api_route queues_routes[] = {
	{"GET", "/phone/queues", AUTH_JWT, "queues:read", list, 0, "Queues"},
	{"POST", "/phone/queues", AUTH_JWT, "queues:write", create, API_IDEMPOTENT, "Add a queue"},
	{"GET", "/phone/queues/{name}", AUTH_JWT, "queues:read", get, 0, "One queue, by name or id"},
	{"PATCH", "/phone/queues/{name}", AUTH_JWT, "queues:write", change, 0, "Change a queue"},
	{"DELETE", "/phone/queues/{name}", AUTH_JWT, "queues:write", delete_queue, 0, "Delete an empty queue"},
	{"GET", "/phone/queues/{name}/live", AUTH_JWT, "queues:read", live, 0, "Who waits, who takes calls, and how long it takes"},
	{0},
};
