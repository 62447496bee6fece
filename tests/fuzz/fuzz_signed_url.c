/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* The input as a URL somebody thought up, which is never taken; and as what is written over a true one at some place,
 * which then is good only when it changed nothing that counts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/wire/signed_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_S = 1000, ROOM = 512 };

static const struct signed_url_key keys[] = {
	{1, {"a key of the fuzzer's own, 32 by", 32}}, {7, {"another key of the fuzzer's own.", 32}}};
static const struct signed_url true_one = {
	.method = {"GET", 3},
	.path = {"/media/recordings/RE1.mp3", 25},
	.fields = {{{"o", 1}, {"acme", 4}}, {{"u", 1}, {"me", 2}}},
	.n_fields = 2,
	.expires_s = NOW_S,
};

static void require(bool claim)
{
	if (!claim)
		abort();
}

static int check(struct str url)
{
	int64_t expires_s;
	struct str query = url;
	struct str path = str_split(&query, '?');
	(void)signed_url_get(query, STR("o"));
	return signed_url_check(keys, 2, STR("HEAD"), path, query, NOW_S, &expires_s);
}

static void tamper(const uint8_t *data, size_t size)
{
	char text[ROOM], changed[ROOM];
	struct buf b;
	buf_init(&b, text, sizeof(text));
	require(signed_url_put(&b, &keys[1], &true_one) == 0);
	struct str url = buf_str(&b);
	require(check(url) == 0);
	if (size < 2)
		return;
	memcpy(changed, text, url.n);
	size_t at = data[0] % url.n;
	size_t n = size - 1 < url.n - at ? size - 1 : url.n - at;
	memcpy(changed + at, data + 1, n);
	require(check((struct str){changed, url.n}) == (memcmp(changed, text, url.n) == 0 ? 0 : -EACCES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	require(check((struct str){(const char *)data, size}) == -EACCES);
	tamper(data, size);
	return 0;
}
