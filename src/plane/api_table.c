/* SPDX-License-Identifier: MIT */
/* Every resource's rows.  A new one: its file ends with `const struct api_route NAME_routes[]`, and is named here twice. */
#include "api_match.h"

extern const struct api_route calls_routes[], flows_routes[], ivr_webhooks_routes[], queues_routes[], schedules_routes[],
	status_routes[], users_routes[];

const struct api_route *const api_tables[] = {
	calls_routes,
	flows_routes,
	ivr_webhooks_routes,
	queues_routes,
	schedules_routes,
	status_routes,
	users_routes,
	NULL,
};
