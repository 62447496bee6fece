/* SPDX-License-Identifier: MIT */
/* Responses: an echo without end, an answer of a known length in deltas, or the call of a tool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

enum { US_A_MS = 1000, WORDS_AHEAD_MS = 400, A_TOKEN_MS = 50 };

static json_t *response_json(const struct session *s, const char *status, json_t *details)
{
	bool is_over = strcmp(status, "in_progress") != 0;
	json_int_t tokens = s->sent_ms / A_TOKEN_MS;
	json_t *usage = !is_over ? json_null()
				 : json_pack("{sI si sI}", "total_tokens", tokens, "input_tokens", 0, "output_tokens", tokens);
	json_t *j = json_pack("{ss ss ss so sO so sn}", "object", "realtime.response", "id", s->response, "status", status,
		"status_details", details ? details : json_null(), "output", s->output, "usage", usage, "metadata");
	return json_pack("{so}", "response", j);
}

/* Members of all events about a part of the item. */
static json_t *at_item(const struct session *s)
{
	return json_pack("{ss ss si}", "response_id", s->response, "item_id", s->item, "output_index", 0);
}

static json_t *at_part(const struct session *s, const char *name, json_t *value)
{
	json_t *j = at_item(s);
	json_object_set_new(j, "content_index", json_integer(0));
	if (name)
		json_object_set_new(j, name, value);
	return j;
}

static json_t *said_so_far(const struct session *s)
{
	return json_stringn(s->said, s->n_said);
}

static json_t *message_json(const struct session *s, const char *status)
{
	bool is_begun = strcmp(status, "in_progress") == 0;
	json_t *item = json_pack("{ss ss ss ss ss s[]}", "id", s->item, "object", "realtime.item", "type", "message", "status",
		status, "role", "assistant", "content");
	if (!is_begun)
		json_array_append_new(json_object_get(item, "content"),
			json_pack("{ss so}", "type", part(s, "output_audio", "audio"), "transcript", said_so_far(s)));
	return item;
}

static void say_output_item(struct session *s, const char *type, json_t *item)
{
	say_json(s, type, json_pack("{ss si sO}", "response_id", s->response, "output_index", 0, "item", item));
}

static void begin_item(struct session *s, json_t *item)
{
	say_output_item(s, "response.output_item.added", item);
	item_add(s, item);
}

static void end_item(struct session *s, json_t *item)
{
	json_array_append(s->output, item);
	item_finish(s, json_incref(item));
	say_output_item(s, "response.output_item.done", item);
	json_decref(item);
}

static void begin_sound(struct session *s)
{
	s->has_sound = true;
	s->n_said = 0;
	begin_item(s, message_json(s, "in_progress"));
	say_json(s, "response.content_part.added",
		at_part(s, "part", json_pack("{ss ss}", "type", "audio", "transcript", "")));
}

static void end_sound(struct session *s, bool is_whole)
{
	item_remember_sound(s);
	speech_number_end(s, !is_whole);
	say_json(s, part(s, "response.output_audio.done", "response.audio.done"), at_part(s, NULL, NULL));
	say_json(s, part(s, "response.output_audio_transcript.done", "response.audio_transcript.done"),
		at_part(s, "transcript", said_so_far(s)));
	say_json(s, "response.content_part.done",
		at_part(s, "part", json_pack("{ss so}", "type", "audio", "transcript", said_so_far(s))));
	end_item(s, message_json(s, is_whole ? "completed" : "incomplete"));
}

static void end(struct session *s, const char *status, json_t *details)
{
	timer_disarm(sim.loop, &s->next_delta);
	if (s->has_sound)
		end_sound(s, strcmp(status, "completed") == 0);
	s->is_active = false;
	say_json(s, "response.done", response_json(s, status, details));
	json_decref(s->output);
	s->output = NULL;
}

static void say_delta(struct session *s, struct str base64)
{
	say(s, "\"type\":\"%s\",\"response_id\":\"%s\",\"item_id\":\"%s\",\"output_index\":0,\"content_index\":0,\"delta\":\"" STR_FMT "\"",
		part(s, "response.output_audio.delta", "response.audio.delta"), s->response, s->item, STR_ARG(base64));
}

/* Whole words of the transcript, a little ahead of the sound, as the model has them. */
static void say_words(struct session *s)
{
	size_t all = strlen(s->said), due = all;
	if (s->sent_ms + WORDS_AHEAD_MS < s->answer_ms) {
		due = all * (size_t)(s->sent_ms + WORDS_AHEAD_MS) / (size_t)s->answer_ms;
		while (due > s->n_said && s->said[due] != ' ')
			due--;
	}
	if (due <= s->n_said)
		return;
	json_t *words = json_stringn(s->said + s->n_said, due - s->n_said);
	s->n_said = due;
	say_json(s, part(s, "response.output_audio_transcript.delta", "response.audio_transcript.delta"),
		at_part(s, "delta", words));
}

