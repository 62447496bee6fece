/* SPDX-License-Identifier: MIT */
/* /phone/users (PLANE.md 0, 8): the people of an organisation. */
#include "users.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/password.h"
#include "ringdown/wire/phone.h"
#include "scopes.h"

enum { EMAIL_MAX = 254, USER_NAME_BYTES_MAX = 100, SIMRING_MAX = 10, GROUPS_MAX = 50 };

static const char *const fields[] = {"email", "name", "password", "roles", "phone", "groups", "simring", "active", NULL};

struct str user_email(struct arena *a, struct str text)
{
	char *email = arena_strdup(a, text);
	const char *at = email ? strchr(email, '@') : NULL;
	if (!at || at == email || !at[1] || strchr(at + 1, '@') || text.n > EMAIL_MAX || strlen(email) != text.n)
		return STR("");
	for (const char *c = email; *c; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7F)
			return STR("");
	str_lower(email);
	return str_of(email);
}

struct str user_password_hash(struct api *a, struct str password)
{
	uint8_t salt[PASSWORD_SALT_BYTES];
	char text[PASSWORD_TEXT_MAX];
	if (RAND_bytes(salt, sizeof(salt)) != 1 || password_hash(password, salt, text) < 0)
		return STR("");
	return arena_str(a->arena, str_of(text));
}

/* ---- what a body says ---- */

struct draft { /* a user being made or changed */
	struct api *api;
	struct str sk;
	int64_t version;         /* 0: new */
	json_t *data;            /* email, name, roles, phone, simring, active */
	struct store_value columns[USER_COLUMNS];
	json_t *groups;          /* names or sks; NULL: as they are */
	struct str group_sks[GROUPS_MAX];
	size_t n_groups;
};

static void read_email(struct draft *d)
{
	struct api *a = d->api;
	struct str text = api_text(a, "email", d->version ? 0 : 3, EMAIL_MAX), email = user_email(a->arena, text);
	if (text.n > 0 && email.n == 0)
		api_fault(a, "/email", "email_invalid", "that is no e-mail address");
	if (email.n > 0)
		json_object_set_new(d->data, "email", json_of(email));
}

static void read_text(struct draft *d, const char *name, size_t max)
{
	struct str text = api_text(d->api, name, 0, max);
	if (api_has(d->api, name))
		json_object_set_new(d->data, name, text.n > 0 ? json_of(text) : json_null());
}

static void read_phone(struct draft *d)
{
	struct str text = api_text(d->api, "phone", 0, 20);
	if (text.n > 0 && !phone_is_e164(text))
		api_fault(d->api, "/phone", "phone_invalid", "phone must be in E.164 form, like +15551234567");
	if (api_has(d->api, "phone"))
		json_object_set_new(d->data, "phone", text.n > 0 ? json_of(text) : json_null());
}

/* Only who may do everything makes somebody who may. */
static bool may_grant(struct api *a, struct str role)
{
	return !str_is(role, STR("owner")) || api_has_scope(a, "org:delete");
}

static void check_role(struct api *a, size_t i, const json_t *item)
{
	struct str role = json_text(item);
	const char *pointer = arena_printf(a->arena, "/roles/%zu", i);
	if (!role_exists(role))
		api_fault(a, pointer, "role_unknown", "roles are owner, admin, supervisor, agent and viewer");
	else if (!may_grant(a, role))
		api_fault(a, pointer, "role_not_yours", "only an owner makes another owner");
}

static void read_roles(struct draft *d)
{
	json_t *roles = json_object_get(d->api->body, "roles"), *item;
	size_t i;
	if (!roles)
		return;
	if (!json_is_array(roles)) {
		api_fault(d->api, "/roles", "wrong_type", "roles must be an array of names");
		return;
	}
	json_array_foreach(roles, i, item)
		check_role(d->api, i, item);
	json_object_set(d->data, "roles", roles);
}

static void read_simring(struct draft *d)
{
	json_t *simring = json_object_get(d->api->body, "simring"), *item;
	size_t i;
	if (!simring)
		return;
	if (!json_is_null(simring) && (!json_is_array(simring) || json_array_size(simring) > SIMRING_MAX))
		api_fault(d->api, "/simring", "wrong_type", "simring must be an array of up to %d numbers", SIMRING_MAX);
	json_array_foreach(simring, i, item)
		if (!phone_is_e164(json_text(item)))
			api_fault(d->api, arena_printf(d->api->arena, "/simring/%zu", i), "phone_invalid",
				"numbers must be in E.164 form, like +15551234567");
	json_object_set(d->data, "simring", simring);
}

/* Characters, not bytes: the rule is about what a person types. */
static size_t characters(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += (text.p[i] & 0xC0) != 0x80;
	return n;
}

