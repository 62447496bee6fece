/* SPDX-License-Identifier: MIT */
#include "call_rules.h"

#include <errno.h>

#include "flow_world.h"
#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/client_identity.h"
#include "ringdown/wire/phone.h"
#include "webhook_auth.h"

static const char countries_default[] = "US CA";

bool call_is_magic(struct str e164)
{
	return e164.n == 12 && str_starts(e164, STR("+1500555000"));
}

/* What the organisation has opened; fraud goes elsewhere. */
static struct str allowed_countries(struct api *a)
{
	struct record org;
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) < 0)
		return str_of(countries_default);
	AUTO(auto_json) json_t *settings = json_loadb(org.data.p, org.data.n, 0, NULL);
	return flow_countries(a->arena, settings);
}

bool call_may_reach(struct api *a, struct str to)
{
	if (call_is_magic(to) || phone_is_allowed(to, allowed_countries(a)))
		return true;
	api_problem(a, 403, "destination_not_allowed",
		"calls to this country or kind of number are not allowed; the organisation's allowedCountries say which are");
	return false;
}

static bool is_active_number(struct api *a, struct str e164, struct str *ret_sk)
{
	struct record number;
	if (record_find(&a->scope, a->arena, &record_number, "e164", store_text(e164), &number) < 0)
		return false;
	*ret_sk = number.sk;
	return str_is(number.columns[record_column(&record_number, "status")].bytes, STR("active"));
}

int call_from_check(struct api *a, struct integration *i, struct str from, struct str *ret_sk, struct twilio_answer *ret_answer)
{
	*ret_sk = STR("");
	*ret_answer = (struct twilio_answer){0};
	if (is_active_number(a, from, ret_sk))
		return 0;
	*ret_sk = STR("");
	if (i->is_test) /* nobody is called, and its numbers are magic */
		return call_is_magic(from) ? 0 : -ENOENT;
	struct twilio_request q = {.op = TWILIO_CALLER_ID_LIST};
	twilio_put(&q, "PhoneNumber", from);
	int err = integration_call(a, i, &q, ret_answer);
	if (err < 0)
		return err;
	return json_array_size(json_object_get(ret_answer->body, "outgoing_caller_ids")) > 0 ? 0 : -ENOENT;
}

struct str call_client_of(struct api *a, struct str user_sk)
{
	struct record user;
	struct buf b;
	char *text = arena_alloc(a->arena, CLIENT_IDENTITY_MAX + 8);
	if (!text || record_get(&a->scope, a->arena, &record_user, user_sk, &user) < 0 ||
		user.columns[record_column(&record_user, "is_active")].number == 0)
		return STR("");
	buf_init(&b, text, CLIENT_IDENTITY_MAX + 8);
	buf_put(&b, STR("client:"));
	return client_identity_put(&b, a->scope.org, user.sk) == 0 && buf_ok(&b) ? buf_str(&b) : STR("");
}

struct str call_flow_url(struct api *a, const struct integration *i, struct str flow)
{
	struct record r;
	int column = record_column(&record_flow, "published_version");
	if (record_find(&a->scope, a->arena, &record_flow, "name", store_text(flow), &r) < 0 || r.columns[column].type != STORE_INT)
		return STR("");
	struct str secret = webhook_secret(a, i, "ivr");
	return str_of(arena_printf(a->arena, STR_FMT "/automation/ivr/flow/" STR_FMT "%s" STR_FMT,
		STR_ARG(a->plane->settings.public_url), STR_ARG(flow), secret.n > 0 ? "?" : "", STR_ARG(secret)));
}

struct str call_status_url(struct api *a, const struct integration *i, struct str sk)
{
	return webhook_url(a, i, arena_printf(a->arena, "status?m=" STR_FMT, STR_ARG(sk)), "status");
}
