/* SPDX-License-Identifier: MIT */
/* What Twilio asks of calls in flows (PLANE.md 6.1, 6.2, 6.4): entry by name or by the number that was called, continuation
 * of a node, and the callbacks beside it.  Whatever fails, a caller hears something: TwiML is answered, never a problem,
 * but to those who have no good token. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api_private.h"
#include "bridge.h"
#include "call_status.h"
#include "flows.h"
#include "integrations.h"
#include "softphone.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/ivr/routing.h"

#define ROUTED "number-" /* and its sk: the flow a number is routed by */

static void answer_safe(struct api *a)
{
	api_twiml(a, ivr_safe_document());
}

/* ---- the assistant's stream: the book of calls knows who may come in (bridge.h) ---- */

/* Its upgrade will be signed with the auth token of the account that asks, as this request was. */
static void let_in(struct api *a, struct str assistant)
{
	struct record r;
	struct integration i;
	const struct stream_name name = {a->scope.org, assistant};
	bool is_stored = a->integration_sk.n > 0 &&
		record_get(&a->scope, a->arena, &record_integration, a->integration_sk, &r) == 0 && integration_open(a, &r, &i) == 0;
	if (is_stored)
		stream_passes_add(&a->plane->passes, i.secrets.auth_token, str_of(a->plane->stream_base), &name, clock_now_us() / 1000000);
}

/* Assistants of files are those of the organisation "default". */
static bool open_stream(struct flow_request *f, const struct ivr_effect *asked, char token[TOKEN_TEXT_MAX])
{
	const struct ivr_world *w = &f->world->world;
	const struct bridge_stream s = {.call_sid = w->call_sid, .caller = w->from, .called = w->to,
		.assistant = asked->n > 0 ? asked->pairs[0].value : STR(""),
		.idempotency_token = f->api->request->idempotency_token};
	if (!str_is(w->org, STR("default")) || bridge_token(f->api->plane, &s, token) < 0)
		return false;
	let_in(f->api, s.assistant);
	return true;
}

static struct str pair(const struct ivr_effect *e, const char *name)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (str_is(e->pairs[i].name, str_of(name)))
			return e->pairs[i].value;
	return STR("");
}

/* What the node has to say to the assistant comes to it as a note, before the conversation begins. */
static void tell_assistant(struct flow_request *f, const struct ivr_run *r)
{
	struct plane *p = f->api->plane;
	struct plane_turn turns[2] = {0};
	uint32_t n = 0;
	for (uint32_t i = 0; i < r->n_effects; i++) {
		const struct ivr_effect *e = r->effects[i];
		struct str context = e->kind == IVR_AI_SESSION ? pair(e, "context") : STR("");
		struct str greeting = e->kind == IVR_AI_SESSION ? pair(e, "greeting") : STR("");
		n = e->kind == IVR_AI_SESSION ? 0 : n;
		if (context.n > 0)
			turns[n++] = (struct plane_turn){.kind = "note", .text = context};
		if (greeting.n > 0)
			turns[n++] = (struct plane_turn){.kind = "note", .text = str_of(arena_printf(f->api->arena,
				"Begin with these words: " STR_FMT, STR_ARG(greeting)))};
	}
	book_lock(p);
	struct book_row *row = book_find(&p->book, f->world->world.call_sid, clock_now_us() / 1000000);
	if (row) {
		row->outcome = PLANE_NONE; /* how an earlier stream ended says nothing of this one */
		book_set_history(&p->book, row, turns, n);
	}
	book_unlock(p);
}

/* The result was posted before the stream was closed; 400 ms for one that is on its way (PLANE.md 6.6). */
static enum plane_outcome outcome_of(struct flow_request *f, struct bridge_result *ret)
{
	const struct timespec a_while = {0, 100 * 1000 * 1000};
	*ret = (struct bridge_result){.outcome = PLANE_NONE};
	for (int i = 0; i < 5 && ret->outcome == PLANE_NONE; i++) {
		if (i > 0)
			(void)nanosleep(&a_while, NULL);
		if (bridge_result_of(f->api->plane, f->world->world.call_sid, ret) < 0)
			return PLANE_NONE;
	}
	return ret->outcome;
}

