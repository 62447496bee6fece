/* step.h - one request of a call in a flow: (flow, world, input) -> one TwiML document, effects to be carried out, and the
 * nodes that were walked through.  Everything outside of the flow is plain data the caller put into the world before.
 * What must be done before the document can go on (pause a recording, ask a webhook, a token for a stream) is asked for
 * and answered in between.  Pure. */
#ifndef RINGDOWN_IVR_STEP_H
#define RINGDOWN_IVR_STEP_H

#include "ringdown/ivr/flow.h"
#include "ringdown/ivr/flow_token.h"
#include "ringdown/wire/form.h"
#include "ringdown/wire/twiml.h"

/* SPDX-License-Identifier: MIT */

enum {
	IVR_XML_MAX = 60 * 1024,  /* of a document; Twilio takes 64 KB */
	IVR_INLINE_MAX = 25,      /* nodes in one document; then a redirect to the next */
	IVR_VISITS_MAX = 10,      /* of one node without anything the caller does */
	IVR_PAIRS_MAX = 48,
	IVR_LIST_MAX = 64,        /* effects, steps of the trace, variables set in one document */
	IVR_NOUNS_MAX = 10,       /* numbers and clients in one Dial (Twilio docs/voice/twiml/dial) */
};

struct ivr_pair {
	struct str name, value;
};
struct ivr_user {
	struct str name, email, sk;    /* a flow may say any of the three */
	struct str identity;           /* of the softphone; empty: none is registered */
	struct str phone;              /* own telephone; empty: none */
	bool is_available, is_busy, has_simring;
	int64_t idle_since_ms;
	const struct str *skills;
	uint32_t n_skills;
};
struct ivr_group {
	struct str name, sk, strategy;
	const uint32_t *members;       /* indexes into users, in the group's order */
	uint32_t n_members, next;      /* next: whose turn it is with round-robin */
};
struct ivr_queue {
	struct str name, sk, announce, music_url;
	uint32_t n_waiting, max_size, n_available; /* n_available: agents */
	uint32_t announce_every_s;
	bool announce_position;
};
struct ivr_named { /* a schedule and its state now ("open", "closed", "holiday"); a prompt and its URL */
	struct str name, value;
};
struct ivr_flow {
	const struct flow *flow;
	uint32_t version;
};
struct ivr_ai { /* how the assistant's stream ended (PLANE.md 6.6); result empty: nobody has told */
	struct str result, target, summary;
};

struct ivr_world {
	int64_t now_ms, started_ms;    /* started_ms: of the call; 0: unknown */
	struct str base_url;           /* "https://HOST" */
	struct str stream_base;        /* "wss://HOST" */
	struct str org, key, key_id;   /* key: seals tokens */
	/* "w=..." behind every URL of a kind: "ivr" for those of flows, "recording", "status", "transcription"; where
	 * webhooks are told by a secret and not by a signature. */
	const struct ivr_named *secrets; uint32_t n_secrets;
	struct str call_sid, session_id, from, to, direction, call_status, stir_verstat;
	struct str office_number;      /* caller ID "office"; empty: the number that was called, or calls */
	struct str business_name, allowed_countries, lead; /* lead: "open", "none" */
	bool can_text;                 /* the caller's telephone takes messages, as far as is known */
	bool has_record_transcripts;   /* Twilio's own transcription of <Record> */
	const struct ivr_pair *vars;   uint32_t n_vars;
	const struct ivr_pair *contact; uint32_t n_contact; /* "firstName" and so on */
	const struct str *tags;        uint32_t n_tags;
	const struct ivr_user *users;  uint32_t n_users;
	const struct ivr_group *groups; uint32_t n_groups;
	const struct ivr_queue *queues; uint32_t n_queues;
	const struct ivr_named *schedules; uint32_t n_schedules;
	const struct ivr_named *prompts; uint32_t n_prompts;
	const struct ivr_flow *flows;  uint32_t n_flows;    /* other flows this one may lead to */
	const struct str *candidates;  uint32_t n_candidates; /* sk of users, frozen when the group was entered */
	struct str queue_exit;         /* "timeout" or "key": why the line was left */
	struct ivr_ai ai;
};

enum ivr_kind {
	IVR_SEND_SMS, IVR_CREATE_LEAD, IVR_TAG, IVR_SET_VARS, IVR_AUTOMATION, IVR_OPT_OUT, IVR_VOICEMAIL, IVR_QUEUE_ENTER,
	IVR_QUEUE_LEFT, IVR_QUEUE_EXIT, IVR_CANDIDATES, IVR_NEXT_IN_TURN, IVR_AI_SESSION, IVR_INPUT, IVR_DIALLED, IVR_EVENT,
	IVR_ASK_RECORDING, IVR_ASK_WEBHOOK, IVR_ASK_STREAM,
};
const char *ivr_kind_name(enum ivr_kind kind); /* "send-sms" */

struct ivr_effect {
	enum ivr_kind kind;
	struct str flow, node;
	struct ivr_pair pairs[IVR_PAIRS_MAX]; /* a name may stand more than once: a list */
	uint32_t n;
};
struct ivr_trace {
	struct str flow, node, note;  /* note: why it went on as it did */
	const char *type;
};

enum ivr_result { IVR_DONE, IVR_ASKS };

struct ivr_run { /* one request; fields are read-only outside of ivr */
	const struct ivr_world *world;
	const struct form *input;     /* what Twilio posted */
	struct arena *arena;          /* for texts; and the document */
	const struct flow *flow;
	uint32_t version;
	int32_t node;
	struct flow_state state;      /* of the request; then of what comes next */
	struct twiml xml;
	struct buf out;
	struct ivr_effect *effects[IVR_LIST_MAX];
	uint32_t n_effects;
	struct ivr_trace trace[IVR_LIST_MAX];
	uint32_t n_trace;
	struct ivr_pair set[IVR_LIST_MAX]; /* variables of this document, newest last */
	uint32_t n_set, n_inline, n_verbs;
	bool is_begun, is_over, is_failing, is_gone;
	struct ivr_effect *asked;     /* IVR_ASKS: what is to be done */
	struct ivr_effect *spare;     /* what effects for which there is no room are written over */
};

/* A call comes to the flow's entry (phase of state empty), or back to a node with what it did.  -ENOMEM. */
int ivr_begin(struct ivr_run *r, const struct ivr_world *w, struct arena *a, const struct ivr_flow *flow, int32_t node,
	const struct flow_state *state, const struct form *input);
/* IVR_DONE: ivr_document is the answer.  IVR_ASKS: carry out r->asked, then ivr_answer and run again. */
enum ivr_result ivr_run(struct ivr_run *r);
/* pairs: variables a webhook gave; "token" of a stream.  They are copied. */
void ivr_answer(struct ivr_run *r, bool is_done, const struct ivr_pair *pairs, uint32_t n);
struct str ivr_document(struct ivr_run *r);
/* What is said when all else fails. */
struct str ivr_safe_document(void);

/* What callbacks beside the flow answer: the line's music and announcements (state.phase "wait" or "key"), words for
 * the one who is called ("whisper", "screen", "key" of a screening). */
int ivr_wait(struct ivr_run *r);    /* instead of ivr_run; -EINVAL: the node is no queue */
int ivr_whisper(struct ivr_run *r); /* instead of ivr_run */

#endif
