/* SPDX-License-Identifier: MIT */
/* The keys of an assistant, as a table of rows: one function a key. */
#include "assistant_parse.h"

#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"

enum { INSTRUCTIONS_MAX = 65536, GREETING_MAX = 800, NAME_MAX_BYTES = 128, IDLE_MAX_S = 3600, DURATION_MAX_S = 86400 };

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
	if (json_is_string(v) && json_string_length(v) == 0)
		reader_wrong(r, v, "/voice", "must be a voice of the model, such as \"marin\"");
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
		reader_wrong(r, v, "/audio", "must be \"pcm24k\" or \"pcmu\"");
}

static void on_enhance(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	static const char right[] = "must be a list of \"denoise\" and \"agc\", both or one of them";
	const json_t *stage;
	size_t i;
	if (!json_is_array(v))
		reader_wrong(r, v, "/enhance", right);
	json_array_foreach(v, i, stage) {
		struct str name = str_of(json_string_value(stage));
		a->has_denoise |= str_is(name, STR("denoise"));
		a->has_agc |= str_is(name, STR("agc"));
		if (!str_is(name, STR("denoise")) && !str_is(name, STR("agc")))
			reader_wrong(r, stage, "/enhance", right);
	}
	if (a->is_pcmu && (a->has_denoise || a->has_agc))
		reader_wrong(r, v, "/enhance", "works with \"audio\": \"pcm24k\" only: what passes through is not looked at");
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
	{"turn_detection", assistant_parse_turn_detection},
	{"noise_reduction", assistant_parse_noise_reduction},
	{"tools", assistant_parse_tools},
	{"enhance", on_enhance},
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
		reader_wrong(r, NULL, "/instructions", "what should the assistant be told?");
}

void assistant_parse(struct assistant_reader *r, struct assistant *ret)
{
	char path[4096];
	json_error_t error;
	ret->voice = STR("marin");
	assistant_turn_defaults(ret);
	snprintf(path, sizeof(path), "%s/%s", r->dir, r->file);
	AUTO(json_decrefp) json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!doc)
		buf_printf(r->errors, "%s:%d:%d: %s\n", path, error.line, error.column, error.text);
	else if (!json_is_object(doc))
		reader_wrong(r, doc, "/", "must be an object");
	else
		parse_object(r, doc, ret);
}
