/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "client.h"
#include "gate.h"
#include "policy.h"
#include "ringdown/base/auto.h"

static struct str text_of(struct arena *arena, const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);
	return arena_str(arena, (struct str){json_string_value(v), json_string_length(v)});
}

/* Twilio's 2xx have JSON, or nothing (204 of a DELETE). */
static bool read_success(const struct http_response *r, struct twilio_answer *ret)
{
	if (r->body.n == 0)
		return r->status == 204;
	ret->body = json_loadb(r->body.p, r->body.n, 0, NULL);
	return json_is_object(ret->body);
}

static void read_refusal(const struct http_response *r, struct arena *arena, struct twilio_answer *ret)
{
	AUTO(json_decrefp) json_t *j = json_loadb(r->body.p ? r->body.p : "", r->body.n, 0, NULL);
	const json_t *code = json_object_get(j, "code");
	ret->code = (int)json_integer_value(code);
	ret->message = text_of(arena, j, "message");
	ret->more_info = text_of(arena, j, "more_info");
	ret->retry_after_s = r->retry_after_s;
	ret->error = twilio_error_find(ret->code, r->status);
}

static enum gate_outcome outcome_of(int err, const struct twilio_answer *a)
{
	if (err < 0)
		return GATE_NO_ANSWER;
	bool is_refused = a->status == 401 || a->status == 403;
	return is_refused && a->error && (a->error->flags & TWILIO_CREDENTIALS) ? GATE_BAD_CREDENTIALS : GATE_GOOD;
}

/* One attempt.  0 or the HTTP client's error; the answer is read either way. */
static int attempt(struct twilio *t, const struct http_request *http, struct arena *arena, struct attempt *a,
	struct twilio_answer *ret)
{
	struct http_response r;
	twilio_answer_done(ret);
	*ret = (struct twilio_answer){.tries = a->number};
	a->err = http_client_run(t->http, http, arena, &r);
	a->has_left = r.has_left;
	a->status = ret->status = r.status;
	a->retry_after_s = r.retry_after_s;
	ret->why = r.error;
	if (a->err < 0)
		return a->err;
	a->is_readable = r.status >= 200 && r.status < 300 && read_success(&r, ret);
	if (!a->is_readable)
		read_refusal(&r, arena, ret);
	return 0;
}

static int result_of(enum verdict verdict, const struct attempt *a, struct twilio_answer *ret)
{
	if (verdict == VERDICT_DONE)
		return 0;
	if (!ret->error)
		ret->error = twilio_error_find(0, a->status);
	if (verdict == VERDICT_REFUSED)
		return -EREMOTEIO;
	if (verdict == VERDICT_UNKNOWN)
		return -EINPROGRESS;
	if (a->err == -ENOMEM || a->err == -ECANCELED || a->err == -EINVAL)
		return a->err;
	if (a->err == 0 || a->err == -EMSGSIZE || (a->has_left && a->err == -EPROTO))
		return -EPROTO;
	return a->err == -ETIMEDOUT && a->has_left ? -ETIMEDOUT : -EHOSTUNREACH;
}

static void tell_gate(struct twilio *t, const struct twilio_account *a, bool is_check, int err, struct twilio_answer *ret)
{
	enum gate_news news = gate_release(t->gate, a->sid, is_check, outcome_of(err, ret), twilio_now_ms(t));
	ret->has_opened_breaker = news == GATE_OPENED;
	ret->has_closed_breaker = news == GATE_CLOSED;
}

static int ask(struct twilio *t, const struct twilio_account *a, const struct twilio_request *q,
	const struct http_request *http, struct arena *arena, struct twilio_answer *ret)
{
	struct attempt at = {.repeat = twilio_operation(q->op)->repeat};
	for (;;) {
		int err = gate_enter(t->gate, a->sid, q->is_check, twilio_now_ms(t));
		if (err < 0) {
			ret->error = twilio_error_find(0, err == -EACCES ? 401 : 0);
			return err;
		}
		at.number++;
		tell_gate(t, a, q->is_check, attempt(t, http, arena, &at, ret), ret);
		enum verdict verdict = policy_judge(&at);
		if (verdict != VERDICT_AGAIN)
			return result_of(verdict, &at, ret);
		client_sleep(t, policy_wait_ms(&at, client_random(t)));
	}
}

int twilio_call(struct twilio *t, const struct twilio_account *a, const struct twilio_request *q, struct arena *arena,
	struct twilio_answer *ret_answer)
{
	struct http_request http;
	*ret_answer = (struct twilio_answer){0};
	int err = client_prepare(t, a, q, arena, &http);
	if (err < 0) {
		ret_answer->error = twilio_error_find(0, 0);
		return err;
	}
	return ask(t, a, q, &http, arena, ret_answer);
}

void twilio_answer_done(struct twilio_answer *a)
{
	json_decref(a->body);
	a->body = NULL;
}
