/* SPDX-License-Identifier: MIT */
/* Sign-in, refresh, sign-out (PLANE.md 2.2).  Who is nobody here, has no password or has the wrong one gets one answer, in
 * one time.  A refresh token is good once; when it comes again somebody has stolen it, and its whole family ends. */
#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/digest.h"
#include "ringdown/wire/password.h"
#include "tries.h"
#include "users.h"

enum {
	TRIES_OF_ONE = 10,       /* an address and a password */
	TRIES_OF_PEER = 300,     /* any addresses: one password for all of them */
	REFRESH_BYTES = 32,
	REFRESH_CHARS = BASE64URL_ENCODED(REFRESH_BYTES),
};

static const int64_t refresh_life_ms = 30LL * 24 * 3600 * 1000;

struct session { /* tokens being given */
	struct api *api;
	struct str user_sk, family;
	struct str used_hash;    /* refresh: of the token that is used up; empty: sign-in */
	struct str fresh_hash;
};

/* ---- giving tokens ---- */

static struct str refresh_text(struct api *a)
{
	uint8_t bytes[REFRESH_BYTES];
	char text[REFRESH_CHARS];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return STR("");
	return arena_str(a->arena, (struct str){text, base64url_encode(bytes, sizeof(bytes), text)});
}

static struct str hash_of(struct api *a, struct str text)
{
	char hash[DIGEST_HEX_MAX];
	(void)digest_hex(text, hash);
	return arena_str(a->arena, str_of(hash));
}

/* The row is used up exactly once: of two requests with one token the second finds it used. */
static int write_session(struct store_conn *c, void *arg)
{
	const struct session *s = arg;
	struct api *a = s->api;
	const struct store_value used[] = {store_text(s->used_hash), store_int(a->now_ms)};
	int n = s->used_hash.n > 0
		? store_run(c, "UPDATE refresh_token SET used_at_ms = $2 WHERE token_hash = $1 AND used_at_ms IS NULL", used, 2)
		: 1;
	if (n <= 0)
		return n < 0 ? n : -EACCES;
	const struct store_value v[] = {store_text(a->scope.org), store_text(s->fresh_hash), store_text(s->family),
		store_text(s->user_sk), store_int(a->now_ms + refresh_life_ms)};
	n = store_run(c, "INSERT INTO refresh_token (org, token_hash, family, user_sk, expires_ms) VALUES ($1, $2, $3, $4, $5)", v, 5);
	if (n < 0)
		return n;
	n = store_run(c, "DELETE FROM refresh_token WHERE expires_ms < $1", (const struct store_value[]){store_int(a->now_ms)}, 1);
	return n < 0 ? n : 0;
}

static struct str roles_of(struct api *a, const json_t *data)
{
	const json_t *item;
	const char *text = "";
	size_t i;
	json_array_foreach(json_object_get(data, "roles"), i, item)
		text = arena_printf(a->arena, "%s%s%s", text, i > 0 ? " " : "", json_string_value(item));
	return str_of(text);
}

/* The family's name is the first part of the token's: signing out ends both. */
static int make_access(struct api *a, const struct session *s, const json_t *data, struct str *ret)
{
	int64_t now_s = a->now_ms / 1000;
	const char *id = arena_printf(a->arena, STR_FMT ".%s", STR_ARG(s->family), api_new_sk(a));
	const struct bearer b = {.subject = s->user_sk, .type = STR("user"), .id = str_of(id), .orgs = {a->scope.org}, .n_orgs = 1,
		.roles = roles_of(a, data), .issued_s = now_s, .expires_s = now_s + BEARER_TTL_S};
	return bearer_make(a->plane->settings.bearer_keys, a->arena, &b, ret);
}

static json_t *user_json(struct api *a, const struct record *user, const json_t *data)
{
	return json_pack("{s:o, s:o, s:o, s:O?, s:O?, s:o}", "id", json_of(user->sk), "email", json_of(json_str(data, "email")), "username",
		json_of(json_str(data, "email")), "name", json_object_get(data, "name"), "roles", json_object_get(data, "roles"), "org",
		json_of(a->scope.org));
}

