/* recordings.h - recordings as the plane keeps them (PLANE.md 9): SID and facts, never sound.  Those of the bridge are
 * files of [record] dir and stand in the same lists.  Workers only. */
#ifndef RECORDINGS_H
#define RECORDINGS_H

#include <jansson.h>

#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

/* The columns of record_recording, in their order. */
enum recording_column {
	RECORDING_SID,
	RECORDING_CALL,
	RECORDING_SESSION,
	RECORDING_KIND,
	RECORDING_STATUS,
	RECORDING_RANK,
	RECORDING_NUMBER,
	RECORDING_USER,
	RECORDING_MAILBOX,
	RECORDING_STARTED,
	RECORDING_DURATION,
	RECORDING_RETENTION,
	RECORDING_HEARD,
	RECORDING_COLUMNS,
};

enum { RECORDING_RANK_DONE = 3, RECORDING_RANK_DELETED = 4 };

/* in-progress 0 < paused 1 < processing 2 < completed, absent, failed 3 < deleted 4; -1: no such status */
int recording_rank(struct str status);

struct recording_facts { /* what somebody tells of a recording; empty, -1 or 0: nothing of this */
	struct str sid, call_sid, conference_sid, status, source, error_code;
	struct str kind;    /* "call", "voicemail", "conference" */
	struct str mailbox; /* a user's sk, "group:<name>" or "number:<E.164>" */
	struct str account_sid, integration_sk;
	int64_t duration_s; /* -1: not told */
	int64_t channels, started_ms;
	struct str file;    /* of the bridge: its name in [record] dir */
};
/* Adds them to what is known of that sid, whoever tells first; a status never goes back.  *ret_is_done: it became
 * completed, absent or failed by this.  0 or < 0 of the store. */
int recording_note(struct api *a, const struct recording_facts *f, struct record *ret, bool *ret_is_done);
/* "user", "group" or "number" and its id, as recording_facts has it; in the arena.  Empty: no such owner. */
struct str recording_mailbox(struct api *a, struct str type, struct str id);

int recording_find(struct api *a, struct str id, struct record *ret); /* by sk or SID, if the subject may; < 0: it was answered */

#endif