static void read_password(struct draft *d)
{
	struct str password = api_text(d->api, "password", 0, PASSWORD_BYTES_MAX);
	if (!api_has(d->api, "password") || json_is_null(json_object_get(d->api->body, "password")))
		return;
	if (characters(password) < PASSWORD_CHARS_MIN) {
		api_fault(d->api, "/password", "password_too_short", "a password has at least %d characters", PASSWORD_CHARS_MIN);
		return;
	}
	d->columns[USER_PASS_HASH] = store_text(user_password_hash(d->api, password));
	d->columns[USER_TOKENS_NBF] = store_int(d->api->now_ms); /* who knew the old one is out */
}

static void read_group(struct draft *d, size_t i, const json_t *item)
{
	struct api *a = d->api;
	struct record group;
	struct str name = json_text(item);
	int err = name.n > 0 ? record_get(&a->scope, a->arena, &record_group, name, &group) : -ENOENT;
	if (err == -ENOENT && name.n > 0)
		err = record_find(&a->scope, a->arena, &record_group, "name", store_text(name), &group);
	if (err < 0)
		api_fault(a, arena_printf(a->arena, "/groups/%zu", i), "group_unknown", "there is no such group");
	else if (d->n_groups < GROUPS_MAX)
		d->group_sks[d->n_groups++] = group.sk;
}

static void read_groups(struct draft *d)
{
	json_t *item;
	size_t i;
	d->groups = json_object_get(d->api->body, "groups");
	if (d->groups && (!json_is_array(d->groups) || json_array_size(d->groups) > GROUPS_MAX))
		api_fault(d->api, "/groups", "wrong_type", "groups must be an array of up to %d names", GROUPS_MAX);
	json_array_foreach(d->groups, i, item)
		read_group(d, i, item);
}

static void read_draft(struct draft *d)
{
	api_known(d->api, fields);
	read_email(d);
	read_text(d, "name", USER_NAME_BYTES_MAX);
	read_phone(d);
	read_roles(d);
	read_simring(d);
	read_groups(d);
	json_object_set_new(d->data, "active", json_boolean(api_bool(d->api, "active",
		!json_is_false(json_object_get(d->data, "active")))));
	if (!d->api->faults) /* it costs a tenth of a second */
		read_password(d);
}

static void fill_columns(struct draft *d)
{
	d->columns[USER_EMAIL] = store_text(json_str(d->data, "email"));
	d->columns[USER_NAME] = store_text_or_null(json_str(d->data, "name"));
	d->columns[USER_PHONE] = store_text_or_null(json_str(d->data, "phone"));
	d->columns[USER_IS_ACTIVE] = store_int(json_is_true(json_object_get(d->data, "active")));
}

/* ---- the store ---- */

static int put_groups(struct store_conn *c, const struct draft *d)
{
	const struct store_value key[] = {store_text(d->api->scope.org), store_text(d->sk)};
	int err = d->groups ? store_run(c, "DELETE FROM group_member WHERE org = $1 AND user_sk = $2", key, 2) : 0;
	for (size_t i = 0; err >= 0 && i < d->n_groups; i++) {
		const struct store_value v[] = {key[0], store_text(d->group_sks[i]), key[1], store_int((int64_t)i)};
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
	int err = d->version ? record_update(s, &record_user, d->sk, d->version, data, d->columns)
			     : record_insert(s, &record_user, d->sk, data, d->columns);
	return err < 0 ? err : put_groups(c, d);
}

/* Group names of each user are not in its data: they are the groups' members. */
static void add_groups(struct api *a, const struct record *r, json_t *data)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(r->sk)};
	json_t *groups = json_array();
	int n = store_ask(a->store, a->arena,
		"SELECT g.name FROM group_member m JOIN user_group g ON g.org = m.org AND g.sk = m.group_sk"
		" WHERE m.org = $1 AND m.user_sk = $2 ORDER BY g.name", v, 2, &rows);
	for (int i = 0; i < n; i++)
		json_array_append_new(groups, json_of(store_cell_text(&rows, (uint32_t)i, 0)));
	json_object_set_new(data, "groups", groups);
	json_object_set_new(data, "hasPassword", json_boolean(r->columns[USER_PASS_HASH].type != STORE_NULL));
}

static void answer_user(struct api *a, int status, struct str sk)
{
	struct record user;
	int err = record_get(&a->scope, a->arena, &record_user, sk, &user);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_record_filled(a, status, &user, &record_user, add_groups);
}

