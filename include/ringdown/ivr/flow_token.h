/* flow_token.h - where a call is in a flow, sealed into the URL that Twilio asks next: anybody who holds the key can go
 * on, a restart loses nothing, and no other organisation can steer it.  base64url(payload) "." base64url(first 16 bytes
 * of HMAC-SHA256 over flow, node and payload); the payload is compact JSON and names the call by the first 8 bytes of
 * SHA-256 of its CallSid.  Pure. */
#ifndef RINGDOWN_IVR_FLOW_TOKEN_H
#define RINGDOWN_IVR_FLOW_TOKEN_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum {
	FLOW_TOKEN_MAX = 512,      /* characters and NUL */
	FLOW_PAYLOAD_MAX = 300,    /* bytes of JSON */
	FLOW_TOKEN_LIFE_S = 86400,
	FLOW_ORG_MAX = 64,
	FLOW_VISITS = 8,           /* nodes that are counted between two inputs of the caller */
};

struct flow_visit { /* how often a node was entered since the caller last did something */
	uint32_t node, times;
};
struct flow_state { /* all that control needs; text is in the struct, so that a state is a plain value */
	char org[FLOW_ORG_MAX], key_id[16], phase[8];
	uint32_t version;   /* of the published flow; 0: a draft */
	uint32_t hops;      /* HTTP continuations so far */
	uint32_t invalid, no_input; /* tries at the present menu */
	uint32_t index;     /* attempt of a dial, tick of a wait */
	int64_t expires_s;
	struct flow_visit visits[FLOW_VISITS];
};

struct flow_place { /* what the URL around the token says */
	struct str flow, node, call_sid;
};
/* -E2BIG: does not fit; -ENOMEM. */
int flow_token_make(struct str key, const struct flow_place *at, const struct flow_state *s, char ret_text[FLOW_TOKEN_MAX]);
/* The id of the key the token claims to be sealed with; nothing of it is proven yet.  -EBADMSG. */
int flow_token_key_id(struct str token, char ret_key_id[16]);
/* -EBADMSG: no such token; -EACCES: forged, of another flow or node; -EPERM: of another call; -ETIMEDOUT: expired, and
 * otherwise good: *ret_state is filled. */
int flow_token_check(struct str key, struct str token, const struct flow_place *at, int64_t now_s,
	struct flow_state *ret_state);

#endif
