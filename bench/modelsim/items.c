/* SPDX-License-Identifier: MIT */
/* The conversation: its items, who adds them, and what becomes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelsim.h"

/* The newest barge-in is the one that a truncation or deletion belongs to. */
static void note_cut(const struct session *s, int32_t ms)
{
	struct trace_call *c = traced(s);
	uint32_t n = c ? atomic_load_explicit(&c->n_barges, memory_order_relaxed) : 0;
	if (n > 0)
		c->barges[n - 1].truncated_ms = ms;
}

static void remember(struct session *s, json_t *item)
{
	if (!s->config)
		return; /* the connection broke under it */
	if (!s->items)
		s->items = json_object();
	if (json_object_size(s->items) >= ITEMS_MAX)
		json_object_del(s->items, json_object_iter_key(json_object_iter(s->items)));
	json_object_set(s->items, text_of(item, "id"), item);
}

static json_t *with_previous(const char *previous, json_t *item)
{
	return json_pack("{ss? sO}", "previous_item_id", previous[0] ? previous : NULL, "item", item);
}

void item_add(struct session *s, json_t *item)
{
	remember(s, item);
	say_json(s, part(s, "conversation.item.added", "conversation.item.created"), with_previous(s->last_item, item));
	snprintf(s->last_item, sizeof(s->last_item), "%s", text_of(item, "id"));
	json_decref(item);
}

static void say_done(struct session *s, json_t *item, const char *previous)
{
	if (!s->is_beta)
		say_json(s, "conversation.item.done", with_previous(previous, item));
}

void item_finish(struct session *s, json_t *item)
{
	remember(s, item);
	say_done(s, item, "");
	json_decref(item);
}

void item_remember_sound(struct session *s)
{
	struct sound *i = &s->sounds[s->n_sounds++ % SOUNDS_KEPT];
	snprintf(i->id, sizeof(i->id), "%s", s->item);
	i->sent_ms = s->sent_ms;
}

void item_user_turn(struct session *s)
{
	char previous[ID_BYTES], length[64];
	double seconds = (double)s->uncommitted_ms / 1000;
	json_t *item = json_pack("{ss ss ss ss ss s[{ss sn}]}", "id", s->user_item, "object", "realtime.item", "type",
		"message", "status", "completed", "role", "user", "content", "type", "input_audio", "transcript");
	snprintf(previous, sizeof(previous), "%s", s->last_item);
	say_json(s, "input_audio_buffer.committed",
		json_pack("{ss? ss}", "previous_item_id", previous[0] ? previous : NULL, "item_id", s->user_item));
	item_add(s, json_incref(item));
	say_done(s, item, previous);
	json_decref(item);
	snprintf(length, sizeof(length), "(%lld ms of speech)", (long long)s->uncommitted_ms);
	const char *understood = list_at(&sim.understood, s->n_turns++);
	if (config_transcribes(s))
		say_json(s, "conversation.item.input_audio_transcription.completed",
			json_pack("{ss si ss s{ss sf}}", "item_id", s->user_item, "content_index", 0, "transcript",
				understood ? understood : length, "usage",
				"type", "duration", "seconds", seconds));
	s->uncommitted_ms = 0;
}

static bool has_call(const struct session *s, const char *call_id)
{
	const char *id;
	json_t *item;
	json_object_foreach(s->items, id, item)
	{
		if (strcmp(text_of(item, "type"), "function_call") == 0 && strcmp(text_of(item, "call_id"), call_id) == 0)
			return true;
	}
	return false;
}

/* True: refused, and said so. */
static bool is_refused(struct session *s, const json_t *ev, const json_t *item)
{
	const char *type = text_of(item, "type");
	bool is_output = strcmp(type, "function_call_output") == 0;
	if (!json_is_object(item))
		say_error(s, ev, "invalid_request_error", "missing_required_parameter", "item",
			"Missing required parameter: 'item'.");
	else if (!is_output && strcmp(type, "message") != 0 && strcmp(type, "function_call") != 0)
		say_error(s, ev, "invalid_request_error", "invalid_value", "item.type", "Invalid value of 'item.type'.");
	else if (is_output && !has_call(s, text_of(item, "call_id")))
		say_error(s, ev, "invalid_request_error", "invalid_tool_call_id", "item.call_id",
			"The tool call ID is not found in the conversation.");
	else if (json_object_get(s->items, text_of(item, "id")))
		say_error(s, ev, "invalid_request_error", "item_create_invalid_item_id", "item.id",
			"An item of that ID is in the conversation already.");
	else
		return false;
	return true;
}

