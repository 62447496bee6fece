/* SPDX-License-Identifier: MIT */
/* The few words the engines do not share.  In SQL they stand in braces:
 *   {blob}         type of a column of bytes
 *   {skip_locked}  behind a SELECT that takes rows to work upon: leave alone those another transaction holds
 * A brace before anything but a small letter is a brace: '{}' is an empty document. */
#include <errno.h>
#include <string.h>

#include "engine.h"
#include "ringdown/base/mem.h"

uint32_t engine_parameters(const char *sql)
{
	uint32_t highest = 0;
	for (const char *at = strchr(sql, '$'); at; at = strchr(at + 1, '$')) {
		uint32_t number = 0;
		for (const char *digit = at + 1; *digit >= '0' && *digit <= '9' && number < 1000; digit++)
			number = number * 10 + (uint32_t)(*digit - '0');
		highest = number > highest ? number : highest;
	}
	return highest;
}

/* FNV-1a. */
uint64_t engine_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

char *engine_copy(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = mem_alloc(n);
	if (copy)
		memcpy(copy, text, n);
	return copy;
}

static const char *word_of(const struct engine *e, struct str name)
{
	for (const struct engine_word *w = e->words; w->name; w++)
		if (str_is(str_of(w->name), name))
			return w->text;
	return NULL;
}

int engine_translate(const struct engine *e, const char *sql, char *dst, size_t size)
{
	struct buf b;
	struct str rest = str_of(sql);
	buf_init(&b, dst, size);
	while (rest.n > 0) {
		buf_put(&b, str_split(&rest, '{'));
		if (rest.n == 0)
			break;
		if (rest.p[0] < 'a' || rest.p[0] > 'z') {
			buf_putc(&b, '{');
			continue;
		}
		const char *word = word_of(e, str_split(&rest, '}'));
		if (!word)
			return -EINVAL;
		buf_put(&b, str_of(word));
	}
	buf_putc(&b, '\0');
	return buf_ok(&b) ? 0 : -E2BIG;
}