static void read_outcome(struct flow_request *f)
{
	static const char *const names[] = {[PLANE_NONE] = "", [PLANE_COMPLETE] = "complete", [PLANE_TRANSFER] = "transfer",
		[PLANE_FAILED] = "failed", [PLANE_LIMIT] = "max-duration"};
	const struct flow_node *n = &f->version->flow->nodes[f->node];
	struct bridge_result result;
	if (flow_type_of(n) != FLOW_AI_ASSISTANT || strcmp(f->state.phase, "after") != 0)
		return;
	f->world->world.ai.result = str_of(names[outcome_of(f, &result)]);
	f->world->world.ai.target = arena_str(f->api->arena, str_of(result.target_name));
}

/* ---- running ---- */

/* What no published flow asks for (flows.c, check_available) goes the way of what failed. */
static void answer_asked(struct flow_request *f, struct ivr_run *r)
{
	char token[TOKEN_TEXT_MAX];
	if (r->asked->kind == IVR_ASK_STREAM && open_stream(f, r->asked, token)) {
		const struct ivr_pair pair = {STR("token"), str_of(token)};
		ivr_answer(r, true, &pair, 1);
		tell_assistant(f, r);
		return;
	}
	log_warning("flow " STR_FMT " node " STR_FMT ": %s is not possible", STR_ARG(r->asked->flow), STR_ARG(r->asked->node),
		ivr_kind_name(r->asked->kind) + 4);
	ivr_answer(r, false, NULL, 0);
}

static void tell_events(struct flow_request *f, const struct ivr_run *r)
{
	for (uint32_t i = 0; i < r->n_effects; i++) {
		const struct ivr_effect *e = r->effects[i];
		if (e->kind != IVR_EVENT)
			continue;
		struct str type = pair(e, "type"), why = pair(e, "why");
		log_warning("flow " STR_FMT " node " STR_FMT ": " STR_FMT ": " STR_FMT, STR_ARG(e->flow), STR_ARG(e->node),
			STR_ARG(type), STR_ARG(why));
		if (!f->world->is_read_only)
			api_event(f->api, type.p, json_pack("{s:o, s:o, s:o, s:o}", "flow", json_of(e->flow), "node", json_of(e->node),
				"why", json_of(why), "callSid", json_of(f->call.call_sid)));
	}
}

static void carry_out(struct flow_request *f, const struct ivr_run *r)
{
	if (f->world->is_store_gone || f->world->is_read_only) {
		log_err("flow " STR_FMT ": the store takes nothing, %u effects are lost", STR_ARG(r->flow->name), r->n_effects);
		return;
	}
	int err = flow_effects_apply(f->world, &f->call, r);
	if (err < 0)
		log_err("flow " STR_FMT ": effects were not carried out: %s", STR_ARG(r->flow->name), strerror(-err));
	f->world->is_read_only |= err < 0;
	tell_events(f, r);
}

static struct ivr_run *begin(struct flow_request *f)
{
	struct ivr_run *r = arena_alloc(f->api->arena, sizeof(*r));
	const struct ivr_flow this = {f->version->flow, f->version->version};
	flow_world_org(f->world);
	flow_world_fill(f->world, f->version->flow);
	flow_world_session(f->world);
	flow_world_contact(f->world, f->world->world.from);
	if (!r || ivr_begin(r, &f->world->world, f->api->arena, &this, f->node, &f->state, f->form) < 0)
		return NULL;
	return r;
}

static void run(struct flow_request *f)
{
	struct ivr_run *r = begin(f);
	if (!r) {
		answer_safe(f->api);
		return;
	}
	while (ivr_run(r) == IVR_ASKS)
		answer_asked(f, r);
	api_twiml(f->api, ivr_document(r));
	carry_out(f, r);
}

/* ---- entry ---- */

static void note_call(struct flow_request *f)
{
	struct call_news news;
	struct call_change change;
	f->call.is_entry = true;
	if (f->world->is_store_gone || call_news_read(f->form, STR(""), &news) < 0)
		return;
	int err = call_apply(&f->api->scope, f->api->arena, &news, &change);
	f->world->is_store_gone |= err == -ENOTCONN;
	f->world->is_read_only |= err < 0;
}

