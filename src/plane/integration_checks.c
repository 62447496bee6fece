/* SPDX-License-Identifier: MIT */
/* The live checks of save-integration and verify (PLANE.md 3.1), one function each.  Only the first can refuse. */
#include <errno.h>
#include <string.h>

#include "integrations.h"
#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "webhook_auth.h"

struct checking {
	struct api *api;
	const struct integration *i;
	struct integration_checks *checks;
};

static json_t *add(struct checking *c, const char *id, bool is_ok, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static json_t *add(struct checking *c, const char *id, bool is_ok, const char *fmt, ...)
{
	char words[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	json_t *row = json_pack("{s:s, s:b, s:s}", "id", id, "ok", is_ok, "detail", words);
	json_array_append_new(c->checks->list, row);
	c->checks->is_degraded = c->checks->is_degraded || !is_ok;
	return row;
}

/* What Twilio gave, in words: its message and code, or that there was no answer. */
static const char *words_of(struct checking *c, int err, const struct twilio_answer *a)
{
	if (err == -EREMOTEIO)
		return arena_printf(c->api->arena, "Twilio answered %d (code %d): " STR_FMT, a->status, a->code,
			STR_ARG(a->message));
	return a->status > 0 ? "Twilio's answer could not be read" : "Twilio did not answer";
}

static int ask(struct checking *c, struct twilio_request *q, struct twilio_answer *ret)
{
	q->is_check = true;
	return twilio_call(c->api->twilio, &c->i->account, q, c->api->arena, ret);
}

static bool is_refused(int err, const struct twilio_answer *a)
{
	return err == -EREMOTEIO && (a->status == 401 || a->status == 403);
}

static void reject(struct checking *c, const char *id, int err, struct twilio_answer *answer)
{
	add(c, id, false, "%s", words_of(c, err, answer));
	c->checks->is_rejected = true;
	c->checks->refusal = *answer; /* moved */
	*answer = (struct twilio_answer){0};
}

static void tell_account(struct checking *c, const struct twilio_answer *answer)
{
	struct str status = json_str(answer->body, "status"), type = json_str(answer->body, "type");
	struct str name = json_str(answer->body, "friendly_name");
	bool is_active = str_is(status, STR("active"));
	json_t *row = add(c, "account", is_active, "\"" STR_FMT "\" is " STR_FMT ", type " STR_FMT "%s", STR_ARG(name),
		STR_ARG(status), STR_ARG(type), is_active ? "" : ": Twilio will neither call nor be called");
	json_object_set_new(row, "accountStatus", json_of(status));
	json_object_set_new(row, "accountType", json_of(type));
}

static int read_messages(struct checking *c, const struct twilio_account *as, struct twilio_answer *ret)
{
	struct twilio_request q = {.op = TWILIO_MESSAGE_LIST, .is_check = true};
	twilio_put_text(&q, "PageSize", "1");
	return twilio_call(c->api->twilio, as, &q, c->api->arena, ret);
}

/* A key may lack the right to read the account, and be good for all the rest (PLANE.md 0). */
static void check_key_alone(struct checking *c, int err, struct twilio_answer *first)
{
	AUTO(twilio_answer_done) struct twilio_answer second;
	int other = read_messages(c, &c->i->account, &second);
	if (other == 0)
		add(c, "account", true, "the API key may not read the account (%d), but its messages", first->status);
	else if (is_refused(other, &second))
		reject(c, "account", err, first);
	else
		add(c, "account", false, "%s", words_of(c, other, &second));
}

/* Test credentials are told by what they may not: read the account (PLANE.md 3.4).  A closed account is another matter. */
static bool is_test_refusal(const struct twilio_answer *a)
{
	return a->status == 403 && (a->code == 20008 || !(a->error->code > 0 && (a->error->flags & TWILIO_CREDENTIALS)));
}

/* 1: the credentials are good, and the account is alive. */
static void check_account(struct checking *c)
{
	const struct integration *i = c->i;
	bool has_token = i->secrets.auth_token.n > 0;
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q = {.op = TWILIO_ACCOUNT_FETCH, .is_check = true};
	struct twilio_account as = i->account;
	if (has_token) /* it signs the webhooks: it has to be right, whatever we ask with */
		as.user = i->account_sid, as.password = i->secrets.auth_token;
	int err = twilio_call(c->api->twilio, &as, &q, c->api->arena, &answer);
	if (err == 0)
		tell_account(c, &answer);
	else if (is_refused(err, &answer) && has_token && is_test_refusal(&answer))
		c->checks->is_test = true;
	else if (is_refused(err, &answer) && !has_token)
		check_key_alone(c, err, &answer);
	else if (err == -EREMOTEIO && answer.status < 500 && answer.status != 429)
		reject(c, "account", err, &answer);
	else
		add(c, "account", false, "%s", words_of(c, err, &answer));
}

/* 2: a Restricted key may lack what we need. */
static void check_key(struct checking *c)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	if (c->i->api_key_sid.n == 0 || c->i->secrets.auth_token.n == 0) /* alone it was looked at above */
		return;
	int err = read_messages(c, &c->i->account, &answer);
	if (is_refused(err, &answer) && answer.status == 401)
		reject(c, "api-key", err, &answer);
	else
		add(c, "api-key", err == 0, "%s", err == 0 ? "the API key can read messages" : words_of(c, err, &answer));
}

static bool is_ours(struct checking *c, struct str url)
{
	return url.n > 0 && str_starts(url, c->api->plane->settings.public_url);
}

/* 3: a service that keeps inbound messages to itself never shows them to the number's SmsUrl. */
static void check_service(struct checking *c)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q = {.op = TWILIO_SERVICE_FETCH, .path = {c->i->messaging_service_sid}};
	if (c->i->messaging_service_sid.n == 0)
		return;
	int err = ask(c, &q, &answer);
	if (err < 0) {
		add(c, "messaging-service", false, "%s", words_of(c, err, &answer));
		return;
	}
	bool is_on_number = json_is_true(json_object_get(answer.body, "use_inbound_webhook_on_number"));
	if (is_on_number || is_ours(c, json_str(answer.body, "inbound_request_url"))) {
		add(c, "messaging-service", true, "inbound messages reach this appliance");
		return;
	}
	json_t *row = add(c, "messaging-service", false,
		"the service keeps inbound messages from the number's webhook: set \"Defer to sender's webhook\" under its "
		"integration settings, or POST .../fix");
	json_object_set_new(row, "fix", json_string("use-inbound-webhook-on-number"));
}

