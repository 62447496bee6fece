/* SPDX-License-Identifier: MIT */
/* The session object: what is in force, and what a session.update may change in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

enum { SILENCE_MS = 500, PADDING_MS = 300, SEMANTIC_SILENCE_MS = 600 };

static const char ga_default[] =
	"{\"type\":\"realtime\",\"output_modalities\":[\"audio\"],\"instructions\":\"\",\"audio\":{\"input\":{\"format\":"
	"{\"type\":\"audio/pcm\",\"rate\":24000},\"noise_reduction\":null,\"transcription\":null,\"turn_detection\":"
	"{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,\"silence_duration_ms\":500,"
	"\"idle_timeout_ms\":null,\"create_response\":true,\"interrupt_response\":true}},\"output\":{\"format\":"
	"{\"type\":\"audio/pcm\",\"rate\":24000},\"voice\":\"marin\",\"speed\":1.0}},\"tools\":[],\"tool_choice\":\"auto\","
	"\"max_output_tokens\":\"inf\",\"truncation\":\"auto\",\"tracing\":null,\"prompt\":null,\"include\":null}";
static const char beta_default[] =
	"{\"modalities\":[\"text\",\"audio\"],\"instructions\":\"\",\"voice\":\"alloy\",\"input_audio_format\":\"pcm16\","
	"\"output_audio_format\":\"pcm16\",\"input_audio_transcription\":null,\"turn_detection\":{\"type\":\"server_vad\","
	"\"threshold\":0.5,\"prefix_padding_ms\":300,\"silence_duration_ms\":500,\"create_response\":true,"
	"\"interrupt_response\":true},\"tools\":[],\"tool_choice\":\"auto\",\"temperature\":0.8,"
	"\"max_response_output_tokens\":\"inf\"}";

static const char *const ga_keys[] = {"type", "model", "instructions", "output_modalities", "audio", "include", "tracing",
	"tools", "tool_choice", "parallel_tool_calls", "reasoning", "max_output_tokens", "truncation", "prompt"};
static const char *const beta_keys[] = {"model", "instructions", "modalities", "voice", "input_audio_format",
	"output_audio_format", "input_audio_transcription", "input_audio_noise_reduction", "turn_detection", "tools",
	"tool_choice", "temperature", "max_response_output_tokens", "speed", "tracing", "truncation", "include", "prompt"};

static const json_t *at(const json_t *j, const char *const *path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		j = json_object_get(j, path[i]);
	return j;
}

/* audio.input.<ga> of ga is <beta> of beta. */
static const json_t *input_setting(const struct session *s, const char *ga, const char *beta)
{
	const char *const path[] = {"audio", "input", ga};
	return s->is_beta ? json_object_get(s->config, beta) : at(s->config, path, ARRAY_LEN(path));
}

static bool is_pcmu(const struct session *s, const char *direction, const char *beta)
{
	const char *const path[] = {"audio", direction, "format"};
	if (s->is_beta)
		return strcmp(text_of(s->config, beta), "g711_ulaw") == 0;
	return strcmp(text_of(at(s->config, path, ARRAY_LEN(path)), "type"), "audio/pcmu") == 0;
}

static long number_or(const json_t *j, const char *name, long otherwise)
{
	const json_t *v = json_object_get(j, name);
	return json_is_number(v) ? (long)json_number_value(v) : otherwise;
}

static void apply(struct session *s)
{
	const json_t *turns = input_setting(s, "turn_detection", "turn_detection");
	bool is_semantic = strcmp(text_of(turns, "type"), "semantic_vad") == 0;
	long silence_ms = is_semantic ? SEMANTIC_SILENCE_MS : number_or(turns, "silence_duration_ms", SILENCE_MS);
	s->vad = (struct vad){
		.is_on = json_is_object(turns),
		.creates = !json_is_false(json_object_get(turns, "create_response")),
		.interrupts = !json_is_false(json_object_get(turns, "interrupt_response")),
		.quiet_frames = silence_ms < FRAME_IN_MS ? 1 : (int)(silence_ms / FRAME_IN_MS),
		.padding_ms = number_or(turns, "prefix_padding_ms", PADDING_MS),
	};
	s->in_pcmu = is_pcmu(s, "input", "input_audio_format");
	s->out_pcmu = is_pcmu(s, "output", "output_audio_format");
}

bool config_transcribes(const struct session *s)
{
	return json_is_object(input_setting(s, "transcription", "input_audio_transcription"));
}

void config_begin(struct session *s)
{
	char id[ID_BYTES];
	snprintf(id, sizeof(id), "sess_sim%08llx", (unsigned long long)s->number);
	json_decref(s->config);
	s->config = json_loads(s->is_beta ? beta_default : ga_default, 0, NULL);
	json_object_set_new(s->config, "object", json_string("realtime.session"));
	json_object_set_new(s->config, "id", json_string(id));
	json_object_set_new(s->config, "model", json_string(s->model));
	json_object_set_new(s->config, "expires_at", json_integer((json_int_t)time(NULL) + sim.expires_s));
	apply(s);
}

void config_say(struct session *s, const char *type)
{
	say_json(s, type, json_pack("{sO}", "session", s->config));
}

/* Objects are merged member by member; turn_detection, of which there are two kinds, and all else is replaced. */
static void merge(json_t *to, json_t *from)
{
	const char *key;
	json_t *v;
	json_object_foreach(from, key, v)
	{
		json_t *old = json_object_get(to, key);
		if (json_is_object(v) && json_is_object(old) && strcmp(key, "turn_detection") != 0)
			merge(old, v);
		else
			json_object_set_new(to, key, json_deep_copy(v));
	}
}

static bool is_known(const struct session *s, const char *key)
{
	const char *const *keys = s->is_beta ? beta_keys : ga_keys;
	size_t n = s->is_beta ? ARRAY_LEN(beta_keys) : ARRAY_LEN(ga_keys);
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* True: refused, and said so. */
static bool is_refused(struct session *s, const json_t *ev, json_t *session)
{
	const char *key;
	json_t *v;
	char param[128], message[160];
	if (!json_is_object(session) || (!s->is_beta && !json_object_get(session, "type"))) {
		const char *missing = json_is_object(session) ? "session.type" : "session";
		snprintf(message, sizeof(message), "Missing required parameter: '%s'.", missing);
		say_error(s, ev, "invalid_request_error", "missing_required_parameter", missing, message);
		return true;
	}
	json_object_foreach(session, key, v)
	{
		if (is_known(s, key))
			continue;
		snprintf(param, sizeof(param), "session.%.100s", key);
		snprintf(message, sizeof(message), "Unknown parameter: '%s'.", param);
		say_error(s, ev, "invalid_request_error", "unknown_parameter", param, message);
		return true;
	}
	return false;
}

static void find_call(struct session *s)
{
	const char *found = strstr(text_of(s->config, "instructions"), "sim=");
	long call = found ? strtol(found + 4, NULL, 10) : -1;
	if (s->call >= 0 || call < 0 || call >= TRACE_CALLS)
		return;
	s->call = (int)call;
	if (sim.trace)
		sim.trace->calls[call].sessions++;
}

void config_update(struct session *s, const json_t *ev)
{
	json_t *session = json_object_get(ev, "session");
	if (is_refused(s, ev, session))
		return;
	if (json_object_get(session, "model") && strcmp(text_of(session, "model"), s->model) != 0) {
		say_error(s, ev, "invalid_request_error", "invalid_value", "session.model", "The model cannot be changed.");
		return;
	}
	merge(s->config, session);
	apply(s);
	find_call(s);
	config_say(s, "session.updated");
}
