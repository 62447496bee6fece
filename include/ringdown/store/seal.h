/* seal.h - secrets in the database: AES-256-GCM under a key that is not in it, bound to the place they are in, so that no
 * sealed text can be moved to another record, field or organisation (PLANE.md 12).  Text: "v1|key id|nonce|ciphertext|tag",
 * the last three in hexadecimal.  Any thread. */
#ifndef RINGDOWN_STORE_SEAL_H
#define RINGDOWN_STORE_SEAL_H

#include "ringdown/base/arena.h"
#include "ringdown/store/keys.h"

/* SPDX-License-Identifier: MIT */

struct seal_place {
	struct str org, record, field; /* field: the column's name */
};
/* Under the newest key; the text in the arena.  -ENOMEM. */
int seal_close(const struct keys *k, const struct seal_place *at, struct str secret, struct arena *a, struct str *ret_text);
/* -EBADMSG: not such a text, or not of this place; -ENOENT: its key is not there; -ENOMEM. */
int seal_open(const struct keys *k, const struct seal_place *at, struct str text, struct arena *a, struct str *ret_secret);
uint32_t seal_key(struct str text); /* the id of the key it was sealed with; 0: no such text */

#endif
