/* SPDX-License-Identifier: MIT */
#include "mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

void mac_begin(struct mac *m, const char *digest, struct str key)
{
	char name[16];
	m->ctx = NULL;
	if (!str_copy(str_of(digest), name, sizeof(name)))
		return;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	EVP_MAC_free(hmac);
	/* A key of no bytes must still be a key: NULL would mean "as before". */
	const unsigned char *bytes = (const unsigned char *)(key.p ? key.p : "");
	if (ctx && EVP_MAC_init(ctx, bytes, key.n, params) == 1) {
		m->ctx = ctx;
		return;
	}
	EVP_MAC_CTX_free(ctx);
}

void mac_add(struct mac *m, struct str bytes)
{
	if (!m->ctx || bytes.n == 0)
		return;
	if (EVP_MAC_update(m->ctx, (const unsigned char *)bytes.p, bytes.n) == 1)
		return;
	EVP_MAC_CTX_free(m->ctx);
	m->ctx = NULL;
}

bool mac_end(struct mac *m, uint8_t *ret_mac, size_t size)
{
	size_t n = 0;
	bool is_ok = m->ctx && EVP_MAC_final(m->ctx, ret_mac, &n, size) == 1 && n == size;
	EVP_MAC_CTX_free(m->ctx);
	m->ctx = NULL;
	return is_ok;
}

void hex_put(struct buf *b, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		buf_putc(b, digits[bytes[i] >> 4]);
		buf_putc(b, digits[bytes[i] & 15]);
	}
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_take(struct str text, uint8_t *ret_bytes, size_t n)
{
	if (text.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = nibble(text.p[2 * i]), low = nibble(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
