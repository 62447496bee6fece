/* SPDX-License-Identifier: MIT */
/* transfer-queue: the line, what is heard in it, and how it is left.  Announcements go by Twilio's QueueTime; the second
 * of the last one travels in the wait URL. */
#include <errno.h>
#include <string.h>

#include "step_private.h"

enum { ANNOUNCE_EVERY_S = 45, HOLD_PAUSE_S = 10, QUEUE_NAME_MAX = 64 };

static struct str queue_name(struct ivr_run *r, struct str queue)
{
	char *name = arena_printf(r->arena, STR_FMT "." STR_FMT, STR_ARG(r->world->org), STR_ARG(queue));
	struct str s = str_of(name);
	if (s.n > QUEUE_NAME_MAX)
		s.n = QUEUE_NAME_MAX;
	return s;
}

static void put_entry(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *skills = flow_get(n, "skills");
	struct ivr_effect *e = step_effect(r, IVR_QUEUE_ENTER, n);
	step_pair(r, e, "queue", flow_get(n, "queue")->text);
	step_pair_number(r, e, "priority", flow_get(n, "priority")->number);
	step_pair_number(r, e, "maxWait", flow_get(n, "maxWait")->number);
	for (uint32_t i = 0; i < skills->n; i++)
		step_pair(r, e, "skill", skills->items[i].text);
}

void queue_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct ivr_queue *q = world_queue(r->world, flow_get(n, "queue")->text);
	if (q && q->max_size > 0 && q->n_waiting >= q->max_size) {
		step_note(r, "the line is full");
		if (!step_go_first(r, n, "onFull", "onTimeout", NULL))
			step_fall(r, n);
		return;
	}
	put_entry(r, n);
	step_open(r, "Enqueue");
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", step_url(r, n, "left", 0));
	step_attr(r, "waitUrl", step_callback(r, "wait", n, "wait", 0));
	step_attr(r, "waitUrlMethod", STR("POST"));
	twiml_text(&r->xml, queue_name(r, flow_get(n, "queue")->text));
	twiml_close(&r->xml);
	step_end(r);
}

static bool is_key(struct ivr_run *r)
{
	return str_is(r->world->queue_exit, STR("key"));
}

static void left(struct ivr_run *r, const struct flow_node *n, struct str result)
{
	if (str_is(result, STR("bridged"))) {
		step_acted(r);
		step_next(r, n);
	} else if (str_is(result, STR("leave"))) {
		if (is_key(r) && step_go(r, flow_member(flow_get(n, "breakout"), "next")))
			step_acted(r);
		else if (!step_go_first(r, n, "onTimeout", NULL))
			step_fall(r, n);
	} else if (str_is(result, STR("queue-full"))) {
		if (!step_go_first(r, n, "onFull", "onTimeout", NULL))
			step_fall(r, n);
	} else if (str_starts(result, STR("redirected")) || str_is(result, STR("hangup"))) {
		step_end(r); /* somebody else has the call now, or nobody */
	} else {
		step_fail(r, "flow.error", "the line could not be entered");
	}
}

void queue_back(struct ivr_run *r, const struct flow_node *n)
{
	struct str result = step_field(r, "QueueResult");
	struct ivr_effect *e = step_effect(r, IVR_QUEUE_LEFT, n);
	bool is_abandoned = r->is_gone || str_is(result, STR("hangup"));
	step_pair(r, e, "queue", flow_get(n, "queue")->text);
	step_pair(r, e, "result", is_abandoned ? STR("abandoned") : result);
	step_pair(r, e, "seconds", step_field(r, "QueueTime"));
	step_note(r, STR_FMT, STR_ARG(is_abandoned ? STR("abandoned") : result));
	if (!r->is_gone)
		left(r, n, result);
}

/* ---- in the line ---- */

static uint64_t field_number(const struct ivr_run *r, const char *name)
{
	uint64_t n = 0;
	(void)str_u64(step_field(r, name), UINT32_MAX, &n);
	return n;
}

static void leave(struct ivr_run *r, const struct flow_node *n, const char *why)
{
	step_pair(r, step_effect(r, IVR_QUEUE_EXIT, n), "exit", str_of(why));
	step_open(r, "Leave");
	twiml_close(&r->xml);
	step_end(r);
}

