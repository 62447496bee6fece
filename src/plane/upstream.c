/* SPDX-License-Identifier: MIT */
#include "upstream.h"

#include "ringdown/base/auto.h"

static const struct upstream_operation *const tables[] = {upstream_calls, upstream_lookups};

static const struct upstream_operation *find_operation(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct upstream_operation *o = tables[i]; o->name; o++)
			if (str_is(name, str_of(o->name)))
				return o;
	return NULL;
}

void upstream_reply(struct api *a, int status, json_t *steal_data)
{
	api_json(a, status, json_pack("{s:b, s:o}", "success", 1, "data", steal_data));
}

static void call(struct api *a)
{
	struct integration i;
	const struct upstream_operation *o = find_operation(a->path_values[1]);
	if (!o) {
		api_problem(a, 404, "unknown_operation", "there is no operation " STR_FMT, STR_ARG(a->path_values[1]));
		return;
	}
	if (!api_has_scope(a, o->scope)) {
		api_problem(a, 403, "insufficient_scope", "%s wants the scope %s", o->name, o->scope);
		return;
	}
	if (integration_find(a, a->path_values[0], &i) == 0)
		o->run(a, &i);
}

json_t *upstream_operations(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct upstream_operation *o = tables[i]; o->name; o++)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", o->name, "scope", o->scope, "summary", o->summary));
	return list;
}

/* GET /upstream/integration-types/{type}: what may be saved, and what it can do. */
static void types(struct api *a)
{
	struct str wanted = a->path_values[0];
	json_t *list = json_array();
	if (wanted.n == 0 || str_is(wanted, STR(INTEGRATION_TWILIO)) || str_is(wanted, STR("TwilioProvider")))
		json_array_append_new(list, json_pack("{s:s, s:s, s:[s,s,s,s,s], s:o}", "type", INTEGRATION_TWILIO, "title", "Twilio",
			"credentials", "accountSid", "authToken", "apiKeySid", "apiKeySecret", "webhookSharedKey", "operations",
			upstream_operations()));
	api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "data", list));
}

#define CALL "/upstream/call/{integration}/{operation}"

const struct api_route upstream_routes[] = {
	{"POST", CALL, AUTH_JWT, NULL, call, API_IDEMPOTENT, "Ask something of a provider"},
	{"GET", CALL, AUTH_JWT, NULL, call, 0, "Ask something of a provider that takes no body"},
	{"GET", "/upstream/integration-types", AUTH_JWT, "integration:read", types, 0, "What kinds of integrations there are"},
	{"GET", "/upstream/integration-types/{type}", AUTH_JWT, "integration:read", types, 0, "One kind of integration"},
	{0},
};
