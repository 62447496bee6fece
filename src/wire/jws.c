/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/jws.h"

#include <errno.h>

#include "mac.h"
#include "ringdown/wire/base64.h"

static void put_base64url(struct buf *b, struct str bytes)
{
	char *at = buf_reserve(b, BASE64URL_ENCODED(bytes.n));
	if (at)
		buf_commit(b, base64url_encode((const uint8_t *)bytes.p, bytes.n, at));
}

int jws_hs256(struct str secret, struct str header, struct str payload, char *ret_text, size_t size)
{
	uint8_t digest[MAC_SHA256_BYTES];
	struct mac m;
	struct buf b;
	buf_init(&b, ret_text, size);
	put_base64url(&b, header);
	buf_putc(&b, '.');
	put_base64url(&b, payload);
	if (!buf_ok(&b))
		return -E2BIG;
	mac_begin(&m, "SHA256", secret);
	mac_add(&m, buf_str(&b));
	if (!mac_end(&m, digest, sizeof(digest)))
		return -ENOMEM;
	buf_putc(&b, '.');
	put_base64url(&b, (struct str){(const char *)digest, sizeof(digest)});
	buf_putc(&b, '\0');
	return buf_ok(&b) ? 0 : -E2BIG;
}
