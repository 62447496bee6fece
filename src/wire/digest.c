/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "mac.h"

int digest_hex(struct str bytes, char ret_text[DIGEST_HEX_MAX])
{
	uint8_t digest[DIGEST_BYTES];
	struct buf b;
	ret_text[0] = '\0';
	if (EVP_Digest(bytes.p, bytes.n, digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	buf_init(&b, ret_text, DIGEST_HEX_MAX);
	hex_put(&b, digest, sizeof(digest));
	ret_text[b.n] = '\0';
	return 0;
}

int digest_hmac(struct str key, struct str bytes, uint8_t ret_mac[DIGEST_BYTES])
{
	struct mac m;
	mac_begin(&m, "SHA256", key);
	mac_add(&m, bytes);
	return mac_end(&m, ret_mac, DIGEST_BYTES) ? 0 : -ENOMEM;
}

bool digest_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
