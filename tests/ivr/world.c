/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

void golden_die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

static void *take(struct arena *a, size_t n, size_t size)
{
	void *p = arena_alloc(a, (n + 1) * size);
	if (!p)
		golden_die("no memory");
	return p;
}

static struct str text(const json_t *o, const char *name, const char *otherwise)
{
	const json_t *v = json_object_get(o, name);
	if (json_is_string(v))
		return (struct str){json_string_value(v), json_string_length(v)};
	return str_of(otherwise);
}

static bool flag(const json_t *o, const char *name, bool otherwise)
{
	const json_t *v = json_object_get(o, name);
	return v ? json_is_true(v) : otherwise;
}

static int64_t number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static const struct ivr_pair *pairs(const json_t *o, struct arena *a, uint32_t *ret_n)
{
	struct ivr_pair *list = take(a, json_object_size(o), sizeof(*list));
	const char *key;
	json_t *v;
	*ret_n = 0;
	json_object_foreach((json_t *)(uintptr_t)o, key, v)
		list[(*ret_n)++] = (struct ivr_pair){str_of(key), str_of(json_string_value(v))};
	return list;
}

static const struct str *texts(const json_t *list, struct arena *a, uint32_t *ret_n)
{
	struct str *out = take(a, json_array_size(list), sizeof(*out));
	for (*ret_n = 0; *ret_n < json_array_size(list); (*ret_n)++)
		out[*ret_n] = str_of(json_string_value(json_array_get(list, *ret_n)));
	return out;
}

static void put_users(const json_t *list, struct arena *a, struct ivr_world *w)
{
	struct ivr_user *users = take(a, json_array_size(list), sizeof(*users));
	for (; w->n_users < json_array_size(list); w->n_users++) {
		const json_t *o = json_array_get(list, w->n_users);
		struct ivr_user *u = &users[w->n_users];
		u->name = u->sk = text(o, "name", "");
		u->identity = text(o, "identity", "");
		u->phone = text(o, "phone", "");
		u->is_available = flag(o, "available", false);
		u->is_busy = flag(o, "busy", false);
		u->has_simring = flag(o, "simring", false);
		u->idle_since_ms = number(o, "idle");
		u->skills = texts(json_object_get(o, "skills"), a, &u->n_skills);
	}
	w->users = users;
}

static uint32_t member_index(const struct ivr_world *w, struct str name)
{
	for (uint32_t i = 0; i < w->n_users; i++)
		if (str_is(w->users[i].name, name))
			return i;
	golden_die("no user " STR_FMT, STR_ARG(name));
}

static void put_groups(const json_t *list, struct arena *a, struct ivr_world *w)
{
	struct ivr_group *groups = take(a, json_array_size(list), sizeof(*groups));
	for (; w->n_groups < json_array_size(list); w->n_groups++) {
		const json_t *o = json_array_get(list, w->n_groups);
		struct ivr_group *g = &groups[w->n_groups];
		const struct str *names = texts(json_object_get(o, "members"), a, &g->n_members);
		uint32_t *members = take(a, g->n_members, sizeof(*members));
		g->name = text(o, "name", "");
		g->strategy = text(o, "strategy", "");
		g->next = (uint32_t)number(o, "next");
		for (uint32_t i = 0; i < g->n_members; i++)
			members[i] = member_index(w, names[i]);
		g->members = members;
	}
	w->groups = groups;
}

static void put_queues(const json_t *list, struct arena *a, struct ivr_world *w)
{
	struct ivr_queue *queues = take(a, json_array_size(list), sizeof(*queues));
	for (; w->n_queues < json_array_size(list); w->n_queues++) {
		const json_t *o = json_array_get(list, w->n_queues);
		queues[w->n_queues] = (struct ivr_queue){.name = text(o, "name", ""), .announce = text(o, "announce", ""),
			.music_url = text(o, "music", ""), .n_waiting = (uint32_t)number(o, "waiting"),
			.max_size = (uint32_t)number(o, "max"), .n_available = (uint32_t)number(o, "available"),
			.announce_every_s = (uint32_t)number(o, "every"), .announce_position = flag(o, "position", true)};
	}
	w->queues = queues;
}

static const struct ivr_named *named(const json_t *o, struct arena *a, uint32_t *ret_n)
{
	struct ivr_named *list = take(a, json_object_size(o), sizeof(*list));
	const char *key;
	json_t *v;
	*ret_n = 0;
	json_object_foreach((json_t *)(uintptr_t)o, key, v)
		list[(*ret_n)++] = (struct ivr_named){str_of(key), str_of(json_string_value(v))};
	return list;
}

static void put_flows(const json_t *list, struct arena *a, const struct ivr_flow *(*find)(struct str), struct ivr_world *w)
{
	struct ivr_flow *flows = take(a, json_array_size(list), sizeof(*flows));
	for (; w->n_flows < json_array_size(list); w->n_flows++)
		flows[w->n_flows] = *find(str_of(json_string_value(json_array_get(list, w->n_flows))));
	w->flows = flows;
}

static void put_call(const json_t *o, struct ivr_world *w)
{
	const json_t *ai = json_object_get(o, "ai");
	w->now_ms = 1000 * (json_object_get(o, "now") ? number(o, "now") : 1795521600);
	w->started_ms = 1000 * number(o, "started");
	w->from = text(o, "from", "+14155550111");
	w->to = text(o, "to", "+14155550100");
	w->direction = text(o, "direction", "inbound");
	w->call_status = text(o, "status", "in-progress");
	w->stir_verstat = text(o, "stir", "");
	w->lead = text(o, "lead", "none");
	w->office_number = text(o, "office", "");
	w->business_name = text(o, "business", "");
	w->allowed_countries = text(o, "countries", "US CA");
	w->can_text = flag(o, "canText", true);
	w->has_record_transcripts = flag(o, "recordTranscripts", true);
	w->queue_exit = text(o, "exit", "");
	w->ai = (struct ivr_ai){text(ai, "result", ""), text(ai, "target", ""), text(ai, "summary", "")};
}

void golden_world(const json_t *o, struct arena *a, const struct ivr_flow *(*find)(struct str name), struct ivr_world *w)
{
	memset(w, 0, sizeof(*w));
	w->base_url = STR("https://voice.example.com");
	w->stream_base = STR("wss://voice.example.com");
	w->org = STR("acme");
	w->key = GOLDEN_KEY;
	w->key_id = STR("1");
	w->call_sid = GOLDEN_SID;
	w->session_id = STR("01jd0000000000000000000000");
	put_call(o, w);
	w->vars = pairs(json_object_get(o, "vars"), a, &w->n_vars);
	w->contact = pairs(json_object_get(o, "contact"), a, &w->n_contact);
	w->tags = texts(json_object_get(o, "tags"), a, &w->n_tags);
	put_users(json_object_get(o, "users"), a, w);
	put_groups(json_object_get(o, "groups"), a, w);
	put_queues(json_object_get(o, "queues"), a, w);
	w->schedules = named(json_object_get(o, "schedules"), a, &w->n_schedules);
	w->prompts = named(json_object_get(o, "prompts"), a, &w->n_prompts);
	w->secrets = named(json_object_get(o, "secrets"), a, &w->n_secrets);
	w->candidates = texts(json_object_get(o, "candidates"), a, &w->n_candidates);
	put_flows(json_object_get(o, "flows"), a, find, w);
}
