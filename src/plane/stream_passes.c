/* SPDX-License-Identifier: MIT */
#include "stream_passes.h"

#include <string.h>

#include "ringdown/base/buf.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/signature.h"

enum { SIGNATURE_CHARS = 28, MAC_BYTES = 20 };

static uint64_t mix(uint64_t sum, struct str text) /* FNV-1a: where it lies; what keeps strangers out is the signature */
{
	for (size_t i = 0; i < text.n; i++)
		sum = (sum ^ (uint8_t)text.p[i]) * 1099511628211U;
	return sum;
}

/* 0: not a signature. */
static uint64_t sum_of(struct str signature, const struct stream_name *name)
{
	uint8_t mac[MAC_BYTES + 1];
	uint64_t sum = 0;
	if (signature.n != SIGNATURE_CHARS || base64_decode(signature.p, signature.n, mac) != MAC_BYTES)
		return 0;
	memcpy(&sum, mac, sizeof(sum));
	return mix(mix(mix(sum, name->org), STR("/")), name->assistant);
}

static void put(struct stream_passes *p, uint64_t sum, int64_t until_s)
{
	struct stream_pass *slot = &p->slots[sum % STREAM_PASSES];
	if (sum == 0)
		return;
	atomic_store(&slot->until_s, until_s);
	atomic_store(&slot->sum, sum);
}

void stream_passes_add(struct stream_passes *p, struct str auth_token, struct str base, const struct stream_name *name,
	int64_t now_s)
{
	char texts[SIGNATURES_OF_STREAM][SIGNATURE_TEXT_MAX], url[SIGNATURE_URL_MAX];
	struct buf b;
	buf_init(&b, url, sizeof(url));
	buf_put(&b, STR("wss")); /* Twilio signs this form whatever the scheme (docs/usage/security, read 2026-11-23) */
	buf_put(&b, str_skip(base, str_starts(base, STR("wss:")) ? 3 : 2));
	buf_printf(&b, "/simple-voice/stream/" STR_FMT "/" STR_FMT, STR_ARG(name->org), STR_ARG(name->assistant));
	uint32_t n = buf_ok(&b) ? signatures_of_stream(auth_token, buf_str(&b), texts) : 0;
	for (uint32_t i = 0; i < n; i++)
		put(p, sum_of(str_of(texts[i]), name), now_s + STREAM_PASS_LIFE_S);
}

/* 64 bits of an HMAC: nobody finds one in the two minutes it is good, and the stream's token is asked besides. */
bool stream_passes_fit(const struct stream_passes *p, struct str signature, const struct stream_name *name, int64_t now_s)
{
	uint64_t sum = sum_of(signature, name);
	const struct stream_pass *slot = &p->slots[sum % STREAM_PASSES];
	return sum != 0 && atomic_load(&slot->sum) == sum && now_s < atomic_load(&slot->until_s);
}
