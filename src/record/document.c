/* SPDX-License-Identifier: MIT */
#include "document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/utf8.h"

enum { TIME_BYTES = 32, REPLACEMENT_BYTES = 3 };

/* What jansson would not write (no UTF-8) or not read again (U+0000) becomes U+FFFD. */
static json_t *mended_string(struct str s)
{
	static const struct str replacement = {"\xef\xbf\xbd", REPLACEMENT_BYTES};
	char *mended = mem_alloc(REPLACEMENT_BYTES * s.n + 1);
	if (!mended)
		return NULL;
	size_t n = 0;
	while (s.n) {
		uint32_t code = 0;
		int length = utf8_scan(s, &code);
		size_t step = (size_t)(length < 0 ? -length : length);
		struct str part = length < 0 || code == 0 ? replacement : (struct str){s.p, step};
		memcpy(mended + n, part.p, part.n);
		n += part.n;
		s = str_skip(s, step);
	}
	json_t *j = json_stringn(mended, n);
	(void)mem_free(mended);
	return j;
}

static json_t *string_of(struct str s)
{
	if (!s.n)
		return json_string("");
	json_t *j = memchr(s.p, 0, s.n) ? NULL : json_stringn(s.p, s.n);
	return j ? j : mended_string(s);
}

static json_t *time_of(int64_t wall_ms)
{
	char text[TIME_BYTES];
	clock_format(wall_ms, text, sizeof(text));
	return json_string(text);
}

static bool is_document(const json_t *root)
{
	return json_is_array(json_object_get(root, "streams")) &&
	       json_is_array(json_object_get(root, "turns"));
}

/* "status" stands near the top: document_sweep() reads only the beginning of each file. */
static json_t *root_new(const char *call_sid)
{
	return json_pack("{s:s, s:s, s:n, s:s, s:s, s:s, s:[], s:[]}", "call_sid", call_sid,
		"status", "live", "result", "assistant", "", "caller", "", "called", "", "streams",
		"turns");
}

static void move_aside(const char *path)
{
	char aside[FILES_PATH_MAX];
	int n = snprintf(aside, sizeof(aside), "%s.bad", path);
	if (n > 0 && (size_t)n < sizeof(aside))
		(void)rename(path, aside);
}

/* 0 and NULL: there is none.  Only what was read and is no transcript is moved aside: a file that
 * cannot be opened for want of descriptors is as good as ever. */
static int root_load(const char *dir, const char *call_sid, json_t **ret_root)
{
	char path[FILES_PATH_MAX];
	json_error_t why;
	if (!files_path(path, sizeof(path), dir, str_of(call_sid), ".json"))
		return -ENAMETOOLONG;
	errno = 0;
	json_t *root = json_load_file(path, 0, &why);
	int error = errno;
	if (!root && json_error_code(&why) == json_error_cannot_open_file)
		return error == ENOENT || error == ENOTDIR ? 0 : -error;
	if (!root || !is_document(root)) {
		move_aside(path);
		json_decref(root);
		root = NULL;
	}
	*ret_root = root;
	return 0;
}

int document_open(const char *dir, const char *call_sid, struct document **ret_document)
{
	struct document *d = mem_alloc(sizeof(*d));
	if (!d)
		return -ENOMEM;
	(void)snprintf(d->call_sid, sizeof(d->call_sid), "%s", call_sid);
	int error = root_load(dir, call_sid, &d->root);
	if (!error && !d->root)
		d->root = root_new(call_sid);
	if (d->root) {
		*ret_document = d;
		return 0;
	}
	(void)document_free(d);
	return error ? error : -ENOMEM;
}

struct document *document_free(struct document *d)
{
	if (d)
		json_decref(d->root);
	return mem_free(d);
}

static json_t *stream_at(const struct document *d, int stream)
{
	return json_array_get(json_object_get(d->root, "streams"), (size_t)stream);
}

