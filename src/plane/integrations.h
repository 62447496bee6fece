/* integrations.h - an organisation's account at a provider: how it is read, kept, checked and used.  Workers only. */
#ifndef INTEGRATIONS_H
#define INTEGRATIONS_H

#include <jansson.h>

#include "ringdown/plane/api.h"
#include "ringdown/twilio/twilio.h"

/* SPDX-License-Identifier: MIT */

#define INTEGRATION_TWILIO "twilio-provider"

enum { PREVIOUS_TOKEN_MS = 24 * 3600 * 1000 };

struct integration_secrets { /* in the arena; sealed in the store as one JSON text */
	struct str auth_token, api_key_secret, shared_key;
};
struct integration { /* one that is kept; texts in the arena */
	struct record record;
	struct str name, account_sid, api_key_sid, environment, status;
	bool is_default, is_test; /* is_test: environment "test", no callbacks ever come */
	struct integration_secrets secrets;
	struct str messaging_service_sid, sender_number, twiml_app_sid, fallback_url, region, edge, webhook_auth;
	struct twilio_account account; /* how to ask: by API key where there is one */
};

/* integration_store.c */
int integration_open(struct api *a, const struct record *r, struct integration *ret);
/* Of this organisation, by sk, name or type; empty: its own or the only one.  0, or < 0 and the request was answered
 * (404, 409 integration_ambiguous, 409 twilio_not_configured). */
int integration_find(struct api *a, struct str which, struct integration *ret);
json_t *integration_view(struct api *a, const struct record *r); /* as clients see it: no secrets, no unsealing */
json_t *integration_config(const struct record *r); /* publicConfig, an object of its own */
bool integration_is(const struct record *r, struct str which); /* its sk, name or type */
json_t *json_or_null(struct str s); /* null when it is empty */
/* Fills what follows from publicConfig and the credentials: views into config, which has to stay. */
void integration_configure(struct integration *i, const json_t *config);
/* now: what was kept, or NULL: a new one, of the sk that i has.  An auth token that is replaced stays good for webhooks for a day.
 * -EEXIST: the name is taken; else as record_update. */
int integration_write(struct api *a, const struct integration *now, const struct integration *i, json_t *config,
	json_t *checks, struct record *ret_record);

/* integration_fields.c: what POST /upstream/save-integration may hold (PLANE.md 3.1) */
struct integration_draft {
	struct str sk, name;
	int is_default; /* < 0: not said */
	struct str account_sid, api_key_sid;
	struct integration_secrets secrets;
	json_t *public_config; /* an object of its own */
};
/* Every fault goes to api_fault.  now: what is kept, for an update, or NULL. */
void integration_read(struct api *a, const struct integration *now, struct integration_draft *ret);
void integration_draft_done(struct integration_draft *d);

/* integration_checks.c: live checks */
struct integration_checks {
	json_t *list;           /* [{id, ok, detail, fix?}] */
	bool is_rejected;       /* the credentials are not good: nothing is to be saved */
	bool is_degraded, is_test;
	struct twilio_answer refusal; /* Twilio's, when rejected */
	struct str twiml_app_sid; /* made or found; in the arena */
};
void integration_check(struct api *a, const struct integration *i, struct integration_checks *ret);
void integration_checks_done(struct integration_checks *c);

/* twilio_ask.c */
/* twilio_call by the integration, whose status follows its breaker. */
int integration_call(struct api *a, struct integration *i, const struct twilio_request *q, struct twilio_answer *ret);
/* The same for one that other functions of twilio.h gave. */
void integration_follow(struct api *a, struct integration *i, const struct twilio_answer *answer);
json_t *twilio_provider(const struct twilio_answer *answer); /* the problem's member "provider" */
/* The problem for what twilio_call gave, with Twilio's own words. */
void reply_twilio(struct api *a, int err, const struct twilio_answer *answer);

#endif
