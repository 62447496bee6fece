/* flow_effects.h - what a step of a flow asked for beside its document, carried out in one transaction. */
#ifndef FLOW_EFFECTS_H
#define FLOW_EFFECTS_H

#include "flow_world.h"

/* SPDX-License-Identifier: MIT */

struct flow_call { /* of a webhook's form; texts borrowed */
	struct str call_sid, from, to, direction, number_sk;
	bool is_entry;       /* the first request of the call */
};
/* Messages, leads and automations go into the outbox, where jobs find them; the rest is done.  0; of the store: nothing
 * of it was done.  Asked again for the same request it does the same once. */
int flow_effects_apply(struct flow_world *w, const struct flow_call *call, const struct ivr_run *run);

#endif
