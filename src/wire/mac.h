/* mac.h - HMAC over pieces, by OpenSSL's EVP_MAC, and hexadecimal text. */
#ifndef MAC_H
#define MAC_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { MAC_SHA1_BYTES = 20, MAC_SHA256_BYTES = 32 };

struct mac {
	void *ctx; /* EVP_MAC_CTX; NULL: something failed, and mac_end will say so */
};

void mac_begin(struct mac *m, const char *digest, struct str key); /* "SHA1", "SHA256" */
void mac_add(struct mac *m, struct str bytes);
bool mac_end(struct mac *m, uint8_t *ret_mac, size_t size); /* always ends it; size: of the digest */

void hex_put(struct buf *b, const uint8_t *bytes, size_t n);              /* lower case */
bool hex_take(struct str text, uint8_t *ret_bytes, size_t n); /* exactly 2 n lower-case digits */

#endif
