/* SPDX-License-Identifier: MIT */
/* One row a field: adding one is adding a row. */
#include <string.h>

#include "integrations.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"

typedef bool text_fn(struct str s);
struct text_rule {
	const char *name, *alias; /* alias: the platform's spelling, or NULL */
	text_fn *is_ok;
	const char *reason, *words;
	size_t offset; /* credentials: of the draft's member */
};

static bool is_account_sid(struct str s) { return is_sid(s, "AC"); }
static bool is_key_sid(struct str s) { return is_sid(s, "SK"); }
static bool is_service_sid(struct str s) { return is_sid(s, "MG"); }
static bool is_app_sid(struct str s) { return is_sid(s, "AP"); }
static bool is_auth_token(struct str s) { return is_hex(s, 32); }
static bool is_key_secret(struct str s) { return is_printable(s, 1, 128); }
static bool is_shared_key(struct str s) { return is_printable(s, 16, 256); }
static bool is_region(struct str s) { return str_is_among(s, "us1 ie1 au1"); }
static bool is_environment(struct str s) { return str_is_among(s, "live test"); }
static bool is_handling(struct str s) { return str_is_among(s, "twilio appliance"); }
static bool is_webhook_auth(struct str s) { return str_is_among(s, "signature url-secret"); }
static bool is_transcriber(struct str s) { return str_is_among(s, "none twilio-record twilio-batch appliance"); }
static bool is_word(struct str s) { return is_printable(s, 1, 128); }

/* A part of a host's name: it goes into the URL that credentials are sent to. */
static bool is_edge(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 'a' || s.p[i] > 'z') && (s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= 32;
}

#define OF(member) offsetof(struct integration_draft, member)
static const struct text_rule credentials[] = {
	{"accountSid", NULL, is_account_sid, "account_sid_invalid", "AC and 32 hexadecimal digits", OF(account_sid)},
	{"authToken", NULL, is_auth_token, "auth_token_invalid", "32 hexadecimal digits", OF(secrets.auth_token)},
	{"apiKeySid", "apiKey", is_key_sid, "api_key_sid_invalid", "SK and 32 hexadecimal digits", OF(api_key_sid)},
	{"apiKeySecret", NULL, is_key_secret, "api_key_secret_invalid", "1 to 128 printable characters",
		OF(secrets.api_key_secret)},
	{"webhookSharedKey", NULL, is_shared_key, "webhook_shared_key_invalid", "16 to 256 printable characters",
		OF(secrets.shared_key)},
};
static const struct text_rule publics[] = {
	{"messagingServiceSid", NULL, is_service_sid, "messaging_service_sid_invalid", "MG and 32 hexadecimal digits", 0},
	{"defaultSenderNumber", NULL, phone_is_e164, "number_invalid", "E.164, for example +15551234567", 0},
	{"region", NULL, is_region, "region_unknown", "us1, ie1 or au1", 0},
	{"edge", NULL, is_edge, "edge_invalid", "the name of an edge, for example dublin", 0},
	{"environment", NULL, is_environment, "environment_unknown", "live or test", 0},
	{"twimlAppSid", "appSid", is_app_sid, "twiml_app_sid_invalid", "AP and 32 hexadecimal digits", 0},
	{"optOutHandling", NULL, is_handling, "opt_out_handling_unknown", "twilio or appliance", 0},
	{"webhookAuth", NULL, is_webhook_auth, "webhook_auth_unknown", "signature or url-secret", 0},
	{"voiceFallbackUrl", NULL, is_https_url, "url_not_https", "an https URL", 0},
};
static const struct text_rule transcriptions[] = {
	{"provider", NULL, is_transcriber, "transcription_unknown", "none, twilio-record, twilio-batch or appliance", 0},
	{"configurationId", NULL, is_word, "configuration_id_invalid", "1 to 128 printable characters", 0},
};

static const struct text_rule *find_rule(const struct text_rule *rules, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rules[i].name, name) == 0 || (rules[i].alias && strcmp(rules[i].alias, name) == 0))
			return &rules[i];
	return NULL;
}

/* False, and a fault: the value is not a text as the rule has it. */
static bool check_text(struct api *a, const char *at, const char *name, const struct text_rule *rule, const json_t *v)
{
	if (json_is_string(v) && rule->is_ok(json_text(v)))
		return true;
	api_fault(a, arena_printf(a->arena, "%s/%s", at, name), rule->reason, "%s has to be %s", name, rule->words);
	return false;
}