int document_add_stream(struct document *d, const struct document_stream *s)
{
	json_t *streams = json_object_get(d->root, "streams");
	json_t *stream = json_pack("{s:o, s:o, s:n, s:n, s:n, s:[]}", "stream_sid",
		string_of(str_of(s->stream_sid)), "started", time_of(s->started_ms), "ended",
		"result", "recording", "recordings");
	int number = (int)json_array_size(streams);
	if (!stream || json_array_append_new(streams, stream) < 0)
		return -ENOMEM;
	(void)json_object_set_new(d->root, "status", json_string("live"));
	(void)json_object_set_new(d->root, "result", json_null());
	(void)json_object_set_new(d->root, "assistant", string_of(str_of(s->assistant)));
	(void)json_object_set_new(d->root, "caller", string_of(str_of(s->caller)));
	(void)json_object_set_new(d->root, "called", string_of(str_of(s->called)));
	d->n_live++;
	d->call_tag = s->call_tag;
	d->is_dirty = true;
	return number;
}

/* Members that are the same for most turns are left out where they say nothing. */
static void set_text(json_t *turn, const char *name, struct str text)
{
	if (text.n)
		(void)json_object_set_new(turn, name, string_of(text));
}

int document_add_turn(struct document *d, int stream, const struct record_turn *turn, int64_t at_ms)
{
	json_t *turns = json_object_get(d->root, "turns");
	if (json_array_size(turns) >= DOCUMENT_TURNS_MAX)
		return -ENOSPC;
	json_t *j = json_pack("{s:s, s:o, s:o, s:i, s:I, s:I, s:I, s:I, s:b}", "kind", turn->kind,
		"text", string_of(turn->text), "at", time_of(at_ms), "stream", stream, "start_ms",
		(json_int_t)turn->start_ms, "end_ms", (json_int_t)turn->end_ms, "heard_ms",
		(json_int_t)turn->heard_ms, "total_ms", (json_int_t)turn->total_ms, "interrupted",
		turn->is_cut);
	if (!j || json_array_append_new(turns, j) < 0)
		return -ENOMEM;
	set_text(j, "cut_text", turn->cut_text);
	set_text(j, "item_id", turn->item_id);
	set_text(j, "call_id", turn->call_id);
	set_text(j, "name", turn->name);
	d->is_dirty = true;
	return 0;
}

static void name_recording(json_t *stream)
{
	json_t *first = json_array_get(json_object_get(stream, "recordings"), 0);
	json_t *file = json_object_get(first, "file");
	(void)json_object_set_new(stream, "recording", file ? json_incref(file) : json_null());
}

void document_add_recording(struct document *d, int stream, const char *file, uint32_t start_ms)
{
	json_t *s = stream_at(d, stream);
	json_t *part = json_pack("{s:s, s:I}", "file", file, "start_ms", (json_int_t)start_ms);
	(void)json_array_append_new(json_object_get(s, "recordings"), part);
	name_recording(s);
	d->is_dirty = true;
}

void document_drop_recording(struct document *d, int stream)
{
	json_t *s = stream_at(d, stream), *parts = json_object_get(s, "recordings");
	if (json_array_size(parts))
		(void)json_array_remove(parts, json_array_size(parts) - 1);
	name_recording(s);
	d->is_dirty = true;
}

/* The newest stream speaks for the call: one that it replaced may end after it. */
void document_end_stream(
	struct document *d, int stream, const char *status, const char *result, int64_t ended_ms)
{
	json_t *s = stream_at(d, stream);
	(void)json_object_set_new(s, "ended", time_of(ended_ms));
	(void)json_object_set_new(s, "result", string_of(str_of(result)));
	if ((size_t)stream + 1 == json_array_size(json_object_get(d->root, "streams")))
		(void)json_object_set_new(d->root, "result", string_of(str_of(result)));
	if (--d->n_live == 0)
		(void)json_object_set_new(d->root, "status", json_string(status));
	d->is_dirty = true;
}

static int root_save(const json_t *root, const char *dir, struct str call_sid)
{
	char path[FILES_PATH_MAX];
	AUTO(auto_free) char *text = json_dumps(root, JSON_INDENT(1));
	if (!text)
		return -ENOMEM;
	if (!files_path(path, sizeof(path), dir, call_sid, ".json"))
		return -ENAMETOOLONG;
	return files_replace(path, text, strlen(text));
}

int document_save(struct document *d, const char *dir)
{
	d->written_us = clock_now_us();
	int error = root_save(d->root, dir, str_of(d->call_sid));
	if (!error)
		d->is_dirty = false;
	return error;
}