static void enter(struct api *a, struct str name, uint32_t version, struct str number_sk)
{
	struct flow_request f;
	bool is_stale;
	int err;
	if (flow_request_begin(&f, a, a->form) < 0) {
		answer_safe(a);
		return;
	}
	f.version = flow_cache_get(&a->plane->flows, &a->scope, name, version, &is_stale, &err);
	if (!f.version) {
		log_err("flow " STR_FMT " is asked for and not published: %s", STR_ARG(name), strerror(-err));
		answer_safe(a);
		if (err == -ENOENT)
			api_event(a, "flow.missing", json_pack("{s:o}", "flow", json_of(name)));
		flow_request_done(&f);
		return;
	}
	f.world->is_store_gone = is_stale;
	f.node = f.version->flow->entry;
	f.call.number_sk = number_sk;
	note_call(&f);
	run(&f);
	flow_request_done(&f);
}

static void flow_entry(struct api *a)
{
	enter(a, a->path_values[0], 0, STR(""));
}

static struct str called_number(struct api *a)
{
	bool is_outbound = str_starts(form_get(a->form, STR("Direction")), STR("outbound"));
	return form_get(a->form, is_outbound ? STR("From") : STR("To"));
}

/* The other modes of a route are a flow of the number's own, of the record's version. */
static bool adopt_routing(struct api *a, const struct record *number, const json_t *voice, uint32_t version)
{
	const char *name = arena_printf(a->arena, ROUTED STR_FMT, STR_ARG(number->sk));
	AUTO(auto_json) json_t *doc = name ? routing_flow(voice, str_of(name), number->columns[0].bytes) : NULL;
	return doc && flow_cache_adopt(&a->plane->flows, a->scope.org, str_of(name), version, json_write(doc, a->arena)) == 0;
}

static json_t *voice_of(const struct record *number)
{
	AUTO(auto_json) json_t *data = json_loadb(number->data.p, number->data.n, 0, NULL);
	return json_incref(json_object_get(json_object_get(data, "routing"), "voice"));
}

/* The flow the number's route names, or is: routing.voice.  ret->flow "": none. */
static void read_number(struct api *a, const struct record *number, struct flow_number *ret)
{
	AUTO(auto_json) json_t *voice = voice_of(number);
	(void)str_copy(number->sk, ret->sk, sizeof(ret->sk));
	if (str_is(json_str(voice, "mode"), STR("flow"))) {
		(void)str_copy(json_str(voice, "flow"), ret->flow, sizeof(ret->flow));
	} else if (adopt_routing(a, number, voice, (uint32_t)number->version)) {
		ret->version = (uint32_t)number->version;
		(void)snprintf(ret->flow, sizeof(ret->flow), ROUTED "%s", ret->sk);
	}
}

/* When the database is away: as it was when it last was asked. */
static void find_number(struct api *a, struct flow_number *ret)
{
	struct record number;
	struct str called = called_number(a);
	int err = record_find(&a->scope, a->arena, &record_number, "e164", store_text(called), &number);
	*ret = (struct flow_number){0};
	if (err < 0 && err != -ENOENT) {
		if (!flow_cache_get_number(&a->plane->flows, a->scope.org, called, ret))
			*ret = (struct flow_number){0};
		return;
	}
	if (err == 0)
		read_number(a, &number, ret);
	if (str_copy(a->scope.org, ret->org, sizeof(ret->org)) && str_copy(called, ret->number, sizeof(ret->number)))
		flow_cache_put_number(&a->plane->flows, ret);
}

/* Today's way: the assistant of the configuration. */
static void answer_by_files(struct api *a)
{
	struct form *form = (struct form *)(uintptr_t)a->form;
	struct webhook w = {a->plane, a->request, form, clock_now_us() / 1000000};
	book_lock(a->plane);
	webhook_voice(&w);
	book_unlock(a->plane);
	a->is_answered = true;
}

static void voice(struct api *a)
{
	struct flow_number number;
	struct str is_app;
	if (api_query(a, "app", &is_app) == 0 && str_is(is_app, STR("1"))) { /* a softphone calls out */
		softphone_voice(a);
		return;
	}
	find_number(a, &number);
	if (number.flow[0])
		enter(a, str_of(number.flow), number.version, str_of(number.sk));
	else
		answer_by_files(a);
}

/* ---- coming back ---- */

/* '#' of a node's name stands as '~' in a path. */
static struct str node_name(struct api *a, struct str text)
{
	char *name = arena_strdup(a->arena, text);
	for (char *c = name; c && *c; c++)
		*c = *c == '~' ? '#' : *c;
	return str_of(name);
}

static struct str query_text(struct api *a, const char *name)
{
	struct str value;
	return api_query(a, name, &value) == 0 ? value : STR("");
}

