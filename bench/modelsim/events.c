/* SPDX-License-Identifier: MIT */
/* Every server event that a voice session uses, in both dialects. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modelsim.h"

static char text[4 * TEXT_BYTES];

void new_id(char id[ID_BYTES], const char *prefix)
{
	static uint64_t last;
	snprintf(id, ID_BYTES, "%ssim%08llx", prefix, (unsigned long long)++last);
}

void say(struct session *s, const char *format, ...)
{
	char id[ID_BYTES];
	va_list ap;
	new_id(id, "event_");
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"event_id\":\"%s\",", id);
	va_start(ap, format);
	n += (size_t)vsnprintf(text + n, sizeof(text) - n - 1, format, ap);
	va_end(ap);
	if (n > sizeof(text) - 2)
		return; /* longer than any event we have words for */
	text[n++] = '}';
	ws_send(&s->ws, text, n);
}

/* "response.output_audio.delta" of ga is "response.audio.delta" of beta. */
static const char *part(const struct session *s, const char *ga, const char *beta)
{
	return s->is_beta ? beta : ga;
}

static json_t *default_session(const struct session *s)
{
	if (s->is_beta)
		return json_pack("{ss ss s[ss] s{ss} ss ss}", "instructions", "", "voice", "alloy", "modalities", "text",
			"audio", "turn_detection", "type", "server_vad", "input_audio_format", "pcm16",
			"output_audio_format", "pcm16");
	return json_pack("{ss s[s] ss s{s{s{sssi}} s{s{sssi}ss}} s[] ss}", "type", "realtime", "output_modalities",
		"audio", "instructions", "", "audio", "input", "format", "type", "audio/pcm", "rate", 24000, "output",
		"format", "type", "audio/pcm", "rate", 24000, "voice", "marin", "tools", "tool_choice", "auto");
}

void say_session(struct session *s, const char *type)
{
	char id[ID_BYTES];
	json_t *j = s->update ? json_deep_copy(s->update) : default_session(s);
	snprintf(id, sizeof(id), "sess_%08llx", (unsigned long long)s->number);
	json_object_set_new(j, "id", json_string(id));
	json_object_set_new(j, "object", json_string("realtime.session"));
	json_object_set_new(j, "model", json_string(s->model));
	json_object_set_new(j, "expires_at", json_integer((json_int_t)time(NULL) + sim.expires_s));
	char *dump = json_dumps(j, JSON_COMPACT);
	say(s, "\"type\":\"%s\",\"session\":%s", type, dump);
	free(dump);
	json_decref(j);
}

void say_error(struct session *s, const char *type, const char *code, const char *message)
{
	sim.errors_sent++;
	say(s, "\"type\":\"error\",\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":\"%s\",\"param\":null,\"event_id\":null}",
		type, code, message);
}

void say_response_begin(struct session *s)
{
	say(s,
		"\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"%s\",\"status\":\"in_progress\","
		"\"status_details\":null,\"output\":[],\"usage\":null,\"metadata\":null}",
		s->response);
}

static void say_assistant_item(struct session *s, const char *type, const char *lead, const char *status)
{
	bool is_begun = strcmp(status, "in_progress") == 0;
	char content[512] = "";
	if (!is_begun)
		snprintf(content, sizeof(content), "{\"type\":\"%s\",\"transcript\":\"%s\"}",
			part(s, "output_audio", "audio"), s->said);
	say(s,
		"\"type\":\"%s\",%s\"item\":{\"id\":\"%s\",\"object\":\"realtime.item\",\"type\":\"message\",\"status\":\"%s\","
		"\"role\":\"assistant\",\"content\":[%s]}",
		type, lead, s->item, status, content);
}

void say_item_begin(struct session *s)
{
	char lead[128];
	snprintf(lead, sizeof(lead), "\"response_id\":\"%s\",\"output_index\":0,", s->response);
	say_assistant_item(s, "response.output_item.added", lead, "in_progress");
	say_assistant_item(s, part(s, "conversation.item.added", "conversation.item.created"),
		"\"previous_item_id\":null,", "in_progress");
	say(s,
		"\"type\":\"response.content_part.added\",%s\"item_id\":\"%s\",\"content_index\":0,"
		"\"part\":{\"type\":\"audio\",\"transcript\":\"\"}",
		lead, s->item);
	say(s, "\"type\":\"%s\",%s\"item_id\":\"%s\",\"content_index\":0,\"delta\":\"%s\"",
		part(s, "response.output_audio_transcript.delta", "response.audio_transcript.delta"), lead, s->item, s->said);
}

void say_delta(struct session *s, const char *base64, size_t n)
{
	say(s, "\"type\":\"%s\",\"response_id\":\"%s\",\"item_id\":\"%s\",\"output_index\":0,\"content_index\":0,\"delta\":\"%.*s\"",
		part(s, "response.output_audio.delta", "response.audio.delta"), s->response, s->item, (int)n, base64);
}

