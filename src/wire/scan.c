/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <string.h>

bool scan_literal(struct scan *s, struct str text)
{
	if ((size_t)(s->end - s->p) < text.n || memcmp(s->p, text.p, text.n) != 0)
		return false;
	s->p += text.n;
	return true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

bool scan_string(struct scan *s, struct str *ret_text)
{
	const char *p = s->p;
	if (p == s->end || *p++ != '"')
		return false;
	const char *from = p;
	while (p < s->end && is_plain((unsigned char)*p))
		p++;
	if (p == s->end || *p != '"')
		return false;
	*ret_text = (struct str){from, (size_t)(p - from)};
	s->p = p + 1;
	return true;
}

/* What lies between the quotes is checked where it is decoded: base64 has neither escapes nor
 * anything above 0x7f, so a wrong character fails there, as it fails after jansson. */
bool scan_base64(struct scan *s, struct str *ret_text)
{
	if (s->p == s->end || *s->p != '"')
		return false;
	const char *from = s->p + 1;
	const char *quote = memchr(from, '"', (size_t)(s->end - from));
	if (!quote || memchr(from, '\\', (size_t)(quote - from)))
		return false;
	*ret_text = (struct str){from, (size_t)(quote - from)};
	s->p = quote + 1;
	return true;
}

bool scan_integer(struct scan *s)
{
	const char *p = s->p;
	if (p < s->end && *p == '-')
		p++;
	const char *digits = p;
	while (p < s->end && *p >= '0' && *p <= '9')
		p++;
	if (p == digits || p - digits > 15 || (*digits == '0' && p - digits > 1))
		return false;
	s->p = p;
	return true;
}

bool scan_number_string(struct scan *s, uint64_t *ret_value)
{
	struct str text;
	struct scan at = *s;
	if (!scan_string(&at, &text) || str_u64(text, INT64_MAX, ret_value) < 0)
		return false;
	*s = at;
	return true;
}

bool scan_at_end(const struct scan *s)
{
	return s->p == s->end;
}

bool json_depth_ok(struct str text, int max)
{
	int depth = 0;
	bool is_in_string = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (is_in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				is_in_string = false;
		} else if (c == '"') {
			is_in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				return false;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0; /* what closes too much lends nothing */
		}
	}
	return true;
}
