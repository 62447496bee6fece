/* calls.h - an organisation's calls: how they are found, shown and acted on.  Workers only. */
#ifndef CALLS_H
#define CALLS_H

#include "call_status.h"
#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

/* By sk or CallSid.  < 0: answered. */
int call_find(struct api *a, struct str which, struct record *ret_call);
void call_fill(struct api *a, const struct record *r, json_t *data); /* an api_fill_fn: the columns as clients see them */
void call_reply(struct api *a, int status, const struct record *r);  /* {success: true, data: envelope} */
/* call.started, call.answered, call.completed, call.missed, as far as they follow from it */
void call_tell(struct api *a, const struct call_change *change);
/* "2026-11-24", "2026-11-24T19:40:00Z", "...00.123Z", in UTC.  Pure; -EINVAL. */
int call_time_read(struct str text, int64_t *ret_wall_ms);

#endif
