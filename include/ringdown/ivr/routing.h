/* routing.h - a number's routing.voice as a flow of its own, so that one engine answers for every mode (PLANE.md 7.3).
 * Pure. */
#ifndef RINGDOWN_IVR_ROUTING_H
#define RINGDOWN_IVR_ROUTING_H

#include "ringdown/ivr/flow.h"

/* SPDX-License-Identifier: MIT */

/* voice: {mode: ai|ring|forward|reject|none, assistantId?, forwardTo?, users[]?, groups[]?, ringTimeout [20], failover?
 * {action: forward|voicemail|ai|message, forwardTo?, assistantId?, message?}, unassignedMessage?}.  number: what was
 * called, E.164.  A document for flow_read, a new reference; NULL: mode flow, no mode known here, nobody to ring, or
 * no memory. */
json_t *routing_flow(const json_t *voice, struct str name, struct str number);

#endif
