/* call_rules.h - from which numbers an organisation calls, whom, and in which words TwiML says it.  Workers only. */
#ifndef CALL_RULES_H
#define CALL_RULES_H

#include "integrations.h"

/* SPDX-License-Identifier: MIT */

/* Twilio's magic numbers, +15005550000 to ..9: good everywhere (PLANE.md 3.4).  Pure. */
bool call_is_magic(struct str e164);
/* Whether to may be called: a country the organisation allows, nothing premium.  False: 403 was sent. */
bool call_may_reach(struct api *a, struct str to);
/* A number of the organisation, or one that Twilio has verified for it; *ret_sk empty for the latter.  -ENOENT: neither;
 * else as twilio_call, and *ret_answer is set. */
int call_from_check(struct api *a, struct integration *i, struct str from, struct str *ret_sk, struct twilio_answer *ret_answer);
/* "client:acme_<sk>" of a user who is there, in the arena, or empty. */
struct str call_client_of(struct api *a, struct str user_sk);
/* The URL of a published flow, or empty. */
struct str call_flow_url(struct api *a, const struct integration *i, struct str flow);
/* The status callback of our record. */
struct str call_status_url(struct api *a, const struct integration *i, struct str sk);

#endif