static bool is_count(const json_t *v, double least, double most)
{
	return json_is_number(v) && json_number_value(v) >= least && json_number_value(v) <= most;
}

static bool are_countries(const json_t *list)
{
	size_t i;
	json_t *v;
	json_array_foreach(list, i, v)
		if (!is_country(json_text(v)))
			return false;
	return json_is_array(list) && json_array_size(list) <= 250;
}

/* "500.00" or 500 */
static bool is_money(const json_t *v)
{
	struct str s = json_text(v);
	size_t n_points = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.')
			n_points++;
		else if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return is_count(v, 0, 1e9) || (s.n > 0 && s.n < 16 && s.p[0] != '.' && n_points <= 1);
}

static void check_limits(struct api *a, const char *at, const json_t *limits)
{
	const char *name;
	json_t *v;
	if (!json_is_object(limits)) {
		api_fault(a, at, "limits_invalid", "limits is an object");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)limits, name, v) {
		bool is_ok = true;
		if (strcmp(name, "allowedCountries") == 0)
			is_ok = are_countries(v);
		else if (strcmp(name, "monthlySpendCap") == 0)
			is_ok = is_money(v);
		else if (strcmp(name, "maxConcurrentCalls") == 0)
			is_ok = json_is_integer(v) && is_count(v, 0, 100000);
		else if (strcmp(name, "smsPerSecond") == 0 || strcmp(name, "callsPerSecond") == 0)
			is_ok = is_count(v, 0.01, 1000);
		else
			api_warn(a, "%s/%s is not known, ignoring it", at, name);
		if (!is_ok)
			api_fault(a, arena_printf(a->arena, "%s/%s", at, name), "limit_invalid",
				"%s is not a limit, list of countries or amount as it should be", name);
	}
}

static void check_transcription(struct api *a, const char *at, json_t *object)
{
	const char *name;
	json_t *v;
	if (!json_is_object(object)) {
		api_fault(a, at, "transcription_invalid", "transcription is an object");
		return;
	}
	json_object_foreach(object, name, v) {
		const struct text_rule *rule = find_rule(transcriptions, ARRAY_LEN(transcriptions), name);
		if (rule)
			(void)check_text(a, at, name, rule, v);
		else
			api_warn(a, "%s/%s is not known, ignoring it", at, name);
	}
}

/* One member of publicConfig.  null takes it away.  False: it is not a name of publicConfig's. */
static bool read_public(struct api *a, const char *at, const char *name, json_t *v, struct integration_draft *d)
{
	const struct text_rule *rule = find_rule(publics, ARRAY_LEN(publics), name);
	const char *pointer = arena_printf(a->arena, "%s/%s", at, name);
	bool is_other = strcmp(name, "limits") == 0 || strcmp(name, "transcription") == 0 || strcmp(name, "sharedAccount") == 0;
	if (!rule && !is_other)
		return false;
	const char *kept = rule ? rule->name : name;
	if (json_is_null(v)) {
		json_object_del(d->public_config, kept);
		return true;
	}
	if (rule && !check_text(a, at, name, rule, v))
		return true;
	if (strcmp(name, "limits") == 0)
		check_limits(a, pointer, v);
	if (strcmp(name, "transcription") == 0)
		check_transcription(a, pointer, v);
	if (strcmp(name, "sharedAccount") == 0 && !json_is_boolean(v))
		api_fault(a, pointer, "shared_account_invalid", "sharedAccount is true or false");
	json_object_set(d->public_config, kept, v);
	return true;
}

static bool read_credential(struct api *a, const char *at, const char *name, json_t *v, struct integration_draft *d)
{
	const struct text_rule *rule = find_rule(credentials, ARRAY_LEN(credentials), name);
	if (!rule)
		return false;
	if (!json_is_null(v) && check_text(a, at, name, rule, v))
		*(struct str *)(void *)((char *)d + rule->offset) = json_text(v);
	return true;
}

enum part { CREDENTIALS = 1, PUBLICS = 2 };

static void read_object(struct api *a, const char *at, json_t *object, unsigned parts, struct integration_draft *d)
{
	const char *name;
	json_t *v;
	if (object && !json_is_null(object) && !json_is_object(object))
		api_fault(a, at, "not_an_object", "%s is an object", at + 1);
	json_object_foreach(object, name, v) {
		bool is_known = (parts & CREDENTIALS) && read_credential(a, at, name, v, d);
		is_known = is_known || ((parts & PUBLICS) && read_public(a, at, name, v, d));
		if (!is_known)
			api_warn(a, "%s/%s is not known, ignoring it", at, name);
	}
}