/* -EACCES: the refresh token was used meanwhile. */
static int give_tokens(struct session *s, const struct record *user)
{
	struct api *a = s->api;
	AUTO(auto_json) json_t *data = json_loadb(user->data.p, user->data.n, 0, NULL);
	struct str refresh = refresh_text(a), access = STR("");
	s->user_sk = user->sk;
	s->fresh_hash = hash_of(a, refresh);
	int err = refresh.n == 0 ? -ENOMEM : make_access(a, s, data, &access);
	if (err == 0)
		err = store_transaction(a->store, write_session, s);
	if (err == 0)
		api_json(a, 200, json_pack("{s:o, s:o, s:s, s:i, s:o}", "access_token", json_of(access), "refresh_token",
			json_of(refresh), "token_type", "Bearer", "expires_in", BEARER_TTL_S, "user", user_json(a, user, data)));
	else if (err != -EACCES)
		api_store_problem(a, err);
	return err;
}

/* ---- sign-in ---- */

/* The one of that address; 0: nobody.  Of several organisations the header says which. */
static int find_user(struct api *a, struct str email, struct record *user, bool *ret_is_unclear)
{
	struct record_list list = {0};
	const struct store_value v = store_text(email);
	*ret_is_unclear = false;
	a->scope.org = a->request->org;
	if (a->scope.org.n > 0) {
		int err = record_find(&a->scope, a->arena, &record_user, "email", v, user);
		return err == 0 ? 1 : err == -ENOENT ? 0 : err;
	}
	int err = record_find_in_all_orgs(a->store, a->arena, &record_user, "email", v, &list);
	if (err < 0 || list.n_records == 0)
		return err < 0 ? err : 0;
	*user = list.records[0];
	*ret_is_unclear = list.n_records > 1;
	a->scope.org = user->org;
	return 1;
}

static void refuse_sign_in(struct api *a)
{
	api_header(a, "www-authenticate:", "Bearer");
	api_problem(a, 401, "invalid_credentials", "e-mail address or password are not right");
}

static void sign_in_as(struct api *a, struct str email, struct str password)
{
	struct record user = {0};
	bool is_unclear;
	int n = find_user(a, email, &user, &is_unclear);
	if (n < 0) {
		api_store_problem(a, n);
		return;
	}
	struct str hash = n > 0 ? user.columns[USER_PASS_HASH].bytes : STR("");
	bool is_right = password_check(password, hash); /* takes as long for nobody */
	if (!is_right || user.columns[USER_IS_ACTIVE].number == 0) {
		refuse_sign_in(a);
		return;
	}
	if (is_unclear) {
		api_problem(a, 400, "orgid_required", "this address is of several organisations: say which in the header orgid");
		return;
	}
	a->scope.author = email;
	struct session s = {.api = a, .family = str_of(api_new_sk(a))};
	if (give_tokens(&s, &user) == 0)
		api_audit(a, "user.signin", user.sk, STR(""), STR(""));
}

static void sign_in(struct api *a)
{
	struct str email = user_email(a->arena, api_text(a, "email", 1, 254)), password = api_text(a, "password", 1, PASSWORD_BYTES_MAX);
	if (api_has_faults(a))
		return;
	const char *who = arena_printf(a->arena, STR_FMT "|" STR_FMT, STR_ARG(email), STR_ARG(a->request->peer));
	if (!tries_enter(a, "signin", str_of(who), TRIES_OF_ONE) || !tries_enter(a, "signin-peer", a->request->peer, TRIES_OF_PEER))
		return;
	sign_in_as(a, email, password);
	if (a->request->status == 200)
		tries_clear(a, "signin", str_of(who));
}

/* ---- refresh ---- */

