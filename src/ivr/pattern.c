/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <errno.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Bytes of the atom text begins with, or 0: none that is one. */
static size_t atom_length(struct str s)
{
	if (s.n == 0 || memchr("?*+{}()|^$]", s.p[0], 11))
		return 0;
	if (s.p[0] == '\\')
		return s.n > 1 ? 2 : 0;
	if (s.p[0] != '[')
		return 1;
	size_t n = s.n > 1 && s.p[1] == '^' ? 2 : 1;
	size_t first = n;
	while (n < s.n && s.p[n] != ']')
		n += s.p[n] == '\\' ? 2 : 1;
	return n < s.n && n > first ? n + 1 : 0;
}

/* {m}, {m,} or {m,n} in front of *s, taken off. */
static int take_braces(struct str *s, struct pattern_atom *a)
{
	const char *end = memchr(s->p, '}', s->n);
	uint64_t min, max;
	if (!end)
		return -EINVAL;
	struct str inner = {s->p + 1, (size_t)(end - s->p) - 1};
	bool has_comma = memchr(inner.p, ',', inner.n) != NULL;
	struct str first = str_split(&inner, ',');
	if (str_u64(first, PATTERN_REPEAT_MAX, &min) < 0)
		return -EINVAL;
	max = has_comma ? PATTERN_REPEAT_MAX : min;
	if (inner.n > 0 && (str_u64(inner, PATTERN_REPEAT_MAX, &max) < 0 || max < min))
		return -EINVAL;
	a->min = (uint32_t)min;
	a->max = (uint32_t)max;
	*s = str_skip(*s, (size_t)(end - s->p) + 1);
	return 0;
}

static int take_repeat(struct str *s, struct pattern_atom *a)
{
	a->min = a->max = 1;
	if (s->n == 0 || !memchr("?*+{", s->p[0], 4))
		return 0;
	if (s->p[0] == '{')
		return take_braces(s, a);
	a->min = s->p[0] == '+' ? 1 : 0;
	a->max = s->p[0] == '?' ? 1 : PATTERN_REPEAT_MAX;
	*s = str_skip(*s, 1);
	return 0;
}

int pattern_parse(struct str text, struct pattern *ret)
{
	struct str s = text;
	ret->n = 0;
	if (str_starts(s, STR("^")))
		s = str_skip(s, 1);
	while (s.n > 0 && !str_is(s, STR("$"))) {
		size_t n = atom_length(s);
		if (n == 0)
			return -EINVAL;
		if (ret->n == PATTERN_ATOMS_MAX)
			return -E2BIG;
		struct pattern_atom *a = &ret->atoms[ret->n++];
		a->set = (struct str){s.p, n};
		s = str_skip(s, n);
		if (take_repeat(&s, a) < 0)
			return -EINVAL;
	}
	return 0;
}

static bool escape_has(char kind, char c)
{
	switch (kind) {
	case 'd':
		return is_digit(c);
	case 'w':
		return is_word(c);
	case 's':
		return c == ' ' || c == '\t' || c == '\n' || c == '\r';
	default:
		return c == kind;
	}
}

/* inner: what stands between the brackets, without the caret. */
static bool class_has(struct str inner, char c)
{
	for (size_t i = 0; i < inner.n; i++) {
		char low = inner.p[i];
		if (low == '\\' && i + 1 < inner.n) {
			if (escape_has(inner.p[++i], c))
				return true;
			continue;
		}
		bool is_range = i + 2 < inner.n && inner.p[i + 1] == '-';
		char high = is_range ? inner.p[i + 2] : low;
		if ((unsigned char)c >= (unsigned char)low && (unsigned char)c <= (unsigned char)high)
			return true;
		i += is_range ? 2 : 0;
	}
	return false;
}

static bool atom_has(struct str set, char c)
{
	if (set.p[0] == '.')
		return true;
	if (set.p[0] == '\\')
		return escape_has(set.p[1], c);
	if (set.p[0] != '[')
		return set.p[0] == c;
	bool is_not = set.p[1] == '^';
	size_t skip = is_not ? 2 : 1;
	return class_has((struct str){set.p + skip, set.n - skip - 1}, c) != is_not;
}

enum { TEXT_MAX_BYTES = 512 };

/* from: places in the text that the atoms so far may have led to; to: where this atom may lead on from them. */
static void atom_advance(const struct pattern_atom *a, struct str text, const bool *from, bool *to)
{
	size_t run = 0; /* characters before i that fit, in a row */
	for (size_t i = 0; i <= text.n; i++) {
		if (i > 0)
			run = atom_has(a->set, text.p[i - 1]) ? run + 1 : 0;
		size_t longest = run < a->max ? run : a->max;
		to[i] = false;
		for (size_t back = a->min; back <= longest && !to[i]; back++)
			to[i] = from[i - back];
	}
}

bool pattern_fits(const struct pattern *p, struct str text)
{
	bool places[2][TEXT_MAX_BYTES + 1] = {{true}};
	if (text.n > TEXT_MAX_BYTES)
		return false;
	for (uint32_t i = 0; i < p->n; i++)
		atom_advance(&p->atoms[i], text, places[i % 2], places[(i + 1) % 2]);
	return places[p->n % 2][text.n];
}

bool pattern_matches(const char *pattern, struct str text)
{
	struct pattern p;
	return pattern_parse(str_of(pattern), &p) == 0 && pattern_fits(&p, text);
}
