/* modelsim.h - a Realtime server (ga and beta) for tests and benches.  One thread.
 * Wire facts: REALTIME.md (OpenAI API reference, read 2026-11-23). */
#ifndef BENCH_MODELSIM_H
#define BENCH_MODELSIM_H

#include <jansson.h>

#include "../lib/options.h"
#include "../lib/tones.h"
#include "../lib/trace.h"
#include "../lib/websocket.h"

/* SPDX-License-Identifier: MIT */

enum { ID_BYTES = 32, FRAME_24K = 480, SESSIONS_MAX = 4096, TEXT_BYTES = 1 << 20, ITEMS_KEPT = 16 };

enum mode { MODE_ECHO, MODE_SPEECH, MODE_TOOL };

struct simulator { /* what the options say, and what all sessions share */
	struct loop *loop;
	SSL_CTX *tls;
	struct trace *trace;
	enum mode mode;
	long port, burst, delta_ms, answer_ms, seconds, expires_s;
	const char *listen, *cert, *key, *dialect, *api_key_file, *mode_name, *stats, *trace_file;
	const char *tool_name, *tool_args;
	bool is_quiet;
	struct option_list faults, speeches, said, understood;
	char api_key[512];
	struct speech { /* 24 kHz */
		int16_t *pcm;
		long ms;
	} answers[OPTION_LIST_MAX]; /* sim.speeches.n of them; none: frames coded by tones */
	uint8_t *coded_mulaw; /* TONES_CODES frames */
	int16_t *coded_24k;
	uint64_t connections, appends, truncates, deletes, cancels, responses, tool_outputs, created_items, errors_sent;
	uint64_t up_lost, up_doubled, up_reordered, up_unread;
};
extern struct simulator sim;

struct item {
	char id[ID_BYTES];
	int64_t sent_ms;
};

struct session {
	struct websocket ws; /* first */
	bool is_used, is_beta, is_pcmu, is_ready;
	uint64_t number;
	int call; /* index of the caller, from "sim=N" in the instructions; -1 */
	json_t *update;
	char model[64];
	/* what comes in */
	int16_t frame[TONES_FRAME];
	size_t n_frame, n_skip; /* samples of a frame of 8 kHz so far; of 24 kHz until the next */
	uint8_t odd;
	bool has_odd;
	int64_t in_ms;
	struct tones_order order;
	bool has_order;
	/* voice activity */
	bool is_speaking;
	int loud_frames, quiet_frames;
	int64_t speech_from_ms;
	char user_item[ID_BYTES];
	/* the response being given */
	bool is_active, has_sound, is_stale_wanted;
	char response[ID_BYTES], item[ID_BYTES];
	unsigned n_answers, n_turns; /* begun by us, heard of the caller */
	const int16_t *speech;	     /* that is the answer, or NULL */
	const char *said;
	int64_t sent_ms, answer_ms;
	int64_t first; /* number of the answer's first frame */
	int64_t down_next; /* number of the next answer's, when there is no trace to keep it */
	struct trace_answer *answer; /* in the trace; NULL */
	struct timer next_delta;
	struct item items[ITEMS_KEPT];
	unsigned n_items;
	bool has_called_tool;
	struct timer fault;
	const struct fault *fault_wanted;
};

/* events.c: what is said, in the session's dialect */
void say(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void new_id(char id[ID_BYTES], const char *prefix);
void say_session(struct session *s, const char *type);
void say_error(struct session *s, const char *type, const char *code, const char *message);
void say_response_begin(struct session *s);
void say_item_begin(struct session *s);
void say_delta(struct session *s, const char *base64, size_t n);
void say_item_end(struct session *s, const char *status);
void say_response_end(struct session *s, const char *status, const char *reason);
void say_tool_call(struct session *s, const char *name, const char *args);
void say_user_turn(struct session *s);

/* answers.c: responses */
void answers_init(void);
void answer_begin(struct session *s);
void answer_cancel(struct session *s, const char *reason);
void answer_echo(struct session *s, struct str base64);

/* sound.c: what the caller sends */
void sound_take(struct session *s, struct str base64);

/* session.c */
struct session *session_new(int fd);
void sessions_end(void);

/* faults.c */
struct fault {
	const char *kind;
	long args[3];
	uint64_t times; /* first connections only; 0: all */
};
void faults_read(void);
const struct fault *fault_find(const char *kind, uint64_t connection); /* NULL: not asked for */
int fault_on_head(struct session *s);				       /* non-zero: answered */
void faults_on_open(struct session *s);

#endif
