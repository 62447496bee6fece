/* jws.h - compact signatures of JSON (RFC 7515) with a shared secret: HS256 over text that is exactly as the caller
 * wrote it.  Pure. */
#ifndef RINGDOWN_WIRE_JWS_H
#define RINGDOWN_WIRE_JWS_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* "header.payload.signature" and NUL.  -E2BIG: size; -ENOMEM. */
int jws_hs256(struct str secret, struct str header, struct str payload, char *ret_text, size_t size);

#endif
