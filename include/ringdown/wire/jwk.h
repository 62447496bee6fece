/* jwk.h - a JSON Web Key Set (RFC 7517): the public keys of whoever else may sign tokens, as PEM.  Pure. */
#ifndef RINGDOWN_WIRE_JWK_H
#define RINGDOWN_WIRE_JWK_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { JWK_KEYS_MAX = 16, JWK_RSA_BITS_MIN = 2048 };
enum jwk_kind { JWK_RSA, JWK_EC_P256 };

struct jwk { /* in the arena */
	struct str kid;  /* may be empty */
	enum jwk_kind kind;
	struct str pem;  /* SubjectPublicKeyInfo, terminated */
};

/* The signature keys of these two kinds; others, and keys for encryption, are passed over.  Keys with private parts, RSA
 * keys that are too short, points off the curve, two of one kid: -EINVAL and words in errors.  -ENODATA: none is left;
 * -E2BIG: over JWK_KEYS_MAX; -ENOMEM. */
int jwk_set_read(struct str text, struct arena *a, struct jwk ret_keys[JWK_KEYS_MAX], uint32_t *ret_n, struct buf *errors);

#endif
