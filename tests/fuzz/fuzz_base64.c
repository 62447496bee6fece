/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Any bytes go to text and back.  Any text is refused, or is exactly what its bytes encode to. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void there_and_back(const uint8_t *data, size_t size)
{
	size_t n = BASE64_ENCODED(size);
	AUTO(auto_free) char *text = malloc(n + 1);
	AUTO(auto_free) uint8_t *bytes = malloc(BASE64_DECODED(n) + 1);
	if (!text || !bytes)
		return;
	require(base64_encode(data, size, text) == n);
	require(base64_decode(text, n, bytes) == (ssize_t)size && memcmp(bytes, data, size) == 0);
	require(base64_decode(text, n, (uint8_t *)text) == (ssize_t)size &&
		memcmp(text, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_free) uint8_t *bytes = malloc(BASE64_DECODED(size) + 1);
	AUTO(auto_free) char *again = malloc(size + 4);
	if (!bytes || !again)
		return 0;
	ssize_t n = base64_decode((const char *)data, size, bytes);
	if (n >= 0)
		require(base64_encode(bytes, (size_t)n, again) == size &&
			memcmp(again, data, size) == 0);
	there_and_back(data, size);
	return 0;
}
