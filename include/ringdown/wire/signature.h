/* signature.h - X-Twilio-Signature (Twilio docs/usage/security, read 2026-11-23; twilio-node
 * src/webhooks): base64(HMAC-SHA1(auth token, URL + sorted unique name value pairs)).  A request is
 * accepted when the signature fits the URL with or without its port, with or without credentials,
 * with the legacy query escapes, or, for wss, with a slash behind it.  Constant-time compare.  Pure. */
#ifndef RINGDOWN_WIRE_SIGNATURE_H
#define RINGDOWN_WIRE_SIGNATURE_H

#include "ringdown/wire/form.h"

/* SPDX-License-Identifier: MIT */

enum { SIGNATURE_TEXT_MAX = 32, SIGNATURE_URL_MAX = 4096 };

/* Writes the base64 signature (28 characters and NUL).  form may be NULL (GET, wss).  -E2BIG: URL too long; -ENOMEM. */
int signature_make(struct str auth_token, struct str url, const struct form *form, char ret_text[SIGNATURE_TEXT_MAX]);
/* form: the decoded body of a form POST, else NULL.  raw_body: for a JSON POST, checked against
 * bodySHA256 in the URL; else empty. */
bool signature_check(struct str auth_token, struct str url, const struct form *form, struct str raw_body,
	struct str signature);

/* The signatures an upgrade for this wss URL may carry: with and without its port, with and without a slash behind it.
 * Gives how many, 0 for want of memory or of a token. */
enum { SIGNATURES_OF_STREAM = 6 };
uint32_t signatures_of_stream(struct str auth_token, struct str url, char ret_texts[SIGNATURES_OF_STREAM][SIGNATURE_TEXT_MAX]);

/* One-time token of a <Parameter>: names CallSid and expiry, sealed with HMAC-SHA256 under `key`.
 * "v1.<expiry seconds>.<nonce hex>.<mac hex>".  Who takes it remembers the nonce.  -ENOMEM. */
enum { TOKEN_TEXT_MAX = 128, TOKEN_NONCE_BYTES = 16 };
int token_make(struct str key, struct str call_sid, int64_t expires_s, const uint8_t nonce[TOKEN_NONCE_BYTES],
	char ret_text[TOKEN_TEXT_MAX]);
/* -EBADMSG: not such a token; -EACCES: other key or other call; -ETIMEDOUT: expired. */
int token_check(struct str key, struct str token, struct str call_sid, int64_t now_s,
	uint8_t ret_nonce[TOKEN_NONCE_BYTES]);

/* Body signature of outgoing tool webhooks, after Standard Webhooks 1.0.0:
 * "v1,<base64 HMAC-SHA256(secret, id.timestamp.body)>". */
enum { WEBHOOK_SIGNATURE_MAX = 64 };
int webhook_sign(struct str secret, struct str id, int64_t timestamp_s, struct str body,
	char ret_text[WEBHOOK_SIGNATURE_MAX]);

#endif
