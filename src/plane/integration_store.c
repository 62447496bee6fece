/* SPDX-License-Identifier: MIT */
/* How an integration is kept: its columns, its data, and its secrets sealed as one text. */
#include <errno.h>
#include <string.h>

#include "integrations.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "secrets.h"

enum { C_TYPE, C_NAME, C_ACCOUNT, C_KEY_SID, C_SEALED, C_PREVIOUS, C_PREVIOUS_UNTIL, C_ENVIRONMENT, C_STATUS, C_DEFAULT,
	C_COUNT };

#define BULLETS "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

json_t *json_or_null(struct str s)
{
	return s.n > 0 ? json_of(s) : json_null();
}

static json_t *data_of(const struct record *r)
{
	return json_loadb(r->data.p, r->data.n, 0, NULL);
}

json_t *integration_config(const struct record *r)
{
	AUTO(auto_json) json_t *data = data_of(r);
	json_t *config = json_object_get(data, "publicConfig");
	return json_is_object(config) ? json_incref(config) : json_object();
}

bool integration_is(const struct record *r, struct str which)
{
	bool is_type = str_is(which, r->columns[C_TYPE].bytes) || str_is(which, STR("TwilioProvider")) ||
		str_is(which, STR("twilio"));
	return is_type || str_is(which, r->sk) || str_is(which, r->columns[C_NAME].bytes);
}

static json_t *masked(const json_t *masks, const char *name)
{
	struct str end = json_str(masks, name);
	char text[32];
	if (!json_is_string(json_object_get(masks, name)))
		return json_null();
	(void)snprintf(text, sizeof(text), BULLETS STR_FMT, STR_ARG(end));
	return json_string(text);
}

json_t *integration_view(struct api *a, const struct record *r)
{
	AUTO(auto_json) json_t *data = data_of(r);
	const json_t *masks = json_object_get(data, "masks");
	json_t *checks = json_object_get(data, "checks"), *config = json_object_get(data, "publicConfig");
	json_t *credentials = json_pack("{s:o, s:o, s:o, s:o}", "accountSid", json_of(r->columns[C_ACCOUNT].bytes), "authToken",
		masked(masks, "authToken"), "apiKeySid", json_or_null(r->columns[C_KEY_SID].bytes), "apiKeySecret",
		masked(masks, "apiKeySecret"));
	if (json_object_get(masks, "webhookSharedKey"))
		json_object_set_new(credentials, "webhookSharedKey", masked(masks, "webhookSharedKey"));
	(void)a;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:O, s:o, s:O, s:I, s:o, s:o}", "sk", json_of(r->sk), "pk",
		json_of(r->org), "type", json_of(r->columns[C_TYPE].bytes), "name", json_of(r->columns[C_NAME].bytes), "status",
		json_of(r->columns[C_STATUS].bytes), "environment", json_of(r->columns[C_ENVIRONMENT].bytes), "default",
		r->columns[C_DEFAULT].number != 0, "publicConfig", config, "credentials", credentials, "checks", checks, "version",
		(json_int_t)r->version, "createdAt", json_time(r->created_ms), "updatedAt", json_time(r->modified_ms));
}

/* ---- secrets ---- */
static int read_secrets(struct api *a, const struct record *r, struct integration_secrets *ret)
{
	struct str text;
	int err = secret_unseal(a, r->org, r->sk, "cred_enc", r->columns[C_SEALED].bytes, &text);
	if (err < 0)
		return err;
	AUTO(auto_json) json_t *j = json_loadb(text.p, text.n, 0, NULL);
	ret->auth_token = arena_str(a->arena, json_str(j, "authToken"));
	ret->api_key_secret = arena_str(a->arena, json_str(j, "apiKeySecret"));
	ret->shared_key = arena_str(a->arena, json_str(j, "webhookSharedKey"));
	return json_is_object(j) ? 0 : -EBADMSG;
}

static int seal_secrets(struct api *a, struct str sk, const struct integration_secrets *s, struct str *ret_sealed)
{
	AUTO(auto_json) json_t *j = json_pack("{s:o, s:o, s:o}", "authToken", json_or_null(s->auth_token), "apiKeySecret",
		json_or_null(s->api_key_secret), "webhookSharedKey", json_or_null(s->shared_key));
	struct str text = json_write(j, a->arena);
	return text.n > 0 ? secret_seal(a, sk, "cred_enc", text, ret_sealed) : -ENOMEM;
}

