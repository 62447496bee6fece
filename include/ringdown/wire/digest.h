/* digest.h - SHA-256, HMAC-SHA256 and a comparison that tells nobody how far it came.  Pure. */
#ifndef RINGDOWN_WIRE_DIGEST_H
#define RINGDOWN_WIRE_DIGEST_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { DIGEST_BYTES = 32, DIGEST_HEX_MAX = 2 * DIGEST_BYTES + 1 };

/* Lower-case hexadecimal and NUL.  -ENOMEM: then ret_text is "". */
int digest_hex(struct str bytes, char ret_text[DIGEST_HEX_MAX]);
int digest_hmac(struct str key, struct str bytes, uint8_t ret_mac[DIGEST_BYTES]); /* -ENOMEM */
bool digest_equal(struct str a, struct str b); /* in a time that depends on the lengths alone */

#endif
