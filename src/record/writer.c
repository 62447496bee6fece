/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"

#include "opus_file.h"
#include "recorder.h"

enum { PARTS_MAX = 10000, NAME_BYTES = FILES_SID_MAX + 32, SAMPLES_A_MS = 8 };

static void name_part(const struct record_tap *t, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%s-%u.opus", t->call_sid, t->part);
}

static bool path_part(const struct recorder *r, const struct record_tap *t, char *dst, size_t size)
{
	char name[NAME_BYTES];
	name_part(t, name, sizeof(name));
	return files_path(dst, size, r->dir, str_of(name), "");
}

/* The next number that is free; earlier streams of the call have theirs. */
static int open_next(struct recorder *r, struct record_tap *t)
{
	char path[FILES_PATH_MAX];
	int error = -EEXIST;
	while (error == -EEXIST && t->part < PARTS_MAX) {
		t->part++;
		error = path_part(r, t, path, sizeof(path))
				? opus_file_new(
					  path, str_of(t->call_sid), r->bitrate, &t->track->file)
				: -ENAMETOOLONG;
	}
	return error;
}

static void open_part(struct recorder *r, struct record_tap *t, int64_t now_us)
{
	char name[NAME_BYTES];
	uint32_t part = t->part;
	int error = open_next(r, t);
	if (error) {
		t->part = part;
		t->retry_us = now_us + RECORDER_RETRY_US;
		recorder_failed(r, RECORDER_SOUND, t->call_tag, error);
		return;
	}
	name_part(t, name, sizeof(name));
	if (t->document)
		document_add_recording(
			t->document, t->stream, name, t->track->start / SAMPLES_A_MS);
}

/* A file that failed keeps what got into it; one that holds no sound goes away. */
static int close_part(struct recorder *r, struct record_tap *t)
{
	char path[FILES_PATH_MAX];
	struct opus_file *file = t->track->file;
	t->track->file = NULL;
	bool has_sound = false;
	int error = opus_file_close(file, &has_sound);
	if (has_sound)
		return error;
	if (path_part(r, t, path, sizeof(path)))
		(void)unlink(path);
	if (t->document)
		document_drop_recording(t->document, t->stream);
	return error;
}

static void count_lost(uint32_t n_samples)
{
	if (n_samples)
		metric_add(
			METRIC_RECORD_DROPS, (n_samples + TAP_SLOT_SAMPLES - 1) / TAP_SLOT_SAMPLES);
}

static void on_sound_error(struct recorder *r, struct record_tap *t, int error, int64_t now_us)
{
	recorder_failed(r, RECORDER_SOUND, t->call_tag, error);
	(void)close_part(r, t);
	t->retry_us = now_us + RECORDER_RETRY_US;
}

static int put_slot(struct track *k, const struct tap_slot *s, uint32_t *ret_lost)
{
	if (s->kind == TAP_SLOT_CUT) {
		track_cut(k, s->at);
		return 0;
	}
	enum track_channel c = s->kind == TAP_SLOT_CALLER ? TRACK_CALLER : TRACK_ASSISTANT;
	return track_put(k, c, s->at, s->sound, s->n_samples, ret_lost);
}

void writer_open(struct recorder *r, struct record_tap *t, int64_t now_us)
{
	const struct document_stream stream = {
		.stream_sid = t->stream_sid,
		.assistant = t->assistant,
		.caller = t->caller,
		.called = t->called,
		.call_tag = t->call_tag,
		.started_ms = t->started_ms,
	};
	t->document = r->has_transcripts ? shelf_find(r, t->call_sid, t->call_tag) : NULL;
	t->stream = t->document ? document_add_stream(t->document, &stream) : -ENOMEM;
	if (t->stream < 0)
		t->document = NULL;
	t->track = t->has_sound ? mem_alloc(sizeof(*t->track)) : NULL;
	if (t->track) {
		track_init(t->track);
		open_part(r, t, now_us);
	}
}

void writer_turn(struct recorder *r, struct record_tap *t, const struct record_turn *turn)
{
	(void)r;
	if (!t->document ||
		document_add_turn(t->document, t->stream, turn, t->started_ms + turn->start_ms) < 0)
		metric_add(METRIC_RECORD_DROPS, 1);
}

void writer_round(struct recorder *r, struct record_tap *t, int64_t now_us)
{
	const struct tap_slot *slot;
	uint32_t lost = 0;
	if (!t->has_sound)
		return;
	if (t->track && !t->track->file && now_us >= t->retry_us)
		open_part(r, t, now_us);
	while ((slot = ring_front(&t->ring))) {
		int error = t->track ? put_slot(t->track, slot, &lost) : 0;
		if (!t->track) /* there was no memory for it */
			lost += slot->n_samples;
		if (error)
			on_sound_error(r, t, error, now_us);
		ring_pop(&t->ring);
	}
	count_lost(lost);
	if (t->track && t->track->file && opus_file_has_sound(t->track->file))
		recorder_worked(r, RECORDER_SOUND);
}

void writer_finish(struct recorder *r, struct record_tap *t, const char *status)
{
	uint32_t lost = 0;
	if (t->track) {
		int error = track_finish(t->track, &lost);
		int close_error = t->track->file ? close_part(r, t) : 0;
		if (error || close_error)
			recorder_failed(
				r, RECORDER_SOUND, t->call_tag, error ? error : close_error);
	}
	count_lost(lost);
	if (t->document)
		document_end_stream(t->document, t->stream, status,
			t->result[0] ? t->result : "none", clock_wall_ms());
	t->track = mem_free(t->track);
}
