/* trace.h - times of each frame of each call, in a file that both simulators map: the machine has
 * one monotonic clock, so a difference of two stamps is the way through the bridge.  Each field has
 * one writer; a reader looks when the other side has long been there, or is at its end. */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { TRACE_CALLS = 1024, TRACE_FRAMES = 30000, TRACE_BARGES = 256, TRACE_ANSWERS = 1024 };

struct trace_barge {
	int64_t started_ns;		  /* model: speech_started sent */
	int64_t cleared_ns;		  /* caller: clear received */
	int32_t heard_ms;		  /* caller: of the item, by its play-out clock; -1 unknown */
	int32_t truncated_ms;		  /* model: audio_end_ms; -1: none came, -2: the item was deleted */
};

struct trace_answer { /* model; frames of a call's answers are numbered through, from 0 */
	int64_t first;	     /* number of its first frame */
	_Atomic int64_t end; /* behind its last one; -1: it is still being given */
	_Atomic bool is_cut; /* cancelled before its end */
};

struct trace_call {
	int64_t up_sent_ns[TRACE_FRAMES];   /* caller */
	int64_t up_got_ns[TRACE_FRAMES];    /* model */
	int64_t down_sent_ns[TRACE_FRAMES]; /* model; 0: no latency is to be taken from this frame */
	int64_t down_got_ns[TRACE_FRAMES];  /* caller */
	struct trace_barge barges[TRACE_BARGES];
	_Atomic uint32_t n_barges; /* model: begun */
	struct trace_answer answers[TRACE_ANSWERS];
	_Atomic uint32_t n_answers; /* model: begun */
	int64_t n_up;		    /* caller: coded frames sent */
	/* model */
	uint64_t up_lost, up_doubled, up_reordered, up_unread, up_replayed, up_frames, sessions;
	int64_t up_next;   /* number behind the highest that was heard */
	int64_t down_next; /* number of the next answer's first frame */
	int64_t last_up_ns, longest_up_gap_ns;
};

struct trace {
	struct trace_call calls[TRACE_CALLS]; /* sparse: only what is written takes room */
};

/* Maps the file, made when missing; NULL and a message on stderr. */
struct trace *trace_open(const char *path);
/* All zero again, as a hole in the file: callsim does it before its first call, as modelsim may live longer than one
 * run.  0, or -1 and a message. */
int trace_clear(struct trace *t);
int64_t trace_now_ns(void); /* CLOCK_MONOTONIC */

#endif