static void read_name(struct api *a, const struct integration *now, struct integration_draft *d)
{
	const json_t *name = json_object_get(a->body, "name");
	bool is_platforms = json_is_object(json_object_get(a->body, "config"));
	if (json_is_string(name))
		d->name = json_text(name);
	else if (!name && now)
		d->name = now->name;
	else if (!name && is_platforms)
		d->name = STR("Twilio");
	if (d->name.n == 0 || d->name.n > 100)
		api_fault(a, "/name", "name_invalid", "name has 1 to 100 characters");
}

static void read_type(struct api *a)
{
	struct str type = json_str(a->body, "type"), provider = json_str(a->body, "provider");
	bool is_ours = str_is_among(type, INTEGRATION_TWILIO " TwilioProvider twilio") ||
		(type.n == 0 && str_is_among(provider, "twilio " INTEGRATION_TWILIO));
	if (!is_ours)
		api_fault(a, "/type", "unsupported_integration", "type is " INTEGRATION_TWILIO);
}

/* Twilio signs with the auth token alone: without one, what comes is told by a secret in the URL (PLANE.md 3.3). */
static void check_webhook_auth(struct api *a, const struct integration_draft *d)
{
	struct str how = json_str(d->public_config, "webhookAuth");
	if (str_is(how, STR("url-secret")))
		return;
	if (how.n > 0) {
		api_fault(a, "/publicConfig/webhookAuth", "webhook_auth_impossible",
			"without authToken no signature can be checked: give it, or set webhookAuth to url-secret");
		return;
	}
	json_object_set_new(d->public_config, "webhookAuth", json_string("url-secret"));
	api_warn(a, "without authToken webhooks are told by a secret in their URL, not by signature");
}

/* What only makes sense together.  has_x: given, or kept from before. */
static void check_together(struct api *a, const struct integration *now, const struct integration_draft *d)
{
	bool has_token = d->secrets.auth_token.n > 0 || (now && now->secrets.auth_token.n > 0);
	bool has_key = d->api_key_sid.n > 0 || (now && now->api_key_sid.n > 0);
	bool has_secret = d->secrets.api_key_secret.n > 0 || (now && now->secrets.api_key_secret.n > 0);
	bool is_secret_old = now && d->api_key_sid.n > 0 && !str_is(d->api_key_sid, now->api_key_sid) &&
		d->secrets.api_key_secret.n == 0;
	if (d->account_sid.n == 0 && !now && !json_object_get(json_object_get(a->body, "credentials"), "accountSid"))
		api_fault(a, "/credentials/accountSid", "account_sid_required", "accountSid is required");
	if (has_key != has_secret || is_secret_old)
		api_fault(a, "/credentials/apiKeySecret", "api_key_incomplete", "apiKeySid and apiKeySecret come together");
	if (!has_token && !has_key)
		api_fault(a, "/credentials/authToken", "credentials_required", "authToken or an API key is required");
	if (!has_token && d->secrets.shared_key.n == 0 && !(now && now->secrets.shared_key.n > 0))
		check_webhook_auth(a, d);
}

void integration_read(struct api *a, const struct integration *now, struct integration_draft *ret)
{
	*ret = (struct integration_draft){.is_default = -1};
	AUTO(auto_json) json_t *kept = now ? json_loadb(now->record.data.p, now->record.data.n, 0, NULL) : NULL;
	json_t *was = json_object_get(kept, "publicConfig");
	ret->public_config = was ? json_deep_copy(was) : json_object();
	read_type(a);
	read_name(a, now, ret);
	read_object(a, "/credentials", json_object_get(a->body, "credentials"), CREDENTIALS, ret);
	read_object(a, "/publicConfig", json_object_get(a->body, "publicConfig"), PUBLICS, ret);
	read_object(a, "/config", json_object_get(a->body, "config"), CREDENTIALS | PUBLICS, ret);
	const json_t *is_default = json_object_get(a->body, "default");
	if (json_is_boolean(is_default))
		ret->is_default = json_is_true(is_default);
	if (ret->account_sid.n > 0)
		ret->account_sid = sid_lower(ret->account_sid, a->arena);
	check_together(a, now, ret);
}

void integration_draft_done(struct integration_draft *d)
{
	json_decref(d->public_config);
	d->public_config = NULL;
}
