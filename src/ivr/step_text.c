/* SPDX-License-Identifier: MIT */
/* Words for the caller: templates filled in, said or played. */
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/utf8.h"
#include "step_private.h"
#include "template.h"

enum { RENDERED_MAX = 4000 }; /* bytes; Twilio takes 4096 characters in a Say */

static const struct flow_value no_prompt = {.number = FLOW_NO_NODE};

struct str step_field(const struct ivr_run *r, const char *name)
{
	return r->input ? form_get(r->input, str_of(name)) : STR("");
}

static struct str pair_value(const struct ivr_pair *pairs, uint32_t n, struct str name)
{
	for (uint32_t i = n; i > 0; i--)
		if (str_is(pairs[i - 1].name, name))
			return pairs[i - 1].value;
	return STR("");
}

static struct str variable(const struct ivr_run *r, struct str name)
{
	for (uint32_t i = r->n_set; i > 0; i--)
		if (str_is(r->set[i - 1].name, name))
			return r->set[i - 1].value;
	return pair_value(r->world->vars, r->world->n_vars, name);
}

static struct str business_name(const struct ivr_run *r)
{
	struct str own = flow_setting(r->flow, "businessName");
	return own.n > 0 ? own : r->world->business_name;
}

/* "call.x", and the platform's short names. */
static struct str call_value(const struct ivr_run *r, struct str name)
{
	const struct ivr_world *w = r->world;
	const struct ivr_pair known[] = {
		{STR("caller"), w->from}, {STR("sender"), w->from}, {STR("calledNumber"), w->to}, {STR("call.from"), w->from},
		{STR("call.to"), w->to}, {STR("call.sid"), w->call_sid}, {STR("call.session"), w->session_id},
		{STR("call.direction"), w->direction}, {STR("call.summary"), w->ai.summary}, {STR("number.e164"), w->to},
		{STR("business_name"), business_name(r)}, {STR("org.name"), business_name(r)}, {STR("lead.state"), w->lead},
		{STR("call.stirVerstat"), w->stir_verstat},
	};
	return pair_value(known, ARRAY_LEN(known), name);
}

struct str step_value(struct ivr_run *r, struct str name)
{
	if (str_starts(name, STR("vars.")))
		return variable(r, str_skip(name, 5));
	if (str_starts(name, STR("contact.")))
		return pair_value(r->world->contact, r->world->n_contact, str_skip(name, 8));
	if (str_is(name, STR("now")) || str_is(name, STR("time")))
		return str_of(arena_printf(r->arena, "%lld", (long long)(r->world->now_ms / 1000)));
	struct str v = call_value(r, name);
	return v.n > 0 ? v : variable(r, name);
}

static struct str template_value(struct str name, void *arg)
{
	return step_value(arg, name);
}

/* What is too long is cut between two characters. */
static size_t fitting(struct str s, size_t max)
{
	size_t n = 0;
	uint32_t code;
	for (int step; n < s.n; n += (size_t)step) {
		step = utf8_scan(str_skip(s, n), &code);
		step = step < 0 ? -step : step;
		if (n + (size_t)step > max)
			break;
	}
	return n;
}

struct str step_render(struct ivr_run *r, struct str text)
{
	struct buf b;
	if (!template_is_in(text))
		return text;
	char *mem = arena_alloc(r->arena, 2 * FLOW_BYTES_MAX);
	buf_init(&b, mem, mem ? 2 * FLOW_BYTES_MAX : 0);
	template_put(&b, text, template_value, r);
	struct str s = buf_str(&b);
	s.n = fitting(s, RENDERED_MAX);
	return s;
}

void step_open(struct ivr_run *r, const char *verb)
{
	r->n_verbs++;
	twiml_open(&r->xml, verb);
}

/* A document without one of its URLs would lose the call. */
void step_attr(struct ivr_run *r, const char *name, struct str value)
{
	r->xml.is_bad |= !value.p;
	twiml_attr(&r->xml, name, value);
}

static struct str prompt_or_setting(const struct ivr_run *r, const struct flow_value *prompt, const char *name)
{
	struct str own = flow_member(prompt, name)->text;
	return own.n > 0 ? own : flow_setting(r->flow, name);
}

static void put_loop(struct ivr_run *r, const struct flow_value *prompt)
{
	int64_t loop = flow_member(prompt, "loop")->number;
	if (loop > 1)
		twiml_attr_u64(&r->xml, "loop", (uint64_t)loop);
}

void step_say_as(struct ivr_run *r, const struct flow_value *prompt, struct str text)
{
	struct str words = step_render(r, text);
	if (words.n == 0)
		return;
	step_open(r, "Say");
	step_attr(r, "voice", prompt_or_setting(r, prompt, "voice"));
	step_attr(r, "language", prompt_or_setting(r, prompt, "language"));
	put_loop(r, prompt);
	twiml_text(&r->xml, words);
	twiml_close(&r->xml);
}

void step_say(struct ivr_run *r, struct str text)
{
	step_say_as(r, &no_prompt, text);
}

static void play(struct ivr_run *r, const struct flow_value *prompt, struct str what)
{
	struct str url = str_starts(what, STR("https://")) ? what : world_named(r->world->prompts, r->world->n_prompts, what);
	if (url.n == 0) {
		step_event(r, &r->flow->nodes[r->node], "prompt.missing", what.p);
		return;
	}
	step_open(r, "Play");
	put_loop(r, prompt);
	twiml_text(&r->xml, url);
	twiml_close(&r->xml);
}

void step_prompt(struct ivr_run *r, const struct flow_value *prompt)
{
	const struct flow_value *recorded = flow_member(prompt, "play");
	if (recorded->is_given)
		play(r, prompt, recorded->text);
	else
		step_say_as(r, prompt, flow_member(prompt, "say")->text);
}

void step_redirect(struct ivr_run *r, struct str url)
{
	step_open(r, "Redirect");
	r->xml.is_bad |= url.n == 0;
	twiml_attr(&r->xml, "method", STR("POST"));
	twiml_text(&r->xml, url);
	twiml_close(&r->xml);
}
