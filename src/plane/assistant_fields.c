/* SPDX-License-Identifier: MIT */
/* Single fields of an assistant's file, with the words for each fault. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assistant_parse.h"

enum { VALUE_SHOWN_BYTES = 60 };

__attribute__((format(printf, 4, 0))) static void put_line(struct assistant_reader *r, const char *pointer, const char *value, const char *fmt, va_list ap)
{
	char text[512];
	vsnprintf(text, sizeof(text), fmt, ap);
	buf_printf(r->errors, "%s/%s: %s%s: %s\n", r->dir, r->file, pointer, value, text);
}

void reader_fault(struct assistant_reader *r, const char *pointer, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	put_line(r, pointer, "", fmt, ap);
	va_end(ap);
}

void reader_wrong(struct assistant_reader *r, const json_t *v, const char *pointer, const char *fmt, ...)
{
	char value[VALUE_SHOWN_BYTES + 16] = " is missing";
	va_list ap;
	char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
	if (text)
		snprintf(value, sizeof(value), " = %.*s%s", VALUE_SHOWN_BYTES, text,
			strlen(text) > VALUE_SHOWN_BYTES ? "..." : "");
	free(text);
	va_start(ap, fmt);
	put_line(r, pointer, value, fmt, ap);
	va_end(ap);
}

struct str reader_copy(struct assistant_reader *r, struct str s, const char *pointer)
{
	struct str copy = arena_str(r->arena, s);
	if (copy.p)
		return copy;
	reader_fault(r, pointer, "there is no memory for it");
	return STR("");
}

struct str reader_str(struct assistant_reader *r, const json_t *v, const char *pointer, size_t max)
{
	struct str s = {json_string_value(v), json_string_length(v)};
	if (json_is_string(v) && s.n <= max)
		return reader_copy(r, s, pointer);
	if (json_is_string(v))
		reader_wrong(r, v, pointer, "is %zu bytes long, at most %zu are taken", s.n, max);
	else
		reader_wrong(r, v, pointer, "must be a string");
	return STR("");
}

uint32_t reader_u32(struct assistant_reader *r, const json_t *v, const char *pointer, uint32_t min, uint32_t max)
{
	json_int_t n = json_integer_value(v);
	if (json_is_integer(v) && n >= min && n <= max)
		return (uint32_t)n;
	reader_wrong(r, v, pointer, "must be a whole number from %u to %u", min, max);
	return min;
}

bool reader_bool(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	if (!json_is_boolean(v))
		reader_wrong(r, v, pointer, "must be true or false");
	return json_is_true(v);
}

struct str reader_dump(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	struct str copy = STR("");
	if (text)
		copy = reader_copy(r, str_of(text), pointer);
	else
		reader_fault(r, pointer, "there is no memory for it");
	free(text);
	return copy;
}

static bool is_known(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(key, *known) == 0)
			return true;
	return false;
}

void reader_known_keys(struct assistant_reader *r, const json_t *object, const char *pointer, const char *const *known)
{
	const char *key;
	json_t *value;
	char list[512];
	struct buf b;
	buf_init(&b, list, sizeof(list) - 1);
	for (const char *const *k = known; *k; k++) {
		buf_put(&b, k == known ? STR("") : STR(" "));
		buf_put(&b, str_of(*k));
	}
	list[b.n] = '\0';
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		char where[256];
		if (is_known(key, known))
			continue;
		snprintf(where, sizeof(where), "%s/%s", pointer, key);
		reader_fault(r, where, "is not a key; there are: %s", list);
	}
}
