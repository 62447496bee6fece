/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Line 1: CallSid.  Line 2: a token somebody thought up, which is never taken.  And the input as
 * what is put into a true token at some place, which then is true only when it changed nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_S = 1000 };

static const struct str key = {"a key of the fuzzer's own, 32 by", 32};

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void tamper(struct str call_sid, const uint8_t *data, size_t size)
{
	const uint8_t nonce[TOKEN_NONCE_BYTES] = {1, 2, 3};
	uint8_t got[TOKEN_NONCE_BYTES];
	char text[TOKEN_TEXT_MAX], changed[TOKEN_TEXT_MAX];
	require(token_make(key, call_sid, NOW_S, nonce, text) == 0);
	struct str token = str_of(text);
	require(token_check(key, token, call_sid, NOW_S, got) == 0 &&
		memcmp(got, nonce, sizeof(got)) == 0);
	require(token_check(key, token, call_sid, NOW_S + 1, got) == -ETIMEDOUT);
	if (size < 2)
		return;
	memcpy(changed, text, sizeof(changed));
	size_t at = data[0] % token.n;
	size_t n = size - 1 < token.n - at ? size - 1 : token.n - at;
	memcpy(changed + at, data + 1, n);
	int err = token_check(key, (struct str){changed, token.n}, call_sid, NOW_S, got);
	require(memcmp(changed, text, token.n) == 0 ? err == 0 : err == -EACCES || err == -EBADMSG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t got[TOKEN_NONCE_BYTES];
	struct str token = {(const char *)data, size};
	struct str call_sid = str_split(&token, '\n');
	int err = token_check(key, token, call_sid, NOW_S, got);
	require(err == -EBADMSG || err == -EACCES);
	tamper(call_sid, data, size);
	return 0;
}