static void end_family(struct api *a, struct str family)
{
	const struct store_value v[] = {store_text(a->scope.org), store_text(family)};
	if (store_run(a->store, "DELETE FROM refresh_token WHERE org = $1 AND family = $2", v, 2) < 0)
		log_warning("a family of refresh tokens could not be ended: %s", store_words(a->store));
}

static void refuse_refresh(struct api *a, const char *reason, const char *words)
{
	api_header(a, "www-authenticate:", "Bearer error=\"%s\"", reason);
	api_problem(a, 401, reason, "%s", words);
}

static void refresh_for(struct api *a, struct session *s, int64_t expires_ms, bool is_used)
{
	struct record user;
	if (is_used) {
		end_family(a, s->family);
		refuse_refresh(a, "token_revoked", "the refresh token was used before: sign in again");
		return;
	}
	if (expires_ms < a->now_ms) {
		refuse_refresh(a, "token_expired", "the refresh token has expired: sign in again");
		return;
	}
	int err = record_get(&a->scope, a->arena, &record_user, s->user_sk, &user);
	if (err == -ENOENT || (err == 0 && user.columns[USER_IS_ACTIVE].number == 0))
		refuse_refresh(a, "token_revoked", "the user may not come in any more");
	else if (err < 0)
		api_store_problem(a, err);
	else if (give_tokens(s, &user) == -EACCES)
		refresh_for(a, s, expires_ms, true);
}

static void refresh(struct api *a)
{
	struct store_rows rows;
	struct str token = api_text(a, "refresh_token", 1, 200);
	if (api_has_faults(a))
		return;
	struct session s = {.api = a, .used_hash = hash_of(a, token)};
	const struct store_value v = store_text(s.used_hash);
	int n = store_ask(a->store, a->arena,
		"SELECT org, family, user_sk, expires_ms, used_at_ms FROM refresh_token WHERE token_hash = $1", &v, 1, &rows);
	if (n < 0) {
		api_store_problem(a, n);
		return;
	}
	if (n == 0) {
		refuse_refresh(a, "invalid_token", "this is no refresh token of ours, or its family was ended");
		return;
	}
	a->scope.org = store_cell_text(&rows, 0, 0);
	s.family = store_cell_text(&rows, 0, 1);
	s.user_sk = store_cell_text(&rows, 0, 2);
	refresh_for(a, &s, store_cell_int(&rows, 0, 3), store_cell(&rows, 0, 4)->type != STORE_NULL);
}

/* ---- sign-out ---- */

static void sign_out(struct api *a)
{
	struct str family = a->bearer_id;
	const struct store_value v[] = {store_text(a->bearer_id), store_int((a->bearer_expires_s + BEARER_LEEWAY_S) * 1000)};
	family = str_split(&family, '.');
	if (a->bearer_id.n == 0) {
		api_problem(a, 409, "token_without_id", "the token has no jti, so it cannot be revoked by itself");
		return;
	}
	int n = store_run(a->store, "INSERT INTO token_deny (jti, expires_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING", v, 2);
	if (n < 0) {
		api_store_problem(a, n);
		return;
	}
	(void)store_run(a->store, "DELETE FROM token_deny WHERE expires_ms < $1",
		(const struct store_value[]){store_int(a->now_ms)}, 1);
	end_family(a, family);
	api_empty(a);
}

const struct api_route signin_routes[] = {
	{"POST", "/profile/signin", AUTH_PUBLIC, NULL, sign_in, 0, "Sign in with e-mail address and password"},
	{"POST", "/user/signin", AUTH_PUBLIC, NULL, sign_in, 0, "Sign in with e-mail address and password"},
	{"POST", "/user/refresh", AUTH_PUBLIC, NULL, refresh, 0, "Tokens anew for a refresh token, which is good once"},
	{"GET", "/profile/logout", AUTH_JWT, NULL, sign_out, 0, "Revoke this token and the refresh tokens of its sign-in"},
	{0},
};
