/* SPDX-License-Identifier: MIT */
#include "ringdown/app/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_table.h"
#include "ringdown/base/auto.h"

enum { ARENA_BYTES = 1 << 20, SECRET_BYTES_MAX = 4096 };

struct reader {
	struct config *c;
	struct buf *errors;
	const char *source; /* the file, or "environment" */
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
	if (!is_section)
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
	buf_printf(r->errors, "%s: [%s] %s = %s: must be %s\n", r->source, k->section, k->key, value, right);
}

static void set_value(struct reader *r, const struct config_key *k, const char *value)
{
	void *field = (char *)r->c + k->offset;
	char range[64];
	uint64_t n;
	const char *right = k->check ? k->check(value) : NULL;
	if (right) {
		tell_wrong(r, k, value, right);
		return;
	}
	switch (k->type) {
	case CONFIG_TEXT:
		*(char **)field = arena_strdup(&r->c->arena, str_of(value));
		return;
	case CONFIG_NUMBER:
		snprintf(range, sizeof(range), "a whole number from %u to %u", k->min, k->max);
		if (str_u64(str_of(value), k->max, &n) < 0 || n < k->min)
			tell_wrong(r, k, value, range);
		else
			*(uint32_t *)field = (uint32_t)n;
		return;
	case CONFIG_BOOL:
		if (!parse_bool(value, field))
			tell_wrong(r, k, value, "yes or no");
		return;
	}
}

static void add_number(struct reader *r, const char *number, const char *assistant)
{
	struct config *c = r->c;
	if (number[0] != '+' || c->n_numbers == CONFIG_NUMBERS_MAX) {
		buf_printf(r->errors, "%s: [numbers] %s: must be a number in E.164 form (+15551230001), at most %d of them\n",
			r->source, number, CONFIG_NUMBERS_MAX);
		return;
	}
	c->numbers[c->n_numbers++] = (struct config_number){
		arena_str(&c->arena, str_of(number)), arena_str(&c->arena, str_of(assistant))};
}

static int on_value(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *r = arg;
	const struct config_key *k = find_key(section, key);
	if (k)
		set_value(r, k, value);
	else if (strcmp(section, "numbers") == 0)
		add_number(r, key, value);
	else
		tell_unknown(r, section, key);
	return 1;
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
		if (value)
			set_value(r, k, value);
	}
}

/* What the file holds, without the line's end; the old view stays when it cannot be read. */
static int read_secret(struct config *c, const char *file, const char *what, struct buf *errors, struct str *ret)
{
	char text[SECRET_BYTES_MAX + 1];
	AUTO(auto_close) int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	if (n < 0 || n > SECRET_BYTES_MAX) {
		buf_printf(errors, "%s = %s: %s\n", what, file, n < 0 ? strerror(errno) : "over 4096 bytes");
		return -EINVAL;
	}
	struct str s = {text, (size_t)n};
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	s = str_trim(s);
	if (s.n == 0) {
		buf_printf(errors, "%s = %s: the file is empty\n", what, file);
		return -EINVAL;
	}
	*ret = arena_str(&c->arena, s);
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* The key's file, else systemd's credential, else nothing. */
static int load_secret(struct config *c, const char *file, const char *credential, const char *what, struct buf *errors,
	struct str *ret)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];
	if (file[0])
		return read_secret(c, file, what, errors, ret);
	if (!dir)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, credential);
	return access(path, R_OK) == 0 ? read_secret(c, path, what, errors, ret) : 0;
}

int config_load_secrets(struct config *c, struct buf *errors)
{
	int key = load_secret(c, c->api_key_file, "openai_api_key", "[model] api_key_file", errors, &c->api_key);
	int token = load_secret(c, c->auth_token_file, "twilio_auth_token", "[twilio] auth_token_file", errors,
		&c->auth_token);
	return key < 0 || token < 0 ? -EINVAL : 0;
}

static void check_together(struct config *c, struct buf *errors)
{
	if (!c->tls_cert[0] != !c->tls_key[0])
		buf_printf(errors, "[server] tls_cert and tls_key: both or neither\n");
	if (c->require_signature && c->auth_token.n == 0)
		buf_printf(errors, "[twilio] auth_token_file is missing: signatures cannot be checked without it "
				   "([security] require_signature = no is for development only)\n");
	if (strncmp(c->model_url, "wss://api.openai.com/", 21) == 0 && c->api_key.n == 0)
		buf_printf(errors, "[model] api_key_file is missing: %s wants a key\n", c->model_url);
}

int config_load(struct config *c, const char *file, struct buf *errors)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena, ARENA_BYTES);
	struct reader r = {c, errors, "default"};
	for (size_t i = 0; i < n_config_keys; i++)
		set_value(&r, &config_keys[i], config_keys[i].fallback);
	r.source = file;
	int line = ini_parse(file, on_value, &r);
	if (line < 0)
		buf_printf(errors, "%s: %s\n", file, strerror(errno));
	else if (line > 0)
		buf_printf(errors, "%s:%d: neither a [section] nor key = value\n", file, line);
	r.source = "environment";
	read_environment(&r);
	(void)config_load_secrets(c, errors);
	check_together(c, errors);
	return errors->n == 0 && buf_ok(errors) ? 0 : -EINVAL;
}

void config_done(struct config *c)
{
	/* The arena's memory is handed back as it is: wipe what must not lie there. */
	if (c->api_key.n)
		explicit_bzero((char *)(uintptr_t)c->api_key.p, c->api_key.n);
	if (c->auth_token.n)
		explicit_bzero((char *)(uintptr_t)c->auth_token.p, c->auth_token.n);
	arena_done(&c->arena);
}

void config_print(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *k = &config_keys[i];
		const void *field = (const char *)c + k->offset;
		if (i == 0 || strcmp(k->section, config_keys[i - 1].section) != 0)
			buf_printf(out, "[%s]\n", k->section);
		if (k->type == CONFIG_TEXT)
			buf_printf(out, "  %s = %s\n", k->key, *(char *const *)field);
		else if (k->type == CONFIG_NUMBER)
			buf_printf(out, "  %s = %u\n", k->key, *(const uint32_t *)field);
		else
			buf_printf(out, "  %s = %s\n", k->key, *(const bool *)field ? "yes" : "no");
	}
	buf_printf(out, "secrets: api key (%zu bytes), auth token (%zu bytes)\n", c->api_key.n, c->auth_token.n);
	for (uint32_t i = 0; i < c->n_numbers; i++)
		buf_printf(out, "number " STR_FMT " -> " STR_FMT "\n", STR_ARG(c->numbers[i].number),
			STR_ARG(c->numbers[i].assistant));
}

const char *config_key_name(size_t i, char *dst, size_t size)
{
	if (i >= n_config_keys)
		return NULL;
	snprintf(dst, size, "%s.%s", config_keys[i].section, config_keys[i].key);
	return dst;
}
