/* tags.h - reads TwiML tag by tag, as far as a simulated caller follows it. */
#ifndef BENCH_TAGS_H
#define BENCH_TAGS_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct tag { /* views into the document */
	struct str name, attrs;
	struct str text; /* behind it, up to the next tag; not decoded */
	bool is_end;	 /* </name> */
	bool is_empty;	 /* <name/> */
};

bool tag_next(struct str *doc, struct tag *ret_tag); /* false: no more */
/* The decoded value; false: absent, or longer than size - 1 bytes (then ret_value is ""). */
bool tag_attr(const struct tag *t, const char *name, char *ret_value, size_t size);
bool xml_decode(struct str s, char *ret_text, size_t size); /* the five entities and numbers below 128 */

#endif
