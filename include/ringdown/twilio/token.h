/* token.h - Voice access tokens for Twilio's SDKs, byte for byte as its AccessToken makes them (npm twilio 6.2.0,
 * src/jwt/AccessToken.ts; header and claims in its order).  Pure. */
#ifndef RINGDOWN_TWILIO_TOKEN_H
#define RINGDOWN_TWILIO_TOKEN_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { TWILIO_TOKEN_MAX = 4096, TWILIO_TOKEN_TTL_MAX_S = 86400, TWILIO_IDENTITY_MAX = 121 };
struct twilio_token {
	struct str account_sid, key_sid, key_secret; /* a Standard or Main API key: Restricted ones make no tokens (31204) */
	struct str identity;        /* [A-Za-z0-9_]{1,121}: what mobile SDKs take */
	struct str region;          /* "ie1", or empty */
	int64_t now_s, ttl_s;       /* ttl: 1..TWILIO_TOKEN_TTL_MAX_S */
	bool may_receive;           /* incoming calls */
	struct str application_sid; /* empty: no outgoing calls */
	struct str push_credential_sid; /* empty: none */
};
bool twilio_identity_ok(struct str identity);
/* -EINVAL: identity or ttl; -E2BIG: does not fit; -ENOMEM. */
int twilio_token_make(const struct twilio_token *t, char *ret_text, size_t size);

#endif
