/* SPDX-License-Identifier: MIT */
/* The keys of an assistant, as a table of rows: one function a key. */
#include "assistant_parse.h"

#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"

enum { INSTRUCTIONS_MAX = 65536, GREETING_MAX = 800, NAME_MAX_BYTES = 128, IDLE_MAX_S = 3600, DURATION_MAX_S = 86400 };

/* Servers' defaults differ from their own documents: everything is said (REALTIME.md 2). */
static const char default_turn_detection[] = "{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,"
					     "\"silence_duration_ms\":500,\"create_response\":true,"
					     "\"interrupt_response\":true}";
static const char semantic_turn_detection[] =
	"{\"type\":\"semantic_vad\",\"eagerness\":\"auto\",\"create_response\":true,\"interrupt_response\":true}";

static void on_instructions(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->instructions = reader_str(r, v, "/instructions", INSTRUCTIONS_MAX);
}

static void on_greeting(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->greeting_text = reader_str(r, v, "/greeting", GREETING_MAX);
	a->greeting = a->greeting_text.n > 0 ? ASSISTANT_GREETING_TEXT : ASSISTANT_GREETING_CALLER;
}

static void on_voice(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->voice = reader_str(r, v, "/voice", NAME_MAX_BYTES);
}

static void on_model(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->model = reader_str(r, v, "/model", NAME_MAX_BYTES);
}

static void on_audio(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	const char *text = json_string_value(v);
	a->is_pcmu = text && strcmp(text, "pcmu") == 0;
	if (!text || (!a->is_pcmu && strcmp(text, "pcm24k") != 0))
		reader_fault(r, "/audio", "must be \"pcm24k\" or \"pcmu\"");
}

static void check_turn_detection(struct assistant_reader *r, const json_t *v)
{
	static const char *const server_keys[] = {"type", "threshold", "prefix_padding_ms", "silence_duration_ms",
		"create_response", "interrupt_response", "idle_timeout_ms", NULL};
	static const char *const semantic_keys[] = {"type", "eagerness", "create_response", "interrupt_response", NULL};
	const char *type = json_string_value(json_object_get(v, "type"));
	if (type && strcmp(type, "server_vad") == 0)
		reader_known_keys(r, v, "/turn_detection", server_keys);
	else if (type && strcmp(type, "semantic_vad") == 0)
		reader_known_keys(r, v, "/turn_detection", semantic_keys);
	else
		reader_fault(r, "/turn_detection/type", "must be \"server_vad\" or \"semantic_vad\"");
}

static void on_turn_detection(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	const char *text = json_string_value(v);
	if (json_is_null(v)) {
		a->turn_detection = STR("null");
	} else if (text && strcmp(text, "server_vad") == 0) {
		a->turn_detection = str_of(default_turn_detection);
	} else if (text && strcmp(text, "semantic_vad") == 0) {
		a->turn_detection = str_of(semantic_turn_detection);
	} else if (json_is_object(v)) {
		check_turn_detection(r, v);
		a->turn_detection = reader_dump(r, v);
	} else {
		reader_fault(r, "/turn_detection", "must be null, \"server_vad\", \"semantic_vad\" or an object");
	}
}

static void on_noise_reduction(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	const char *text = json_string_value(v);
	if (text && strcmp(text, "near_field") == 0)
		a->noise_reduction = STR("{\"type\":\"near_field\"}");
	else if (text && strcmp(text, "far_field") == 0)
		a->noise_reduction = STR("{\"type\":\"far_field\"}");
	else if (!json_is_null(v))
		reader_fault(r, "/noise_reduction", "must be null, \"near_field\" or \"far_field\"");
}

static void on_idle(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->idle_prompt_s = reader_u32(r, v, "/idle_prompt_s", 0, IDLE_MAX_S);
}

static void on_duration(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->max_duration_s = reader_u32(r, v, "/max_duration_s", 0, DURATION_MAX_S);
}

static void on_recording(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	a->is_recorded = reader_bool(r, v, "/recording");
}

static const struct {
	const char *key;
	void (*read)(struct assistant_reader *r, const json_t *v, struct assistant *a);
} keys[] = {
	{"instructions", on_instructions},
	{"greeting", on_greeting},
	{"voice", on_voice},
	{"model", on_model},
	{"audio", on_audio},
	{"turn_detection", on_turn_detection},
	{"noise_reduction", on_noise_reduction},
	{"tools", assistant_parse_tools},
	{"idle_prompt_s", on_idle},
	{"max_duration_s", on_duration},
	{"recording", on_recording},
};

static void parse_object(struct assistant_reader *r, const json_t *doc, struct assistant *a)
{
	const char *known[ARRAY_LEN(keys) + 1] = {0};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		known[i] = keys[i].key;
	reader_known_keys(r, doc, "", known);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const json_t *v = json_object_get(doc, keys[i].key);
		if (v)
			keys[i].read(r, v, a);
	}
	if (!json_object_get(doc, "instructions"))
		reader_fault(r, "/instructions", "is missing: what should the assistant be told?");
}

static void free_json(json_t **j)
{
	json_decref(*j);
}

void assistant_parse(struct assistant_reader *r, struct assistant *ret)
{
	char path[4096];
	json_error_t error;
	ret->voice = STR("marin");
	ret->turn_detection = str_of(default_turn_detection);
	ret->noise_reduction = STR("null");
	snprintf(path, sizeof(path), "%s/%s", r->dir, r->file);
	AUTO(free_json) json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!doc)
		buf_printf(r->errors, "%s:%d:%d: %s\n", path, error.line, error.column, error.text);
	else if (!json_is_object(doc))
		reader_fault(r, "/", "must be an object");
	else
		parse_object(r, doc, ret);
}
