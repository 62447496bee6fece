/* keys_private.h - the keys themselves, for seal.c. */
#ifndef KEYS_PRIVATE_H
#define KEYS_PRIVATE_H

#include "ringdown/store/keys.h"

/* SPDX-License-Identifier: MIT */

struct key {
	uint32_t number;
	uint8_t bytes[KEY_BYTES];
};
struct keys {
	struct key list[KEYS_MAX]; /* newest first */
	uint32_t n;
};
const struct key *keys_find(const struct keys *k, uint32_t number); /* or NULL */

#endif
