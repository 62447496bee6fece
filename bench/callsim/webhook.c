/* SPDX-License-Identifier: MIT */
/* The telephone exchange's part of a call: it asks for TwiML, follows it as far as a caller of a bridge needs, and asks
 * again when a stream has ended: how the call goes on or, when the caller has hung up, to tell that it is over (Twilio
 * docs/voice/twiml/connect, read 2026-11-23).  What is asked is always asked at the host of --webhook; what is signed
 * is the URL as TwiML has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "../lib/tags.h"
#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/form.h"

static void go_on(struct caller *c);

enum {
	US_A_S = 1000000,
	LIMIT_US = 15 * US_A_S, /* Twilio waits so long for a voice webhook */
	HOPS_MAX = 20,
	BODY_BYTES = 4096,
	HEAD_BYTES = 1024,
	HTTP_OK = 200,
};

static const struct {
	const char *name, *value; /* NULL: the caller's own */
} fields[] = {
	{"AccountSid", NULL}, {"ApiVersion", "2010-04-01"}, {"CallSid", NULL}, {"CallStatus", NULL}, {"Called", NULL},
	{"CalledCity", ""}, {"CalledCountry", "US"}, {"CalledState", "CA"}, {"CalledZip", ""}, {"Caller", NULL},
	{"CallerCity", "SAN FRANCISCO"}, {"CallerCountry", "US"}, {"CallerState", "CA"}, {"CallerZip", "94105"},
	{"Direction", "inbound"}, {"From", NULL}, {"FromCity", "SAN FRANCISCO"}, {"FromCountry", "US"},
	{"FromState", "CA"}, {"FromZip", "94105"}, {"To", NULL}, {"ToCity", ""}, {"ToCountry", "US"}, {"ToState", "CA"},
	{"ToZip", ""},
};

static const char *call_status(const struct caller *c)
{
	return c->is_hanging_up ? "completed" : c->web.hops ? "in-progress" : "ringing";
}

static const char *own_value(const struct caller *c, const char *name)
{
	const struct {
		const char *name, *value;
	} own[] = {{"AccountSid", sim.account}, {"CallSid", c->call_sid}, {"CallStatus", call_status(c)}, {"Called", sim.to},
		{"Caller", sim.from}, {"From", sim.from}, {"To", sim.to}};
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i].name, name) == 0)
			return own[i].value;
	return "";
}

static void fill_form(const struct caller *c, struct form *f)
{
	for (f->n = 0; f->n < ARRAY_LEN(fields); f->n++) {
		const char *name = fields[f->n].name, *value = fields[f->n].value;
		f->fields[f->n] = (struct form_field){str_of(name), str_of(value ? value : own_value(c, name))};
	}
}

static void on_next(struct timer *t)
{
	struct caller *c = container_of(t, struct caller, web.next);
	c->web.then(c);
}

/* From the loop, never from within the connection that ends: its memory is used for the next one. */
static void soon(struct caller *c, int64_t after_us, void (*then)(struct caller *c))
{
	c->web.next.fire = on_next;
	c->web.then = then;
	timer_arm(sim.loop, &c->web.next, loop_now_us(sim.loop) + after_us);
}

static void on_answer(struct http *h, int status, struct str body)
{
	struct caller *c = container_of(h, struct caller, web.http);
	timer_disarm(sim.loop, &c->guard);
	if (status != HTTP_OK) {
		if (!sim.webhook_failed++)
			fprintf(stderr, "callsim: a webhook was answered with status %d (said once)\n", status);
		soon(c, 0, caller_over);
		return;
	}
	if (c->is_hanging_up) { /* nobody is there to follow it */
		soon(c, 0, caller_over);
		return;
	}
	c->web.doc.n = c->web.doc.from = 0;
	bytes_put(&c->web.doc, body.p, body.n);
	c->web.at = 0;
	soon(c, 0, go_on);
}

