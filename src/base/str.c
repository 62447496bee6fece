/* SPDX-License-Identifier: MIT */
#include "ringdown/base/str.h"

#include <errno.h>
#include <string.h>

static bool bytes_equal(const char *a, const char *b, size_t n)
{
	return !n || !memcmp(a, b, n); /* memcmp does not take NULL, not even for 0 bytes */
}

struct str str_of(const char *cstr)
{
	return (struct str){cstr, cstr ? strlen(cstr) : 0};
}

bool str_is(struct str a, struct str b)
{
	return a.n == b.n && bytes_equal(a.p, b.p, a.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && bytes_equal(s.p, prefix.p, prefix.n);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       (!suffix.n || bytes_equal(s.p + (s.n - suffix.n), suffix.p, suffix.n));
}

struct str str_skip(struct str s, size_t n)
{
	if (!s.p)
		return s;
	size_t skipped = n < s.n ? n : s.n;
	return (struct str){s.p + skipped, s.n - skipped};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_split(struct str *s, char sep)
{
	struct str first = *s;
	const char *at = s->n ? memchr(s->p, sep, s->n) : NULL;
	if (at)
		first.n = (size_t)(at - s->p);
	*s = str_skip(*s, at ? first.n + 1 : first.n);
	return first;
}

bool str_is_among(struct str s, const char *words)
{
	for (struct str rest = str_of(words); rest.n > 0;)
		if (str_is(str_split(&rest, ' '), s))
			return s.n > 0;
	return false;
}

int str_u64(struct str s, uint64_t max, uint64_t *ret_value)
{
	if (!s.n)
		return -EINVAL;
	uint64_t value = 0;
	bool too_big = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -EINVAL;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		too_big = too_big || __builtin_mul_overflow(value, 10, &value) ||
			  __builtin_add_overflow(value, digit, &value);
	}
	if (too_big || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

bool str_copy(struct str s, char *dst, size_t size)
{
	if (!size)
		return false;
	bool fits = s.n < size;
	if (fits && s.n)
		memcpy(dst, s.p, s.n);
	dst[fits ? s.n : 0] = '\0';
	return fits;
}

void str_lower(char *text)
{
	for (; *text; text++)
		*text = (char)(*text >= 'A' && *text <= 'Z' ? *text | 0x20 : *text);
}
