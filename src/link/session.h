/* session.h - one call at work: the machine (call/call.h), the two legs, the sound that waits, the
 * recorder's tap.  One allocation; made at Twilio's `start`, freed when its socket has closed.
 * The model's socket is never waited for: it is cut loose and ends by itself.  Loop thread only. */
#ifndef RINGDOWN_LINK_SESSION_H
#define RINGDOWN_LINK_SESSION_H

#include "leg_lws.h"
#include "model_socket.h"
#include "ringdown/base/arena.h"
#include "ringdown/call/call.h"
#include "ringdown/media/pipe.h"
#include "ringdown/wire/realtime.h"
#include "ringdown/wire/twilio_stream.h"
#include "shard.h"
#include "sound_queue.h"

/* SPDX-License-Identifier: MIT */

enum {
	SESSION_HOLD_MAX_SAMPLES = 5 * 8000,    /* the caller's sound kept while no model is there */
	SESSION_MODEL_SOUND_MAX = 2 * 50 * 1400, /* bytes: 2 s of appends, what is older is dropped (F47) */
	SESSION_MODEL_PCMU_MAX = 2 * 50 * 280,  /* the same for sound that passes through */
	SESSION_MODEL_CONTROL_MAX = 4 << 20,
	SESSION_CALLER_SOUND_MAX = 64 * 1024,   /* lead-limited: more than that never waits */
	SESSION_CALLER_CONTROL_MAX = 256 * 1024,
	SESSION_TEXT_MAX = 128 * 1024,          /* of the arena: instructions with their variables */
};

struct conn;
struct assistant;
struct assistant_set;
struct plane_claim;
struct record_tap;

struct model_leg {                   /* one session of the model: the one that talks, or the one that takes over */
	struct leg leg;
	struct session *session;
	int64_t dialled_us;          /* when the dial under way began; 0: none is */
	bool is_open;                /* the upgrade has been answered */
	uint32_t n_dropped_told;     /* of leg.n_dropped */
	bool is_slow_told;           /* that it does not read; until it does */
	char address[ADDRESS_TEXT_MAX]; /* that was dialled */
};

struct session {
	struct shard *shard;
	struct conn *conn;           /* the caller's socket; NULL once it is closed */
	uint64_t id, tag;            /* id: how others find it; tag: in every log line */
	int64_t start_us;
	int64_t round_trip_due_us;   /* the caller's socket is asked again then */
	bool is_claimed;             /* the plane has said who this is, and the machine runs */
	bool has_result;             /* the plane knows how it ended */
	enum call_why why;           /* of its end, the first that was told */
	bool is_live;                /* the model takes the caller's sound */
	int64_t media_rx_us;         /* last media of the caller, and the time it told */
	uint64_t media_ms;
	struct model_leg models[2];
	struct model_leg *model, *next; /* into models: which is which changes when the next one takes over */
	struct uplink up;
	struct downlink down;
	char sounding_item[CALL_ID_MAX]; /* whose deltas `down` is working on */
	struct enhance *enhance;     /* NULL: the caller's sound is taken as it comes */
	struct sound_queue waiting;  /* of the model, not yet sent to the caller */
	/* Of the caller: what the present session has got and the next one wants again (call_keep_ms); while no
	 * session is there, what came since. */
	struct sound_queue kept;
	size_t kept_sent;            /* samples at the front of it that some session has got */
	struct record_tap *tap;
	struct assistant_set *set;   /* keeps `assistant` alive */
	const struct assistant *assistant;
	struct str instructions, greeting, caller, called; /* in the arena */
	char call_sid[TWILIO_SID_MAX], stream_sid[TWILIO_SID_MAX];
	struct plane_claim *claim;   /* answered: keeps parameters and history */
	struct arena arena;
	struct {
		uint64_t caller_frames, model_frames, barge_ins, reconnects, stale, dropped, ignored;
		uint32_t dials;
	} totals;
	struct call call;
};

/* session.c */
struct session *session_find(struct shard *s, uint64_t id); /* NULL: gone meanwhile */
/* Twilio's `start` on this socket: a session that asks the plane who it is.  -EBUSY, -ENOMEM, -EINVAL. */
int session_start(struct conn *c, const struct twilio_event *start);
void session_on_claim(struct session *s, struct plane_claim *claim);
void session_on_stream(struct session *s, const struct twilio_event *ev); /* mark, dtmf, stop */
void session_on_tool(struct session *s, struct str call_id, bool is_ok, struct str output);
void session_step(struct session *s, const struct call_event *ev); /* and carries out what follows */
void session_tick(struct session *s);
void session_free(struct session *s); /* the caller's socket is gone */

/* session_actions.c */
void session_carry_out(struct session *s, const struct call_actions *out);
void session_post_result(struct session *s, enum call_result result, struct str target); /* once */
void session_close_record(struct session *s, enum call_result result, struct str target);

/* session_sound.c */
void session_caller_sound(struct session *s, const struct twilio_event *media);
void session_model_sound(struct session *s, const struct realtime_event *delta);
void session_finish_item(struct session *s);  /* pad the last frame of an item that has ended */
void session_play(struct session *s);         /* send the caller what may go now */
void session_release_kept(struct session *s); /* a session is there: what was kept goes first */
void session_sound_ends(struct session *s);   /* no more will come of what the model was saying */

/* model_dial.c */
void model_init(struct session *s);
void model_dial(struct model_leg *m);
void model_tick(struct model_leg *m); /* addresses that do not answer, servers that do not read */
void model_drop(struct model_leg *m); /* cut loose: nothing it says concerns us any more */
void model_lost(struct model_leg *m, enum call_why why, uint32_t retry_after_ms); /* its socket is gone */
void model_swap(struct session *s);   /* the next one takes over */
/* What a failed dial says of the server to all calls. */
void model_note_failure(struct model_leg *m, int status, uint32_t retry_after_ms);

/* model_leg.c */
extern const struct model_socket_events model_events;
/* Writes one client event: buf over the shard's tx memory, then model_send. */
struct buf model_buf(struct session *s);
int model_send(struct model_leg *m, struct buf *b, enum tx_class cls);

/* model_events.c */
void model_on_message(struct model_leg *m, struct str message);

#endif
