/* api_rig.h - a plane over a store of its own, with the organisations acme and other; requests are run by a worker on
 * this thread. */
#ifndef API_RIG_H
#define API_RIG_H

#include "plane_rig.h"

#include <jansson.h>

#include "../../../src/plane/api_private.h"
#include "ringdown/plane/bearer.h"

/* SPDX-License-Identifier: MIT */

#define API_SECRET "0123456789abcdef0123456789abcdef"

struct api_rig {
	struct store *store;
	struct plane *plane;
	struct worker worker;
	struct bearer_keys keys;
	struct arena arena;
	const char *org, *token;  /* of the next requests; token NULL: none */
	const char *if_match, *idempotency_key, *client_token;
	struct plane_request *last; /* freed by the next one */
	json_t *answer;             /* of last; NULL: no JSON */
};
extern struct api_rig api_rig;

int api_setup(void **state);    /* token: an owner of acme, by the command line */
int api_teardown(void **state);
const char *api_rig_token(const char *org, const char *type, const char *subject, const char *roles, const char *scopes);
/* Runs it and gives its status; body NULL: none. */
int api_ask(const char *method, const char *path, const char *body);
const char *api_said(const char *pointer);  /* a text in the answer: "/data/email", "/errors/0/pointer"; "" when it is not there */
int64_t api_said_number(const char *pointer);
const json_t *api_said_json(const char *pointer);
const char *api_reply_header(const char *name); /* "" */
int64_t api_count(const char *sql);

#define API_TEST(test) cmocka_unit_test_setup_teardown(test, api_setup, api_teardown)
/* Status, and the words on failure. */
#define assert_asked(status_, method, path, body)                                                       \
	do {                                                                                            \
		int api_status = api_ask(method, path, body);                                           \
		if (api_status != (status_))                                                            \
			fail_msg("%s %s: %d: %s", method, path, api_status, rig_text(api_rig.last));    \
	} while (0)

#endif
