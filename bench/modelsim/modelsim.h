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

enum {
	ID_BYTES = 64, /* a client may name its items: 32 characters at most */
	FRAME_24K = 480,
	FRAME_IN_MS = 20,
	SESSIONS_MAX = 4096,
	TEXT_BYTES = 1 << 20,
	SOUNDS_KEPT = 64, /* items whose length is still known */
	ITEMS_MAX = 256,  /* items of a conversation that are remembered */
	DELTA_MAX_MS = 2000,
	FAULTS_TIMED = 5,
};

enum mode { MODE_ECHO, MODE_SPEECH, MODE_TOOL };

struct simulator { /* what the options say, and what all sessions share */
	struct loop *loop;
	SSL_CTX *tls;
	struct trace *trace;
	enum mode mode;
	long port, burst, delta_ms, answer_ms, seconds, expires_s, think_ms;
	const char *listen, *cert, *key, *dialect, *api_key_file, *mode_name, *stats, *trace_file;
	const char *tool_name, *tool_args;
	struct option_list faults, speeches, said, understood;
	char api_key[512];
	struct speech { /* 24 kHz */
		int16_t *pcm;
		long ms;
	} answers[OPTION_LIST_MAX]; /* sim.speeches.n of them; none: frames coded by tones */
	uint64_t connections, appends, truncates, deletes, cancels, responses, tool_outputs, created_items, errors_sent;
	uint64_t up_lost, up_doubled, up_reordered, up_unread, up_replayed;
};
extern struct simulator sim;

struct sound { /* of an assistant's item */
	char id[ID_BYTES];
	int64_t sent_ms;
};

struct vad { /* of turn_detection */
	bool is_on, creates, interrupts;
	int quiet_frames; /* that end a turn */
	int64_t padding_ms;
};

struct session {
	struct websocket ws;
	bool is_used, is_beta;
	uint64_t number;
	int call; /* index of the caller, from "sim=N" in the instructions; -1 */
	char model[64];
	json_t *config; /* the session as it is in force */
	bool in_pcmu, out_pcmu;
	/* what comes in */
	int16_t frame[TONES_FRAME];
	size_t n_frame, n_skip; /* samples of a frame of 8 kHz so far; of 24 kHz until the next */
	int64_t in_ms, uncommitted_ms;
	struct tones_order order;
	bool has_order, is_replay; /* is_replay: the newest frame was heard in a session before */
	int64_t replay_until;
	struct vad vad;
	bool is_speaking;
	int loud_frames, quiet_frames;
	int64_t speech_from_ms;
	char user_item[ID_BYTES];
	/* the conversation */
	json_t *items; /* by id, the oldest first */
	char last_item[ID_BYTES];
	struct sound sounds[SOUNDS_KEPT];
	unsigned n_sounds;
	/* the response being given */
	bool is_active, has_sound, has_called_tool;
	char response[ID_BYTES], item[ID_BYTES];
	json_t *output; /* its finished items */
	unsigned n_answers, n_turns; /* begun by us, heard of the caller */
	const int16_t *speech;	     /* that is the answer, or NULL: coded frames */
	const char *said;	     /* its transcript */
	int64_t sent_ms, answer_ms;
	size_t n_said; /* bytes of it told so far */
	int64_t first;		     /* number of the answer's first frame */
	int64_t down_next;	     /* number of the next answer's, when there is no trace to keep it */
	struct trace_answer *answer; /* in the trace; NULL */
	struct timer next_delta;
	struct fault_timer {
		struct timer timer;
		struct session *session;
		const struct fault *fault;
	} faults[FAULTS_TIMED];
	struct timer handshake;
};

/* events.c: what is said */
/* Members after event_id, without the last brace; hot events only. */
void say(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_json(struct session *s, const char *type, json_t *members); /* takes members, which may be NULL */
/* to: the client's event, or NULL; param may be NULL. */
void say_error(struct session *s, const json_t *to, const char *type, const char *code, const char *param,
	const char *message);
void new_id(char id[ID_BYTES], const char *prefix);
const char *part(const struct session *s, const char *ga, const char *beta); /* the dialect's word */
const char *text_of(const json_t *j, const char *name);			     /* "": absent, or no text */
struct trace_call *traced(const struct session *s);			     /* NULL: nobody looks */

/* config.c: the session object */
void config_begin(struct session *s);
void config_update(struct session *s, const json_t *ev);
void config_say(struct session *s, const char *type);
bool config_transcribes(const struct session *s);

/* items.c: the conversation */
void item_add(struct session *s, json_t *item);	    /* takes item, which has an id: told and remembered */
void item_finish(struct session *s, json_t *item);  /* the same item, now whole; takes it */
void item_user_turn(struct session *s);		    /* what was heard becomes an item */
void item_remember_sound(struct session *s);
void item_on_create(struct session *s, json_t *ev);
void item_on_delete(struct session *s, json_t *ev);
void item_on_retrieve(struct session *s, json_t *ev);
void item_on_truncate(struct session *s, json_t *ev);

/* answers.c: responses */
void answer_begin(struct session *s);
void answer_cancel(struct session *s, const char *reason);
void answer_echo(struct session *s, struct str base64);

/* speech.c: the sound of answers, and its numbers in the trace */
void speech_init(void);
void speech_choose(struct session *s);			       /* the next answer */
const char *list_at(const struct option_list *list, unsigned i); /* the last again when it is too short; NULL: empty */
/* [from, from + ms) of the answer as base64 of the session's format. */
struct str speech_base64(const struct session *s, int64_t from_ms, int64_t ms);
/* The same in two pieces that part in the middle of a sample. */
struct str speech_odd_half(const struct session *s, int64_t from_ms, int64_t ms, bool is_second);
void speech_number(struct session *s);
void speech_number_end(struct session *s, bool is_cut);
void speech_trace_delta(const struct session *s, int64_t ms);

/* sound.c: what the caller sends */
void sound_take(struct session *s, struct str base64, const json_t *ev);
void sound_clear(struct session *s);

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
int fault_on_head(struct session *s);				       /* non-zero: answered, or not yet */
void faults_on_open(struct session *s);
void faults_end(struct session *s);

#endif
