/* key_ring.h - what the plane signs with and believes in: keys for tokens and for URLs, derived from those of the
 * installation, and the public keys of one other issuer.  Made once, read by any thread, wiped when freed. */
#ifndef RINGDOWN_PLANE_KEY_RING_H
#define RINGDOWN_PLANE_KEY_RING_H

#include "ringdown/plane/bearer.h"
#include "ringdown/store/keys.h"
#include "ringdown/wire/signed_url.h"

/* SPDX-License-Identifier: MIT */

struct key_ring {
	struct arena arena;
	struct bearer_keys bearer;                        /* the newest of ours is the last HS256 one */
	struct signed_url_key urls[SIGNED_URL_KEYS_MAX];  /* the newest is the first */
	uint32_t n_urls;
	struct str flow;                                  /* seals where a call is in its flow */
	uint8_t secrets[2 * KEYS_MAX + 1][KEY_BYTES];
	uint32_t n_secrets;
};

struct key_ring_settings {
	struct str issuer;       /* ours: the public URL */
	struct str other_issuer; /* of the key set; empty: any */
	struct str key_set;      /* the JSON of [auth] jwks_file; empty: none */
};
/* Texts of settings are borrowed.  < 0 and words in errors when the key set is none that can be taken; -ENOMEM. */
int key_ring_init(struct key_ring *r, const struct keys *k, const struct key_ring_settings *s, struct buf *errors);
void key_ring_done(struct key_ring *r); /* wiped; one of zeros is fine */

#endif
