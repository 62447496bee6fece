/* help_server.h - a Realtime server and a caller in virtual time, who do what they usually do, and
 * now and then what they should not: refuse, fall silent, fail, close, expire, interrupt. */
#ifndef HELP_SERVER_H
#define HELP_SERVER_H

#include "help_world.h"

/* SPDX-License-Identifier: MIT */

enum { SERVER_HAPPENINGS_MAX = 2048 };

struct happening { /* one event on its way to the machine */
	int64_t at_us;
	uint32_t session, response; /* whose it is; 0: of none */
	struct call_event ev;       /* its views point below */
	size_t n_samples;           /* sound instead of an event, if not 0 */
	char response_id[16], item_id[16], call_id[16], text[48];
};

struct server {
	struct world w;
	uint32_t seed;
	uint32_t faults;         /* in a thousand of what could go wrong */
	struct happening list[SERVER_HAPPENINGS_MAX]; /* in no order */
	uint32_t n;
	uint32_t n_responses, n_items, n_calls;
	uint32_t active;         /* the response being made; 0: none */
	int64_t speech_due_us;   /* the caller speaks next then */
	int64_t waits_us;        /* the caller has spoken and heard nothing since then; 0: not so */
};

void server_run(struct server *v, uint32_t seed, uint32_t faults, int64_t for_us);

#endif
