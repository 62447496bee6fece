/* SPDX-License-Identifier: MIT */
/* URLs that lead back into the flow, and what the world holds by name. */
#include <string.h>

#include "step_private.h"

enum { URL_MAX = 2048 };

/* The '#' of a shorthand's node would be a fragment, and its escape is undone on the way: '~' stands for it. */
static void put_node(struct buf *b, struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		buf_putc(b, id.p[i] == '#' ? '~' : id.p[i]);
}

static int make_token(struct ivr_run *r, const struct flow_node *n, const char *phase, uint32_t index, char *ret_token)
{
	struct flow_state s = r->state;
	const struct flow_place at = {r->flow->name, n->id, r->world->call_sid};
	s.version = r->version;
	s.index = index;
	s.expires_s = r->world->now_ms / 1000 + FLOW_TOKEN_LIFE_S;
	bool fits = str_copy(r->world->org, s.org, sizeof(s.org)) && str_copy(r->world->key_id, s.key_id, sizeof(s.key_id)) &&
		str_copy(str_of(phase), s.phase, sizeof(s.phase));
	return fits ? flow_token_make(r->world->key, &at, &s, ret_token) : -1;
}

static struct str secret_of(const struct ivr_run *r, const char *kind)
{
	return world_named(r->world->secrets, r->world->n_secrets, str_of(kind));
}

static struct str make_url(struct ivr_run *r, const char *head, const char *middle, const struct flow_node *n,
	const char *phase, uint32_t index)
{
	char token[FLOW_TOKEN_MAX];
	struct buf b;
	char *mem = arena_alloc(r->arena, URL_MAX);
	buf_init(&b, mem, mem ? URL_MAX : 0);
	if (make_token(r, n, phase, index, token) < 0)
		return (struct str){0};
	buf_put(&b, r->world->base_url);
	buf_put(&b, str_of(head));
	buf_put(&b, r->flow->name);
	buf_put(&b, str_of(middle));
	put_node(&b, n->id);
	buf_put(&b, STR("?t="));
	buf_put(&b, str_of(token));
	struct str secret = secret_of(r, "ivr");
	buf_put(&b, secret.n > 0 ? STR("&") : STR(""));
	buf_put(&b, secret);
	return buf_str(&b);
}

struct str step_url(struct ivr_run *r, const struct flow_node *n, const char *phase, uint32_t index)
{
	return make_url(r, "/automation/ivr/flow/", "/n/", n, phase, index);
}

struct str step_callback(struct ivr_run *r, const char *kind, const struct flow_node *n, const char *phase, uint32_t index)
{
	const char *head = arena_printf(r->arena, "/automation/ivr/%s/", kind);
	return head ? make_url(r, head, "/", n, phase, index) : (struct str){0};
}

struct str step_hook(struct ivr_run *r, const char *kind)
{
	struct str secret = secret_of(r, kind);
	return str_of(arena_printf(r->arena, STR_FMT "/connect/webhook/twilio/%s%s" STR_FMT, STR_ARG(r->world->base_url), kind,
		secret.n > 0 ? "?" : "", STR_ARG(secret)));
}

const struct ivr_user *world_user(const struct ivr_world *w, struct str name)
{
	for (uint32_t i = 0; i < w->n_users; i++)
		if (str_is(w->users[i].name, name) || str_is(w->users[i].sk, name) || str_is(w->users[i].email, name))
			return &w->users[i];
	return NULL;
}

const struct ivr_group *world_group(const struct ivr_world *w, struct str name)
{
	for (uint32_t i = 0; i < w->n_groups; i++)
		if (str_is(w->groups[i].name, name) || str_is(w->groups[i].sk, name))
			return &w->groups[i];
	return NULL;
}

const struct ivr_queue *world_queue(const struct ivr_world *w, struct str name)
{
	for (uint32_t i = 0; i < w->n_queues; i++)
		if (str_is(w->queues[i].name, name) || str_is(w->queues[i].sk, name))
			return &w->queues[i];
	return NULL;
}

struct str world_named(const struct ivr_named *list, uint32_t n, struct str name)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(list[i].name, name))
			return list[i].value;
	return STR("");
}
