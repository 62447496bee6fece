/* SPDX-License-Identifier: MIT */
#include "ringdown/app/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "config_table.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/secret.h"

enum { ARENA_BYTES = 1 << 20 };

struct reader {
	struct config *c;
	struct buf *errors;
	const char *source; /* "file:line", or the name of the variable */
};

static const struct config_key *find_key(const char *section, const char *key)
{
	for (size_t i = 0; i < n_config_keys; i++)
		if (strcmp(config_keys[i].section, section) == 0 && strcmp(config_keys[i].key, key) == 0)
			return &config_keys[i];
	return NULL;
}

/* Edits from one word to the other, as far as it matters for a hint. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);
	if (n >= ARRAY_LEN(row))
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static void tell_unknown(struct reader *r, const char *section, const char *key)
{
	const struct config_key *near = NULL;
	size_t best = 4;
	bool is_section = strcmp(section, "numbers") == 0;
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *k = &config_keys[i];
		bool is_here = strcmp(k->section, section) == 0;
		is_section |= is_here;
		if (is_here && distance(key, k->key) < best) {
			best = distance(key, k->key);
			near = k;
		}
	}
	if (!section[0])
		buf_printf(r->errors, "%s: %s stands before any [section]\n", r->source, key);
	else if (!is_section)
		buf_printf(r->errors, "%s: [%s] is not a section\n", r->source, section);
	else if (near)
		buf_printf(r->errors, "%s: [%s] %s is not a key; is %s meant?\n", r->source, section, key, near->key);
	else
		buf_printf(r->errors, "%s: [%s] %s is not a key\n", r->source, section, key);
}

static bool parse_bool(const char *value, bool *ret)
{
	static const struct {
		const char *word;
		bool is_on;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true}, {"off", false}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(value, words[i].word) == 0) {
			*ret = words[i].is_on;
			return true;
		}
	return false;
}

static void tell_wrong(struct reader *r, const struct config_key *k, const char *value, const char *right)
{
	buf_printf(r->errors, "%s: [%s] %s = ", r->source, k->section, k->key);
	config_put_value(r->errors, str_of(value));
	buf_printf(r->errors, ": must be %s\n", right);
}

static void set_text(struct reader *r, const struct config_key *k, const char *value)
{
	char **field = (void *)((char *)r->c + k->offset);
	char *copy = arena_strdup(&r->c->arena, str_of(value));
	if (copy)
		*field = copy;
	else
		buf_printf(r->errors, "%s: [%s] %s: there is no memory for it\n", r->source, k->section, k->key);
}

static void set_number(struct reader *r, const struct config_key *k, const char *value)
{
	uint32_t *field = (void *)((char *)r->c + k->offset);
	char right[64];
	uint64_t n;
	if (str_u64(str_of(value), k->max, &n) == 0 && n >= k->min) {
		*field = (uint32_t)n;
		return;
	}
	snprintf(right, sizeof(right), "a whole number from %u to %u", k->min, k->max);
	tell_wrong(r, k, value, right);
}

static void set_value(struct reader *r, const struct config_key *k, const char *value)
{
	const char *right = k->check ? k->check(value) : NULL;
	if (right) {
		tell_wrong(r, k, value, right);
		return;
	}
	switch (k->type) {
	case CONFIG_TEXT:
		set_text(r, k, value);
		return;
	case CONFIG_NUMBER:
		set_number(r, k, value);
		return;
	case CONFIG_BOOL:
		if (!parse_bool(value, (bool *)((char *)r->c + k->offset)))
			tell_wrong(r, k, value, "yes or no");
		return;
	}
}

static void add_number(struct reader *r, const char *number, const char *assistant)
{
	struct config *c = r->c;
	const char *right = config_is_e164(number) ? NULL : "must be a number in E.164 form, such as +15551230001";
	for (uint32_t i = 0; i < c->n_numbers; i++)
		if (str_is(c->numbers[i].number, str_of(number)))
			right = "is given twice";
	if (c->n_numbers == CONFIG_NUMBERS_MAX)
		right = "is one too many: at most 256 are taken";
	if (right) {
		buf_printf(r->errors, "%s: [numbers] %s: %s\n", r->source, number, right);
		return;
	}
	struct config_number *to = &c->numbers[c->n_numbers++];
	*to = (struct config_number){arena_str(&c->arena, str_of(number)), arena_str(&c->arena, str_of(assistant))};
	if (!to->number.p || !to->assistant.p)
		buf_printf(r->errors, "%s: [numbers] %s: there is no memory for it\n", r->source, number);
}

static void on_value(void *arg, const char *source, const char *section, const char *key, const char *value)
{
	struct reader *r = arg;
	const struct config_key *k = find_key(section, key);
	r->source = source;
	if (k)
		set_value(r, k, value);
	else if (strcmp(section, "numbers") == 0)
		add_number(r, key, value);
	else
		tell_unknown(r, section, key);
}

static void read_environment(struct reader *r)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *k = &config_keys[i];
		char name[128];
		snprintf(name, sizeof(name), "RINGDOWN_%s_%s", k->section, k->key);
		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		const char *value = getenv(name);
		r->source = name;
		if (value)
			set_value(r, k, value);
	}
}

static void check_together(struct config *c, struct buf *errors)
{
	if (!c->tls_cert[0] != !c->tls_key[0])
		buf_printf(errors, "[server] tls_cert and tls_key: both or neither\n");
	/* With a store, tokens and keys may be those of its integrations. */
	bool has_store = c->store_url[0] != '\0';
	if (c->require_signature && c->auth_token.n == 0 && !has_store)
		buf_printf(errors, "[twilio] auth_token_file is missing: signatures cannot be checked without it "
				   "([security] require_signature = no is for development only)\n");
	if (strncmp(c->model_url, "wss://api.openai.com/", 21) == 0 && c->api_key.n == 0 && !has_store)
		buf_printf(errors, "[model] api_key_file is missing: %s wants a key\n", c->model_url);
	if (strncmp(c->api_url, "http://", 7) == 0 && !config_is_loopback(c->api_url))
		buf_printf(errors, "[twilio] api_url = %s: must begin with https://, unless it leads to this machine\n", c->api_url);
}

/* No text is ever NULL, whatever fails. */
static void set_defaults(struct reader *r)
{
	static char none[1];
	r->source = "default";
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *k = &config_keys[i];
		if (k->type == CONFIG_TEXT)
			*(char **)(void *)((char *)r->c + k->offset) = none;
		set_value(r, k, k->fallback);
	}
}

int config_load(struct config *c, const char *file, struct buf *errors)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena, ARENA_BYTES);
	struct reader r = {.c = c, .errors = errors};
	set_defaults(&r);
	config_file_read(file, on_value, &r, errors);
	read_environment(&r);
	(void)config_load_secrets(c, errors);
	check_together(c, errors);
	return errors->n == 0 && buf_ok(errors) ? 0 : -EINVAL;
}

void config_done(struct config *c)
{
	/* The arena's memory is handed back as it is: wipe what must not lie there. */
	secret_wipe(&c->api_key);
	secret_wipe(&c->auth_token);
	arena_done(&c->arena);
}