/* 4: read only; who may send how much is between the owner and Twilio. */
static void check_a2p(struct checking *c)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q = {.op = TWILIO_USA2P_LIST, .path = {c->i->messaging_service_sid}};
	if (c->i->messaging_service_sid.n == 0)
		return;
	int err = ask(c, &q, &answer);
	if (err < 0) {
		add(c, "a2p", false, "%s", words_of(c, err, &answer));
		return;
	}
	const json_t *first = json_array_get(json_object_get(answer.body, "compliance"), 0);
	struct str status = json_str(first, "campaign_status");
	json_t *row = status.n > 0 ? add(c, "a2p", true, "campaign is " STR_FMT, STR_ARG(status))
				   : add(c, "a2p", true, "no A2P campaign: texts to US numbers from long codes will be filtered");
	json_object_set_new(row, "campaignStatus", status.n > 0 ? json_of(status) : json_null());
}

struct search {
	struct str number;
	bool is_there;
};

static int match_number(json_t *item, void *arg)
{
	struct search *s = arg;
	s->is_there = str_is(json_str(item, "phone_number"), s->number);
	return s->is_there;
}

static int find_number(struct checking *c, struct twilio_request *q, const char *key, bool *ret_is_there)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct search s = {.number = c->i->sender_number};
	q->is_check = true;
	int err = twilio_each(c->api->twilio, &c->i->account, q, c->api->arena, key, match_number, &s, &answer);
	*ret_is_there = s.is_there;
	if (err < 0)
		add(c, "default-sender", false, "%s", words_of(c, err, &answer));
	return err;
}

