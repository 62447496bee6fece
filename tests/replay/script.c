/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* The next word, or key="with blanks"; NULL at the end.  Cuts the text up. */
static char *next_token(char **text)
{
	char *p = *text + strspn(*text, " \t\r\n");
	char *to = p, *from = p;
	bool is_quoted = false;
	if (!*p || *p == '#')
		return NULL;
	for (; *from && (is_quoted || !strchr(" \t\r\n", *from)); from++) {
		if (*from == '"')
			is_quoted = !is_quoted;
		else
			*to++ = *from;
	}
	*text = *from ? from + 1 : from;
	*to = '\0';
	return p;
}

static bool put_pair(struct line *l, const char *token)
{
	const char *equals = strchr(token, '=');
	struct pair *p = &l->pairs[l->n_pairs];
	if (!equals || l->n_pairs == PAIRS_MAX)
		return false;
	size_t n = (size_t)(equals - token);
	*p = (struct pair){.is_part = n > 0 && token[n - 1] == '~'};
	n -= p->is_part;
	if (n == 0 || n >= sizeof(p->key) || strlen(equals + 1) >= sizeof(p->value))
		return false;
	memcpy(p->key, token, n);
	memcpy(p->value, equals + 1, strlen(equals + 1) + 1);
	l->n_pairs++;
	return true;
}

static bool put_time(struct line *l, const char *token)
{
	char *end;
	long long ms = strtoll(token + 2, &end, 10);
	l->has_time = true;
	l->at_us = WORLD_START_US + ms * 1000;
	return end != token + 2 && *end == '\0' && ms >= 0;
}

static bool put_token(struct line *l, const char *token)
{
	bool is_first = !l->word[0];
	if (is_first && !l->has_time && !l->is_expected && strncmp(token, "t=", 2) == 0)
		return put_time(l, token);
	if (is_first && strcmp(token, "->") == 0)
		return l->is_expected = true;
	if (is_first)
		return str_copy(str_of(token), l->word, sizeof(l->word));
	return put_pair(l, token);
}

bool line_read(struct line *l, char *text, char *ret_error, size_t size)
{
	text[strcspn(text, "\n")] = '\0';
	(void)str_copy(str_of(text), l->text, sizeof(l->text));
	l->word[0] = '\0';
	l->has_time = l->is_expected = false;
	l->n_pairs = 0;
	for (char *token = next_token(&text); token; token = next_token(&text))
		if (!put_token(l, token)) {
			snprintf(ret_error, size, "%s:%d: cannot be read at \"%s\"", l->file, l->number, token);
			return false;
		}
	return l->word[0];
}

const char *line_value(struct line *l, const char *key)
{
	for (uint32_t i = 0; i < l->n_pairs; i++)
		if (strcmp(l->pairs[i].key, key) == 0) {
			l->pairs[i].is_used = true;
			return l->pairs[i].value;
		}
	return NULL;
}

uint64_t line_number(struct line *l, const char *key, uint64_t fallback, char *ret_error, size_t size)
{
	const char *text = line_value(l, key);
	uint64_t value = fallback;
	if (text && str_u64(str_of(text), UINT64_MAX, &value) < 0)
		snprintf(ret_error, size, "%s:%d: %s=%s is no number", l->file, l->number, key, text);
	return value;
}
