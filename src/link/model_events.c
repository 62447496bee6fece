/* SPDX-License-Identifier: MIT */
/* From the model's language (wire/realtime.h) to the call machine's (call/call.h). */
#include <errno.h>
#include <jansson.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "session.h"

enum { HOUR_FALLBACK_MS = 55 * 60 * 1000 }; /* expires_at already past: somebody's clock is wrong (F48) */

/* Kinds that become one event of the machine with their views copied over. */
static const struct {
	enum realtime_kind from;
	enum call_event_kind to;
} plain_events[] = {
	{REALTIME_SESSION_UPDATED, CALL_EV_SESSION_UPDATED},
	{REALTIME_RESPONSE_CREATED, CALL_EV_RESPONSE_CREATED},
	{REALTIME_ITEM_ADDED, CALL_EV_ITEM_ADDED},
	{REALTIME_AUDIO_DONE, CALL_EV_AUDIO_DONE},
	{REALTIME_TEXT_DELTA, CALL_EV_MODEL_TEXT},
	{REALTIME_TEXT_DONE, CALL_EV_MODEL_TEXT_DONE},
	{REALTIME_CALLER_TEXT, CALL_EV_CALLER_TEXT},
	{REALTIME_SPEECH_STARTED, CALL_EV_SPEECH_STARTED},
	{REALTIME_SPEECH_STOPPED, CALL_EV_SPEECH_STOPPED},
};

static struct call_event event_of(const struct realtime_event *ev, enum call_event_kind kind)
{
	return (struct call_event){
		.kind = kind,
		.response_id = ev->response_id,
		.item_id = ev->item_id,
		.call_id = ev->call_id,
		.name = ev->name,
		.role = ev->role,
		.status = ev->status,
		.reason = ev->reason,
		.text = ev->text,
	};
}

static void on_created(struct session *s, const struct realtime_event *ev, bool is_next)
{
	struct call_event e = event_of(ev, CALL_EV_SESSION_CREATED);
	e.is_next = is_next;
	if (ev->expires_at_s > 0) {
		int64_t left_ms = ev->expires_at_s * 1000 - clock_wall_ms();
		e.at_us = s->shard->now_us + (left_ms > 0 ? left_ms : HOUR_FALLBACK_MS) * 1000;
	}
	session_step(s, &e);
}

static void on_error(struct session *s, const struct realtime_event *ev, bool is_next)
{
	metric_add(METRIC_MODEL_ERRORS, 1);
	log_warning("call=%llu model error code=" STR_FMT " param=" STR_FMT " message=\"" STR_FMT "\"",
		(unsigned long long)s->tag, STR_ARG(ev->code), STR_ARG(ev->param), STR_ARG(ev->text));
	struct call_event e = event_of(ev, CALL_EV_MODEL_ERROR);
	e.name = ev->code;
	e.is_next = is_next;
	session_step(s, &e);
}

static void item_ends(struct session *s)
{
	session_finish_item(s);
	session_play(s);
}

static void on_response_done(struct session *s, const struct realtime_event *ev)
{
	struct call_event e = event_of(ev, CALL_EV_RESPONSE_DONE);
	bool is_good = ev->status.n == 0 || str_is(ev->status, STR("completed")) || str_is(ev->status, STR("cancelled"));
	e.name = ev->code;
	if (!is_good)
		log_warning("call=%llu model response status=" STR_FMT " reason=" STR_FMT " code=" STR_FMT,
			(unsigned long long)s->tag, STR_ARG(ev->status), STR_ARG(ev->reason), STR_ARG(ev->code));
	session_step(s, &e);
	item_ends(s);
}

/* A tool that cannot be run is answered at once, so that the model can say so. */
static void refuse_tool(struct session *s, const struct realtime_event *ev, const char *why)
{
	char text[256];
	struct buf b;
	metric_add(METRIC_TOOL_FAILURES, 1);
	log_warning("call=%llu tool=" STR_FMT " refused: %s", (unsigned long long)s->tag, STR_ARG(ev->name), why);
	struct call_event e = event_of(ev, CALL_EV_TOOL_REFUSED);
	buf_init(&b, text, sizeof(text));
	buf_put(&b, STR("{\"error\":"));
	buf_put_json(&b, str_of(why));
	buf_putc(&b, '}');
	e.text = buf_str(&b);
	session_step(s, &e);
}

