/* bridge.h - what workers may ask of the book of calls: each takes its lock for microseconds, and does nothing else
 * meanwhile.  A call that a flow hands to an assistant: a token for its stream before, how the stream ended after. */
#ifndef BRIDGE_H
#define BRIDGE_H

#include "ringdown/plane/plane.h"
#include "ringdown/wire/signature.h"

/* SPDX-License-Identifier: MIT */

struct bridge_stream { /* borrowed */
	struct str call_sid, caller, called;
	struct str assistant;         /* empty: the default */
	struct str idempotency_token; /* of the webhook: asked again, it gets the same token */
};
/* Enters the call in the book and makes the one-time token for a <Parameter name="token">.  -EINVAL: no CallSid;
 * -ENOENT: no such assistant; -ENOMEM: no memory, or too many calls; -EIO: no randomness. */
int bridge_token(struct plane *p, const struct bridge_stream *s, char ret_token[TOKEN_TEXT_MAX]);

struct bridge_result {
	enum plane_outcome outcome;   /* PLANE_NONE: the stream broke, or none was */
	char target_name[128], target_number[128]; /* PLANE_TRANSFER */
	uint32_t streams;             /* that were begun to go on with a broken one */
};
/* How the call's last stream ended.  -ENOENT: this node knows nothing of the call. */
int bridge_result_of(struct plane *p, struct str call_sid, struct bridge_result *ret);
/* The stream broke and another is to go on: one more.  -ENOENT; -E2BIG: that was tried often enough. */
int bridge_resume(struct plane *p, struct str call_sid);
void bridge_forget(struct plane *p, struct str call_sid); /* the call is over */

#endif
