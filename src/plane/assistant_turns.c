/* SPDX-License-Identifier: MIT */
/* turn_detection and noise_reduction: who decides when the caller has spoken, and in what noise. */
#include <stdio.h>
#include <string.h>

#include "assistant_parse.h"
#include "ringdown/base/auto.h"

/* Servers' defaults differ from their own documents: everything is said (REALTIME.md 2). */
static const char server_vad[] = "{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,"
				 "\"silence_duration_ms\":500,\"create_response\":true,\"interrupt_response\":true}";
static const char semantic_vad[] =
	"{\"type\":\"semantic_vad\",\"eagerness\":\"auto\",\"create_response\":true,\"interrupt_response\":true}";

/* Beyond a minute nobody waits; the model's own limits are narrower, and it says so. */
enum { PAUSE_MAX_MS = 60000, IDLE_MIN_MS = 5000, IDLE_MAX_MS = 30000 };

static void check_threshold(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1)
		reader_wrong(r, v, pointer, "must be a number from 0 to 1");
}

static void check_pause(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	(void)reader_u32(r, v, pointer, 0, PAUSE_MAX_MS);
}

static void check_idle(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	if (!json_is_null(v))
		(void)reader_u32(r, v, pointer, IDLE_MIN_MS, IDLE_MAX_MS);
}

static void check_bool(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	(void)reader_bool(r, v, pointer);
}

static void check_eagerness(struct assistant_reader *r, const json_t *v, const char *pointer)
{
	static const char *const words[] = {"auto", "low", "medium", "high"};
	const char *text = json_string_value(v);
	for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0)
			return;
	reader_wrong(r, v, pointer, "must be \"auto\", \"low\", \"medium\" or \"high\"");
}

struct turn_key { /* check NULL: looked at already */
	const char *key;
	void (*check)(struct assistant_reader *r, const json_t *v, const char *pointer);
};
static const struct turn_key server_keys[] = {
	{"type", NULL},
	{"threshold", check_threshold},
	{"prefix_padding_ms", check_pause},
	{"silence_duration_ms", check_pause},
	{"create_response", check_bool},
	{"interrupt_response", check_bool},
	{"idle_timeout_ms", check_idle},
	{NULL, NULL},
};
static const struct turn_key semantic_keys[] = {
	{"type", NULL},
	{"eagerness", check_eagerness},
	{"create_response", check_bool},
	{"interrupt_response", check_bool},
	{NULL, NULL},
};

static void check_object(struct assistant_reader *r, const json_t *v, const struct turn_key *keys)
{
	const char *known[ARRAY_LEN(server_keys) + 1] = {0};
	char where[64];
	for (size_t i = 0; keys[i].key; i++)
		known[i] = keys[i].key;
	reader_known_keys(r, v, "/turn_detection", known);
	for (; keys->key; keys++) {
		const json_t *value = json_object_get(v, keys->key);
		snprintf(where, sizeof(where), "/turn_detection/%s", keys->key);
		if (value && keys->check)
			keys->check(r, value, where);
	}
}

static void check_turn_detection(struct assistant_reader *r, const json_t *v)
{
	const json_t *type = json_object_get(v, "type");
	const char *name = json_string_value(type);
	if (name && strcmp(name, "server_vad") == 0)
		check_object(r, v, server_keys);
	else if (name && strcmp(name, "semantic_vad") == 0)
		check_object(r, v, semantic_keys);
	else
		reader_wrong(r, type, "/turn_detection/type", "must be \"server_vad\" or \"semantic_vad\"");
}

void assistant_turn_defaults(struct assistant *a)
{
	a->turn_detection = str_of(server_vad);
	a->noise_reduction = STR("null");
}

void assistant_parse_turn_detection(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	const char *text = json_string_value(v);
	if (json_is_null(v)) {
		a->turn_detection = STR("null");
	} else if (text && strcmp(text, "server_vad") == 0) {
		a->turn_detection = str_of(server_vad);
	} else if (text && strcmp(text, "semantic_vad") == 0) {
		a->turn_detection = str_of(semantic_vad);
	} else if (json_is_object(v)) {
		check_turn_detection(r, v);
		a->turn_detection = reader_dump(r, v, "/turn_detection");
	} else {
		reader_wrong(r, v, "/turn_detection",
			"must be null, \"server_vad\", \"semantic_vad\" or an object");
	}
}

void assistant_parse_noise_reduction(struct assistant_reader *r, const json_t *v, struct assistant *a)
{
	const char *text = json_string_value(v);
	if (text && strcmp(text, "near_field") == 0)
		a->noise_reduction = STR("{\"type\":\"near_field\"}");
	else if (text && strcmp(text, "far_field") == 0)
		a->noise_reduction = STR("{\"type\":\"far_field\"}");
	else if (!json_is_null(v))
		reader_wrong(r, v, "/noise_reduction", "must be null, \"near_field\" or \"far_field\"");
}
