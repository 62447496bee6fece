/* SPDX-License-Identifier: MIT */
/* What is checked before and after the signature is ours; the signature itself is libjwt's.  Its own reading of header and
 * claims is not used: it lets the header choose the algorithm, and takes the last of two members of one name. */
#include "ringdown/plane/bearer.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/jwk.h"

static const struct {
	const char *name;
	jwt_alg_t algorithm;
} algorithms[] = {
	[BEARER_HS256] = {"HS256", JWT_ALG_HS256},
	[BEARER_RS256] = {"RS256", JWT_ALG_RS256},
	[BEARER_ES256] = {"ES256", JWT_ALG_ES256},
};

static void auto_jwt(jwt_t **jwt)
{
	if (*jwt)
		jwt_free(*jwt);
}

/* An object, decoded and without two members of one name; NULL: it is none. */
static json_t *read_part(struct str part, struct arena *a)
{
	uint8_t *bytes = arena_alloc(a, BASE64URL_DECODED(part.n) + 1);
	ssize_t n = bytes ? base64url_decode(part.p, part.n, bytes) : -ENOMEM;
	json_t *j = n > 0 ? json_loadb((const char *)bytes, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (json_is_object(j))
		return j;
	json_decref(j);
	return NULL;
}

/* ---- signature ---- */

struct reading { /* a token while it is looked at */
	const struct bearer_keys *keys;
	struct arena *arena;
	struct str text, header, payload;
	int64_t now_s;
	const char *why;
};

static bool fits_key(const struct reading *r, const struct bearer_key *key)
{
	AUTO(auto_jwt) jwt_t *jwt = NULL;
	const char *text = arena_strdup(r->arena, r->text);
	/* libjwt takes the length for secrets and PEM alike */
	return text && key->key.n > 0 && key->key.n <= INT_MAX &&
		jwt_decode(&jwt, text, (const unsigned char *)key->key.p, (int)key->key.n) == 0 &&
		jwt_get_alg(jwt) == algorithms[key->algorithm].algorithm;
}

static int algorithm_of(struct str name, enum bearer_algorithm *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (str_is(name, str_of(algorithms[i].name))) {
			*ret = (enum bearer_algorithm)i;
			return 0;
		}
	return -ENOENT;
}

/* The key that signed it; NULL: none of ours did. */
static const struct bearer_key *find_signer(struct reading *r, const json_t *header)
{
	enum bearer_algorithm algorithm;
	struct str kid = json_str(header, "kid");
	r->why = "the token's algorithm is not one of HS256, RS256, ES256";
	if (algorithm_of(json_str(header, "alg"), &algorithm) < 0)
		return NULL;
	r->why = "the token is signed by no key known here";
	for (uint32_t i = 0; i < r->keys->n; i++) {
		const struct bearer_key *key = &r->keys->list[i];
		bool is_named = str_is(kid, key->kid) && (kid.n > 0 || algorithm != BEARER_HS256);
		if (key->algorithm == algorithm && is_named && fits_key(r, key))
			return key;
	}
	return NULL;
}

/* ---- claims ---- */

static bool names(const json_t *one_or_many, struct str wanted)
{
	const json_t *item;
	size_t i;
	if (json_is_string(one_or_many))
		return str_is(json_text(one_or_many), wanted);
	json_array_foreach(one_or_many, i, item)
		if (str_is(json_text(item), wanted))
			return true;
	return false;
}

static int64_t seconds(const json_t *claims, const char *name)
{
	const json_t *j = json_object_get(claims, name);
	double v = json_is_number(j) ? json_number_value(j) : -1;
	return v >= 0 && v < 1e12 ? (int64_t)v : -1;
}

static int check_times(struct reading *r, const json_t *claims, struct bearer *b)
{
	bool has_nbf = json_object_get(claims, "nbf") != NULL;
	int64_t nbf_s = seconds(claims, "nbf");
	b->expires_s = seconds(claims, "exp");
	b->issued_s = seconds(claims, "iat");
	r->why = "the token has no expiry (exp)";
	if (b->expires_s < 0)
		return -EACCES;
	r->why = "the token is good for more than 24 hours";
	if (b->expires_s > r->now_s + BEARER_TTL_MAX_S + BEARER_LEEWAY_S)
		return -EACCES;
	r->why = "the token is not good yet (nbf, iat)";
	if ((has_nbf && (nbf_s < 0 || nbf_s > r->now_s + BEARER_LEEWAY_S)) || b->issued_s > r->now_s + BEARER_LEEWAY_S)
		return -EACCES;
	r->why = "the token has expired";
	return b->expires_s + BEARER_LEEWAY_S < r->now_s ? -ETIMEDOUT : 0;
}

static int check_parties(struct reading *r, const json_t *claims, struct bearer *b)
{
	struct str issuer = b->is_ours ? r->keys->issuer : r->keys->other_issuer;
	const json_t *audience = json_object_get(claims, "aud");
	b->issuer = arena_str(r->arena, json_str(claims, "iss"));
	b->subject = arena_str(r->arena, json_str(claims, "sub"));
	b->type = arena_str(r->arena, json_str(claims, "typ"));
	b->id = arena_str(r->arena, json_str(claims, "jti"));
	r->why = "the token's issuer (iss) is not the one its key belongs to";
	if ((b->is_ours || issuer.n > 0) && !str_is(b->issuer, issuer))
		return -EACCES;
	r->why = "the token is for somebody else (aud)";
	if (audience && !names(audience, r->keys->issuer))
		return -EACCES;
	r->why = "the token names no subject (sub)";
	if (b->subject.n == 0)
		return -EACCES;
	if (b->type.n == 0)
		b->type = STR("user");
	r->why = "the token's typ is neither user nor app";
	return str_is(b->type, STR("user")) || str_is(b->type, STR("app")) ? 0 : -EACCES;
}

static int add_org(struct reading *r, struct bearer *b, const json_t *name)
{
	r->why = "the token's org or orgs are not names, or too many";
	if (!json_is_string(name) || json_string_length(name) == 0 || b->n_orgs == BEARER_ORGS_MAX)
		return -EACCES;
	b->orgs[b->n_orgs++] = arena_str(r->arena, json_text(name));
	return 0;
}

static int read_orgs(struct reading *r, const json_t *claims, struct bearer *b)
{
	const json_t *one = json_object_get(claims, "org"), *many = json_object_get(claims, "orgs"), *item;
	size_t i;
	int err = one ? add_org(r, b, one) : 0;
	json_array_foreach(many, i, item)
		if (err == 0 && !(one && str_is(json_text(item), json_text(one))))
			err = add_org(r, b, item);
	r->why = err == 0 ? "the token names no organisation (org)" : r->why;
	return err < 0 || b->n_orgs == 0 ? -EACCES : 0;
}

/* An array of words, or words between blanks, as words between blanks. */
static int read_words(struct reading *r, const json_t *j, struct str *ret)
{
	const json_t *item;
	size_t i, size = json_string_length(j) + 1;
	struct buf b;
	json_array_foreach(j, i, item)
		size += json_string_length(item) + 1;
	char *text = arena_alloc(r->arena, size);
	buf_init(&b, text, text ? size : 0);
	if (json_is_string(j))
		buf_put(&b, json_text(j));
	json_array_foreach(j, i, item) {
		if (b.n > 0)
			buf_putc(&b, ' ');
		buf_put(&b, json_text(item));
	}
	*ret = buf_str(&b);
	return text ? 0 : -ENOMEM;
}

static int read_claims(struct reading *r, const json_t *claims, struct bearer *b)
{
	int err = check_times(r, claims, b);
	if (err == 0)
		err = check_parties(r, claims, b);
	if (err == 0)
		err = read_orgs(r, claims, b);
	if (err == 0)
		err = read_words(r, json_object_get(claims, "roles"), &b->roles);
	if (err == 0)
		err = read_words(r, json_object_get(claims, "scope"), &b->scopes);
	return err;
}

static int check(struct reading *r, struct bearer *b)
{
	struct str rest = r->text;
	r->header = str_split(&rest, '.');
	r->payload = str_split(&rest, '.');
	r->why = "the token is not a JSON Web Token";
	if (r->text.n > BEARER_TEXT_MAX || rest.n == 0 || memchr(r->text.p, '\0', r->text.n))
		return -EACCES;
	AUTO(auto_json) json_t *header = read_part(r->header, r->arena);
	AUTO(auto_json) json_t *claims = read_part(r->payload, r->arena);
	if (!header || !claims || json_object_get(header, "crit"))
		return -EACCES;
	const struct bearer_key *key = find_signer(r, header);
	if (!key)
		return -EACCES;
	b->is_ours = key->algorithm == BEARER_HS256;
	return read_claims(r, claims, b);
}

int bearer_check(const struct bearer_keys *keys, struct arena *a, struct str text, int64_t now_s, struct bearer *ret,
	const char **ret_why)
{
	struct reading r = {.keys = keys, .arena = a, .text = text, .now_s = now_s};
	struct bearer b = {0};
	int err = check(&r, &b);
	if (err < 0)
		*ret_why = r.why;
	else
		*ret = b;
	return err;
}

/* ---- making ---- */

static json_t *claims_of(const struct bearer_keys *keys, const struct bearer *b)
{
	json_t *roles = json_array();
	struct str rest = b->roles;
	while (rest.n > 0)
		json_array_append_new(roles, json_of(str_split(&rest, ' ')));
	json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:I, s:I}", "iss", json_of(keys->issuer), "sub", json_of(b->subject), "typ",
		json_of(b->type), "roles", roles, "iat", (json_int_t)b->issued_s, "exp", (json_int_t)b->expires_s);
	if (b->n_orgs == 1)
		json_object_set_new(j, "org", json_of(b->orgs[0]));
	for (uint32_t i = 0; b->n_orgs > 1 && i < b->n_orgs; i++) {
		if (i == 0)
			json_object_set_new(j, "orgs", json_array());
		json_array_append_new(json_object_get(j, "orgs"), json_of(b->orgs[i]));
	}
	if (b->scopes.n > 0)
		json_object_set_new(j, "scope", json_of(b->scopes));
	if (b->id.n > 0)
		json_object_set_new(j, "jti", json_of(b->id));
	return j;
}