void item_on_create(struct session *s, json_t *ev)
{
	char id[ID_BYTES], previous[ID_BYTES];
	json_t *item = json_object_get(ev, "item");
	if (is_refused(s, ev, item))
		return;
	sim.created_items++;
	sim.tool_outputs += strcmp(text_of(item, "type"), "function_call_output") == 0;
	new_id(id, "item_");
	if (!json_object_get(item, "id"))
		json_object_set_new(item, "id", json_string(id));
	json_object_set_new(item, "object", json_string("realtime.item"));
	json_object_set_new(item, "status", json_string("completed"));
	snprintf(previous, sizeof(previous), "%s", s->last_item);
	item_add(s, json_incref(item));
	say_done(s, item, previous);
}

/* The item named by the event; NULL: there is none, and that was said. */
static json_t *named(struct session *s, const json_t *ev, const char *code)
{
	char message[160];
	json_t *item = json_object_get(s->items, text_of(ev, "item_id"));
	if (item)
		return item;
	snprintf(message, sizeof(message), "The item with id '%.64s' does not exist.", text_of(ev, "item_id"));
	say_error(s, ev, "invalid_request_error", code, "item_id", message);
	return NULL;
}

void item_on_delete(struct session *s, json_t *ev)
{
	if (!named(s, ev, "item_delete_invalid_item_id"))
		return;
	sim.deletes++;
	note_cut(s, -2);
	say_json(s, "conversation.item.deleted", json_pack("{ss}", "item_id", text_of(ev, "item_id")));
	json_object_del(s->items, text_of(ev, "item_id"));
}

void item_on_retrieve(struct session *s, json_t *ev)
{
	json_t *item = named(s, ev, "item_retrieve_invalid_item_id");
	if (item)
		say_json(s, "conversation.item.retrieved", json_pack("{sO}", "item", item));
}

/* Milliseconds of sound that the item has; -1: it is none with sound. */
static int64_t sound_ms(const struct session *s, const char *id)
{
	if (s->is_active && s->has_sound && strcmp(id, s->item) == 0)
		return s->sent_ms;
	for (size_t i = 0; i < SOUNDS_KEPT; i++)
		if (s->sounds[i].id[0] && strcmp(s->sounds[i].id, id) == 0)
			return s->sounds[i].sent_ms;
	return -1;
}

static void cut_sound(struct session *s, const char *id, int64_t ms)
{
	for (size_t i = 0; i < SOUNDS_KEPT; i++)
		if (strcmp(s->sounds[i].id, id) == 0)
			s->sounds[i].sent_ms = ms;
}

void item_on_truncate(struct session *s, json_t *ev)
{
	char message[160];
	const char *id = text_of(ev, "item_id");
	const json_t *end = json_object_get(ev, "audio_end_ms"), *index = json_object_get(ev, "content_index");
	json_int_t ms = json_integer_value(end);
	if (!named(s, ev, "item_truncate_invalid_item_id"))
		return;
	int64_t has_ms = sound_ms(s, id);
	if (!json_is_integer(end) || ms < 0 || !json_is_integer(index) || json_integer_value(index) != 0) {
		say_error(s, ev, "invalid_request_error", "invalid_value",
			json_is_integer(end) && ms >= 0 ? "content_index" : "audio_end_ms", "Not a position in the item.");
		return;
	}
	if (has_ms < 0 || ms > has_ms) {
		snprintf(message, sizeof(message), "Audio content of %lldms is already shorter than %lldms",
			(long long)(has_ms < 0 ? 0 : has_ms), (long long)ms);
		say_error(s, ev, "invalid_request_error", "invalid_value", NULL, message);
		return;
	}
	sim.truncates++;
	note_cut(s, (int32_t)ms);
	cut_sound(s, id, ms);
	say_json(s, "conversation.item.truncated",
		json_pack("{ss si sI}", "item_id", id, "content_index", 0, "audio_end_ms", ms));
}
