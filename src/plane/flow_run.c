/* SPDX-License-Identifier: MIT */
/* From a webhook's form to a flow's world. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "flows.h"

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