static const struct bearer_key *newest_of_ours(const struct bearer_keys *keys)
{
	for (uint32_t i = keys->n; i > 0; i--)
		if (keys->list[i - 1].algorithm == BEARER_HS256 && keys->list[i - 1].key.n >= BEARER_SECRET_BYTES_MIN)
			return &keys->list[i - 1];
	return NULL;
}

int bearer_make(const struct bearer_keys *keys, struct arena *a, const struct bearer *b, struct str *ret_text)
{
	const struct bearer_key *key = newest_of_ours(keys);
	AUTO(auto_jwt) jwt_t *jwt = NULL;
	if (!key)
		return -ENOKEY;
	AUTO(auto_json) json_t *claims = claims_of(keys, b);
	AUTO(auto_free) char *grants = json_dumps(claims, JSON_COMPACT);
	char *kid = arena_strdup(a, key->kid);
	if (!grants || !kid || jwt_new(&jwt) != 0 || jwt_add_grants_json(jwt, grants) != 0 ||
		jwt_add_header(jwt, "kid", kid) != 0 ||
		jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)key->key.p, (int)key->key.n) != 0)
		return -ENOMEM;
	AUTO(auto_free) char *text = jwt_encode_str(jwt);
	*ret_text = arena_str(a, str_of(text));
	return ret_text->n > 0 ? 0 : -ENOMEM;
}

int bearer_add_key_set(struct bearer_keys *keys, struct str document, struct arena *a, struct buf *errors)
{
	struct jwk set[JWK_KEYS_MAX];
	uint32_t n = 0;
	int err = jwk_set_read(document, a, set, &n, errors);
	if (err < 0)
		return err;
	if (keys->n + n > BEARER_KEYS_MAX) {
		buf_printf(errors, "over %d keys", BEARER_KEYS_MAX);
		return -E2BIG;
	}
	for (uint32_t i = 0; i < n; i++)
		keys->list[keys->n++] = (struct bearer_key){
			.algorithm = set[i].kind == JWK_RSA ? BEARER_RS256 : BEARER_ES256, .kid = set[i].kid, .key = set[i].pem};
	return 0;
}