static void send_delta(struct session *s, int64_t ms)
{
	say_words(s);
	if (fault_find("odd", s->number)) { /* a sample split between two deltas, and back again */
		say_delta(s, speech_odd_half(s, s->sent_ms, ms, false));
		say_delta(s, speech_odd_half(s, s->sent_ms, ms, true));
	} else {
		struct str base64 = speech_base64(s, s->sent_ms, ms);
		speech_trace_delta(s, ms);
		say_delta(s, base64);
	}
	s->sent_ms += ms;
}

static void on_next_delta(struct timer *t)
{
	struct session *s = container_of(t, struct session, next_delta);
	do {
		int64_t left = s->answer_ms - s->sent_ms;
		int64_t ms = sim.delta_ms < left ? sim.delta_ms : left;
		send_delta(s, ms < DELTA_MAX_MS ? ms : DELTA_MAX_MS);
	} while (!sim.burst && s->is_active && s->sent_ms < s->answer_ms);
	if (!s->is_active)
		return;
	if (s->sent_ms >= s->answer_ms)
		end(s, "completed", NULL);
	else
		timer_arm(sim.loop, t, t->at_us + sim.delta_ms * US_A_MS / sim.burst);
}

static void begin(struct session *s)
{
	sim.responses++;
	new_id(s->response, "resp_");
	new_id(s->item, "item_");
	s->is_active = true;
	s->has_sound = false;
	s->sent_ms = 0;
	s->said = "This is what I had to say";
	s->output = json_array();
	say_json(s, "response.created", response_json(s, "in_progress", NULL));
	say_json(s, "rate_limits.updated",
		json_pack("{s[{ss si si sf} {ss si si sf}]}", "rate_limits", "name", "requests", "limit", 10000, "remaining",
			9999, "reset_seconds", 0.006, "name", "tokens", "limit", 2000000, "remaining", 1995000, "reset_seconds",
			0.15));
}

static json_t *call_json(const struct session *s, const char *call_id, const char *status)
{
	bool is_begun = strcmp(status, "in_progress") == 0;
	return json_pack("{ss ss ss ss ss ss ss}", "id", s->item, "object", "realtime.item", "type", "function_call", "status",
		status, "name", sim.tool_name, "call_id", call_id, "arguments", is_begun ? "" : sim.tool_args);
}

static json_t *at_call(const struct session *s, const char *call_id, const char *name, const char *value)
{
	json_t *j = at_item(s);
	json_object_set_new(j, "call_id", json_string(call_id));
	json_object_set_new(j, name, json_string(value));
	return j;
}

static void call_tool(struct session *s)
{
	char call_id[ID_BYTES];
	new_id(call_id, "call_");
	s->has_called_tool = true;
	begin_item(s, call_json(s, call_id, "in_progress"));
	say_json(s, "response.function_call_arguments.delta", at_call(s, call_id, "delta", sim.tool_args));
	json_t *whole = at_call(s, call_id, "arguments", sim.tool_args);
	json_object_set_new(whole, "name", json_string(sim.tool_name));
	say_json(s, "response.function_call_arguments.done", whole);
	end_item(s, call_json(s, call_id, "completed"));
	end(s, "completed", NULL);
}

void answer_begin(struct session *s)
{
	if (s->is_active || sim.mode == MODE_ECHO)
		return;
	begin(s);
	if (fault_find("failed", s->number)) {
		end(s, "failed",
			json_pack("{ss s{ss ss ss}}", "type", "failed", "error", "type", "server_error", "code",
				"rate_limit_exceeded", "message", "Rate limit reached (simulated)."));
		return;
	}
	if (sim.mode == MODE_TOOL && !s->has_called_tool && sim.tool_name) {
		call_tool(s);
		return;
	}
	speech_choose(s);
	speech_number(s);
	begin_sound(s);
	if (!s->is_active)
		return; /* the connection broke under it */
	s->next_delta.fire = on_next_delta;
	timer_arm(sim.loop, &s->next_delta, loop_now_us(sim.loop) + sim.think_ms * US_A_MS);
}

void answer_cancel(struct session *s, const char *reason)
{
	if (!s->is_active || sim.mode == MODE_ECHO)
		return;
	bool is_stale_wanted = fault_find("stale", s->number) && s->has_sound;
	if (is_stale_wanted)
		send_delta(s, sim.delta_ms); /* late, but before the end is told */
	end(s, "cancelled", json_pack("{ss ss}", "type", "cancelled", "reason", reason));
	if (is_stale_wanted)
		say_delta(s, speech_base64(s, s->sent_ms, sim.delta_ms)); /* and one behind it */
}

void answer_echo(struct session *s, struct str base64)
{
	if (!s->is_active) {
		begin(s);
		begin_sound(s);
	}
	say_delta(s, base64);
}
