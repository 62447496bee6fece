/* SPDX-License-Identifier: MIT */
/* Whose a request is: tokens, their org, what they allow (PLANE.md 2.2). */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/ulid.h"
#include "scopes.h"

static int refuse(struct api *a, int status, const char *reason, const char *words)
{
	if (status == 401)
		api_header(a, "www-authenticate:", "Bearer error=\"%s\"", reason);
	api_problem(a, status, reason, "%s", words);
	return -EACCES;
}

static int refuse_store(struct api *a, int err)
{
	api_store_problem(a, err);
	return -EACCES;
}

/* "Bearer x" or "x" -> "x". */
static struct str token_in(struct str header)
{
	struct str rest = header, scheme = str_split(&rest, ' ');
	if (scheme.n == 6 && strncasecmp(scheme.p, "bearer", 6) == 0)
		return str_trim(rest);
	return rest.n == 0 ? scheme : STR("");
}

static int read_token(struct api *a, struct str header, struct bearer *b)
{
	const char *why = "";
	struct str token = token_in(header);
	if (token.n == 0)
		return refuse(a, 401, "invalid_token", "Authorization: Bearer with a token is missing");
	int err = bearer_check(a->plane->settings.bearer_keys, a->arena, token, a->now_ms / 1000, b, &why);
	if (err == -ENOMEM)
		return refuse_store(a, err);
	return err < 0 ? refuse(a, 401, err == -ETIMEDOUT ? "token_expired" : "invalid_token", why) : 0;
}

/* ---- organisation ---- */

static bool is_of_org(const struct bearer *b, struct str org)
{
	for (uint32_t i = 0; i < b->n_orgs; i++)
		if (str_is(b->orgs[i], org))
			return true;
	return false;
}

static int choose_org(struct api *a, const struct bearer *b)
{
	struct str wanted = a->request->org;
	if (wanted.n == 0 && b->n_orgs != 1)
		return refuse(a, 400, "orgid_required", "the token is good for several organisations: say which in the header orgid");
	if (wanted.n > 0 && !is_of_org(b, wanted))
		return refuse(a, 403, "token_org_mismatch", "the token is not of the organisation that orgid names");
	a->scope.org = wanted.n > 0 ? wanted : b->orgs[0];
	return 0;
}

static int check_org_lives(struct api *a)
{
	struct record org;
	int err = record_get(&a->scope, a->arena, &record_org, a->scope.org, &org);
	if (err == -ENOENT)
		return refuse(a, 401, "token_revoked", "the token's organisation does not exist here");
	return err < 0 ? refuse_store(a, err) : 0;
}

/* ---- subject ---- */

static const struct store_value *column(const struct record *r, const struct record_kind *k, const char *name)
{
	int at = record_column(k, name);
	return &r->columns[at];
}

static int check_not_denied(struct api *a, const struct bearer *b)
{
	struct store_rows rows;
	const struct store_value v = store_text(b->id);
	int n = b->id.n > 0 ? store_ask(a->store, a->arena, "SELECT 1 FROM token_deny WHERE jti = $1", &v, 1, &rows) : 0;
	if (n < 0)
		return refuse_store(a, n);
	return n > 0 ? refuse(a, 401, "token_revoked", "the token was revoked") : 0;
}

/* By its record's name, or by e-mail: others who sign tokens know no other. */
static int find_user(struct api *a, const struct bearer *b, struct record *user)
{
	char *email = arena_strdup(a->arena, b->subject);
	if (ulid_is(b->subject))
		return record_get(&a->scope, a->arena, &record_user, b->subject, user);
	if (!email)
		return -ENOMEM;
	str_lower(email);
	return record_find(&a->scope, a->arena, &record_user, "email", store_text(str_of(email)), user);
}

static int read_user(struct api *a, const struct bearer *b, struct api_subject *s)
{
	struct record user;
	int err = find_user(a, b, &user);
	s->email = b->subject;
	if (err == -ENOENT)
		return b->is_ours ? refuse(a, 401, "token_revoked", "the token's user does not exist") : 0;
	if (err < 0)
		return refuse_store(a, err);
	bool is_active = column(&user, &record_user, "is_active")->number != 0;
	int64_t not_before_s = column(&user, &record_user, "tokens_nbf_ms")->number / 1000;
	if (!is_active || (not_before_s > 0 && b->issued_s < not_before_s))
		return refuse(a, 401, "token_revoked", "the token was revoked: the user has signed out, or may not come in");
	s->user_sk = user.sk;
	s->email = column(&user, &record_user, "email")->bytes;
	return 0;
}

static int read_app(struct api *a, const struct bearer *b, struct api_subject *s)
{
	struct record key;
	int err = record_find(&a->scope, a->arena, &record_app_key, "app_id", store_text(b->subject), &key);
	s->email = b->subject;
	s->is_app = true;
	if (err == -ENOENT)
		return 0; /* of the command line: we signed it, and nothing is kept of it */
	if (err < 0)
		return refuse_store(a, err);
	if (column(&key, &record_app_key, "revoked_at_ms")->type != STORE_NULL)
		return refuse(a, 401, "token_revoked", "the app's key was revoked");
	return 0;
}

static int read_subject(struct api *a, const struct bearer *b, struct api_subject *s)
{
	s->roles = b->roles;
	s->scopes = b->scopes;
	int err = check_not_denied(a, b);
	if (err < 0)
		return err;
	return str_is(b->type, STR("app")) ? read_app(a, b, s) : read_user(a, b, s);
}

static bool subject_may(const struct api_subject *s, const char *scope)
{
	return scopes_allow(s->roles, s->scopes, str_of(scope));
}

bool api_has_scope(const struct api *a, const char *scope)
{
	return subject_may(&a->subject, scope) && (!a->app.is_app || subject_may(&a->app, scope));
}

/* An app brings its user: it is the user who acts, and no more is allowed than both of them may. */
static int read_brought_user(struct api *a)
{
	struct bearer b;
	int err = read_token(a, a->request->client_authorization, &b);
	if (err < 0)
		return err;
	if (!is_of_org(&b, a->scope.org))
		return refuse(a, 403, "token_org_mismatch", "the tokens of app and user are of two organisations");
	if (!a->subject.is_app || str_is(b.type, STR("app")))
		return refuse(a, 401, "invalid_token", "x-client-authorization is for a user's token, beside an app's in Authorization");
	a->app = a->subject;
	a->subject = (struct api_subject){0};
	return read_subject(a, &b, &a->subject);
}

static int authenticate_token(struct api *a)
{
	struct bearer b;
	int err = read_token(a, a->request->authorization, &b);
	if (err == 0)
		err = choose_org(a, &b);
	if (err == 0)
		err = check_org_lives(a);
	if (err == 0)
		err = read_subject(a, &b, &a->subject);
	if (err == 0 && a->request->client_authorization.n > 0)
		err = read_brought_user(a);
	if (err < 0)
		return err;
	a->scope.author = a->subject.email;
	a->bearer_id = b.id;
	a->bearer_expires_s = b.expires_s;
	if (a->route->scope && !api_has_scope(a, a->route->scope))
		return refuse(a, 403, "insufficient_scope",
			arena_printf(a->arena, "this needs the scope %s", a->route->scope));
	return 0;
}

int api_authenticate(struct api *a)
{
	switch (a->route->auth) {
	case AUTH_PUBLIC:
	case AUTH_ADMIN:
		return 0;
	case AUTH_JWT:
		return authenticate_token(a);
	case AUTH_TWILIO:
		return api_authenticate_twilio(a);
	case AUTH_SIGNED_URL:
		return api_authenticate_url(a);
	}
	return -EACCES;
}
