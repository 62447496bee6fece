/* SPDX-License-Identifier: MIT */
/* Applications: keys with scopes, told once, and the tokens they are changed for (PLANE.md 1.1, 2.2).  Key and secret are
 * 256 bits of chance each, so a plain digest of them is enough. */
#include <errno.h>
#include <openssl/rand.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/digest.h"
#include "tries.h"

enum { APP_ID, APP_KEY_HASH, APP_SECRET_HASH, APP_REVOKED_AT, APP_COLUMNS }; /* of record_app_key */
enum { SECRET_BYTES = 32, SECRET_CHARS = BASE64URL_ENCODED(SECRET_BYTES), TRIES_OF_ONE = 10, SCOPES_MAX = 64, SCOPE_BYTES_MAX = 64 };

static struct str chance(struct api *a)
{
	uint8_t bytes[SECRET_BYTES];
	char text[SECRET_CHARS];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return STR("");
	return arena_str(a->arena, (struct str){text, base64url_encode(bytes, sizeof(bytes), text)});
}

static struct str digest(struct api *a, struct str text)
{
	char hash[DIGEST_HEX_MAX];
	(void)digest_hex(text, hash);
	return arena_str(a->arena, str_of(hash));
}

/* ---- keys ---- */

static bool is_scope(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '*' || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= SCOPE_BYTES_MAX && s.p[0] != '-';
}

/* Nobody gives an app more than is his own. */
static void read_scopes(struct api *a)
{
	const json_t *scopes = json_object_get(a->body, "scopes"), *item;
	size_t i;
	if (!json_is_array(scopes) || json_array_size(scopes) == 0 || json_array_size(scopes) > SCOPES_MAX)
		api_fault(a, "/scopes", scopes ? "wrong_type" : "required", "scopes must be an array of 1 to %d words like calls:read", SCOPES_MAX);
	json_array_foreach(scopes, i, item) {
		const char *pointer = arena_printf(a->arena, "/scopes/%zu", i);
		const char *scope = arena_strdup(a->arena, json_text(item));
		if (!scope || !is_scope(str_of(scope)))
			api_fault(a, pointer, "scope_invalid", "a scope is a word like calls:read, calls:* or *");
		else if (!api_has_scope(a, scope))
			api_fault(a, pointer, "scope_not_yours", "you may not do this yourself");
	}
}

static void add_app_id(struct api *a, const struct record *r, json_t *data)
{
	const struct store_value *revoked = &r->columns[APP_REVOKED_AT];
	(void)a;
	json_object_set_new(data, "appId", json_of(r->columns[APP_ID].bytes));
	json_object_set_new(data, "revokedAt", revoked->type == STORE_NULL ? json_null() : json_time(revoked->number));
}

static void create(struct api *a)
{
	struct str name = api_text(a, "name", 1, 100), sk = str_of(api_new_sk(a)), key = chance(a), secret = chance(a);
	read_scopes(a);
	if (api_has_faults(a))
		return;
	const char *app_id = arena_printf(a->arena, "app_" STR_FMT, STR_ARG(sk));
	AUTO(auto_json) json_t *data = json_pack("{s:o, s:O}", "name", json_of(name), "scopes", json_object_get(a->body, "scopes"));
	const struct store_value columns[APP_COLUMNS] = {[APP_ID] = store_text(str_of(app_id)), [APP_KEY_HASH] = store_text(digest(a, key)),
		[APP_SECRET_HASH] = store_text(digest(a, secret))};
	int err = key.n == 0 || secret.n == 0 ? -ENOMEM : record_insert(&a->scope, &record_app_key, sk, json_write(data, a->arena), columns);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "app_key.create", sk, STR(""), json_write(data, a->arena));
	api_json(a, 201, json_pack("{s:o, s:s, s:o, s:o, s:o, s:O}", "sk", json_of(sk), "appId", app_id, "key", json_of(key), "secret",
		json_of(secret), "name", json_of(name), "scopes", json_object_get(data, "scopes")));
}

