/* softphone.h - what other handlers need of the softphone.  Workers only. */
#ifndef SOFTPHONE_H
#define SOFTPHONE_H

#include <jansson.h>

#include "presence.h"
#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

/* POST /connect/webhook/twilio/voice?app=1: a softphone calls out.  Answers TwiML, always. */
void softphone_voice(struct api *a);

/* The identity of a user of this request's org, in the arena; empty: no memory. */
struct str softphone_identity(struct api *a, struct str user_sk);

struct user_number { /* texts in the arena */
	struct str sk, e164, friendly_name;
	bool is_direct;        /* of the user; else of one of the user's groups */
	struct str data;       /* the record's */
};
/* The active numbers that are the user's own or a group's, own ones first. */
int user_numbers(struct api *a, struct str user_sk, struct user_number **ret_list, uint32_t *ret_n);

json_t *presence_view(const struct presence *p);

#endif
