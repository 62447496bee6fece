/* upstream.h - POST|GET /upstream/call/{integration}/{operation}: what can be asked of a provider, by name. */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include "integrations.h"

/* SPDX-License-Identifier: MIT */

struct upstream_operation {
	const char *name, *scope; /* "lookup", "numbers:read" */
	/* Answers by upstream_reply, or a problem.  i: opened, of this organisation, not disabled. */
	void (*run)(struct api *a, struct integration *i);
	const char *summary;
};
json_t *upstream_operations(void); /* [{name, scope, summary}] */
void upstream_reply(struct api *a, int status, json_t *steal_data); /* {success: true, data} */

/* Each ends with a row without a name; upstream.c lists the tables. */
extern const struct upstream_operation upstream_calls[];   /* call_make.c */
extern const struct upstream_operation upstream_lookups[]; /* upstream_lookups.c */

#endif