static void free_json(json_t **j)
{
	json_decref(*j);
}

static void on_transfer(struct session *s, const struct realtime_event *ev, const struct assistant_tool *tool)
{
	AUTO(free_json) json_t *args = json_loadb(ev->text.p, ev->text.n, 0, NULL);
	struct str wanted = str_of(json_string_value(json_object_get(args, "target")));
	for (uint32_t i = 0; i < tool->n_targets; i++) {
		if (!str_is(tool->targets[i].name, wanted))
			continue;
		struct call_event e = event_of(ev, CALL_EV_TRANSFER);
		e.name = wanted;
		session_step(s, &e);
		return;
	}
	refuse_tool(s, ev, "target is not one of the names this tool lists");
}

static void on_tool_call(struct session *s, const struct realtime_event *ev)
{
	const struct assistant_tool *tool = assistant_tool(s->assistant, ev->name);
	if (!tool) {
		refuse_tool(s, ev, "there is no tool of this name");
		return;
	}
	switch (tool->kind) {
	case TOOL_END_CALL:
		session_step(s, &(struct call_event){.kind = CALL_EV_END_CALL,
				       .call_id = ev->call_id,
				       .response_id = ev->response_id,
				       .name = ev->name,
				       .text = ev->text});
		return;
	case TOOL_TRANSFER_CALL:
		on_transfer(s, ev, tool);
		return;
	case TOOL_WEBHOOK: {
		struct call_event e = event_of(ev, CALL_EV_TOOL_CALL);
		e.reason = tool->filler;
		session_step(s, &e);
		return;
	}
	}
}

static void on_event(struct session *s, const struct realtime_event *ev)
{
	for (size_t i = 0; i < ARRAY_LEN(plain_events); i++) {
		if (plain_events[i].from != ev->kind)
			continue;
		struct call_event e = event_of(ev, plain_events[i].to);
		session_step(s, &e);
		if (ev->kind == REALTIME_AUDIO_DONE)
			item_ends(s);
		return;
	}
	if (ev->kind == REALTIME_RESPONSE_DONE)
		on_response_done(s, ev);
	else if (ev->kind == REALTIME_SESSION_CREATED)
		on_created(s, ev, false);
	else if (ev->kind == REALTIME_ERROR)
		on_error(s, ev, false);
	else if (ev->kind == REALTIME_TOOL_CALL)
		on_tool_call(s, ev);
}

/* The session that is to take over is only being set up: nothing else of it concerns anybody yet. */
static void on_next_event(struct session *s, const struct realtime_event *ev)
{
	if (ev->kind == REALTIME_SESSION_CREATED)
		on_created(s, ev, true);
	else if (ev->kind == REALTIME_SESSION_UPDATED)
		session_step(s, &(struct call_event){.kind = CALL_EV_SESSION_UPDATED, .is_next = true});
	else if (ev->kind == REALTIME_ERROR)
		on_error(s, ev, true);
}

void model_on_message(struct model_leg *m, struct str message)
{
	struct session *s = m->session;
	bool is_next = m == s->next;
	const struct realtime_dialect *dialect = s->shard->shared->dialect;
	struct realtime_event ev;
	if (!is_next && realtime_scan_audio(dialect, message, &ev) == 0) {
		session_model_sound(s, &ev);
		return;
	}
	if (realtime_parse(dialect, message, &ev) < 0) {
		metric_add(METRIC_MODEL_BAD, 1);
		log_warning("call=%llu model message of %zu bytes is not an event, ignoring",
			(unsigned long long)s->tag, message.n);
		return;
	}
	if (is_next)
		on_next_event(s, &ev);
	else if (ev.kind == REALTIME_AUDIO_DELTA)
		session_model_sound(s, &ev);
	else
		on_event(s, &ev);
	realtime_event_done(&ev);
}