static void list(struct api *a)
{
	struct record_query q = api_paging(a, NULL);
	struct record_list keys;
	if (api_has_faults(a))
		return;
	int err = record_list(&a->scope, a->arena, &record_app_key, &q, &keys);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list_filled(a, &keys, &record_app_key, NULL, add_app_id);
}

/* The row stays: its tokens are looked up by it, and found revoked. */
static void revoke(struct api *a)
{
	const struct record_change change = {"revoked_at_ms", store_int(a->now_ms)};
	int err = record_change(&a->scope, &record_app_key, a->path_values[0], 0, &change, 1);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "app_key.revoke", a->path_values[0], STR(""), STR(""));
	api_empty(a);
}

/* ---- tokens ---- */

static int find_key(struct api *a, struct str app_id, struct record *key)
{
	struct record_list list;
	int err = record_find_in_all_orgs(a->store, a->arena, &record_app_key, "app_id", store_text(app_id), &list);
	if (err < 0 || list.n_records == 0)
		return err < 0 ? err : -ENOENT;
	*key = list.records[0];
	return 0;
}

static struct str words_of(struct api *a, const json_t *list)
{
	const json_t *item;
	const char *text = "";
	size_t i;
	json_array_foreach(list, i, item)
		text = arena_printf(a->arena, "%s%s%s", text, i > 0 ? " " : "", json_string_value(item));
	return str_of(text);
}

static void give_token(struct api *a, const struct record *key)
{
	AUTO(auto_json) json_t *data = json_loadb(key->data.p, key->data.n, 0, NULL);
	int64_t now_s = a->now_ms / 1000;
	struct str text;
	const struct bearer b = {.subject = key->columns[APP_ID].bytes, .type = STR("app"), .id = str_of(api_new_sk(a)), .orgs = {key->org},
		.n_orgs = 1, .scopes = words_of(a, json_object_get(data, "scopes")), .issued_s = now_s, .expires_s = now_s + BEARER_TTL_S};
	int err = bearer_make(a->plane->settings.bearer_keys, a->arena, &b, &text);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_json(a, 200, json_pack("{s:o, s:i}", "token", json_of(text), "expires_in", BEARER_TTL_S));
}

static void app_token(struct api *a)
{
	struct record key;
	struct str app_id = api_text(a, "appId", 1, 64), one = api_text(a, "key", 1, 200), two = api_text(a, "secret", 1, 200);
	if (api_has_faults(a))
		return;
	const char *who = arena_printf(a->arena, STR_FMT "|" STR_FMT, STR_ARG(app_id), STR_ARG(a->request->peer));
	if (!tries_enter(a, "appkey", str_of(who), TRIES_OF_ONE))
		return;
	int err = find_key(a, app_id, &key);
	if (err < 0 && err != -ENOENT) {
		api_store_problem(a, err);
		return;
	}
	bool is_right = err == 0 && key.columns[APP_REVOKED_AT].type == STORE_NULL &&
		digest_equal(digest(a, one), key.columns[APP_KEY_HASH].bytes) &&
		digest_equal(digest(a, two), key.columns[APP_SECRET_HASH].bytes);
	if (!is_right) {
		api_problem(a, 401, "invalid_credentials", "appId, key and secret do not go together");
		return;
	}
	tries_clear(a, "appkey", str_of(who));
	give_token(a, &key);
}

const struct api_route app_keys_routes[] = {
	{"POST", "/profile/app/key", AUTH_PUBLIC, NULL, app_token, 0, "A token for an application's key and secret"},
	{"GET", "/org/app-keys", AUTH_JWT, "org:read", list, 0, "The organisation's applications"},
	{"POST", "/org/app-keys", AUTH_JWT, "org:write", create, 0, "A key for an application; key and secret are told once"},
	{"DELETE", "/org/app-keys/{id}", AUTH_JWT, "org:write", revoke, 0, "Revoke an application's key and its tokens"},
	{0},
};
