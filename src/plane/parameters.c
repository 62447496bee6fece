/* SPDX-License-Identifier: MIT */
/* The query of a webhook's URL.  What the operator wrote into it (?campaign=spring) becomes parameters of the stream,
 * for {{campaign}}, and is carried along in our own URLs, so that a resumed stream has it too. */
#include <string.h>

#include "plane_private.h"
#include "ringdown/base/auto.h"

enum { CUSTOM_MAX = 16, NAME_BYTES_MAX = 64, VALUE_BYTES_MAX = 400 }; /* Twilio: name and value below 500 together */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool is_good = is_letter || (i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'));
		if (!is_good)
			return false;
	}
	return s.n > 0 && s.n <= NAME_BYTES_MAX;
}

/* Our own, in the query or as parameters of every stream. */
static bool is_ours(struct str name)
{
	static const char *const names[] = {"n", "wait", "dial", "fallback", "token", "caller", "called"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is(name, str_of(names[i])))
			return true;
	return false;
}

void query_each_custom(struct str query, query_field_fn *put, void *arg)
{
	for (uint32_t n = 0; query.n > 0 && n < CUSTOM_MAX;) {
		struct str value = str_split(&query, '&'), name = str_split(&value, '=');
		if (!is_name(name) || is_ours(name) || value.n == 0 || value.n > VALUE_BYTES_MAX)
			continue;
		put(name, value, arg);
		n++;
	}
}

static void put_field(struct str name, struct str value, void *arg)
{
	struct buf *b = arg;
	buf_putc(b, '&');
	percent_put(b, name);
	buf_putc(b, '=');
	percent_put(b, value);
}

void query_put_custom(struct buf *b, struct str query)
{
	query_each_custom(query, put_field, b);
}

void query_put_escaped(struct buf *b, struct str query)
{
	for (bool is_first = true; query.n > 0; is_first = false) {
		struct str value = str_split(&query, '&');
		bool has_value = memchr(value.p, '=', value.n) != NULL;
		struct str name = str_split(&value, '=');
		if (!is_first)
			buf_putc(b, '&');
		percent_put(b, name);
		if (has_value)
			buf_putc(b, '=');
		percent_put(b, value);
	}
}

uint32_t query_number(struct str query, struct str name)
{
	uint64_t n = 0;
	while (query.n > 0) {
		struct str value = str_split(&query, '&');
		if (str_is(str_split(&value, '='), name) && str_u64(value, UINT32_MAX, &n) == 0)
			return (uint32_t)n;
	}
	return 0;
}
