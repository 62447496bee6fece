/* str.h - a view of text somebody else owns.  Passed by value, never NUL-terminated by contract,
 * never freed.  Any thread; nothing here allocates. */
#ifndef RINGDOWN_BASE_STR_H
#define RINGDOWN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct str {
	const char *p; /* borrowed; may be NULL when n is 0 */
	size_t n;      /* bytes */
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_FMT      "%.*s"
#define STR_ARG(s)   (int)(s).n, (s).p

struct str str_of(const char *cstr); /* NULL gives the empty view */
bool str_is(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_skip(struct str s, size_t n); /* without its first n bytes, at most all of them */
struct str str_trim(struct str s);           /* without blanks and tabs at both ends */
/* Splits *s at the first `sep`: returns what is before it and leaves what is behind it in *s.
 * Without a `sep` the whole of *s is returned and *s becomes empty. */
struct str str_split(struct str *s, char sep);
bool str_is_among(struct str s, const char *words); /* one of these blank-separated words; the empty view is none */
/* Decimal digits only, no sign, no blanks.  -EINVAL: not a number; -ERANGE: above max. */
int str_u64(struct str s, uint64_t max, uint64_t *ret_value);
void str_lower(char *text); /* A-Z to a-z in place; what is not ASCII stays */
/* Copies at most size - 1 bytes and terminates; false when s did not fit (then dst is ""). */
bool str_copy(struct str s, char *dst, size_t size);

#endif
