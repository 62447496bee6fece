/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <string.h>

#include "ringdown/base/auto.h"

static const char *const roots[] = {"call", "vars", "contact", "number", "org", "lead"};
static const char *const short_names[] = {
	"caller", "calledNumber", "business_name", "sender", "time", "now", "queue_position", "queue_wait_minutes", "key"};

/* Offset of what is looked for, or the text's length. */
static size_t find(struct str s, const char *two)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == two[0] && s.p[i + 1] == two[1])
			return i;
	return s.n;
}

bool template_is_in(struct str text)
{
	return find(text, "{{") < text.n;
}

bool template_is_known(struct str name)
{
	struct str path = name, root = str_split(&path, '.');
	for (size_t i = 0; i < ARRAY_LEN(short_names); i++)
		if (str_is(name, str_of(short_names[i])))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (path.n > 0 && str_is(root, str_of(roots[i])))
			return true;
	return false;
}

/* Takes one {{...}} off *s: what is before it, the name, the default.  False: there is none any more. */
static bool take(struct str *s, struct str *ret_before, struct str *ret_name, struct str *ret_default)
{
	size_t at = find(*s, "{{");
	struct str inner = str_skip(*s, at + 2);
	size_t end = find(inner, "}}");
	*ret_before = *s;
	if (at == s->n || end == inner.n)
		return false;
	ret_before->n = at;
	struct str rest = {inner.p, end};
	*ret_name = str_trim(str_split(&rest, '|'));
	*ret_default = rest;
	*s = str_skip(inner, end + 2);
	return true;
}

void template_each_name(struct str text, template_name_fn *fn, void *arg)
{
	struct str before, name, otherwise;
	while (take(&text, &before, &name, &otherwise))
		fn(name, arg);
}

void template_put(struct buf *b, struct str text, template_value_fn *value, void *arg)
{
	struct str before, name, otherwise;
	while (take(&text, &before, &name, &otherwise)) {
		struct str v = value(name, arg);
		buf_put(b, before);
		buf_put(b, v.n > 0 ? v : otherwise);
	}
	buf_put(b, before);
}