/* Expired, but the call lives: Twilio asks for it only while it does (PLANE.md 0). */
static int check_token(struct flow_request *f, struct str flow, struct str node)
{
	const struct flow_place at = {flow, node, f->world->world.call_sid};
	const struct ivr_world *w = &f->world->world;
	int err = flow_token_check(w->key, query_text(f->api, "t"), &at, w->now_ms / 1000, &f->state);
	if (err == -ETIMEDOUT)
		err = 0;
	if (err == 0 && !str_is(str_of(f->state.org), w->org))
		err = -EACCES;
	return err;
}

/* A number's own flow, on a node that has not seen it: made anew of how the number is routed now. */
static struct flow_version *routed_version(struct flow_request *f, struct str flow)
{
	struct api *a = f->api;
	struct record number;
	bool is_stale;
	int err;
	if (!str_starts(flow, STR(ROUTED)) ||
		record_get(&a->scope, a->arena, &record_number, str_skip(flow, sizeof(ROUTED) - 1), &number) < 0)
		return NULL;
	AUTO(auto_json) json_t *voice = voice_of(&number);
	if (!adopt_routing(a, &number, voice, f->state.version))
		return NULL;
	return flow_cache_get(&a->plane->flows, &a->scope, flow, f->state.version, &is_stale, &err);
}

/* NULL: answered. */
static const struct flow_node *come_back(struct flow_request *f, struct api *a)
{
	struct str flow = a->path_values[0], node = node_name(a, a->path_values[1]);
	bool is_stale;
	int err;
	if (flow_request_begin(f, a, a->form) < 0) {
		answer_safe(a);
		return NULL;
	}
	if (check_token(f, flow, node) < 0) {
		log_warning("flow " STR_FMT ": a continuation without a good token", STR_ARG(flow));
		api_problem(a, 403, "bad_flow_token", "the token is missing, forged, or of another call");
		return NULL;
	}
	f->version = flow_cache_get(&a->plane->flows, &a->scope, flow, f->state.version, &is_stale, &err);
	f->world->is_store_gone = err < 0 && err != -ENOENT;
	if (!f->version && err == -ENOENT)
		f->version = routed_version(f, flow);
	f->node = f->version ? flow_find(f->version->flow, node) : FLOW_NO_NODE;
	if (f->node >= 0)
		return &f->version->flow->nodes[f->node];
	answer_safe(a);
	return NULL;
}

static void continuation(struct api *a)
{
	struct flow_request f;
	if (come_back(&f, a)) {
		read_outcome(&f);
		run(&f);
	}
	flow_request_done(&f);
}

static void callback(struct api *a, int (*answer)(struct ivr_run *r))
{
	struct flow_request f;
	struct ivr_run *r = come_back(&f, a) ? begin(&f) : NULL;
	if (r && answer(r) == 0) {
		api_twiml(a, ivr_document(r));
		carry_out(&f, r);
	} else if (!a->is_answered) {
		answer_safe(a);
	}
	flow_request_done(&f);
}

static void wait(struct api *a)
{
	callback(a, ivr_wait);
}

static void whisper(struct api *a)
{
	callback(a, ivr_whisper);
}

const struct api_route ivr_webhooks_routes[] = {
	{"GET", "/automation/ivr/flow/{name}", AUTH_TWILIO, NULL, flow_entry, 0, "A call comes into a flow"},
	{"GET", "/automation/ivr/flow/{name}/n/{node}", AUTH_TWILIO, NULL, continuation, 0, "A call goes on in a flow"},
	{"POST", "/automation/ivr/flow/{name}", AUTH_TWILIO, NULL, flow_entry, 0, "A call comes into a flow"},
	{"POST", "/automation/ivr/flow/{name}/n/{node}", AUTH_TWILIO, NULL, continuation, 0, "A call goes on in a flow"},
	{"POST", "/automation/ivr/wait/{name}/{node}", AUTH_TWILIO, NULL, wait, 0, "What is heard in a line"},
	{"POST", "/automation/ivr/whisper/{name}/{node}", AUTH_TWILIO, NULL, whisper, 0, "Words for who is called"},
	{"POST", "/automation/ivr/screen/{name}/{node}", AUTH_TWILIO, NULL, whisper, 0, "Whether who is called takes the call"},
	{"POST", "/connect/webhook/twilio/voice", AUTH_TWILIO, NULL, voice, 0, "A call comes in"},
	{0},
};
