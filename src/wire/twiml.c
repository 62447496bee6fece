/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/twiml.h"

#include <errno.h>
#include <string.h>

#include "ringdown/base/utf8.h"

/* XML 1.0, production 2: what may stand in a document at all. */
static bool is_xml(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xFFFE && (c < 0xD800 || c > 0xDFFF)) ||
		(c >= 0x10000 && c <= 0x10FFFF);
}

static struct str entity(uint32_t c)
{
	switch (c) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return STR("&quot;");
	case '\'':
		return STR("&apos;");
	case '\t':
		return STR("&#9;");
	case '\n':
		return STR("&#10;");
	case '\r':
		return STR("&#13;");
	default:
		return STR("");
	}
}

static void put_escaped(struct buf *b, struct str text)
{
	uint32_t c;
	for (int n; (n = utf8_scan(text, &c)) != 0; text = str_skip(text, (size_t)(n > 0 ? n : -n))) {
		if (n < 0 || !is_xml(c))
			continue;
		struct str e = entity(c);
		buf_put(b, e.n ? e : (struct str){text.p, (size_t)n});
	}
}

static void end_tag(struct twiml *t)
{
	if (t->in_tag)
		buf_putc(t->b, '>');
	t->in_tag = false;
}

static void open_tag(struct twiml *t, const char *name)
{
	end_tag(t);
	t->open[t->depth++] = name;
	buf_putc(t->b, '<');
	buf_put(t->b, str_of(name));
	t->in_tag = true;
}

/* Behind the root nothing may stand. */
static bool is_inside(struct twiml *t)
{
	t->is_bad |= t->depth == 0;
	return t->depth > 0;
}

void twiml_begin(struct twiml *t, struct buf *b)
{
	*t = (struct twiml){.b = b};
	buf_put(b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
	open_tag(t, "Response");
}

void twiml_open(struct twiml *t, const char *name)
{
	if (!is_inside(t))
		return;
	if (t->depth == TWIML_DEPTH_MAX) {
		t->is_bad = true;
		return;
	}
	open_tag(t, name);
}

void twiml_attr(struct twiml *t, const char *name, struct str value)
{
	if (!t->in_tag) {
		t->is_bad = true;
		return;
	}
	buf_putc(t->b, ' ');
	buf_put(t->b, str_of(name));
	buf_put(t->b, STR("=\""));
	put_escaped(t->b, value);
	buf_putc(t->b, '"');
}

void twiml_attr_u64(struct twiml *t, const char *name, uint64_t value)
{
	char text[24];
	struct buf b;
	buf_init(&b, text, sizeof(text));
	buf_put_u64(&b, value);
	twiml_attr(t, name, buf_str(&b));
}

void twiml_text(struct twiml *t, struct str text)
{
	if (!is_inside(t))
		return;
	end_tag(t);
	put_escaped(t->b, text);
}

void twiml_close(struct twiml *t)
{
	if (!is_inside(t))
		return;
	const char *name = t->open[--t->depth];
	if (t->in_tag) {
		buf_put(t->b, STR("/>"));
		t->in_tag = false;
		return;
	}
	buf_put(t->b, STR("</"));
	buf_put(t->b, str_of(name));
	buf_putc(t->b, '>');
}

void twiml_leaf(struct twiml *t, const char *name, struct str text)
{
	twiml_open(t, name);
	twiml_text(t, text);
	twiml_close(t);
}

int twiml_end(struct twiml *t)
{
	while (t->depth > 0)
		twiml_close(t);
	if (t->is_bad)
		return -EINVAL;
	return buf_ok(t->b) ? 0 : -E2BIG;
}
