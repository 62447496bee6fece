/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/form.h"

#include <errno.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int decode(struct str in, struct arena *arena, struct str *ret_text)
{
	char *out = arena_alloc(arena, in.n + 1);
	size_t n = 0;
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		if (c == '%') {
			bool is_whole = in.n - i > 2;
			int high = is_whole ? hex_value(in.p[i + 1]) : -1;
			int low = is_whole ? hex_value(in.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return -EBADMSG;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (c == '\0')
			return -EBADMSG;
		out[n++] = c;
	}
	*ret_text = (struct str){out, n};
	return 0;
}

int form_parse(struct str body, struct arena *arena, struct form *ret_form)
{
	ret_form->n = 0;
	while (body.n > 0) {
		struct str value = str_split(&body, '&');
		if (value.n == 0)
			continue;
		if (ret_form->n == FORM_FIELDS_MAX)
			return -E2BIG;
		struct str name = str_split(&value, '=');
		struct form_field *f = &ret_form->fields[ret_form->n];
		int err = decode(name, arena, &f->name);
		if (err == 0)
			err = decode(value, arena, &f->value);
		if (err < 0)
			return err;
		ret_form->n++;
	}
	return 0;
}

struct str form_get(const struct form *f, struct str name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_is(f->fields[i].name, name))
			return f->fields[i].value;
	return STR("");
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		c == '_' || c == '~';
}

void percent_put(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_unreserved((char)c)) {
			buf_putc(b, (char)c);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, hex[c >> 4]);
		buf_putc(b, hex[c & 15]);
	}
}

void form_put(struct buf *b, struct str name, struct str value)
{
	if (b->n > 0)
		buf_putc(b, '&');
	percent_put(b, name);
	buf_putc(b, '=');
	percent_put(b, value);
}
