/* callsim.h - Twilio callers for tests and benches: each opens a media stream, speaks and listens in real time.
 * One thread.  Wire facts: TWILIO.md 3 (Twilio "Media Streams - WebSocket Messages", read 2026-11-23). */
#ifndef BENCH_CALLSIM_H
#define BENCH_CALLSIM_H

#include <jansson.h>

#include "../lib/http.h"
#include "../lib/options.h"
#include "../lib/playout.h"
#include "../lib/tones.h"
#include "../lib/trace.h"
#include "../lib/websocket.h"
#include "ringdown/wire/form.h"

/* SPDX-License-Identifier: MIT */

enum {
	SID_BYTES = 35,
	URL_BYTES = 1024,
	FRAME_US = 20000,
	PAYLOAD_CHARS = 216, /* base64 of a frame */
	SPANS_KEPT = 64,
	PARAMETERS_MAX = 16,
	QUIET_TAIL_MS = 500, /* a call's last words have so long to arrive */
};

struct target { /* of a URL */
	char host[128], path[URL_BYTES];
	int port;
	bool is_tls;
};

struct parameter {
	char name[128], value[512];
};

struct samples { /* grows */
	int64_t *v;
	size_t n, cap;
};

struct counts {
	uint64_t frames, lost, doubled, reordered, unread, stale;
};

struct simulator { /* what the options say, and what all calls share */
	struct loop *loop;
	SSL_CTX *tls;
	struct trace *trace;
	long calls, seconds, ramp_ms, barge_ms, talk_ms, pause_ms, turns, hangup_after_ms, dtmf_after_ms, timed_after_ms;
	const char *url, *webhook, *ca_file, *token_option, *public_url, *heard, *dtmf, *from, *to, *pace;
	const char *trace_file, *json, *account;
	const char *call_sid, *stream_sid; /* NULL: made up */
	struct option_list parameters, wavs;
	char token[512];
	struct target at;
	int64_t timed_from_ns; /* what was sent before is counted, but its time is not taken */
	bool is_turns; /* callers speak and wait; else they speak all the time */
	char (*words)[PAYLOAD_CHARS]; /* what is said: frames of base64 */
	size_t first_word[OPTION_LIST_MAX + 1]; /* of each WAV, and behind the last one */
	char silence[PAYLOAD_CHARS];
	bool is_coded; /* words are the 256 codes */
	long live, started, connected, failed, refused, ended_by_bridge, streams, dialled, webhook_failed;
	uint64_t call_us; /* of all calls together, from start to end */
	uint64_t sent, marks_got, marks_echoed, clears, media_got, warnings;
	struct counts down;
	struct samples round_trip, late;
	int64_t longest_silence_us;
};
extern struct simulator sim;

/* voice.c: what a caller says in the next 20 ms */
struct voice {
	int64_t left;	    /* frames of this turn still to be said */
	size_t next;	    /* word of it */
	int64_t at_us;	    /* the next turn begins; INT64_MAX: when something happens */
	long turns;	    /* begun */
	bool was_answered;  /* since the last turn */
};
struct caller;
void words_init(void);
/* A payload of PAYLOAD_CHARS, or NULL: silence. */
const char *voice_next(struct caller *c, int64_t now_us);
void voice_answer_begins(struct caller *c, int64_t now_us);
void voice_answer_ends(struct caller *c, int64_t now_us);

/* hearing.c: what a caller hears, frame by frame */
struct span { /* from this position on, what is played belongs to an item that began at `base` */
	int64_t at, base;
};
struct hearing {
	int16_t frame[TONES_FRAME];
	size_t n_frame;
	int64_t frame_at; /* position of frame[0] */
	struct tones_order order;
	bool has_order, is_cleared;
	int64_t answer; /* index in the trace of the answer being heard; -1 */
	struct span spans[SPANS_KEPT];
	unsigned first_span, n_spans;
	struct bytes pending; /* mu-law queued but not played, when it is to be written */
	struct bytes heard;   /* mu-law played, from the stream's begin */
	int64_t n_heard;      /* position up to which `pending` was taken */
};
void hearing_take(struct caller *c, const uint8_t *mulaw, size_t n, int64_t now_us, int64_t now_ns);
/* Milliseconds of the item that is being played, by this caller's play-out clock; call before playout_clear. */
int32_t hearing_item_ms(struct caller *c, int64_t now_us);
void hearing_cleared(struct caller *c, int64_t dropped);
void hearing_end(struct caller *c, int64_t now_us); /* of the stream: another may follow */

struct web { /* the exchange's part of a call */
	struct http http;
	struct bytes doc; /* TwiML being followed */
	size_t at;	  /* in it */
	unsigned hops;
	char action[URL_BYTES], stream_url[URL_BYTES];
	struct timer next;
	void (*then)(struct caller *c);
};

struct caller {
	struct websocket ws;
	int index;
	bool is_open, was_open, is_hanging_up;
	char call_sid[SID_BYTES], stream_sid[SID_BYTES];
	int64_t began_us, ends_us;
	uint64_t sequence, chunk, frames;
	uint64_t n_coded; /* coded frames sent: number of the next */
	int64_t coded_us[TONES_CODES]; /* when the newest of each code was sent */
	size_t n_dtmf;
	struct timer tick, guard;
	struct playout playout;
	struct hearing hearing;
	struct voice voice;
	struct web web;
	struct parameter parameters[PARAMETERS_MAX]; /* of the TwiML */
	unsigned n_parameters;
};

/* caller.c */
void caller_start(struct caller *c, int index);
void caller_open_stream(struct caller *c);
void caller_over(struct caller *c); /* the call's last event */

/* webhook.c: TwiML */
void webhook_begin(struct caller *c);
void webhook_stream_ended(struct caller *c); /* by the bridge, or because the caller hung up */

/* stream.c: the messages */
void stream_say_start(struct caller *c);
void stream_say_media(struct caller *c, const char *payload, size_t n);
void stream_say_dtmf(struct caller *c, char digit);
void stream_say_stop(struct caller *c);
void stream_echo_marks(struct caller *c);
void stream_take(struct caller *c, struct str text);

/* target.c: where to and as whom */
int target_read(struct target *t, const char *url); /* 0, or -1: no URL of ws, wss, http, https */
/* The path of a URL, absolute or not, with its query; a stream's has none (Twilio strips it). */
void target_path(const char *url, bool is_stream, char *ret_path, size_t size);
/* Header lines, each with its end; the signature among them when there is a token.  url: as TwiML has it; NULL: the
 * one of the options, with this path. */
void target_head_of_stream(const char *url, const char *path, char *ret_head, size_t size);
void target_head_of_post(const char *url, const char *path, const struct form *form, char *ret_head, size_t size);

/* report.c */
void samples_put(struct samples *s, int64_t v);
void report_write(void);

#endif