static void put_position(struct ivr_run *r)
{
	uint64_t position = field_number(r, "QueuePosition"), average_s = field_number(r, "AvgQueueTime");
	if (position > 0)
		step_say(r, str_of(arena_printf(r->arena, "You are number %llu in line.", (unsigned long long)position)));
	if (average_s >= 60)
		step_say(r, str_of(arena_printf(r->arena, "The average wait is about %llu minutes.",
			(unsigned long long)((average_s + 30) / 60))));
}

static void announce(struct ivr_run *r, const struct flow_node *n, const struct ivr_queue *q)
{
	const struct flow_value *position = flow_get(n, "announcePosition");
	struct str own = flow_get(n, "announce")->text;
	if (position->is_given ? position->number : !q || q->announce_position)
		put_position(r);
	step_say(r, own.n > 0 || !q ? own : q->announce);
}

static void put_music(struct ivr_run *r, const struct ivr_queue *q)
{
	if (q && q->music_url.n > 0) {
		step_open(r, "Play");
		twiml_text(&r->xml, q->music_url);
		twiml_close(&r->xml);
		return;
	}
	step_open(r, "Pause");
	twiml_attr_u64(&r->xml, "length", HOLD_PAUSE_S);
	twiml_close(&r->xml);
}

static void put_wait(struct ivr_run *r, const struct flow_node *n, const struct ivr_queue *q)
{
	bool has_key = flow_get(n, "breakout")->is_given;
	if (has_key) {
		step_open(r, "Gather");
		twiml_attr_u64(&r->xml, "numDigits", 1);
		twiml_attr_u64(&r->xml, "timeout", 1);
		step_attr(r, "finishOnKey", STR(""));
		step_attr(r, "method", STR("POST"));
		step_attr(r, "action", step_callback(r, "wait", n, "key", r->state.index));
	}
	put_music(r, q);
	if (has_key)
		twiml_close(&r->xml);
}

/* index: 1 + the second of the last announcement; 0: none was made yet. */
int ivr_wait(struct ivr_run *r)
{
	const struct flow_node *n = &r->flow->nodes[r->node];
	const struct ivr_queue *q = world_queue(r->world, flow_get(n, "queue")->text);
	const struct flow_value *own = flow_get(n, "announceEvery");
	uint64_t every_s = own->is_given ? (uint64_t)own->number : q && q->announce_every_s > 0 ? q->announce_every_s : ANNOUNCE_EVERY_S;
	uint64_t now_s = field_number(r, "QueueTime");
	struct str digit = flow_member(flow_get(n, "breakout"), "digit")->text, pressed = step_field(r, "Digits");
	if (r->is_over || flow_type_of(n) != FLOW_TRANSFER_QUEUE)
		return -EINVAL;
	if (str_is(str_of(r->state.phase), STR("key")) && pressed.n > 0 && str_is(pressed, digit)) {
		leave(r, n, "key");
		return 0;
	}
	if (now_s >= (uint64_t)flow_get(n, "maxWait")->number) {
		leave(r, n, "timeout");
		return 0;
	}
	if (r->state.index == 0 || now_s + 1 >= r->state.index + every_s) {
		announce(r, n, q);
		r->state.index = (uint32_t)now_s + 1;
	}
	put_wait(r, n, q);
	step_redirect(r, step_callback(r, "wait", n, "wait", r->state.index));
	step_end(r);
	return 0;
}

/* ---- words for the one who is called ---- */

static void put_screening(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *s = flow_get(n, "screening");
	struct str key = flow_member(s, "key")->text;
	step_set(r, STR("key"), key);
	step_open(r, "Gather");
	step_attr(r, "input", STR("dtmf"));
	twiml_attr_u64(&r->xml, "numDigits", 1);
	twiml_attr_u64(&r->xml, "timeout", 8);
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", step_callback(r, "screen", n, "key", 0));
	step_say(r, flow_member(s, "message")->text);
	twiml_close(&r->xml);
	step_open(r, "Hangup");
	twiml_close(&r->xml);
}

/* An empty document connects the two. */
int ivr_whisper(struct ivr_run *r)
{
	const struct flow_node *n = &r->flow->nodes[r->node];
	struct str phase = str_of(r->state.phase), key = flow_member(flow_get(n, "screening"), "key")->text;
	if (str_is(phase, STR("screen"))) {
		put_screening(r, n);
	} else if (str_is(phase, STR("key")) && !str_is(step_field(r, "Digits"), key)) {
		step_open(r, "Hangup");
		twiml_close(&r->xml);
	} else {
		step_say(r, flow_member(flow_get(n, "whisper"), "message")->text);
	}
	step_end(r);
	return 0;
}
