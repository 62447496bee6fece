/* settings.h - what a plane is made with; plane.h has the rest. */
#ifndef RINGDOWN_PLANE_SETTINGS_H
#define RINGDOWN_PLANE_SETTINGS_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct store;
struct bearer_keys;
struct keys;
struct signed_url_key;

struct plane_number { /* [numbers]: which assistant answers which called number */
	struct str number, assistant;
};
struct plane_claim;
/* Fills claim->history from what was written before a crash; blocking; plane thread. */
typedef void plane_history_fn(struct plane_claim *claim, void *arg);

struct plane_settings { /* strings are borrowed for the life of the plane */
	struct str public_url;          /* "https://voice.example.com", no slash behind it */
	struct str auth_token;          /* Twilio's primary auth token; copied */
	struct str account_sid;         /* empty: any */
	struct str token_key, flow_key; /* seal one-time tokens, and where calls are in flows; empty: 32 random bytes, the other */
	bool require_signature;
	bool has_admin;                 /* there is an admin listener: /metrics lives there alone */
	struct str default_assistant;
	struct str fallback_number;     /* who is dialled when no assistant can be had; empty: nobody */
	const struct plane_number *numbers;
	uint32_t n_numbers;
	plane_history_fn *history_fn;   /* or NULL */
	void *history_arg;
	struct store *store;            /* outlives the plane; NULL: the REST API answers 503 */
	const struct bearer_keys *bearer_keys; /* with a store */
	const struct keys *keys;        /* with a store: they seal what is secret in it */
	const struct signed_url_key *url_keys; /* with a store; the first signs */
	uint32_t n_url_keys;
	const char *twilio_api_url;     /* {product} is filled in; NULL: Twilio's own */
	const char *private_targets;    /* "host:port, ..." that requests may go to though they are private; or NULL */
	const char *records_dir;        /* of the bridge; NULL: nothing is kept */
	struct str cors_origins;        /* blank-separated; "*": all; empty: none */
	uint32_t webhook_workers, api_workers; /* 0: 1 */
};

#endif
