/* document.h - the transcript file of one call: all its streams and turns, as JSON.  In memory
 * while a stream of it lives.  The recorder's thread only, but for record_load(). */
#ifndef RINGDOWN_RECORD_DOCUMENT_H
#define RINGDOWN_RECORD_DOCUMENT_H

#include <jansson.h>

#include "ringdown/record/record.h"

#include "files.h"

/* SPDX-License-Identifier: MIT */

enum { DOCUMENT_TURNS_MAX = 10000 };

struct document {
	struct document *next;
	char call_sid[FILES_SID_MAX + 1];
	json_t *root;	   /* owned */
	uint32_t n_live;   /* taps that still add to it */
	uint64_t call_tag; /* of the last stream, for log lines */
	bool is_dirty;
	bool has_failed;    /* the last attempt to write it */
	int64_t written_us; /* last attempt; 0: never */
};

struct document_stream { /* what a new stream brings */
	const char *stream_sid, *assistant, *caller, *called;
	uint64_t call_tag;
	int64_t started_ms; /* wall clock */
};

/* Goes on with the file if there is one (a resumed call).  A file that is no transcript is
 * moved aside.  0 or -errno. */
int document_open(const char *dir, const char *call_sid, struct document **ret_document);
struct document *document_free(struct document *d);

int document_add_stream(
	struct document *d, const struct document_stream *s); /* its number, or -ENOMEM */
/* at_ms: wall clock of its start.  0, -ENOMEM or -ENOSPC (too many turns). */
int document_add_turn(
	struct document *d, int stream, const struct record_turn *turn, int64_t at_ms);
/* One of the sound files of the stream, beginning start_ms into it. */
void document_add_recording(struct document *d, int stream, const char *file, uint32_t start_ms);
void document_drop_recording(struct document *d, int stream); /* the last one: it came to nothing */
/* status: "ended" or "interrupted", for the call when no other stream of it lives. */
void document_end_stream(
	struct document *d, int stream, const char *status, const char *result, int64_t ended_ms);
int document_save(struct document *d, const char *dir); /* 0 or -errno */
/* Marks transcripts that a crash left "live" as "interrupted".  Returns how many. */
int document_sweep(const char *dir);

#endif
