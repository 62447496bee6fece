/* base64.h - RFC 4648 section 4, strict: no white space, no url alphabet, exact padding, no stray
 * bits.  Vectorised where the compiler gives it.  Pure; in place decoding (dst == src) is allowed. */
#ifndef RINGDOWN_WIRE_BASE64_H
#define RINGDOWN_WIRE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* SPDX-License-Identifier: MIT */

#define BASE64_ENCODED(n) (((n) + 2) / 3 * 4) /* characters for n bytes */
#define BASE64_DECODED(n) ((n) / 4 * 3)       /* bytes at most for n characters */

size_t base64_encode(const uint8_t *src, size_t n, char *ret_text); /* no NUL; returns characters */
/* Returns bytes written (at most BASE64_DECODED(n)), or -EBADMSG; then ret_bytes is void. */
ssize_t base64_decode(const char *text, size_t n, uint8_t *ret_bytes);

/* RFC 4648 section 5, without padding: in URLs, tokens and keys.  As strict. */
#define BASE64URL_ENCODED(n) (((n) * 4 + 2) / 3)
#define BASE64URL_DECODED(n) ((n) * 3 / 4)
size_t base64url_encode(const uint8_t *src, size_t n, char *ret_text);
ssize_t base64url_decode(const char *text, size_t n, uint8_t *ret_bytes);

#endif
