/* help_world.h - the call machine with everything around it in virtual time: the link's queue, a
 * caller's end (help_twilio.h), deadlines.  It checks after every step what must always hold; the
 * first thing that does not is kept in `fault`. */
#ifndef HELP_WORLD_H
#define HELP_WORLD_H

#include "help_twilio.h"
#include "ringdown/call/call.h"

/* SPDX-License-Identifier: MIT */

enum { WORLD_ITEMS_MAX = 128, WORLD_CALLS_MAX = 256, WORLD_START_US = 1000000 };

struct world_item {
	char id[CALL_ID_MAX];
	uint64_t raw_samples;
	uint32_t session;
	bool is_deleted, is_text; /* text: told by a replay */
	bool is_over, is_owed;    /* over: a clear came after it; owed: and the model has to hear of it */
};

struct world_leg {
	uint32_t session; /* which dial it is of; 0: none */
	bool is_created;
};

struct world {
	struct call call;
	int64_t now_us, media_us;
	size_t waiting_samples; /* as the link queues them */
	bool talks;             /* media messages come by themselves */
	bool is_exact;          /* truncations are held against what the caller has heard */
	bool is_sane;           /* what the model says makes sense: responses asked for and cancelled have to, too */
	/* what the machine has been told and has done */
	uint32_t n_dials;
	struct world_leg leg, next;
	bool is_live, has_result, has_closed;
	uint64_t active_id;     /* hash of the response the model is making, by its own word */
	bool is_cut;            /* and it has been cancelled */
	struct world_item items[WORLD_ITEMS_MAX];
	uint32_t n_items;
	uint64_t run_ids[WORLD_CALLS_MAX];
	uint32_t n_run;
	uint64_t heard_samples;
	uint32_t epoch;
	char fault[256];
	/* told of every action, and of every message to the caller */
	void (*on_action)(void *arg, const struct call_action *a);
	void (*on_send)(void *arg, const struct call_send *send);
	void *arg;
	struct twilio twilio;   /* last: see world_init() */
};

void world_init(struct world *w, const struct call_settings *s);
void world_event(struct world *w, const struct call_event *ev);
/* A delta of the model; false: it was not wanted. */
bool world_audio(struct world *w, struct str response_id, struct str item_id, size_t n_samples);
struct call_media world_media(struct world *w, uint64_t timestamp_ms, size_t n_samples);
/* The next thing that happens by itself, at limit_us at the latest.  False: nothing does, and it is
 * limit_us now. */
bool world_advance(struct world *w, int64_t limit_us);
void world_run(struct world *w, int64_t until_us);
uint64_t world_hash(struct str s);

#endif
