/* SPDX-License-Identifier: MIT */
/* What came, in the words of the text, and whether it is what was expected. */
#include <stdlib.h>
#include <string.h>

#include "replay.h"

struct came *came_new(struct replay *r, const char *word)
{
	static struct came beyond;
	struct came *c = r->n_came < CAME_MAX ? &r->came[r->n_came++] : &beyond;
	*c = (struct came){.at_us = r->world.now_us};
	(void)str_copy(str_of(word), c->word, sizeof(c->word));
	return c;
}

/* Empty values are left out. */
void came_put(struct came *c, const char *key, struct str value)
{
	struct pair *p = &c->pairs[c->n_pairs];
	if (value.n == 0 || c->n_pairs == PAIRS_MAX)
		return;
	if (value.n >= sizeof(p->value))
		value.n = sizeof(p->value) - 1;
	(void)str_copy(str_of(key), p->key, sizeof(p->key));
	(void)str_copy(value, p->value, sizeof(p->value));
	c->n_pairs++;
}

void came_put_ms(struct came *c, const char *key, uint64_t ms)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)ms);
	came_put(c, key, str_of(text));
}

static void put_turn(struct came *c, const struct transcript_turn *t)
{
	static const char *const kinds[] = {"caller", "assistant", "tool_call", "tool_output", "dtmf", "note"};
	came_put(c, "kind", str_of(kinds[t->kind]));
	came_put(c, "text", t->text);
	came_put(c, "cut", t->cut_text);
	if (t->is_cut)
		came_put(c, "is_cut", STR("yes"));
	came_put(c, "call", t->call_id);
	came_put(c, "name", t->name);
	c->n_must = c->n_pairs;
	came_put(c, "item", t->item_id);
	came_put_ms(c, "heard", t->heard_ms);
	came_put_ms(c, "total", t->total_ms);
	came_put_ms(c, "start", (uint64_t)(t->start_us / 1000));
	came_put_ms(c, "end", (uint64_t)(t->end_us / 1000));
}

void came_action(void *arg, const struct call_action *a)
{
	struct came *c = came_new(arg, call_action_name(a->kind));
	if (a->kind == CALL_ACT_PERSIST) {
		put_turn(c, &a->turn);
		return;
	}
	if (a->kind == CALL_ACT_RESULT)
		came_put(c, "result", str_of(call_result_name(a->result)));
	if (a->kind == CALL_ACT_CLOSE)
		came_put(c, "why", str_of(call_why_name(a->why)));
	if (a->is_next)
		came_put(c, "next", STR("yes"));
	if (a->is_minimal)
		came_put(c, "minimal", STR("yes"));
	came_put(c, "response", a->response_id);
	came_put(c, "item", a->item_id);
	came_put(c, "call", a->call_id);
	came_put(c, "name", a->name);
	came_put(c, "text", a->text);
	if (a->ms)
		came_put_ms(c, "ms", a->ms);
	c->n_must = c->n_pairs;
}

void came_send(void *arg, const struct call_send *send)
{
	struct replay *r = arg;
	if (!r->shows_sends)
		return;
	struct came *c = came_new(r, "SEND");
	came_put_ms(c, "ms", send->n_samples / 8);
	c->n_must = c->n_pairs;
	came_put(c, "mark", str_of(send->mark));
}

void came_print(const struct came *c, char *ret_text, size_t size)
{
	size_t n = (size_t)snprintf(ret_text, size, "t=%lld -> %s", (long long)(c->at_us - WORLD_START_US) / 1000,
		c->word);
	for (uint32_t i = 0; i < c->n_pairs && n < size; i++) {
		const char *quote = strpbrk(c->pairs[i].value, " \t#") ? "\"" : "";
		n += (size_t)snprintf(ret_text + n, size - n, " %s=%s%s%s", c->pairs[i].key, quote, c->pairs[i].value,
			quote);
	}
}

/* The same, a part of it, anything (*), or as near as 500+-40 says. */
static bool value_is(const char *came, const struct pair *expected)
{
	const char *within = strstr(expected->value, "+-");
	if (expected->is_part)
		return strstr(came, expected->value);
	if (!within)
		return strcmp(expected->value, "*") == 0 || strcmp(came, expected->value) == 0;
	long long off = strtoll(came, NULL, 10) - strtoll(expected->value, NULL, 10);
	return llabs(off) <= strtoll(within + 2, NULL, 10);
}

static const struct pair *find(const struct pair *pairs, uint32_t n, const char *key)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return &pairs[i];
	return NULL;
}

bool came_is(const struct came *c, const struct line *l, char *ret_why, size_t size)
{
	if (strcmp(c->word, l->word) != 0) {
		snprintf(ret_why, size, "it is another action");
		return false;
	}
	for (uint32_t i = 0; i < l->n_pairs; i++) {
		const struct pair *has = find(c->pairs, c->n_pairs, l->pairs[i].key);
		if (has && value_is(has->value, &l->pairs[i]))
			continue;
		snprintf(ret_why, size, "%s is %s", l->pairs[i].key, has ? has->value : "not there");
		return false;
	}
	for (uint32_t i = 0; i < c->n_must; i++)
		if (!find(l->pairs, l->n_pairs, c->pairs[i].key)) {
			snprintf(ret_why, size, "%s=%s was not expected", c->pairs[i].key, c->pairs[i].value);
			return false;
		}
	return true;
}
