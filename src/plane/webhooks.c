/* SPDX-License-Identifier: MIT */
/* What Twilio asks of a call, answered in TwiML (TWILIO.md 3, 5, 6). */
#include <string.h>

#include "plane_private.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/twiml.h"

enum { TWIML_MAX = 16384, PARAMETER_MAX = 400 };

static const char sorry[] = "We are sorry. The assistant cannot be reached right now. Please call again later.";

static void reply_twiml(struct webhook *w, struct twiml *t)
{
	if (twiml_end(t) < 0) {
		reply_problem(w->request, 500, "the TwiML does not fit its buffer");
		return;
	}
	reply_text(w->request, 200, "text/xml; charset=utf-8", buf_str(t->b));
}

static struct twiml begin_twiml(struct webhook *w, struct buf *b)
{
	struct twiml t;
	char *mem = arena_alloc(&w->request->arena, TWIML_MAX);
	buf_init(b, mem, mem ? TWIML_MAX : 0);
	twiml_begin(&t, b);
	return t;
}

static struct str after_url(struct webhook *w, uint32_t n)
{
	return str_of(arena_printf(&w->request->arena, STR_FMT "/connect/webhook/twilio/after?n=%u",
		STR_ARG(w->plane->settings.public_url), n));
}

static void put_parameter(struct twiml *t, const char *name, struct str value)
{
	if (value.n == 0 || value.n > PARAMETER_MAX)
		return;
	twiml_open(t, "Parameter");
	twiml_attr(t, "name", str_of(name));
	twiml_attr(t, "value", value);
	twiml_close(t);
}

/* Give action and a Redirect behind the Connect: one of the two always leads back to us. */
static void put_connect(struct webhook *w, struct twiml *t, struct book_row *row, const char *token)
{
	struct str back = after_url(w, row->resumes + 1);
	twiml_open(t, "Connect");
	twiml_attr(t, "action", back);
	twiml_attr(t, "method", STR("POST"));
	twiml_open(t, "Stream");
	twiml_attr(t, "url", str_of(arena_printf(&w->request->arena, "%s/simple-voice/stream/default/%s",
					w->plane->stream_base, row->assistant)));
	put_parameter(t, "token", str_of(token));
	put_parameter(t, "caller", str_of(row->caller));
	put_parameter(t, "called", str_of(row->called));
	twiml_close(t);
	twiml_close(t);
	twiml_open(t, "Redirect");
	twiml_attr(t, "method", STR("POST"));
	twiml_text(t, back);
	twiml_close(t);
}

static void reply_connect(struct webhook *w, struct book_row *row)
{
	char token[TOKEN_TEXT_MAX];
	struct buf b;
	if (claim_token(w->plane, row, w->now_s, token) < 0) {
		reply_problem(w->request, 500, "no random bytes for the token");
		return;
	}
	struct twiml t = begin_twiml(w, &b);
	put_connect(w, &t, row, token);
	reply_twiml(w, &t);
}

static void reply_sorry(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	twiml_leaf(&t, "Say", str_of(sorry));
	twiml_leaf(&t, "Hangup", STR(""));
	reply_twiml(w, &t);
}

/* Another node, or this one after its restart, is there in a moment. */
static void reply_come_back(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	const struct plane_request *r = w->request;
	twiml_open(&t, "Pause");
	twiml_attr(&t, "length", STR("2"));
	twiml_close(&t);
	twiml_open(&t, "Redirect");
	twiml_attr(&t, "method", STR("POST"));
	twiml_text(&t, w->plane->settings.public_url);
	twiml_text(&t, r->path);
	if (r->query.n > 0) {
		twiml_text(&t, STR("?"));
		twiml_text(&t, r->query);
	}
	twiml_close(&t);
	reply_twiml(w, &t);
}

static struct str assistant_for(const struct plane *p, struct str called)
{
	for (uint32_t i = 0; i < p->settings.n_numbers; i++)
		if (str_is(p->settings.numbers[i].number, called))
			return p->settings.numbers[i].assistant;
	return p->settings.default_assistant;
}

static struct book_row *row_for(struct webhook *w)
{
	struct book_row *row = book_get(&w->plane->book, form_get(w->form, STR("CallSid")), w->now_s);
	if (!row)
		reply_problem(w->request, 400, "CallSid is missing or not one: CA and 32 hexadecimal digits");
	return row;
}

static void fill_row(struct webhook *w, struct book_row *row)
{
	(void)str_copy(form_get(w->form, STR("From")), row->caller, sizeof(row->caller));
	(void)str_copy(form_get(w->form, STR("To")), row->called, sizeof(row->called));
	if (!row->assistant[0])
		(void)str_copy(assistant_for(w->plane, str_of(row->called)), row->assistant, sizeof(row->assistant));
}

void webhook_voice(struct webhook *w)
{
	if (atomic_load(&w->plane->is_draining)) {
		reply_come_back(w);
		return;
	}
	struct book_row *row = row_for(w);
	if (!row)
		return;
	fill_row(w, row);
	if (assistant_find(w->plane->set, str_of(row->assistant))) {
		reply_connect(w, row);
		return;
	}
	log_err("webhook assistant=%s is configured and does not exist", row->assistant);
	reply_sorry(w);
}

static void reply_dial(struct webhook *w, const struct book_row *row)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	twiml_open(&t, "Dial");
	twiml_attr(&t, "answerOnBridge", STR("true"));
	twiml_leaf(&t, "Number", str_of(row->target_number));
	twiml_close(&t);
	twiml_leaf(&t, "Hangup", STR(""));
	reply_twiml(w, &t);
}

static void reply_leaf(struct webhook *w, const char *verb)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	if (verb)
		twiml_leaf(&t, verb, STR(""));
	reply_twiml(w, &t);
}

/* The last stream left no result: it broke, or this node was restarted.  A fresh one goes on. */
static void reply_resume(struct webhook *w, struct book_row *row)
{
	uint64_t n = 0;
	struct str query = w->request->query;
	if (str_starts(query, STR("n=")))
		(void)str_u64(str_skip(query, 2), UINT32_MAX, &n);
	if (n > row->resumes + 1 && row->is_unknown)
		row->resumes = (uint32_t)n - 1; /* counted by the node that was there before */
	if (row->resumes >= RESUMES_MAX) {
		reply_sorry(w);
		return;
	}
	row->resumes++;
	fill_row(w, row);
	log_info("webhook sid=%.2s..%.2s resumes=%u", row->call_sid, row->call_sid + strlen(row->call_sid) - 2,
		row->resumes);
	reply_connect(w, row);
}

void webhook_after(struct webhook *w)
{
	struct str status = form_get(w->form, STR("CallStatus"));
	if (str_is(status, STR("completed")) || str_is(status, STR("canceled")) || str_is(status, STR("failed"))) {
		reply_leaf(w, NULL);
		return;
	}
	bool is_known = book_find(&w->plane->book, form_get(w->form, STR("CallSid")), w->now_s) != NULL;
	struct book_row *row = row_for(w);
	if (!row)
		return;
	row->is_unknown |= !is_known;
	switch (row->outcome) {
	case PLANE_COMPLETE:
	case PLANE_LIMIT:
		reply_leaf(w, "Hangup");
		return;
	case PLANE_TRANSFER:
		reply_dial(w, row);
		return;
	case PLANE_FAILED:
		reply_sorry(w);
		return;
	case PLANE_NONE:
		break;
	}
	if (atomic_load(&w->plane->is_draining))
		reply_come_back(w);
	else
		reply_resume(w, row);
}

void webhook_status(struct webhook *w)
{
	reply_text(w->request, 204, "text/plain", STR(""));
}
