/* SPDX-License-Identifier: MIT */
/* Things of our own that are sealed with HMAC-SHA256: the one-time token of a <Parameter>, and the
 * signature of an outgoing webhook. */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "mac.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/signature.h"

enum { MAC_HEX = 2 * MAC_SHA256_BYTES };

/* What the token's mac covers: its own head and the call it is for. */
static bool token_mac(struct str key, struct str head, struct str call_sid, uint8_t mac[MAC_SHA256_BYTES])
{
	struct mac m;
	mac_begin(&m, "SHA256", key);
	mac_add(&m, head);
	mac_add(&m, STR("."));
	mac_add(&m, call_sid);
	return mac_end(&m, mac, MAC_SHA256_BYTES);
}

int token_make(struct str key, struct str call_sid, int64_t expires_s, const uint8_t nonce[TOKEN_NONCE_BYTES],
	char ret_text[TOKEN_TEXT_MAX])
{
	uint8_t mac[MAC_SHA256_BYTES];
	struct buf b;
	buf_init(&b, ret_text, TOKEN_TEXT_MAX);
	buf_put(&b, STR("v1."));
	buf_put_i64(&b, expires_s);
	buf_putc(&b, '.');
	hex_put(&b, nonce, TOKEN_NONCE_BYTES);
	if (!token_mac(key, buf_str(&b), call_sid, mac))
		return -ENOMEM;
	buf_putc(&b, '.');
	hex_put(&b, mac, sizeof(mac));
	buf_putc(&b, '\0');
	return buf_ok(&b) ? 0 : -E2BIG;
}

int token_check(struct str key, struct str token, struct str call_sid, int64_t now_s,
	uint8_t ret_nonce[TOKEN_NONCE_BYTES])
{
	uint8_t mac[MAC_SHA256_BYTES], given[MAC_SHA256_BYTES], nonce[TOKEN_NONCE_BYTES];
	uint64_t expires_s;
	struct str rest = token;
	struct str version = str_split(&rest, '.');
	struct str expiry = str_split(&rest, '.');
	struct str nonce_hex = str_split(&rest, '.');
	if (!str_is(version, STR("v1")) || str_u64(expiry, INT64_MAX, &expires_s) < 0 ||
		!hex_take(nonce_hex, nonce, sizeof(nonce)) || !hex_take(rest, given, sizeof(given)))
		return -EBADMSG;
	struct str head = {token.p, token.n - MAC_HEX - 1};
	if (!token_mac(key, head, call_sid, mac) || CRYPTO_memcmp(mac, given, sizeof(mac)) != 0)
		return -EACCES;
	if ((int64_t)expires_s < now_s)
		return -ETIMEDOUT;
	memcpy(ret_nonce, nonce, sizeof(nonce));
	return 0;
}

int webhook_sign(struct str secret, struct str id, int64_t timestamp_s, struct str body,
	char ret_text[WEBHOOK_SIGNATURE_MAX])
{
	uint8_t mac[MAC_SHA256_BYTES];
	char head[256];
	struct buf b;
	buf_init(&b, head, sizeof(head));
	buf_put(&b, id);
	buf_putc(&b, '.');
	buf_put_i64(&b, timestamp_s);
	buf_putc(&b, '.');
	if (!buf_ok(&b))
		return -E2BIG;
	struct mac m;
	mac_begin(&m, "SHA256", secret);
	mac_add(&m, buf_str(&b));
	mac_add(&m, body);
	bool is_ok = mac_end(&m, mac, sizeof(mac));
	if (!is_ok)
		return -ENOMEM;
	memcpy(ret_text, "v1,", 3);
	ret_text[3 + base64_encode(mac, sizeof(mac), ret_text + 3)] = '\0';
	return 0;
}