void say_item_end(struct session *s, const char *status)
{
	char lead[128];
	snprintf(lead, sizeof(lead), "\"response_id\":\"%s\",\"output_index\":0,", s->response);
	say(s, "\"type\":\"%s\",%s\"item_id\":\"%s\",\"content_index\":0",
		part(s, "response.output_audio.done", "response.audio.done"), lead, s->item);
	say(s, "\"type\":\"%s\",%s\"item_id\":\"%s\",\"content_index\":0,\"transcript\":\"%s\"",
		part(s, "response.output_audio_transcript.done", "response.audio_transcript.done"), lead, s->item, s->said);
	say(s,
		"\"type\":\"response.content_part.done\",%s\"item_id\":\"%s\",\"content_index\":0,"
		"\"part\":{\"type\":\"audio\",\"transcript\":\"%s\"}",
		lead, s->item, s->said);
	if (!s->is_beta)
		say_assistant_item(s, "conversation.item.done", "\"previous_item_id\":null,", status);
	say_assistant_item(s, "response.output_item.done", lead, status);
}

void say_response_end(struct session *s, const char *status, const char *reason)
{
	char details[128] = "null";
	if (reason)
		snprintf(details, sizeof(details), "{\"type\":\"%s\",\"reason\":\"%s\"}", status, reason);
	say(s,
		"\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"%s\",\"status\":\"%s\","
		"\"status_details\":%s,\"output\":[],\"usage\":{\"total_tokens\":0,\"input_tokens\":0,\"output_tokens\":0},"
		"\"metadata\":null}",
		s->response, status, details);
}

void say_tool_call(struct session *s, const char *name, const char *args)
{
	char call_id[ID_BYTES], item[8192];
	json_t *quoted = json_string(args);
	char *words = json_dumps(quoted, JSON_ENCODE_ANY);
	new_id(call_id, "call_");
	snprintf(item, sizeof(item),
		"{\"id\":\"%s\",\"object\":\"realtime.item\",\"type\":\"function_call\",\"status\":\"completed\",\"name\":\"%s\","
		"\"call_id\":\"%s\",\"arguments\":%s}",
		s->item, name, call_id, words);
	say(s, "\"type\":\"response.output_item.added\",\"response_id\":\"%s\",\"output_index\":0,\"item\":%s", s->response,
		item);
	say(s,
		"\"type\":\"response.function_call_arguments.done\",\"response_id\":\"%s\",\"item_id\":\"%s\",\"output_index\":0,"
		"\"call_id\":\"%s\",\"name\":\"%s\",\"arguments\":%s",
		s->response, s->item, call_id, name, words);
	say(s, "\"type\":\"response.output_item.done\",\"response_id\":\"%s\",\"output_index\":0,\"item\":%s", s->response,
		item);
	free(words);
	json_decref(quoted);
}

/* What was understood: the next of the list, or its last again, or how long it was. */
static void put_understood(struct session *s, char *dst, size_t size)
{
	const struct option_list *list = &sim.understood;
	unsigned i = s->n_turns < list->n ? s->n_turns : list->n - 1;
	if (list->n)
		snprintf(dst, size, "%s", list->values[i]);
	else
		snprintf(dst, size, "(%lld ms of speech)", (long long)(s->in_ms - s->speech_from_ms));
	s->n_turns++;
}

void say_user_turn(struct session *s)
{
	char item[256], understood[512];
	put_understood(s, understood, sizeof(understood));
	snprintf(item, sizeof(item),
		"{\"id\":\"%s\",\"object\":\"realtime.item\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\","
		"\"content\":[{\"type\":\"input_audio\",\"transcript\":null}]}",
		s->user_item);
	say(s, "\"type\":\"input_audio_buffer.speech_stopped\",\"audio_end_ms\":%lld,\"item_id\":\"%s\"",
		(long long)s->in_ms, s->user_item);
	say(s, "\"type\":\"input_audio_buffer.committed\",\"previous_item_id\":null,\"item_id\":\"%s\"", s->user_item);
	say(s, "\"type\":\"%s\",\"previous_item_id\":null,\"item\":%s",
		part(s, "conversation.item.added", "conversation.item.created"), item);
	if (!s->is_beta)
		say(s, "\"type\":\"conversation.item.done\",\"previous_item_id\":null,\"item\":%s", item);
	say(s,
		"\"type\":\"conversation.item.input_audio_transcription.completed\",\"item_id\":\"%s\",\"content_index\":0,"
		"\"transcript\":\"%s\",\"usage\":{\"type\":\"duration\",\"seconds\":%lld}",
		s->user_item, understood, (long long)(s->in_ms - s->speech_from_ms) / 1000);
}
