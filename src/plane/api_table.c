/* SPDX-License-Identifier: MIT */
/* Every resource's rows.  A new one: its file ends with `const struct api_route NAME_routes[]`, and NAME is a line here. */
#include "api_match.h"

#define TABLES(X) \
	X(app_keys) \
	X(call_actions) \
	X(calls) \
	X(flows) \
	X(groups) \
	X(integrations) \
	X(ivr_webhooks) \
	X(numbers) \
	X(openapi) \
	X(org) \
	X(presence) \
	X(ports) \
	X(queues) \
	X(recording_webhook) \
	X(recordings) \
	X(schedules) \
	X(signin) \
	X(softphone) \
	X(status) \
	X(upstream) \
	X(users) \
	X(voices)

#define X(name) extern const struct api_route name##_routes[];
TABLES(X)
#undef X

const struct api_route *const api_tables[] = {
#define X(name) name##_routes,
	TABLES(X)
#undef X
	NULL,
};
