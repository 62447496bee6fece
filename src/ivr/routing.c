/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/routing.h"

#include <stdio.h>
#include <string.h>

enum { RING_MAX_S = 60, RING_MIN_S = 5, RING_S = 20 };

static const char unassigned[] = "This number is not in service.";

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void put(json_t *nodes, const char *id, json_t *steal)
{
	(void)json_object_set_new(nodes, id, steal);
}

static json_t *spoken(const char *words)
{
	return json_pack("{s:s, s:s}", "type", "hangup", "say", words);
}

/* Where a call goes that nobody took.  Without a word about it: a message is taken. */
static void put_failover(json_t *nodes, const json_t *voice, struct str number)
{
	const json_t *f = json_object_get(voice, "failover");
	const char *action = text(f, "action"), *to = text(f, "forwardTo"), *assistant = text(f, "assistantId");
	const char *words = text(f, "message");
	put(nodes, "end", json_pack("{s:s}", "type", "hangup"));
	if (action && strcmp(action, "forward") == 0 && to)
		put(nodes, "failover", json_pack("{s:s, s:s, s:s}", "type", "transfer-phone", "to", to, "onNoAnswer", "end"));
	else if (action && strcmp(action, "ai") == 0 && assistant)
		put(nodes, "failover", json_pack("{s:s, s:s, s:s}", "type", "ai-assistant", "assistantId", assistant, "onFailed", "end"));
	else if (action && strcmp(action, "message") == 0)
		put(nodes, "failover", spoken(words ? words : unassigned));
	else
		put(nodes, "failover", json_pack("{s:s, s:{s:s, s:s%}}", "type", "voicemail", "mailbox", "type", "number", "id",
			number.p, number.n));
}

static int ring_seconds(const json_t *voice)
{
	const json_t *t = json_object_get(voice, "ringTimeout");
	json_int_t s = json_is_integer(t) ? json_integer_value(t) : RING_S;
	return (int)(s < RING_MIN_S ? RING_MIN_S : s > RING_MAX_S ? RING_MAX_S : s);
}

/* Groups, then users, one after the other; the last leads to the failover. */
static void put_ring(json_t *nodes, const char *type, const char *member, const json_t *names, int seconds, int *n)
{
	const json_t *name;
	size_t i;
	json_array_foreach(names, i, name)
	{
		char id[32], next[32];
		(void)snprintf(id, sizeof(id), "ring%d", *n);
		(void)snprintf(next, sizeof(next), "ring%d", ++*n);
		put(nodes, id, json_pack("{s:s, s:O, s:i, s:s, s:s, s:s}", "type", type, member, name, "ringDuration", seconds,
			"onNoAnswer", next, "onUnavailable", next, "onFailed", next));
	}
}

static bool put_everybody(json_t *nodes, const json_t *voice)
{
	char last[32];
	int n = 0;
	put_ring(nodes, "transfer-group", "group", json_object_get(voice, "groups"), ring_seconds(voice), &n);
	put_ring(nodes, "transfer-user", "user", json_object_get(voice, "users"), ring_seconds(voice), &n);
	(void)snprintf(last, sizeof(last), "ring%d", n);
	put(nodes, last, json_pack("{s:s, s:s, s:s}", "type", "pause", "label", "Nobody answered", "next", "failover"));
	return n > 0;
}

/* The entry's name; NULL: nothing that can be answered. */
static const char *put_mode(json_t *nodes, const json_t *voice)
{
	const char *mode = text(voice, "mode") ? text(voice, "mode") : "", *to = text(voice, "forwardTo");
	const char *assistant = text(voice, "assistantId"), *words = text(voice, "unassignedMessage");
	if (strcmp(mode, "ai") == 0 && assistant)
		put(nodes, "ai", json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "ai-assistant", "assistantId", assistant,
			"onComplete", "end", "onTransfer", "failover", "onFailed", "failover"));
	else if (strcmp(mode, "forward") == 0 && to)
		put(nodes, "forward", json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "transfer-phone", "to", to, "ringDuration",
			ring_seconds(voice), "onNoAnswer", "failover", "onFailed", "failover"));
	else if (strcmp(mode, "reject") == 0)
		put(nodes, "reject", json_pack("{s:s, s:s}", "type", "hangup", "reject", "rejected"));
	else if (strcmp(mode, "none") == 0)
		put(nodes, "none", spoken(words ? words : unassigned));
	else if (strcmp(mode, "ring") != 0 || !put_everybody(nodes, voice))
		return NULL;
	return strcmp(mode, "ring") == 0 ? "ring0" : mode;
}

json_t *routing_flow(const json_t *voice, struct str name, struct str number)
{
	json_t *nodes = json_object();
	const char *entry = put_mode(nodes, voice);
	json_t *doc = NULL;
	if (entry) {
		put_failover(nodes, voice, number);
		doc = json_pack("{s:s, s:s%, s:s, s:s, s:O}", "schema", "ivr-flow/1", "name", name.p, name.n, "entry", entry,
			"onError", "failover", "nodes", nodes);
	}
	json_decref(nodes);
	return doc;
}