/* ---- from what is kept to what is used ---- */
void integration_configure(struct integration *i, const json_t *config)
{
	i->messaging_service_sid = json_str(config, "messagingServiceSid");
	i->sender_number = json_str(config, "defaultSenderNumber");
	i->twiml_app_sid = json_str(config, "twimlAppSid");
	i->fallback_url = json_str(config, "voiceFallbackUrl");
	i->region = json_str(config, "region");
	i->edge = json_str(config, "edge");
	i->webhook_auth = json_str(config, "webhookAuth");
	bool has_key = i->api_key_sid.n > 0;
	i->account = (struct twilio_account){.sid = i->account_sid, .user = has_key ? i->api_key_sid : i->account_sid,
		.password = has_key ? i->secrets.api_key_secret : i->secrets.auth_token, .region = i->region, .edge = i->edge};
}

/* Views into a tree that goes: into the arena. */
static void outlive(struct api *a, struct integration *i)
{
	struct str *const texts[] = {&i->messaging_service_sid, &i->sender_number, &i->twiml_app_sid, &i->fallback_url, &i->region,
		&i->edge, &i->webhook_auth};
	for (size_t n = 0; n < ARRAY_LEN(texts); n++)
		*texts[n] = arena_str(a->arena, *texts[n]);
	i->account.region = i->region;
	i->account.edge = i->edge;
}

int integration_open(struct api *a, const struct record *r, struct integration *ret)
{
	*ret = (struct integration){.record = *r, .name = r->columns[C_NAME].bytes, .account_sid = r->columns[C_ACCOUNT].bytes,
		.api_key_sid = r->columns[C_KEY_SID].bytes, .environment = r->columns[C_ENVIRONMENT].bytes,
		.status = r->columns[C_STATUS].bytes, .is_default = r->columns[C_DEFAULT].number != 0};
	ret->is_test = str_is(ret->environment, STR("test"));
	int err = read_secrets(a, r, &ret->secrets);
	if (err < 0)
		return err;
	AUTO(auto_json) json_t *config = integration_config(r);
	integration_configure(ret, config);
	outlive(a, ret);
	return 0;
}

static const char *mask_end(struct str secret, char end[5])
{
	size_t n = secret.n > 16 ? 4 : 0;
	memcpy(end, secret.p + (secret.n - n), n);
	end[n] = '\0';
	return end;
}

static json_t *masks_of(const struct integration_secrets *s)
{
	char end[5];
	json_t *masks = json_object();
	if (s->auth_token.n > 0)
		json_object_set_new(masks, "authToken", json_string(mask_end(s->auth_token, end)));
	if (s->api_key_secret.n > 0)
		json_object_set_new(masks, "apiKeySecret", json_string(""));
	if (s->shared_key.n > 0)
		json_object_set_new(masks, "webhookSharedKey", json_string(""));
	return masks;
}

/* The former token goes on verifying webhooks that Twilio signed before it knew the new one. */
static int previous_token(struct api *a, const struct integration *now, const struct integration *i, struct str sk,
	struct store_value values[C_COUNT])
{
	struct str old = now ? now->secrets.auth_token : (struct str){0}, sealed;
	values[C_PREVIOUS] = now ? now->record.columns[C_PREVIOUS] : store_null();
	values[C_PREVIOUS_UNTIL] = now ? now->record.columns[C_PREVIOUS_UNTIL] : store_null();
	if (old.n == 0 || str_is(old, i->secrets.auth_token))
		return 0;
	int err = secret_seal(a, sk, "prev_token_enc", old, &sealed);
	values[C_PREVIOUS] = store_text(sealed);
	values[C_PREVIOUS_UNTIL] = store_int(a->now_ms + PREVIOUS_TOKEN_MS);
	return err;
}

static int fill(struct api *a, const struct integration *now, const struct integration *i, struct str sk,
	struct store_value values[C_COUNT])
{
	struct str sealed;
	int err = seal_secrets(a, sk, &i->secrets, &sealed);
	if (err == 0)
		err = previous_token(a, now, i, sk, values);
	if (err < 0)
		return err;
	values[C_TYPE] = store_text(STR(INTEGRATION_TWILIO));
	values[C_NAME] = store_text(i->name);
	values[C_ACCOUNT] = store_text(i->account_sid);
	values[C_KEY_SID] = store_text_or_null(i->api_key_sid);
	values[C_SEALED] = store_text(sealed);
	values[C_ENVIRONMENT] = store_text(i->is_test ? STR("test") : STR("live"));
	values[C_STATUS] = store_text(i->status);
	values[C_DEFAULT] = store_int(i->is_default);
	return 0;
}

