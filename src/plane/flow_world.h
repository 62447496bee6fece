/* flow_world.h - what a flow needs to know of the organisation, read from the store into plain data (ringdown/ivr/step.h). */
#ifndef FLOW_WORLD_H
#define FLOW_WORLD_H

#include <jansson.h>

#include "flow_cache.h"
#include "ringdown/ivr/step.h"

/* SPDX-License-Identifier: MIT */

enum { FLOW_WORLD_FLOWS = 32, FLOW_WORLD_USERS = 500, FLOW_WORLD_GROUPS = 50, FLOW_WORLD_QUEUES = 50, FLOW_WORLD_NAMES = 50 };

struct flow_world {
	const struct store_scope *scope;
	struct arena *arena;
	struct flow_cache *cache;
	bool is_store_gone;            /* one statement failed: no more are tried, a caller waits */
	bool is_read_only;             /* a write failed (locked, full): what can be read still is */
	struct ivr_world world;
	struct flow_version *held[FLOW_WORLD_FLOWS]; /* references to flows that are led to */
	struct ivr_flow flows[FLOW_WORLD_FLOWS];
	struct ivr_user users[FLOW_WORLD_USERS];
	struct ivr_group groups[FLOW_WORLD_GROUPS];
	struct ivr_queue queues[FLOW_WORLD_QUEUES];
	struct ivr_named schedules[FLOW_WORLD_NAMES];
	json_t *vars;                  /* call_session.vars; object or NULL */
};

/* now_ms of the world is set already.  What cannot be read is left out. */
void flow_world_fill(struct flow_world *w, const struct flow *f);
/* allowedCountries and businessName of its settings. */
void flow_world_org(struct flow_world *w);
/* Of an organisation's data: "US CA "; "-" when none is allowed; what holds when nobody said. */
struct str flow_countries(struct arena *a, const json_t *org);
void flow_world_session(struct flow_world *w); /* variables, candidates, why a line was left; call_sid is set */
void flow_world_contact(struct flow_world *w, struct str phone);
void flow_world_done(struct flow_world *w);

/* The schedule of this name and its state: 0, -ENOENT, -EINVAL (its document, or no such zone), of the store. */
struct schedule_answer;
int flow_world_schedule(const struct store_scope *s, struct arena *a, struct str name, int64_t now_ms,
	struct schedule_answer *ret);
bool zone_exists(struct str name);

#endif
