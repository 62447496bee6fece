/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Line 1: auth token.  Line 2: URL.  Line 3: a signature.  The rest: the form.  What signature_make
 * signs, signature_check accepts, whatever the URL looks like, unless the token is empty; no one
 * guesses a signature; a field more or a byte less is no longer what was signed. */
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static bool names_a_sum(struct str url)
{
	return url.n && memmem(url.p, url.n, "bodySHA256=", 11);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct form form;
	char text[SIGNATURE_TEXT_MAX];
	AUTO(arena_done) struct arena a;
	struct str rest = {(const char *)data, size};
	struct str token = str_split(&rest, '\n');
	struct str url = str_split(&rest, '\n');
	struct str guess = str_split(&rest, '\n');
	arena_init(&a, 1 << 24);
	if (form_parse(rest, &a, &form) < 0)
		return 0;
	if (signature_make(token, url, &form, text) < 0) {
		require(url.n > SIGNATURE_URL_MAX);
		require(!signature_check(token, url, &form, STR(""), guess));
		return 0;
	}
	struct str made = str_of(text);
	require(made.n == 28);
	require(signature_check(token, url, &form, STR(""), made) == (url.n > 0 && token.n > 0));
	if (!str_is(guess, made))
		(void)signature_check(token, url, &form, STR(""), guess);
	require(!signature_check(token, url, &form, STR(""), (struct str){made.p, made.n - 1}));
	if (form.n > 0)
		require(!signature_check(token, url, NULL, rest, made) || names_a_sum(url));
	text[27] ^= 1;
	require(!signature_check(token, url, &form, STR(""), made));
	return 0;
}
