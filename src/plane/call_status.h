/* call_status.h - what Twilio says of a call, and the call's record, which follows it and never goes backwards, whatever
 * is late, comes twice, or comes before its call is known (PLANE.md 8.4).  Workers only. */
#ifndef CALL_STATUS_H
#define CALL_STATUS_H

#include "ringdown/store/record.h"
#include "ringdown/wire/form.h"

/* SPDX-License-Identifier: MIT */

enum { CALL_RANK_LIVE = 3, CALL_RANK_OVER = 4 };
enum call_column { /* of record_call, in its order */
	CALL_SID, CALL_ACCOUNT, CALL_PARENT, CALL_SESSION, CALL_DIRECTION, CALL_FROM, CALL_TO, CALL_STATUS, CALL_RANK,
	CALL_SEQUENCE, CALL_NUMBER, CALL_FLOW, CALL_FLOW_VERSION, CALL_USER, CALL_QUEUE, CALL_STARTED, CALL_ANSWERED,
	CALL_ENDED, CALL_IS_MISSED, CALL_HAS_VOICEMAIL, CALL_COLUMNS
};

/* Pure.  queued 0, initiated 1, ringing 2, in-progress 3, however it ended 4; -1: no status of a call. */
int call_rank(struct str status);

struct call_news { /* of one callback, or of an answer to a request; views.  Empty, -1: not said */
	struct str sk;       /* ours: the m of the callback's URL */
	struct str sid, account_sid, parent_sid, from, to, direction, status;
	struct str answered_by, stir_verstat, sip_code;
	int64_t sequence, duration_s;
};
/* Pure.  -EINVAL: it names no call, or no status of one. */
int call_news_read(const struct form *f, struct str sk, struct call_news *ret_news);

enum call_effect {
	CALL_SAME,    /* it was known, or is late */
	CALL_MOVED,   /* another status, or something new about it */
	CALL_BEGUN,   /* a record was made */
	CALL_AWAITED, /* nobody knows this call yet: kept for ten minutes, and taken in when somebody does */
};
struct call_change {
	enum call_effect effect;
	struct record call;   /* as it is now; not when it is awaited */
	bool has_ended;       /* by this */
	bool is_missed;       /* that too: nobody answered it */
};
/* An inbound call, and a leg of one that is known, gets a record; what we made has one, found by sk or sid. */
int call_apply(const struct store_scope *s, struct arena *a, const struct call_news *news, struct call_change *ret_change);

struct call_draft { /* a call we are about to make */
	struct str sk, account_sid, from, to, number_sk, flow, user_sk;
	struct str data; /* a JSON object */
};
int call_insert(const struct store_scope *s, const struct call_draft *d);

/* A human, an assistant or a voicemail of two seconds has taken the call: it is not missed.  -ENOENT. */
int call_answered(const struct store_scope *s, struct arena *a, struct str call_sid);
/* One more line of the call's journey. details: JSON. */
int call_event(const struct store_scope *s, struct str call_sk, const char *event, struct str details);

#endif
