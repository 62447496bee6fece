/* SPDX-License-Identifier: MIT */
/* /phone/groups: the platform's usergroup (PLANE.md 1.1, 8.3). */
#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "users.h"

enum { GROUP_TEXT_MAX = 100, GROUP_USERS_MAX = 200, GROUP_WORDS_MAX = 50 };

static const char *const fields[] = {"name", "title", "users", "assignmentStrategy", "skills", "sharedPhones", NULL};
static const char *const strategies[] = {
	"ring-all", "round-robin", "longest-idle", "skill-based", "sequential", "manual"};

struct draft { /* a group being made or changed */
	struct api *api;
	struct str sk;
	int64_t version; /* 0: new */
	json_t *data;    /* without users: they are group_member's */
	bool has_users;
	struct str users[GROUP_USERS_MAX];
	size_t n_users;
};

static void read_text(struct draft *d, const char *name, size_t min)
{
	struct str text = api_text(d->api, name, min, GROUP_TEXT_MAX);
	if (text.n > 0)
		json_object_set_new(d->data, name, json_of(text));
}

static void read_strategy(struct draft *d)
{
	struct str text = api_text(d->api, "assignmentStrategy", 0, GROUP_TEXT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
		if (str_is(text, str_of(strategies[i]))) {
			json_object_set_new(d->data, "assignmentStrategy", json_of(text));
			return;
		}
	if (text.n > 0)
		api_fault(d->api, "/assignmentStrategy", "not_one_of",
			"assignmentStrategy is ring-all, round-robin, longest-idle, skill-based, sequential or manual");
}

static json_t *array_of(struct draft *d, const char *name, size_t max)
{
	json_t *list = json_object_get(d->api->body, name);
	if (!list || (json_is_array(list) && json_array_size(list) <= max))
		return list;
	api_fault(d->api, arena_printf(d->api->arena, "/%s", name), "wrong_type", "%s must be an array of up to %zu", name, max);
	return NULL;
}

static void read_words(struct draft *d, const char *name, bool are_phones)
{
	json_t *list = array_of(d, name, GROUP_WORDS_MAX), *item;
	size_t i;
	json_array_foreach(list, i, item) {
		struct str text = json_text(item);
		bool is_good = are_phones ? phone_is_e164(text) : text.n > 0 && text.n <= GROUP_TEXT_MAX;
		if (!is_good)
			api_fault(d->api, arena_printf(d->api->arena, "/%s/%zu", name, i), are_phones ? "phone_invalid" : "wrong_type",
				"%s", are_phones ? "numbers must be in E.164 form, like +15551234567" : "this must be a word");
	}
	if (list)
		json_object_set(d->data, name, list);
}

static void read_user(struct draft *d, size_t i, const json_t *item)
{
	struct api *a = d->api;
	struct record user;
	struct str text = json_text(item), email = user_email(a->arena, text);
	int err = text.n == 0 ? -ENOENT
		: email.n > 0 ? record_find(&a->scope, a->arena, &record_user, "email", store_text(email), &user)
			      : record_get(&a->scope, a->arena, &record_user, text, &user);
	if (err < 0)
		api_fault(a, arena_printf(a->arena, "/users/%zu", i), "user_unknown", "there is no such user: say its e-mail address or sk");
	else if (d->n_users < GROUP_USERS_MAX)
		d->users[d->n_users++] = user.sk;
}

static void read_draft(struct draft *d)
{
	json_t *item;
	size_t i;
	api_known(d->api, fields);
	read_text(d, "name", d->version ? 0 : 1);
	read_text(d, "title", 0);
	read_strategy(d);
	read_words(d, "skills", false);
	read_words(d, "sharedPhones", true);
	json_t *users = array_of(d, "users", GROUP_USERS_MAX);
	d->has_users = users != NULL;
	json_array_foreach(users, i, item)
		read_user(d, i, item);
}

/* ---- the store ---- */

static int put_users(struct store_conn *c, const struct draft *d)
{
	const struct store_value key[] = {store_text(d->api->scope.org), store_text(d->sk)};
	int err = d->has_users ? store_run(c, "DELETE FROM group_member WHERE org = $1 AND group_sk = $2", key, 2) : 0;
	for (size_t i = 0; err >= 0 && i < d->n_users; i++) {
		const struct store_value v[] = {key[0], key[1], store_text(d->users[i]), store_int((int64_t)i)};
		err = store_run(c, "INSERT INTO group_member (org, group_sk, user_sk, priority) VALUES ($1, $2, $3, $4)"
			" ON CONFLICT DO NOTHING", v, 4);
	}
	return err < 0 ? err : 0;
}

static int write_draft(struct store_conn *c, void *arg)
{
	const struct draft *d = arg;
	const struct store_scope *s = &d->api->scope;
	struct str data = json_write(d->data, d->api->arena);
	const struct store_value name = store_text(json_str(d->data, "name"));
	int err = d->version ? record_update(s, &record_group, d->sk, d->version, data, &name)
			     : record_insert(s, &record_group, d->sk, data, &name);
	return err < 0 ? err : put_users(c, d);
}

static void add_users(struct api *a, const struct record *r, json_t *data)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(r->sk)};
	json_t *users = json_array();
	int n = store_ask(a->store, a->arena,
		"SELECT user_sk FROM group_member WHERE org = $1 AND group_sk = $2 ORDER BY priority, user_sk", v, 2, &rows);
	for (int i = 0; i < n; i++)
		json_array_append_new(users, json_of(store_cell_text(&rows, (uint32_t)i, 0)));
	json_object_set_new(data, "users", users);
}