/* 5: of the account, and of the service when there is one. */
static void check_sender(struct checking *c)
{
	bool is_there;
	struct twilio_request own = {.op = TWILIO_NUMBER_LIST};
	struct twilio_request pooled = {.op = TWILIO_SERVICE_NUMBER_LIST, .path = {c->i->messaging_service_sid}};
	if (c->i->sender_number.n == 0)
		return;
	twilio_put(&own, "PhoneNumber", c->i->sender_number);
	if (find_number(c, &own, "incoming_phone_numbers", &is_there) < 0)
		return;
	if (!is_there) {
		add(c, "default-sender", false, STR_FMT " is no number of this account", STR_ARG(c->i->sender_number));
		return;
	}
	if (c->i->messaging_service_sid.n > 0 && find_number(c, &pooled, "phone_numbers", &is_there) < 0)
		return;
	add(c, "default-sender", is_there, is_there ? "a number of this account%s" : "not in the messaging service's sender pool%s",
		is_there && c->i->messaging_service_sid.n > 0 ? " and of the service" : "");
}

static int take_app(json_t *item, void *arg)
{
	struct checking *c = arg;
	c->checks->twiml_app_sid = arena_str(c->api->arena, json_str(item, "sid"));
	return 1;
}

/* 6: a softphone's calls go through a TwiML application; found by its name, so that there is never a second one. */
static void check_app(struct checking *c)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	const char *name = arena_printf(c->api->arena, "ringdown " STR_FMT, STR_ARG(c->api->scope.org));
	struct twilio_request q = {.op = TWILIO_APPLICATION_LIST, .is_check = true};
	if (c->i->twiml_app_sid.n > 0) {
		q = (struct twilio_request){.op = TWILIO_APPLICATION_FETCH, .path = {c->i->twiml_app_sid}};
		int err = ask(c, &q, &answer);
		bool is_there = err == 0 && is_ours(c, json_str(answer.body, "voice_url"));
		add(c, "twiml-app", is_there, "%s", is_there ? "the TwiML application leads here"
			: err == 0 ? "the TwiML application's VoiceUrl is not of this appliance" : words_of(c, err, &answer));
		return;
	}
	twilio_put_text(&q, "FriendlyName", name);
	int err = twilio_each(c->api->twilio, &c->i->account, &q, c->api->arena, "applications", take_app, c, &answer);
	if (err == 0 && c->checks->twiml_app_sid.n == 0) {
		twilio_answer_done(&answer);
		q = (struct twilio_request){.op = TWILIO_APPLICATION_CREATE};
		twilio_put_text(&q, "FriendlyName", name);
		twilio_put(&q, "VoiceUrl", webhook_url(c->api, c->i, "voice?app=1", "voice"));
		twilio_put_text(&q, "VoiceMethod", "POST");
		twilio_put(&q, "StatusCallback", webhook_url(c->api, c->i, "status", "status"));
		err = ask(c, &q, &answer);
		if (err == 0)
			take_app(answer.body, c);
	}
	add(c, "twiml-app", err == 0, "%s", err == 0 ? "softphones may call out" : words_of(c, err, &answer));
}

void integration_check(struct api *a, const struct integration *i, struct integration_checks *ret)
{
	struct checking c = {.api = a, .i = i, .checks = ret};
	*ret = (struct integration_checks){.list = json_array(), .is_test = i->is_test};
	check_account(&c);
	if (ret->is_test && !ret->is_rejected) {
		add(&c, "account", true, "test credentials: only the magic numbers work, and no callback ever comes");
		return;
	}
	static void (*const checks[])(struct checking *) = {check_key, check_service, check_a2p, check_sender, check_app};
	for (size_t n = 0; n < ARRAY_LEN(checks) && !ret->is_rejected; n++)
		checks[n](&c);
}

void integration_checks_done(struct integration_checks *c)
{
	json_decref(c->list);
	c->list = NULL;
	twilio_answer_done(&c->refusal);
}
