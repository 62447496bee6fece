/* SPDX-License-Identifier: MIT */
/* Operations that only look: a number's line type, messaging services, A2P registration. */
#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"
#include "upstream.h"

/* Of the body, or of the query when it came by GET. */
static struct str parameter(struct api *a, const char *name)
{
	struct str value = json_str(a->body, name);
	if (value.n == 0)
		(void)api_query(a, name, &value);
	return value;
}

/* A plus in a query is a blank to whoever decoded it. */
static struct str number_of(struct api *a, const char *name)
{
	struct str s = str_trim(parameter(a, name));
	return s.n > 0 && s.p[0] != '+' ? str_of(arena_printf(a->arena, "+" STR_FMT, STR_ARG(s))) : s;
}

static void lookup(struct api *a, struct integration *i)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	struct str number = number_of(a, "phoneNumber");
	if (number.n <= 1)
		number = number_of(a, "to");
	if (!phone_is_e164(number))
		api_fault(a, "/phoneNumber", "number_invalid", "phoneNumber is E.164, for example +15551234567");
	if (api_has_faults(a))
		return;
	struct twilio_request q = {.op = TWILIO_LOOKUP_FETCH, .path = {number}};
	twilio_put_text(&q, "Fields", "line_type_intelligence");
	int err = integration_call(a, i, &q, &answer);
	if (err < 0) {
		reply_twilio(a, err, &answer);
		return;
	}
	const json_t *b = answer.body, *line = json_object_get(b, "line_type_intelligence");
	upstream_reply(a, 200, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "phoneNumber", json_or_null(json_str(b, "phone_number")),
		"valid", json_boolean(json_is_true(json_object_get(b, "valid"))), "countryCode", json_or_null(json_str(b, "country_code")),
		"nationalFormat", json_or_null(json_str(b, "national_format")), "lineType", json_or_null(json_str(line, "type")), "carrier",
		json_or_null(json_str(line, "carrier_name"))));
}

static int add_service(json_t *item, void *arg)
{
	json_t *list = arg;
	return json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "sid", json_or_null(json_str(item, "sid")), "name",
		json_or_null(json_str(item, "friendly_name")), "useInboundWebhookOnNumber",
		json_boolean(json_is_true(json_object_get(item, "use_inbound_webhook_on_number"))), "inboundRequestUrl",
		json_or_null(json_str(item, "inbound_request_url")), "usAppToPersonRegistered",
		json_boolean(json_is_true(json_object_get(item, "us_app_to_person_registered"))))) < 0 ? -ENOMEM : 0;
}

static void list_services(struct api *a, struct integration *i)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	AUTO(auto_json) json_t *list = json_array();
	struct twilio_request q = {.op = TWILIO_SERVICE_LIST};
	int err = twilio_each(a->twilio, &i->account, &q, a->arena, "services", add_service, list, &answer);
	integration_follow(a, i, &answer);
	if (err < 0)
		reply_twilio(a, err, &answer);
	else
		upstream_reply(a, 200, json_incref(list));
}

/* The platform's words for Twilio's (PLANE.md 10.5). */
static const char *registration_of(struct str campaign)
{
	if (str_is(campaign, STR("VERIFIED")))
		return "registered";
	if (str_is(campaign, STR("FAILED")))
		return "rejected";
	if (str_is(campaign, STR("SUSPENDED")) || str_is(campaign, STR("EXPIRED")))
		return "suspended";
	return campaign.n > 0 ? "pending" : "unregistered";
}

static json_t *campaign_of(const json_t *c)
{
	json_t *limits = json_object_get(c, "rate_limits"), *errors = json_object_get(c, "errors");
	return json_pack("{s:o, s:o, s:o, s:o, s:O, s:O}", "status", json_or_null(json_str(c, "campaign_status")), "campaignId",
		json_or_null(json_str(c, "campaign_id")), "usecase", json_or_null(json_str(c, "us_app_to_person_usecase")), "brandSid",
		json_or_null(json_str(c, "brand_registration_sid")), "rateLimits", limits ? limits : json_null(), "errors",
		errors ? errors : json_null());
}

static void a2p_status(struct api *a, struct integration *i)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	struct str service = parameter(a, "messagingServiceSid");
	if (service.n == 0)
		service = i->messaging_service_sid;
	if (!is_sid(service, "MG"))
		api_fault(a, "/messagingServiceSid", "messaging_service_sid_invalid",
			"messagingServiceSid is MG and 32 hexadecimal digits; the integration has none to take instead");
	if (api_has_faults(a))
		return;
	const struct twilio_request q = {.op = TWILIO_USA2P_LIST, .path = {service}};
	int err = integration_call(a, i, &q, &answer);
	if (err < 0) {
		reply_twilio(a, err, &answer);
		return;
	}
	json_t *first = json_array_get(json_object_get(answer.body, "compliance"), 0);
	upstream_reply(a, 200, json_pack("{s:o, s:s, s:o}", "messagingServiceSid", json_of(service), "status",
		registration_of(json_str(first, "campaign_status")), "campaign", first ? campaign_of(first) : json_null()));
}

const struct upstream_operation upstream_lookups[] = {
	{"lookup", "numbers:read", lookup, "Line type and carrier of a number (Twilio Lookup v2, charged)"},
	{"list-messaging-services", "integration:read", list_services, "The account's messaging services"},
	{"a2p-status", "numbers:read", a2p_status, "A2P 10DLC registration of a messaging service; read only"},
	{0},
};
