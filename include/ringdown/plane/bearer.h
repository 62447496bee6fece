/* bearer.h - the JSON Web Tokens of the API (PLANE.md 2.2, RFC 7519, RFC 8725): our own, HS256 under keys with an id, and
 * those of one other issuer, RS256 or ES256 under its key set.  The key says which algorithm is right, never the
 * token.  No I/O; any thread; keys are read-only once made. */
#ifndef RINGDOWN_PLANE_BEARER_H
#define RINGDOWN_PLANE_BEARER_H

#include "ringdown/base/arena.h"

/* SPDX-License-Identifier: MIT */

enum {
	BEARER_TEXT_MAX = 8192,
	BEARER_TTL_S = 3600,         /* what sign-in gives */
	BEARER_TTL_MAX_S = 86400,    /* an `exp` further ahead is refused */
	BEARER_LEEWAY_S = 60,        /* clocks differ */
	BEARER_KEYS_MAX = 32,
	BEARER_SECRET_BYTES_MIN = 32,
	BEARER_ORGS_MAX = 16,
};

enum bearer_algorithm { BEARER_HS256, BEARER_RS256, BEARER_ES256 };

struct bearer_key { /* borrowed */
	enum bearer_algorithm algorithm;
	struct str kid;        /* empty: tried for tokens without one; not for HS256 */
	struct str key;        /* HS256: the secret; else PEM, terminated */
};
struct bearer_keys {
	struct bearer_key list[BEARER_KEYS_MAX];
	uint32_t n;
	struct str issuer;       /* ours: `iss` of HS256 tokens, and what an `aud` must name */
	struct str other_issuer; /* `iss` of all others; empty: any */
};

struct bearer { /* in the arena */
	struct str issuer, subject, type, id; /* iss, sub, typ: "user" or "app", jti: empty: none */
	struct str orgs[BEARER_ORGS_MAX];     /* of org and orgs */
	uint32_t n_orgs;
	struct str roles, scopes;             /* blank-separated */
	int64_t issued_s, expires_s;          /* unix time */
	bool is_ours;
};

/* 0; -EACCES: not to be believed (401 invalid_token); -ETIMEDOUT: it was once (401 token_expired); -ENOMEM.
 * *ret_why: a literal for the log and the problem. */
int bearer_check(const struct bearer_keys *keys, struct arena *a, struct str text, int64_t now_s, struct bearer *ret,
	const char **ret_why);
/* Ours, under the last HS256 key of the list; issuer and is_ours are filled in.  -ENOKEY: there is none; -ENOMEM. */
int bearer_make(const struct bearer_keys *keys, struct arena *a, const struct bearer *b, struct str *ret_text);
/* Adds the keys of a JSON Web Key Set, texts in the arena.  -EINVAL, -ENODATA, -E2BIG, -ENOMEM and words in errors. */
struct buf;
int bearer_add_key_set(struct bearer_keys *keys, struct str document, struct arena *a, struct buf *errors);

#endif
