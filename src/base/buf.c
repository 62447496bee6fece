/* SPDX-License-Identifier: MIT */
#include "ringdown/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/utf8.h"

enum { U64_DIGITS = 20 }; /* 18446744073709551615 */

static const struct str utf8_replacement = {"\xef\xbf\xbd", 3}; /* U+FFFD */

/* RFC 8259 section 7: what a string may not hold as it is, where a short form exists. */
static const char json_short[128] = {
	['"'] = '"',
	['\\'] = '\\',
	['\b'] = 'b',
	['\f'] = 'f',
	['\n'] = 'n',
	['\r'] = 'r',
	['\t'] = 't',
};

void buf_init(struct buf *b, void *mem, size_t cap)
{
	*b = (struct buf){.p = mem, .cap = cap};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

bool buf_ok(const struct buf *b)
{
	return !b->overflow;
}

struct str buf_str(const struct buf *b)
{
	return b->overflow ? (struct str){0} : (struct str){b->p, b->n};
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->overflow || n > b->cap - b->n) {
		b->overflow = true;
		return NULL;
	}
	return b->p + b->n;
}

void buf_commit(struct buf *b, size_t n)
{
	assert(!b->overflow && n <= b->cap - b->n);
	b->n += n;
}

void buf_put(struct buf *b, struct str s)
{
	char *dst = buf_reserve(b, s.n);
	if (!dst || !s.n)
		return;
	memcpy(dst, s.p, s.n);
	b->n += s.n;
}

void buf_putc(struct buf *b, char c)
{
	buf_put(b, (struct str){&c, 1});
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	char digits[U64_DIGITS];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_put(b, (struct str){digits + at, sizeof(digits) - at});
}

void buf_put_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_putc(b, '-');
	buf_put_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	size_t room = b->overflow ? 0 : b->cap - b->n;
	va_start(args, fmt);
	int n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, args);
	va_end(args);
	if (n > 0 && (size_t)n < room)
		b->n += (size_t)n;
	else if (n)
		b->overflow = true;
}

static void put_json_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char form[6] = {'\\', json_short[c]};
	if (form[1]) {
		buf_put(b, (struct str){form, 2});
		return;
	}
	memcpy(form, "\\u00", 4);
	form[4] = hex[c >> 4];
	form[5] = hex[c & 15];
	buf_put(b, (struct str){form, 6});
}

void buf_put_json(struct buf *b, struct str s)
{
	buf_putc(b, '"');
	while (s.n) {
		uint32_t code = 0;
		int n = utf8_scan(s, &code);
		size_t length = (size_t)(n < 0 ? -n : n);
		if (n < 0)
			buf_put(b, utf8_replacement);
		else if (code < 0x20 || code == '"' || code == '\\')
			put_json_escape(b, (unsigned char)code);
		else
			buf_put(b, (struct str){s.p, length});
		s = str_skip(s, length);
	}
	buf_putc(b, '"');
}
