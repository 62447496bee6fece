/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Any text loads as an object no deeper than asked, or not at all; what was loaded is valid UTF-8
 * without NUL in every string, and what is written from it loads as the same again. */
#include <stdlib.h>
#include <string.h>

#include "../../src/wire/json_view.h"
#include "../../src/wire/scan.h"
#include "ringdown/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH = 16 };

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void check_text(struct str s)
{
	uint32_t code = 0;
	for (int n; s.n; s = str_skip(s, (size_t)n)) {
		n = utf8_scan(s, &code);
		require(n > 0 && code != 0);
	}
}

static void check_object(const json_t *object, int depth)
{
	const char *key;
	json_t *value;
	uint64_t number;
	require(depth > 0);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		check_text(str_of(key));
		struct str s = json_view_str(object, key);
		require(json_is_string(value) || s.n == 0);
		check_text(s);
		if (json_view_number(object, key, &number) == 0)
			require(number <= INT64_MAX);
		require(json_is_integer(value) || json_view_int(object, key, -77) == -77);
		if (json_is_object(value))
			check_object(value, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	json_t *doc = json_view_load(text, DEPTH);
	if (!doc)
		return 0;
	require(json_depth_ok(text, DEPTH));
	check_object(doc, DEPTH);
	char *written = json_dumps(doc, JSON_COMPACT);
	json_t *again = written ? json_view_load(str_of(written), DEPTH) : NULL;
	require(again && json_equal(doc, again));
	free(written);
	json_decref(again);
	json_decref(doc);
	return 0;
}