static void answer_group(struct api *a, int status, struct str sk)
{
	struct record group;
	int err = record_get(&a->scope, a->arena, &record_group, sk, &group);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_record_filled(a, status, &group, &record_group, add_users);
}

static void save(struct draft *d, const char *action, struct str was)
{
	struct api *a = d->api;
	int err = store_transaction(a->store, write_draft, d);
	if (err == -EEXIST) {
		api_problem(a, 409, "name_taken", "another group has this name");
		return;
	}
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, action, d->sk, was, json_write(d->data, a->arena));
	answer_group(a, d->version ? 200 : 201, d->sk);
}

/* ---- handlers ---- */

static void create(struct api *a)
{
	AUTO(auto_json) json_t *data = json_pack("{s:s, s:[], s:[]}", "assignmentStrategy", "ring-all", "skills", "sharedPhones");
	struct draft d = {.api = a, .sk = str_of(api_new_sk(a)), .data = data};
	read_draft(&d);
	if (!api_has_faults(a))
		save(&d, "group.create", STR(""));
}

static bool get_to_change(struct api *a, struct record *group)
{
	int err = record_get(&a->scope, a->arena, &record_group, a->path_values[0], group);
	if (err == 0)
		return api_if_match(a, group->version);
	api_store_problem(a, err);
	return false;
}

static void change(struct api *a)
{
	struct record group;
	if (!get_to_change(a, &group))
		return;
	AUTO(auto_json) json_t *data = json_loadb(group.data.p, group.data.n, 0, NULL);
	struct draft d = {.api = a, .sk = group.sk, .version = group.version, .data = data};
	read_draft(&d);
	if (!api_has_faults(a))
		save(&d, "group.update", group.data);
}

static void get(struct api *a)
{
	answer_group(a, 200, a->path_values[0]);
}

static int delete_group(struct store_conn *c, void *arg)
{
	const struct draft *d = arg;
	const struct store_value v[] = {store_text(d->api->scope.org), store_text(d->sk)};
	int err = store_run(c, "DELETE FROM group_member WHERE org = $1 AND group_sk = $2", v, 2);
	return err < 0 ? err : record_delete(&d->api->scope, &record_group, d->sk, d->version);
}

static void delete(struct api *a)
{
	struct record group;
	if (!get_to_change(a, &group))
		return;
	struct draft d = {.api = a, .sk = group.sk, .version = group.version};
	int err = store_transaction(a->store, delete_group, &d);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "group.delete", group.sk, group.data, STR(""));
	api_empty(a);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"name", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list groups;
	struct str text;
	if (api_has_faults(a))
		return;
	if (api_query(a, "name", &text) == 0)
		api_filter(&q, "name", "contains", store_text(text));
	int err = record_list(&a->scope, a->arena, &record_group, &q, &groups);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list_filled(a, &groups, &record_group, "groups", add_users);
}

const struct api_route groups_routes[] = {
	{"GET", "/phone/groups", AUTH_JWT, "users:read", list, 0, "The organisation's groups"},
	{"POST", "/phone/groups", AUTH_JWT, "users:write", create, API_IDEMPOTENT, "Add a group"},
	{"GET", "/phone/groups/{id}", AUTH_JWT, "users:read", get, 0, "One group"},
	{"PATCH", "/phone/groups/{id}", AUTH_JWT, "users:write", change, 0, "Change a group"},
	{"DELETE", "/phone/groups/{id}", AUTH_JWT, "users:write", delete, 0, "Delete a group"},
	{0},
};
