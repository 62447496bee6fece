/* record.h - the recorder: what caller and assistant said and when it was heard, as two-channel Ogg
 * Opus (left caller, right assistant) and a transcript in JSON.  One thread of its own does all
 * file work; loops hand it sound through one SPSC ring a call and turns through an inbox.  A full
 * disk, a full ring or a slow file never reaches the call: slots are dropped and counted. Files:
 * <dir>/<CallSid>-<n>.opus and <dir>/<CallSid>.json (one a call, all its streams).  The transcript
 * is rewritten (temporary file, fsync, rename) at most every 1.5 s while the call lives. */
#ifndef RINGDOWN_RECORD_RECORD_H
#define RINGDOWN_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct recorder;
struct record_tap; /* one call's end of it */

struct recorder_settings {
	const char *dir;      /* borrowed; must exist and be writable */
	uint32_t bitrate;     /* Opus bits a second for both channels; 0 = 32000 */
	bool has_transcripts; /* write transcripts */
};

/* NULL and errno: the directory cannot be used.  Transcripts left "live" by a crash become
 * "interrupted". */
struct recorder *recorder_new(const struct recorder_settings *s);
/* Finishes every file, joins the thread; taps still open end "interrupted" and may not be used any
 * more. NULL is fine; returns NULL. */
struct recorder *recorder_free(struct recorder *r);

struct record_call {
	struct str call_sid, stream_sid, assistant, caller, called; /* copied */
	uint64_t call_tag;					    /* for log lines: call=<tag> */
	bool has_sound;						    /* write the Opus file */
};
/* Any loop thread.  NULL: the CallSid is no file name ([A-Za-z0-9]{1,64}), there is nothing to
 * record, no memory or too many; the call goes on unrecorded. */
struct record_tap *record_open(struct recorder *r, const struct record_call *c);

/* The loop thread of the call only, as all below.  at_ms: since the stream began.  n_samples <=
 * 160. Sound of a channel goes on where its last sound ended, unless at_ms is more than 1 s
 * (caller) or 60 ms (assistant) ahead of that: jitter of messages makes no gaps. */
void record_caller(struct record_tap *t, uint32_t at_ms, const uint8_t *mulaw, uint32_t n_samples);
/* at_ms: when the caller will hear it. */
void record_voice(
	struct record_tap *t, uint32_t at_ms, const uint8_t *mulaw, uint32_t n_samples);
/* What was to be heard from at_ms on was cleared. */
void record_cut(struct record_tap *t, uint32_t at_ms);

struct record_turn { /* copied */
	/* "caller", "assistant", "tool_call", "tool_output", "dtmf", "note": a literal (from
	 * record_load: borrowed, as the views are) */
	const char *kind;
	struct str text, cut_text, item_id, call_id, name;
	uint32_t start_ms, end_ms, heard_ms, total_ms;
	bool is_cut;
};
void record_turn(struct record_tap *t, const struct record_turn *turn);
/* Frees the tap.  result: "complete", "transfer:<target>", "failed", "limit", or "none" (the call
 * may come back). */
void record_close(struct record_tap *t, struct str result);

/* The conversation of a call from its transcript file: blocking, for the plane's thread.  Calls
 * turn_fn for each turn in order.  -ENOENT: none; -EBADMSG: not readable. */
typedef void record_turn_fn(const struct record_turn *turn, void *arg);
int record_load(const char *dir, struct str call_sid, record_turn_fn *turn_fn, void *arg);

#endif
