/* store_keys.h - the keys of the installation and what is derived from them, as the configuration says where they are. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "ringdown/plane/key_ring.h"
#include "store_command.h"

/* SPDX-License-Identifier: MIT */

struct store_keys {
	struct keys *keys;
	struct key_ring ring;
	struct arena arena;
	bool is_open;
};

/* < 0 and words in errors, for a service; ring and keys are then nothing. */
int store_keys_load(struct store_keys *k, const struct config *c, struct buf *errors);
/* EX_OK, or the exit code, and stderr has the words; for commands. */
int store_keys_open(struct store_keys *k, struct store_command *s);
void store_keys_close(struct store_keys *k); /* one of zeros is fine */

#endif
