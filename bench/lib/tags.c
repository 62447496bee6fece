/* SPDX-License-Identifier: MIT */
#include "tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"

static const struct {
	const char *entity;
	char c;
} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

/* Bytes of the reference at the front of s, and what it stands for; 0: none that we know. */
static size_t reference(struct str s, char *ret_c)
{
	for (size_t i = 0; i < ARRAY_LEN(entities); i++)
		if (str_starts(s, str_of(entities[i].entity))) {
			*ret_c = entities[i].c;
			return strlen(entities[i].entity);
		}
	int n = 0, code = 0;
	char text[16];
	(void)str_copy((struct str){s.p, s.n < 8 ? s.n : 8}, text, sizeof(text));
	if (sscanf(text, "&#%d;%n", &code, &n) == 1 && n > 0 && code > 0 && code < 128)
		*ret_c = (char)code;
	return (size_t)n;
}

bool xml_decode(struct str s, char *ret_text, size_t size)
{
	size_t n = 0;
	while (s.n > 0 && n + 1 < size) {
		size_t skip = *s.p == '&' ? reference(s, &ret_text[n]) : 0;
		if (!skip) {
			ret_text[n] = *s.p;
			skip = 1;
		}
		n++;
		s = str_skip(s, skip);
	}
	ret_text[s.n == 0 ? n : 0] = '\0';
	return s.n == 0;
}

bool tag_next(struct str *doc, struct tag *ret_tag)
{
	for (;;) {
		(void)str_split(doc, '<');
		if (doc->n == 0)
			return false;
		struct str inside = str_split(doc, '>');
		if (inside.n == 0 || *inside.p == '?' || *inside.p == '!')
			continue;
		*ret_tag = (struct tag){.is_end = *inside.p == '/', .is_empty = inside.p[inside.n - 1] == '/'};
		inside = str_skip(inside, ret_tag->is_end);
		inside.n -= ret_tag->is_empty && inside.n > 0;
		ret_tag->name = str_split(&inside, ' ');
		ret_tag->attrs = inside;
		struct str rest = *doc;
		ret_tag->text = str_split(&rest, '<');
		return true;
	}
}

bool tag_attr(const struct tag *t, const char *name, char *ret_value, size_t size)
{
	struct str rest = t->attrs;
	ret_value[0] = '\0';
	while (rest.n > 0) {
		struct str key = str_trim(str_split(&rest, '='));
		if (rest.n == 0)
			return false;
		char quote = *rest.p;
		rest = str_skip(rest, 1);
		struct str value = str_split(&rest, quote);
		if (str_is(key, str_of(name)))
			return xml_decode(value, ret_value, size);
	}
	return false;
}
