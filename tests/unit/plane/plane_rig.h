/* plane_rig.h - a plane with two assistants and nobody around it: requests, claims and results are handed to its
 * handlers directly, on this thread. */
#ifndef PLANE_RIG_H
#define PLANE_RIG_H

#include "plane_help.h"

#include "../../../src/plane/plane_private.h"
#include "ringdown/base/clock.h"
#include "ringdown/plane/plane.h"
#include "ringdown/wire/signature.h"

/* SPDX-License-Identifier: MIT */

#define RIG_URL     "https://voice.example.com"
#define RIG_TOKEN   "rig-auth-token"
#define RIG_ACCOUNT "AC00000000000000000000000000000000"
#define RIG_SID     "CA11111111111111111111111111111111"

static const struct plane_number rig_numbers[] = {{{"+15550123", 9}, {"reception", 9}}, {{"+15550124", 9}, {"gone", 4}}};

static inline struct plane_settings rig_settings(bool require_signature)
{
	return (struct plane_settings){
		.public_url = STR(RIG_URL),
		.auth_token = STR(RIG_TOKEN),
		.account_sid = STR(RIG_ACCOUNT),
		.require_signature = require_signature,
		.default_assistant = STR("default"),
		.numbers = rig_numbers,
		.n_numbers = 2,
	};
}

static inline struct assistant_set *rig_set(void)
{
	struct assistant_set *set = NULL;
	char *error = NULL;
	help_write("default.json", "{\"instructions\":\"x\"}");
	help_write("reception.json", "{\"instructions\":\"y\"}");
	if (assistant_set_load(help_dir, &set, &error) < 0)
		fail_msg("%s", error);
	return set;
}

static inline struct plane *rig_new(const struct plane_settings *s)
{
	struct assistant_set *set = rig_set();
	struct plane *p = plane_new(s, set);
	assert_non_null(p);
	assistant_set_unref(set);
	return p;
}

static inline struct plane *rig(bool require_signature)
{
	const struct plane_settings s = rig_settings(require_signature);
	return rig_new(&s);
}

static inline struct plane_request *rig_request(const char *method, const char *path, const char *query, const char *body)
{
	struct plane_request *r = plane_request_new();
	assert_non_null(r);
	r->method = arena_str(&r->arena, str_of(method));
	r->path = arena_str(&r->arena, str_of(path));
	r->query = arena_str(&r->arena, str_of(query));
	r->body = arena_str(&r->arena, str_of(body));
	r->content_type = STR("application/x-www-form-urlencoded");
	return r;
}

/* As Twilio signs it: over the URL as it was written, which lws has decoded since. */
static inline void rig_sign(struct plane_request *r, const char *token, const char *url)
{
	char text[SIGNATURE_TEXT_MAX];
	struct form *form = arena_alloc(&r->arena, sizeof(*form));
	assert_int_equal(form_parse(r->body, &r->arena, form), 0);
	assert_int_equal(signature_make(str_of(token), str_of(url), form, text), 0);
	r->signature = arena_str(&r->arena, str_of(text));
}

/* A signed POST; free the request.  query: as it stands in the URL; without escapes. */
static inline struct plane_request *rig_post(struct plane *p, const char *path, const char *query, const char *body)
{
	char url[4096];
	struct plane_request *r = rig_request("POST", path, query, body);
	(void)snprintf(url, sizeof(url), RIG_URL "%s%s%s", path, query[0] ? "?" : "", query);
	rig_sign(r, RIG_TOKEN, url);
	plane_handle(p, r);
	return r;
}

static inline const char *rig_text(const struct plane_request *r)
{
	static char text[65536];
	(void)snprintf(text, sizeof(text), STR_FMT, STR_ARG(r->reply));
	return text;
}

#define RIG_VOICE "/connect/webhook/twilio/voice"
#define RIG_AFTER "/connect/webhook/twilio/after"
#define RIG_FORM(status) "CallSid=" RIG_SID "&AccountSid=" RIG_ACCOUNT "&From=%2B15550100&To=%2B15550199&CallStatus=" status

/* What stands between two marks in the reply; in dst, "" when it is not there. */
static inline const char *rig_between(const char *text, const char *from, const char *to, char *dst, size_t size)
{
	const char *a = strstr(text, from), *b = a ? strstr(a + strlen(from), to) : NULL;
	dst[0] = '\0';
	if (b)
		(void)snprintf(dst, size, "%.*s", (int)(b - a - (ptrdiff_t)strlen(from)), a + strlen(from));
	return dst;
}

/* Asks the voice webhook, and gives the stream's token. */
static inline const char *rig_dial(struct plane *p, char token[TOKEN_TEXT_MAX])
{
	struct plane_request *r = rig_post(p, RIG_VOICE, "", RIG_FORM("ringing"));
	assert_int_equal(r->status, 200);
	rig_between(rig_text(r), "name=\"token\" value=\"", "\"", token, TOKEN_TEXT_MAX);
	assert_true(token[0] != '\0');
	plane_request_free(r);
	return token;
}

struct rig_stream { /* a stream's claim, and what became of the stream */
	struct plane_claim *claim;
	int n_replaced;
};

static inline void rig_done(struct plane_claim *c)
{
	(void)c;
}

static inline void rig_replaced(void *owner, uint64_t session_id)
{
	struct rig_stream *s = owner;
	(void)session_id;
	s->n_replaced++;
}

static inline int rig_claim(struct plane *p, struct rig_stream *s, const char *call_sid, const char *stream_sid,
	const char *token, int64_t now_s)
{
	*s = (struct rig_stream){.claim = plane_claim_new()};
	struct plane_claim *c = s->claim;
	assert_non_null(c);
	c->call_sid = arena_str(&c->arena, str_of(call_sid));
	c->stream_sid = arena_str(&c->arena, str_of(stream_sid));
	c->account_sid = STR(RIG_ACCOUNT);
	c->token = arena_str(&c->arena, str_of(token));
	c->done = rig_done;
	c->replaced = rig_replaced;
	c->owner = s;
	claim_handle(p, c, now_s);
	return c->error;
}

static inline void rig_stream_done(struct rig_stream *s)
{
	assistant_set_unref(s->claim->set);
	s->claim = plane_claim_free(s->claim);
}

static inline int64_t rig_now_s(void)
{
	return clock_now_us() / 1000000;
}

/* A result with these turns: kind, text, kind, text ... */
static inline void rig_result(struct plane *p, const char *call_sid, const char *stream_sid, enum plane_outcome outcome,
	const char *const *turns, uint32_t n_turns)
{
	struct plane_result *r = plane_result_new();
	assert_non_null(r);
	r->call_sid = arena_str(&r->arena, str_of(call_sid));
	r->stream_sid = arena_str(&r->arena, str_of(stream_sid));
	r->outcome = outcome;
	if (outcome == PLANE_TRANSFER) {
		r->target_name = STR("sales");
		r->target_number = STR("+15551230001");
	}
	for (uint32_t i = 0; i < n_turns; i++)
		r->history[r->n_history++] = (struct plane_turn){
			.kind = turns[2 * i], .text = arena_str(&r->arena, str_of(turns[2 * i + 1]))};
	result_handle(p, r, rig_now_s());
}

#endif