static void save(struct draft *d, const char *action, struct str was)
{
	struct api *a = d->api;
	fill_columns(d);
	int err = store_transaction(a->store, write_draft, d);
	if (err == -EEXIST) {
		api_problem(a, 409, "email_taken", "another user has this e-mail address");
		return;
	}
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, action, d->sk, was, json_write(d->data, a->arena));
	answer_user(a, d->version ? 200 : 201, d->sk);
}

/* ---- handlers ---- */

static void create(struct api *a)
{
	AUTO(auto_json) json_t *data = json_pack("{s:[], s:b}", "roles", "active", true);
	struct draft d = {.api = a, .sk = str_of(api_new_sk(a)), .data = data};
	d.columns[USER_TOKENS_NBF] = store_int(0);
	read_draft(&d);
	if (!api_has_faults(a))
		save(&d, "user.create", STR(""));
}

static bool is_owner(const json_t *data)
{
	const json_t *item;
	size_t i;
	json_array_foreach(json_object_get(data, "roles"), i, item)
		if (str_is(json_text(item), STR("owner")))
			return true;
	return false;
}

/* The user of the path, if it may be changed: NULL: an answer has been given. */
static bool get_to_change(struct api *a, struct record *user)
{
	int err = record_get(&a->scope, a->arena, &record_user, a->path_values[0], user);
	if (err < 0) {
		api_store_problem(a, err);
		return false;
	}
	AUTO(auto_json) json_t *data = json_loadb(user->data.p, user->data.n, 0, NULL);
	if (is_owner(data) && !api_has_scope(a, "org:delete")) {
		api_problem(a, 403, "role_not_yours", "only an owner changes another owner");
		return false;
	}
	return api_if_match(a, user->version);
}

/* PUT says all of it, so what is not said is not there; the password stays. */
static void change(struct api *a)
{
	struct record user;
	if (!get_to_change(a, &user))
		return;
	bool is_whole = str_is(a->request->method, STR("PUT"));
	AUTO(auto_json) json_t *data = is_whole ? json_pack("{s:[], s:b}", "roles", "active", true)
						 : json_loadb(user.data.p, user.data.n, 0, NULL);
	struct draft d = {.api = a, .sk = user.sk, .version = user.version, .data = data};
	memcpy(d.columns, user.columns, sizeof(d.columns));
	read_draft(&d);
	if (is_whole && json_str(data, "email").n == 0)
		api_fault(a, "/email", "required", "email is missing");
	if (!api_has_faults(a))
		save(&d, "user.update", user.data);
}

static void get(struct api *a)
{
	answer_user(a, 200, a->path_values[0]);
}

static int delete_user(struct store_conn *c, void *arg)
{
	struct draft *d = arg;
	const struct store_value v[] = {store_text(d->api->scope.org), store_text(d->sk)};
	static const char *const statements[] = {"DELETE FROM group_member WHERE org = $1 AND user_sk = $2",
		"DELETE FROM refresh_token WHERE org = $1 AND user_sk = $2"};
	for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
		int err = store_run(c, statements[i], v, 2);
		if (err < 0)
			return err;
	}
	return record_delete(&d->api->scope, &record_user, d->sk, d->version);
}

static void delete(struct api *a)
{
	struct record user;
	if (!get_to_change(a, &user))
		return;
	struct draft d = {.api = a, .sk = user.sk, .version = user.version};
	int err = store_transaction(a->store, delete_user, &d);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "user.delete", user.sk, user.data, STR(""));
	api_empty(a);
}

static void list(struct api *a)
{
	static const char *const sorts[] = {"email", "name", NULL};
	struct record_query q = api_paging(a, sorts);
	struct record_list users;
	struct str text;
	if (api_has_faults(a))
		return;
	if (api_query(a, "email", &text) == 0)
		api_filter(&q, "email", "=", store_text(user_email(a->arena, text)));
	if (api_query(a, "name", &text) == 0)
		api_filter(&q, "name", "contains", store_text(text));
	int err = record_list(&a->scope, a->arena, &record_user, &q, &users);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list_filled(a, &users, &record_user, "users", add_groups);
}

const struct api_route users_routes[] = {
	{"GET", "/phone/users", AUTH_JWT, "users:read", list, 0, "The organisation's people"},
	{"POST", "/phone/users", AUTH_JWT, "users:write", create, API_IDEMPOTENT, "Add a user"},
	{"GET", "/phone/users/{id}", AUTH_JWT, "users:read", get, 0, "One user"},
	{"PUT", "/phone/users/{id}", AUTH_JWT, "users:write", change, 0, "Replace a user"},
	{"PATCH", "/phone/users/{id}", AUTH_JWT, "users:write", change, 0, "Change a user"},
	{"DELETE", "/phone/users/{id}", AUTH_JWT, "users:write", delete, 0, "Delete a user"},
	{0},
};
