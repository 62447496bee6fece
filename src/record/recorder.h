/* recorder.h - the recorder's thread: what it owns and its parts.  All functions here are its own.
 */
#ifndef RINGDOWN_RECORD_RECORDER_H
#define RINGDOWN_RECORD_RECORDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "ringdown/base/inbox.h"

#include "document.h"
#include "tap.h"

/* SPDX-License-Identifier: MIT */

enum {
	RECORDER_INBOX_SLOTS = 1024, /* turns on their way */
	RECORDER_TAPS_MAX = 4096,
	RECORDER_DOCUMENTS_MAX = 1024, /* of ended calls, kept while they cannot be written */
	RECORDER_POLL_MS = 100,
	RECORDER_STEADY_US = 1000000, /* without a failure before all is well again */
	RECORDER_RETRY_US = 2000000, /* between attempts */
	/* Of a transcript; with a poll and the time to write it, a crash costs at most 2 s of it. */
	RECORDER_CHECKPOINT_US = 1500000,
};

enum recorder_matter { RECORDER_SOUND, RECORDER_TRANSCRIPTS, RECORDER_MATTERS };

struct recorder_message { /* turn NULL: a new tap */
	struct record_tap *tap;
	struct record_turn *turn; /* with its texts in one block; the taker frees it */
};

struct recorder {
	struct inbox inbox;
	void *memory; /* what the allocator gave */
	char dir[FILES_PATH_MAX];
	uint32_t bitrate;
	bool has_transcripts;
	int wake_fd; /* eventfd */
	pthread_t thread;
	_Atomic bool is_stopping;
	_Atomic uint32_t n_taps; /* open, over all loops */

	/* the thread's */
	struct record_tap *taps;
	struct document *documents;
	bool is_failing[RECORDER_MATTERS];
	int64_t failed_us[RECORDER_MATTERS]; /* the last time */
};

/* writer.c: one stream */
void writer_open(struct recorder *r, struct record_tap *t, int64_t now_us);
void writer_turn(struct recorder *r, struct record_tap *t, const struct record_turn *turn);
void writer_round(
	struct recorder *r, struct record_tap *t, int64_t now_us); /* sound that has come */
void writer_finish(struct recorder *r, struct record_tap *t, const char *status);

/* shelf.c: the transcripts in memory */
/* In memory, from its file, or new.  NULL: failed, and told. */
struct document *shelf_find(struct recorder *r, const char *call_sid, uint64_t call_tag);
void shelf_round(struct recorder *r, int64_t now_us); /* writes what is due, frees what is done */
void shelf_finish(struct recorder *r);

/* One log line when a matter begins to fail and one when it works again. */
void recorder_failed(struct recorder *r, enum recorder_matter m, uint64_t call_tag, int error);
void recorder_worked(struct recorder *r, enum recorder_matter m);

#endif