struct writing {
	struct api *a;
	const struct integration *now;
	const struct store_value *values;
	struct str sk, data;
	bool is_default;
};

/* There is one default at most. */
static int write_it(struct store_conn *c, void *arg)
{
	const struct writing *w = arg;
	const struct store_value others[] = {store_text(w->a->scope.org), store_text(w->sk)};
	int err = w->is_default
		? store_run(c, "UPDATE integration SET is_default = 0 WHERE org = $1 AND sk <> $2 AND is_default = 1", others, 2) : 0;
	if (err < 0)
		return err;
	return w->now ? record_update(&w->a->scope, &record_integration, w->sk, w->now->record.version, w->data, w->values)
		      : record_insert(&w->a->scope, &record_integration, w->sk, w->data, w->values);
}

int integration_write(struct api *a, const struct integration *now, const struct integration *i, json_t *config,
	json_t *checks, struct record *ret_record)
{
	struct store_value values[C_COUNT];
	struct str sk = i->record.sk;
	AUTO(auto_json) json_t *data = json_pack("{s:O, s:o, s:o}", "publicConfig", config, "checks",
		checks ? json_incref(checks) : json_array(), "masks", masks_of(&i->secrets));
	struct writing w = {a, now, values, sk, json_write(data, a->arena), i->is_default};
	int err = w.data.n > 0 ? fill(a, now, i, sk, values) : -ENOMEM;
	if (err == 0)
		err = store_transaction(a->store, write_it, &w);
	return err < 0 ? err : record_get(&a->scope, a->arena, &record_integration, sk, ret_record);
}

/* ---- which one ---- */
static int pick(struct api *a, const struct record_list *l, struct str which, const struct record **ret)
{
	uint32_t n = 0;
	*ret = NULL;
	for (uint32_t i = 0; i < l->n_records; i++) {
		const struct record *r = &l->records[i];
		if (which.n > 0 && (str_is(which, r->sk) || str_is(which, r->columns[C_NAME].bytes))) {
			*ret = r;
			return 0;
		}
		if (which.n > 0 && !integration_is(r, which))
			continue;
		n++;
		if (!*ret || r->columns[C_DEFAULT].number != 0)
			*ret = r;
	}
	if (n > 1 && (*ret)->columns[C_DEFAULT].number == 0) {
		api_problem(a, 409, "integration_ambiguous", "there are %u: name one, or save one with default: true", n);
		return -EEXIST;
	}
	return n > 0 ? 0 : -ENOENT;
}

static bool is_type_word(struct str which)
{
	return which.n == 0 || str_is(which, STR(INTEGRATION_TWILIO)) || str_is(which, STR("TwilioProvider")) ||
		str_is(which, STR("twilio")) || str_is(which, STR("sms-provider"));
}

int integration_find(struct api *a, struct str which, struct integration *ret)
{
	struct record_list list;
	struct record_query q = {.page_size = RECORD_PAGE_MAX};
	const struct record *r;
	api_filter(&q, "status", "<>", store_text(STR("disabled")));
	int err = record_list(&a->scope, a->arena, &record_integration, &q, &list);
	if (err < 0) {
		api_store_problem(a, err);
		return err;
	}
	err = pick(a, &list, str_is(which, STR("sms-provider")) ? STR(INTEGRATION_TWILIO) : which, &r);
	if (err == -ENOENT && is_type_word(which))
		api_problem(a, 409, "twilio_not_configured", "Twilio not configured: POST /upstream/save-integration first");
	else if (err == -ENOENT)
		api_problem(a, 404, "integration_not_found", "there is no integration " STR_FMT, STR_ARG(which));
	if (err < 0)
		return err;
	err = integration_open(a, r, ret);
	if (err < 0)
		api_problem(a, 500, "credentials_unreadable",
			"the credentials of \"" STR_FMT "\" cannot be opened: is its key there?", STR_ARG(r->columns[C_NAME].bytes));
	return err;
}
