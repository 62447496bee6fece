/* SPDX-License-Identifier: MIT */
/* From a webhook's form to a flow's world. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "flows.h"
#include "webhook_auth.h"

static struct str field(const struct form *form, const char *name)
{
	return form ? form_get(form, str_of(name)) : STR("");
}

/* A leg that was dialled is of the call that dialled it: tokens are bound to that one. */
static struct str call_of(const struct form *form)
{
	struct str parent = field(form, "ParentCallSid");
	return parent.n > 0 ? parent : field(form, "CallSid");
}

static void fill_settings(struct ivr_world *w, struct api *a)
{
	struct plane *p = a->plane;
	w->now_ms = a->now_ms;
	w->base_url = p->settings.public_url;
	w->stream_base = str_of(p->stream_base);
	w->org = a->scope.org;
	w->key = p->flow_key;
	w->key_id = STR("1");
	w->can_text = true;
}

static void fill_call(struct ivr_world *w, const struct form *form)
{
	w->call_sid = call_of(form);
	w->session_id = w->call_sid;
	w->from = field(form, "From");
	w->to = field(form, "To");
	w->direction = field(form, "Direction").n > 0 ? field(form, "Direction") : STR("inbound");
	w->call_status = field(form, "CallStatus");
	w->stir_verstat = field(form, "StirVerstat");
	w->lead = STR("none");
}

bool flow_has_assistant(struct plane *p, struct str id)
{
	book_lock(p);
	bool is_there = assistant_find(p->set, id) != NULL;
	book_unlock(p);
	return is_there;
}

/* An account that is known by an API key alone signs with what we do not know: its URLs hold a secret of ours. */
static void fill_secrets(struct ivr_world *w, struct api *a)
{
	static const char *const kinds[] = {"ivr", "recording", "status", "transcription"};
	struct record r;
	struct integration i;
	struct ivr_named *list;
	if (a->integration_sk.n == 0 || record_get(&a->scope, a->arena, &record_integration, a->integration_sk, &r) < 0 ||
		integration_open(a, &r, &i) < 0 || webhook_secret(a, &i, "ivr").n == 0)
		return;
	list = arena_alloc(a->arena, sizeof(kinds) / sizeof(*kinds) * sizeof(*list));
	for (size_t k = 0; list && k < sizeof(kinds) / sizeof(*kinds); k++)
		list[w->n_secrets++] = (struct ivr_named){str_of(kinds[k]), webhook_secret(a, &i, kinds[k])};
	w->secrets = list;
}

int flow_request_begin(struct flow_request *f, struct api *a, const struct form *form)
{
	memset(f, 0, sizeof(*f));
	f->api = a;
	f->form = form;
	f->world = arena_alloc(a->arena, sizeof(*f->world));
	if (!f->world)
		return -ENOMEM;
	f->world->scope = &a->scope;
	f->world->arena = a->arena;
	f->world->cache = &a->plane->flows;
	fill_settings(&f->world->world, a);
	fill_call(&f->world->world, form);
	fill_secrets(&f->world->world, a);
	const struct ivr_world *w = &f->world->world;
	f->call = (struct flow_call){.call_sid = w->call_sid, .from = w->from, .to = w->to, .direction = w->direction};
	return 0;
}

void flow_request_done(struct flow_request *f)
{
	if (f->world)
		flow_world_done(f->world);
	f->version = flow_version_unref(f->version);
}
