/* SPDX-License-Identifier: MIT */
#include "twilio_values.h"

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_hex(struct str s, size_t n)
{
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_hex_digit(s.p[i]))
			return false;
	return true;
}

bool is_sid(struct str s, const char *prefix)
{
	return str_starts(s, str_of(prefix)) && is_hex(str_skip(s, 2), 32);
}

struct str sid_lower(struct str s, struct arena *a)
{
	char *copy = arena_strdup(a, s);
	if (copy && s.n > 2)
		str_lower(copy + 2);
	return (struct str){copy, copy ? s.n : 0};
}

bool is_country(struct str s)
{
	return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

bool is_printable(struct str s, size_t least, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n >= least && s.n <= most;
}

bool is_https_url(struct str s)
{
	if (!str_starts(s, STR("https://")) || !is_printable(s, 9, 2048))
		return false;
	struct str rest = str_skip(s, 8);
	struct str host = str_split(&rest, '/');
	struct str user = host;
	bool has_user = str_split(&user, '@').n < host.n;
	return host.n > 0 && !has_user && host.p[0] != ':';
}
