/* fuzz: links base */
/* SPDX-License-Identifier: MIT */
/* Whatever bytes come in, what buf_put_json makes of them is one JSON string of valid UTF-8, and
 * bytes that were fine already come out as they went in. */
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/buf.h"
#include "ringdown/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096 };

static void require(bool claim)
{
	if (!claim)
		abort();
}

static bool is_plain(struct str s)
{
	uint32_t code = 0;
	for (int n; s.n; s = str_skip(s, (size_t)n)) {
		n = utf8_scan(s, &code);
		if (n < 0 || code < 0x20 || code == '"' || code == '\\')
			return false;
	}
	return true;
}

/* Walks over what stands between the quotes: characters that need no escape, and escapes. */
static void check_inside(struct str s)
{
	uint32_t code = 0;
	while (s.n) {
		int n = utf8_scan(s, &code);
		require(n > 0 && code >= 0x20 && code != '"');
		if (code == '\\') {
			require(s.n >= 2 && memchr("\"\\bfnrtu", s.p[1], 8));
			n = s.p[1] == 'u' ? 6 : 2;
			require(s.n >= (size_t)n);
		}
		s = str_skip(s, (size_t)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char mem[6 * TEXT_MAX + 2]; /* the worst is \u00xx for a byte */
	struct str text = {(const char *)data, size < TEXT_MAX ? size : TEXT_MAX};
	struct buf b;
	buf_init(&b, mem, sizeof(mem));
	buf_put_json(&b, text);
	require(buf_ok(&b) && b.n >= text.n + 2 && mem[0] == '"' && mem[b.n - 1] == '"');
	struct str inside = {mem + 1, b.n - 2};
	check_inside(inside);
	require(str_is(inside, text) == is_plain(text));
	return 0;
}
