/* SPDX-License-Identifier: MIT */
/* What Twilio is told to do with a call (TWILIO.md 3 and 6): every TwiML document there is. */
#include "plane_private.h"
#include "ringdown/wire/twiml.h"

enum { TWIML_MAX = 32768, URL_MAX = 8192, PARAMETER_MAX = 400 };

static const char sorry[] = "We are sorry. The assistant cannot be reached right now. Please call again later.";
static const char sorry_but[] = "We are sorry. The assistant cannot be reached. You are being connected with a person.";
static const char one_moment[] = "One moment, please.";

static void reply_twiml(struct webhook *w, struct twiml *t)
{
	if (twiml_end(t) < 0)
		reply_problem(w->request, 500, "the TwiML does not fit its buffer");
	else
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

/* One of ours with a number in its query, and with what the operator put there. */
static struct str url_with(struct webhook *w, const char *path, const char *name, uint32_t n)
{
	struct buf b;
	char *mem = arena_alloc(&w->request->arena, URL_MAX);
	buf_init(&b, mem, mem ? URL_MAX : 0);
	buf_printf(&b, STR_FMT "/connect/webhook/twilio/%s?%s=%u", STR_ARG(w->plane->settings.public_url), path, name, n);
	query_put_custom(&b, w->request->query);
	return buf_str(&b);
}

static void put_parameter(struct str name, struct str value, void *arg)
{
	struct twiml *t = arg;
	if (value.n == 0 || value.n > PARAMETER_MAX)
		return;
	twiml_open(t, "Parameter");
	twiml_attr(t, "name", name);
	twiml_attr(t, "value", value);
	twiml_close(t);
}

/* A document without one of its URLs, for want of memory, would lose the call: rather none. */
static void put_url(struct twiml *t, const char *name, struct str url)
{
	t->is_bad |= url.n == 0;
	twiml_attr(t, name, url);
}

static void put_redirect(struct twiml *t, struct str url)
{
	t->is_bad |= url.n == 0;
	twiml_open(t, "Redirect");
	twiml_attr(t, "method", STR("POST"));
	twiml_text(t, url);
	twiml_close(t);
}

static void put_stream(struct webhook *w, struct twiml *t, const struct book_row *row, const char *token)
{
	struct arena *a = &w->request->arena;
	struct str status = w->plane->settings.public_url;
	twiml_open(t, "Stream");
	put_url(t, "url",
		str_of(arena_printf(a, "%s/simple-voice/stream/default/%s", w->plane->stream_base, row->assistant)));
	put_url(t, "statusCallback", str_of(arena_printf(a, STR_FMT "/connect/webhook/twilio/status", STR_ARG(status))));
	twiml_attr(t, "statusCallbackMethod", STR("POST"));
	put_parameter(STR("token"), str_of(token), t);
	put_parameter(STR("caller"), str_of(row->caller), t);
	put_parameter(STR("called"), str_of(row->called), t);
	query_each_custom(w->request->query, put_parameter, t);
	twiml_close(t);
}

/* An action and a Redirect behind the Connect: one of the two always leads back to us. */
void reply_connect(struct webhook *w, struct book_row *row)
{
	char token[TOKEN_TEXT_MAX];
	struct buf b;
	if (claim_token(w->plane, row, w->request->idempotency_token, w->now_s, token) < 0) {
		reply_problem(w->request, 500, "no random bytes for the token");
		return;
	}
	struct twiml t = begin_twiml(w, &b);
	struct str back = url_with(w, "after", "n", row->resumes + 1);
	twiml_open(&t, "Connect");
	put_url(&t, "action", back);
	twiml_attr(&t, "method", STR("POST"));
	put_stream(w, &t, row, token);
	twiml_close(&t);
	put_redirect(&t, back);
	reply_twiml(w, &t);
}

static void put_dial(struct twiml *t, struct str action, struct str number)
{
	twiml_open(t, "Dial");
	put_url(t, "action", action);
	twiml_attr(t, "method", STR("POST"));
	twiml_attr(t, "answerOnBridge", STR("true"));
	twiml_leaf(t, "Number", number);
	twiml_close(t);
}

void reply_sorry(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	twiml_leaf(&t, "Say", str_of(sorry));
	twiml_leaf(&t, "Hangup", STR(""));
	reply_twiml(w, &t);
}

/* A call to the number itself would come back here for ever. */
void reply_fallback(struct webhook *w)
{
	struct str number = w->plane->settings.fallback_number;
	struct buf b;
	if (number.n == 0 || str_is(form_get(w->form, STR("To")), number)) {
		reply_sorry(w);
		return;
	}
	struct twiml t = begin_twiml(w, &b);
	twiml_leaf(&t, "Say", str_of(sorry_but));
	put_dial(&t, url_with(w, "after", "fallback", 1), number);
	reply_twiml(w, &t);
}

void reply_busy(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	twiml_open(&t, "Reject");
	twiml_attr(&t, "reason", STR("busy"));
	twiml_close(&t);
	reply_twiml(w, &t);
}

/* The same question again, with what was in its query: another node, or this one after its restart, is there then. */
void reply_come_back(struct webhook *w, uint32_t n)
{
	uint32_t wait = query_number(w->request->query, STR("wait"));
	bool is_after = str_ends(w->request->path, STR("/after"));
	struct buf b;
	if (wait >= WAITS_MAX) {
		reply_fallback(w);
		return;
	}
	struct str url = url_with(w, is_after ? "after" : "voice", "wait", wait + 1);
	struct twiml t = begin_twiml(w, &b);
	if (wait == 0)
		twiml_leaf(&t, "Say", str_of(one_moment));
	twiml_open(&t, "Pause");
	twiml_attr(&t, "length", STR("2"));
	twiml_close(&t);
	put_redirect(&t, is_after ? str_of(arena_printf(&w->request->arena, STR_FMT "&n=%u", STR_ARG(url), n)) : url);
	reply_twiml(w, &t);
}

void reply_dial(struct webhook *w, const struct book_row *row)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	put_dial(&t, url_with(w, "after", "dial", row->resumes + 1), str_of(row->target_number));
	reply_twiml(w, &t);
}

void reply_hangup(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	twiml_leaf(&t, "Hangup", STR(""));
	reply_twiml(w, &t);
}

void reply_nothing(struct webhook *w)
{
	struct buf b;
	struct twiml t = begin_twiml(w, &b);
	reply_twiml(w, &t);
}