/* url: as TwiML has it, or NULL: the first question. */
static void ask(struct caller *c, const char *url)
{
	char head[HEAD_BYTES], mem[BODY_BYTES];
	struct form form;
	struct buf body;
	struct target to = sim.at;
	buf_init(&body, mem, sizeof(mem));
	fill_form(c, &form);
	for (size_t i = 0; i < form.n; i++)
		form_put(&body, form.fields[i].name, form.fields[i].value);
	if (url)
		target_path(url, false, to.path, sizeof(to.path));
	target_head_of_post(url, to.path, &form, head, sizeof(head));
	c->web.hops++;
	c->web.http.done = on_answer;
	timer_arm(sim.loop, &c->guard, loop_now_us(sim.loop) + LIMIT_US);
	http_post(&c->web.http, sim.loop, to.host, to.port, sim.tls, to.path, head, buf_str(&body));
}

static void add_parameter(struct caller *c, const struct tag *t)
{
	struct parameter *p = &c->parameters[c->n_parameters];
	if (c->n_parameters < PARAMETERS_MAX && tag_attr(t, "name", p->name, sizeof(p->name)) &&
		tag_attr(t, "value", p->value, sizeof(p->value)))
		c->n_parameters++;
}

static bool begin_pause(struct caller *c, const struct tag *t)
{
	char length[16];
	long s = tag_attr(t, "length", length, sizeof(length)) ? strtol(length, NULL, 10) : 1;
	soon(c, s * US_A_S, go_on);
	return false;
}

static bool redirect(struct caller *c, const struct tag *t)
{
	char url[sizeof(c->web.action)];
	if (c->web.hops < HOPS_MAX && xml_decode(str_trim(t->text), url, sizeof(url)))
		ask(c, url);
	else
		caller_over(c);
	return false;
}

/* False: the call waits for something, or is over. */
static bool follow(struct caller *c, const struct tag *t)
{
	struct web *w = &c->web;
	if (t->is_end && str_is(t->name, STR("Connect")) && w->stream_url[0]) {
		caller_open_stream(c);
		return false;
	}
	if (t->is_end)
		return true;
	if (str_is(t->name, STR("Connect"))) {
		(void)tag_attr(t, "action", w->action, sizeof(w->action));
		w->stream_url[0] = '\0';
		c->n_parameters = 0;
	} else if (str_is(t->name, STR("Stream"))) {
		(void)tag_attr(t, "url", w->stream_url, sizeof(w->stream_url));
	} else if (str_is(t->name, STR("Parameter"))) {
		add_parameter(c, t);
	} else if (str_is(t->name, STR("Pause"))) {
		return begin_pause(c, t);
	} else if (str_is(t->name, STR("Redirect"))) {
		return redirect(c, t);
	} else if (str_is(t->name, STR("Dial")) || str_is(t->name, STR("Hangup"))) {
		sim.dialled += *t->name.p == 'D';
		caller_over(c);
		return false;
	}
	return true; /* Say, Play and what else there is take no time here */
}

static void go_on(struct caller *c)
{
	struct tag t;
	for (;;) {
		struct str all = {(const char *)c->web.doc.p + c->web.doc.from, c->web.doc.n}, rest = str_skip(all, c->web.at);
		bool has_tag = tag_next(&rest, &t);
		c->web.at = all.n - rest.n;
		if (!has_tag) {
			caller_over(c);
			return;
		}
		if (!follow(c, &t))
			return;
	}
}

void webhook_begin(struct caller *c)
{
	ask(c, NULL);
}

static void ask_action(struct caller *c)
{
	if (c->web.action[0] && c->web.hops < HOPS_MAX)
		ask(c, c->web.action);
	else if (c->web.action[0] || c->is_hanging_up)
		caller_over(c);
	else
		go_on(c);
}

void webhook_stream_ended(struct caller *c)
{
	soon(c, 0, ask_action);
}
