/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Any body is refused, or is a form that can be written down and read again with the same fields.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static bool same(const struct form *a, const struct form *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!str_is(a->fields[i].name, b->fields[i].name) ||
			!str_is(a->fields[i].value, b->fields[i].value))
			return false;
	return a->n == b->n;
}

static bool has_nul(struct str s)
{
	return s.n && memchr(s.p, '\0', s.n);
}

static void write_and_read(const struct form *form, size_t size)
{
	static struct form again;
	AUTO(arena_done) struct arena a;
	AUTO(auto_free) char *text = malloc(3 * size + 2 * FORM_FIELDS_MAX + 1);
	struct buf b;
	arena_init(&a, 1 << 24);
	buf_init(&b, text, text ? 3 * size + 2 * FORM_FIELDS_MAX + 1 : 0);
	for (size_t i = 0; i < form->n; i++) {
		require(!has_nul(form->fields[i].name) && !has_nul(form->fields[i].value));
		form_put(&b, form->fields[i].name, form->fields[i].value);
	}
	require(buf_ok(&b) && form_parse(buf_str(&b), &a, &again) == 0 && same(form, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct form form;
	AUTO(arena_done) struct arena a;
	AUTO(arena_done) struct arena little;
	arena_init(&a, 1 << 24);
	arena_init(&little, 256);
	struct str body = {(const char *)data, size};
	int err = form_parse(body, &a, &form);
	require(err == 0 || err == -EBADMSG || err == -E2BIG);
	if (err == 0)
		write_and_read(&form, size);
	(void)form_parse(body, &little, &form);
	return 0;
}
