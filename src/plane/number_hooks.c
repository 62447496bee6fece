/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "webhook_auth.h"

/* One row a URL of a number's. */
static const struct {
	const char *param, *method_param; /* of a request */
	const char *item, *name;          /* of an answer; ours */
	const char *path, *kind;          /* kind: what a secret in the URL is for */
} hooks[] = {
	{"VoiceUrl", "VoiceMethod", "voice_url", "voiceUrl", "voice", "voice"},
	{"VoiceFallbackUrl", "VoiceFallbackMethod", "voice_fallback_url", "voiceFallbackUrl", "voice?fallback=1", "voice"},
	{"StatusCallback", "StatusCallbackMethod", "status_callback", "statusCallback", "status", "status"},
	{"SmsUrl", "SmsMethod", "sms_url", "smsUrl", "sms", "sms"},
	{"SmsFallbackUrl", "SmsFallbackMethod", "sms_fallback_url", "smsFallbackUrl", "sms?fallback=1", "sms"},
};
enum { FALLBACK = 1 };
_Static_assert(ARRAY_LEN(hooks) == ARRAY_LEN(((struct number_hooks *)0)->urls), "a URL each");

void number_hooks_make(struct api *a, const struct integration *i, struct number_hooks *ret)
{
	for (size_t n = 0; n < ARRAY_LEN(hooks); n++)
		ret->urls[n] = webhook_url(a, i, hooks[n].path, hooks[n].kind);
	if (i->fallback_url.n > 0) /* what plays when this appliance is down */
		ret->urls[FALLBACK] = i->fallback_url;
}

void number_hooks_put(struct twilio_request *q, const struct number_hooks *h)
{
	for (size_t n = 0; n < ARRAY_LEN(hooks); n++) {
		twilio_put(q, hooks[n].param, h->urls[n]);
		twilio_put_text(q, hooks[n].method_param, "POST");
	}
}

json_t *number_webhooks(const json_t *item)
{
	json_t *j = json_object();
	for (size_t n = 0; n < ARRAY_LEN(hooks); n++)
		json_object_set_new(j, hooks[n].name, json_or_null(json_str(item, hooks[n].item)));
	return j;
}

json_t *number_drift(const struct number_hooks *h, const json_t *item)
{
	json_t *list = json_array();
	for (size_t n = 0; n < ARRAY_LEN(hooks); n++) {
		struct str actual = json_str(item, hooks[n].item);
		if (!str_is(actual, h->urls[n]))
			json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "field", hooks[n].name, "expected",
				json_of(h->urls[n]), "actual", json_or_null(actual)));
	}
	/* Either would overrule the URLs above. */
	static const char *const overruling[] = {"voice_application_sid", "trunk_sid", "sms_application_sid"};
	for (size_t n = 0; n < ARRAY_LEN(overruling); n++)
		if (json_str(item, overruling[n]).n > 0)
			json_array_append_new(list, json_pack("{s:s, s:n, s:o}", "field", overruling[n], "expected", "actual",
				json_of(json_str(item, overruling[n]))));
	return list;
}

static json_t *capabilities_of(const json_t *item)
{
	static const char *const names[] = {"voice", "sms", "mms", "fax"}, *const big[] = {"voice", "SMS", "MMS", "fax"};
	const json_t *theirs = json_object_get(item, "capabilities");
	json_t *ours = json_object();
	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		json_object_set_new(ours, names[n], json_boolean(json_is_true(json_object_get(theirs, names[n])) ||
			json_is_true(json_object_get(theirs, big[n]))));
	return ours;
}

void number_take(struct api *a, struct number *n, const struct integration *i, const json_t *item)
{
	struct number_hooks h;
	number_hooks_make(a, i, &h);
	n->sid = arena_str(a->arena, json_str(item, "sid"));
	n->e164 = arena_str(a->arena, json_str(item, "phone_number"));
	n->integration_sk = i->record.sk;
	n->checked_ms = a->now_ms;
	if (n->friendly_name.n == 0)
		n->friendly_name = arena_str(a->arena, json_str(item, "friendly_name"));
	json_object_set_new(n->data, "capabilities", capabilities_of(item));
	json_object_set_new(n->data, "webhooks", number_webhooks(item));
	json_object_set_new(n->data, "drift", number_drift(&h, item));
	struct str type = json_str(item, "type");
	if (type.n > 0)
		json_object_set_new(n->data, "phoneNumberType", json_of(type));
}
