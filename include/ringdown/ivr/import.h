/* import.h - documents of the platform turned into flows: an ivr_routing record (menus, assignments by the hour, forwarding
 * groups, an assistant), or a chain of ivr_* actions.  Everything that is understood is kept; what is not is told with its
 * pointer and nothing is made.  Pure. */
#ifndef RINGDOWN_IVR_IMPORT_H
#define RINGDOWN_IVR_IMPORT_H

#include "ringdown/ivr/flow.h"

/* SPDX-License-Identifier: MIT */

/* record: the ivr_routing record, with or without the envelope's "data" around it; or {"actions": [...]} where each action
 * is {"id", "type": "ivr_...", "config": {...}}.  name: of the flow.  0: *ret_flow, a new reference, is a document
 * that flow_read takes; *ret_schedule one for schedule_read, or NULL: the record has no business hours.
 * -EINVAL: faults; -ENOMEM. */
int import_routing(struct arena *a, const json_t *record, struct str name, struct flow_faults *f, json_t **ret_flow,
	json_t **ret_schedule);

#endif
