/* signed_url.h - links that are good for a while and for nothing else (PLANE.md 2.7):
 *   path?name=value&...&e=<unix seconds>&k=<key id>&s=<base64url of HMAC-SHA256>
 * over "v1\n" method class "\n" path "\n" the fields without s, sorted.  GET stands for GET and HEAD.  Names and values are
 * of A-Z a-z 0-9 - . _ ~ only, so that a query is the same text escaped and not, and in whatever order it comes.
 * Pure; any thread. */
#ifndef RINGDOWN_WIRE_SIGNED_URL_H
#define RINGDOWN_WIRE_SIGNED_URL_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { SIGNED_URL_FIELDS_MAX = 16, SIGNED_URL_KEYS_MAX = 8, SIGNED_URL_QUERY_MAX = 1024 };

struct signed_url_key {
	uint32_t id;
	struct str key; /* 16 bytes at least */
};
struct signed_url_field {
	struct str name, value; /* name: not e, k or s */
};
struct signed_url { /* what is signed */
	struct str method, path; /* path: as the handler knows it, without /api */
	struct signed_url_field fields[SIGNED_URL_FIELDS_MAX];
	uint32_t n_fields;       /* room is left for e, k and s */
	int64_t expires_s;       /* unix time; the last second it is good for */
};

/* Puts path and query behind what b holds.  -EINVAL: a character that is not for names and values, a name that is
 * ours, no key; -E2BIG: too many fields, or no room; -ENOMEM. */
int signed_url_put(struct buf *b, const struct signed_url_key *key, const struct signed_url *url);
/* query: without '?', decoded or not.  0; -EACCES: not signed by one of these keys for this method, path and query
 * (403 bad_signature); -ETIMEDOUT: it was good, and is no longer (410 url_expired).  *ret_expires_s: when it
 * is 0 or -ETIMEDOUT. */
int signed_url_check(const struct signed_url_key *keys, uint32_t n_keys, struct str method, struct str path,
	struct str query, int64_t now_s, int64_t *ret_expires_s);
/* The value of a field of a query that signed_url_check has let through; empty: absent. */
struct str signed_url_get(struct str query, struct str name);

#endif
