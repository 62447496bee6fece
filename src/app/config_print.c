/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "config_table.h"
#include "ringdown/base/auto.h"

/* "://user:" of a URL: where its password begins; NULL: it has none. */
static const char *password_of(struct str value, size_t *ret_n)
{
	const char *mark = value.n > 0 ? memmem(value.p, value.n, "://", 3) : NULL;
	if (!mark)
		return NULL;
	struct str rest = str_skip(value, (size_t)(mark + 3 - value.p));
	size_t end = 0;
	while (end < rest.n && !strchr("/?#", rest.p[end]))
		end++;
	const char *at = memrchr(rest.p, '@', end);
	const char *colon = at ? memchr(rest.p, ':', (size_t)(at - rest.p)) : NULL;
	if (!colon)
		return NULL;
	*ret_n = (size_t)(at - colon - 1);
	return colon + 1;
}

/* Of libpq's "?password=...&..." */
static const char *password_parameter(struct str value, size_t *ret_n)
{
	const char *at = value.n > 0 ? memmem(value.p, value.n, "password=", 9) : NULL;
	if (!at)
		return NULL;
	struct str rest = str_skip(value, (size_t)(at + 9 - value.p));
	*ret_n = str_split(&rest, '&').n;
	return at + 9;
}

void config_put_value(struct buf *b, struct str value)
{
	size_t n;
	const char *at;
	while ((at = password_of(value, &n)) || (at = password_parameter(value, &n))) {
		buf_put(b, (struct str){value.p, (size_t)(at - value.p)});
		buf_put(b, STR("****"));
		value = str_skip(value, (size_t)(at - value.p) + n);
	}
	buf_put(b, value);
}

void config_print(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *k = &config_keys[i];
		const void *field = (const char *)c + k->offset;
		if (i == 0 || strcmp(k->section, config_keys[i - 1].section) != 0)
			buf_printf(out, "[%s]\n", k->section);
		buf_printf(out, "  %s = ", k->key);
		if (k->type == CONFIG_TEXT)
			config_put_value(out, str_of(*(char *const *)field));
		else if (k->type == CONFIG_NUMBER)
			buf_put_u64(out, *(const uint32_t *)field);
		else
			buf_put(out, *(const bool *)field ? STR("yes") : STR("no"));
		buf_putc(out, '\n');
	}
	buf_printf(out, "secrets: api key (%zu bytes), auth token (%zu bytes)\n", c->api_key.n, c->auth_token.n);
	for (uint32_t i = 0; i < c->n_numbers; i++)
		buf_printf(out, "number " STR_FMT " -> " STR_FMT "\n", STR_ARG(c->numbers[i].number),
			STR_ARG(c->numbers[i].assistant));
}
