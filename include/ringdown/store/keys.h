/* keys.h - the keys of an installation: cred-<n>.key, 32 bytes each, as systemd credentials or in [keys] dir.  The
 * highest n seals, all of them open.  Keys for other uses are derived with a label each (HKDF-SHA256), so that no two uses
 * share one.  Made once, read by any thread; wiped when freed. */
#ifndef RINGDOWN_STORE_KEYS_H
#define RINGDOWN_STORE_KEYS_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { KEY_BYTES = 32, KEYS_MAX = 16 };

struct keys;
/* dir: or NULL; files in $CREDENTIALS_DIRECTORY of the same names win.  -ENOENT: there is none; -EACCES, -EINVAL (not 32
 * bytes, or open to others), -errno, and words in errors. */
int keys_load(const char *dir, struct keys **ret_keys, struct buf *errors);
/* For tests and commands: one key with the id 1. */
int keys_of_bytes(const uint8_t bytes[KEY_BYTES], struct keys **ret_keys);
struct keys *keys_free(struct keys *k);

uint32_t keys_newest(const struct keys *k);              /* its n */
uint32_t keys_at(const struct keys *k, uint32_t i);      /* newest first; 0: no more */
/* A key for the use that label names ("url", "jwt"), from key n.  -ENOENT: no such key; -ENOMEM. */
int keys_derive(const struct keys *k, uint32_t n, const char *label, uint8_t ret_key[KEY_BYTES]);

#endif
