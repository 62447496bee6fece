/* SPDX-License-Identifier: MIT */
/* make-call (PLANE.md 8.1): a record first, then Twilio, whose callbacks find the record by its sk. */
#include <errno.h>

#include "call_rules.h"
#include "calls.h"
#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "ringdown/wire/twiml.h"
#include "twilio_values.h"
#include "upstream.h"

enum { TWIML_MAX = 4000, SAY_MAX = 3000, URL_MAX = 2000, DOCUMENT_MAX = 8192, TIMEOUT_S = 60, TIME_LIMIT_S = 14400 };

struct order {
	struct api *api;
	struct integration *i;
	struct str sk, from, to, number_sk, flow, url, twiml, user_sk, client, digits, machine, purpose;
	int64_t timeout_s, time_limit_s;
	bool is_recorded;
};

/* ---- what is asked for ---- */

static void read_from(struct order *o)
{
	o->from = api_text(o->api, "from", 1, 20);
	if (o->from.n > 0 && !phone_is_e164(o->from))
		api_fault(o->api, "/from", "from_invalid", "from is E.164, for example +15551234567");
}

static void read_to(struct order *o)
{
	struct api *a = o->api;
	struct str to = api_text(a, "to", 1, 200);
	o->to = to;
	if (to.n == 0)
		return;
	if (phone_is_emergency(to))
		api_fault(a, "/to", "emergency_number", "emergency numbers are not called from here: use a telephone");
	else if (str_starts(to, STR("client:")) && (o->to = call_client_of(a, str_skip(to, 7))).n == 0)
		api_fault(a, "/to", "to_invalid", "there is no such user");
	else if (!str_starts(to, STR("client:")) && !phone_is_e164(to))
		api_fault(a, "/to", "to_invalid", "to is E.164, for example +15551234567, or client:<user>");
}

static void read_user(struct order *o)
{
	o->user_sk = api_text(o->api, "userId", 0, 64);
	if (o->user_sk.n > 0 && (o->client = call_client_of(o->api, o->user_sk)).n == 0)
		api_fault(o->api, "/userId", "user_unknown", "there is no such user");
	if (o->client.n > 0 && !phone_is_e164(o->to))
		api_fault(o->api, "/to", "to_invalid", "with userId, to is a telephone number");
}

/* One of ours in a URL that is ours, or empty. */
static struct str flow_in(struct api *a, struct str url)
{
	struct str rest = url, ours = a->plane->settings.public_url;
	if (!str_starts(url, ours))
		return STR("");
	rest = path_without_api(str_skip(url, ours.n));
	if (!str_starts(rest, STR("/automation/ivr/flow/")))
		return STR("");
	rest = str_skip(rest, sizeof("/automation/ivr/flow/") - 1);
	return str_split(&rest, '?');
}

static bool may_be_foreign(struct api *a)
{
	struct record org;
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) < 0)
		return false;
	AUTO(auto_json) json_t *settings = json_loadb(org.data.p, org.data.n, 0, NULL);
	return !json_is_false(json_object_get(settings, "foreignTwiml"));
}

static void read_url(struct order *o)
{
	struct api *a = o->api;
	struct str url = api_text(a, "twimlUrl", 0, URL_MAX), flow = flow_in(a, url);
	if (url.n == 0)
		return;
	if (flow.n > 0)
		o->flow = flow;
	else if (!is_https_url(url))
		api_fault(a, "/twimlUrl", "url_invalid", "twimlUrl is https");
	else if (!may_be_foreign(a))
		api_fault(a, "/twimlUrl", "foreign_twiml", "the organisation takes TwiML from its own flows only (foreignTwiml)");
	else
		o->url = url;
}

static struct str say_document(struct api *a, struct str words)
{
	struct buf b;
	struct twiml t;
	char *memory = arena_alloc(a->arena, DOCUMENT_MAX);
	buf_init(&b, memory, memory ? DOCUMENT_MAX : 0);
	twiml_begin(&t, &b);
	twiml_leaf(&t, "Say", words);
	return twiml_end(&t) == 0 ? buf_str(&b) : STR("");
}

static void read_say(struct order *o)
{
	struct str say = api_text(o->api, "say", 0, SAY_MAX);
	if (say.n > 0 && (o->twiml = say_document(o->api, say)).n == 0)
		api_fault(o->api, "/say", "wrong_length", "say is too long");
}

static void read_twiml(struct order *o)
{
	struct str twiml = api_text(o->api, "twiml", 0, TWIML_MAX);
	if (twiml.n > 0 && !api_has_scope(o->api, "calls:raw"))
		api_fault(o->api, "/twiml", "insufficient_scope", "TwiML as it is wants the scope calls:raw");
	else if (twiml.n > 0)
		o->twiml = twiml;
}

/* Exactly one thing to say; with userId it is the conversation. */
static void read_words(struct order *o)
{
	static const char *const names[] = {"twimlUrl", "flow", "say", "twiml"};
	int n = o->user_sk.n > 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		n += json_str(o->api->body, names[i]).n > 0;
	if (n != 1) {
		api_fault(o->api, "", "one_of_required", "exactly one of twimlUrl, flow, say, twiml and userId is needed");
		return;
	}
	o->flow = api_text(o->api, "flow", 0, 64);
	read_url(o);
	read_say(o);
	read_twiml(o);
}

static void read_rest(struct order *o)
{
	struct api *a = o->api;
	o->timeout_s = api_int(a, "timeout", 5, 600, TIMEOUT_S);
	o->time_limit_s = api_int(a, "timeLimit", 1, TIME_LIMIT_S, TIME_LIMIT_S);
	o->is_recorded = api_bool(a, "record", false);
	o->digits = api_text(a, "sendDigits", 0, 32);
	for (size_t i = 0; i < o->digits.n; i++)
		if (!str_is_among((struct str){o->digits.p + i, 1}, "0 1 2 3 4 5 6 7 8 9 * # w W"))
			api_fault(a, "/sendDigits", "digits_invalid", "digits are 0-9, *, #, and w for half a second");
	o->machine = api_text(a, "machineDetection", 0, 32);
	if (o->machine.n > 0 && !str_is_among(o->machine, "Enable DetectMessageEnd"))
		api_fault(a, "/machineDetection", "wrong_value", "machineDetection is Enable or DetectMessageEnd");
	o->purpose = api_text(a, "purpose", 0, 32);
	if (o->purpose.n > 0 && !str_is_among(o->purpose, "transactional marketing"))
		api_fault(a, "/purpose", "wrong_value", "purpose is transactional or marketing");
}

static bool read_order(struct order *o)
{
	static const char *const fields[] = {"from", "to", "twimlUrl", "flow", "say", "twiml", "timeout", "timeLimit", "record",
		"machineDetection", "sendDigits", "purpose", "userId", NULL};
	api_known(o->api, fields);
	read_from(o);
	read_to(o);
	read_user(o);
	read_words(o);
	read_rest(o);
	return !api_has_faults(o->api);
}

/* ---- may it be? ---- */

static bool has_opted_out(struct api *a, struct str phone)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(phone)};
	return store_ask(a->store, a->arena,
		"SELECT 1 FROM opt_out WHERE org = $1 AND phone = $2 AND cleared_at_ms IS NULL LIMIT 1", v, ARRAY_LEN(v), &rows) > 0;
}

static bool find_flow(struct order *o)
{
	if (o->flow.n == 0)
		return true;
	o->url = call_flow_url(o->api, o->i, o->flow);
	if (o->url.n > 0)
		return true;
	api_problem(o->api, 404, "flow_not_found", "there is no published flow " STR_FMT, STR_ARG(o->flow));
	return false;
}

static bool check_from(struct order *o)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	int err = call_from_check(o->api, o->i, o->from, &o->number_sk, &answer);
	if (err == -ENOENT) {
		api_fault(o->api, "/from", "from_not_owned", "from is a number of the organisation, or one that is verified at Twilio");
		return !api_has_faults(o->api);
	}
	if (err < 0)
		reply_twilio(o->api, err, &answer);
	return err == 0;
}

static bool is_permitted(struct order *o)
{
	struct api *a = o->api;
	bool is_phone = phone_is_e164(o->to);
	if (is_phone && str_is(o->purpose, STR("marketing")) && has_opted_out(a, o->to)) {
		api_problem(a, 403, "recipient_opted_out", "the recipient has opted out of what the organisation offers");
		return false;
	}
	return (!is_phone || call_may_reach(a, o->to)) && find_flow(o) && check_from(o);
}

/* ---- Twilio ---- */

/* The agent's softphone rings first; whoever is to be called then. */
static struct str dial_document(struct order *o)
{
	struct api *a = o->api;
	struct buf b;
	struct twiml t;
	char *memory = arena_alloc(a->arena, DOCUMENT_MAX);
	buf_init(&b, memory, memory ? DOCUMENT_MAX : 0);
	twiml_begin(&t, &b);
	twiml_open(&t, "Dial");
	twiml_attr(&t, "callerId", o->from);
	twiml_attr(&t, "answerOnBridge", STR("true"));
	twiml_attr_u64(&t, "timeout", (uint64_t)o->timeout_s);
	twiml_open(&t, "Number");
	twiml_attr(&t, "statusCallback", call_status_url(a, o->i, STR("")));
	twiml_attr(&t, "statusCallbackEvent", STR("initiated ringing answered completed"));
	twiml_text(&t, o->to);
	twiml_close(&t);
	return twiml_end(&t) == 0 ? buf_str(&b) : STR("");
}

static void put_number(struct api *a, struct twilio_request *q, const char *name, int64_t value)
{
	twilio_put(q, name, str_of(arena_printf(a->arena, "%lld", (long long)value)));
}

static void put_order(struct order *o, struct twilio_request *q)
{
	static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
	twilio_put(q, "From", o->from);
	twilio_put(q, "To", o->client.n > 0 ? o->client : o->to);
	twilio_put_given(q, "Url", o->url);
	twilio_put_given(q, "Twiml", o->client.n > 0 ? dial_document(o) : o->twiml);
	twilio_put(q, "StatusCallback", call_status_url(o->api, o->i, o->sk));
	twilio_put_text(q, "StatusCallbackMethod", "POST");
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		twilio_put_text(q, "StatusCallbackEvent", events[i]);
	put_number(o->api, q, "Timeout", o->timeout_s);
	put_number(o->api, q, "TimeLimit", o->time_limit_s);
	twilio_put_given(q, "SendDigits", o->digits);
	twilio_put_given(q, "MachineDetection", o->machine);
	if (o->is_recorded) {
		twilio_put_text(q, "Record", "true");
		twilio_put_text(q, "RecordingChannels", "dual");
	}
}

/* -errno: answered */
static int insert(struct order *o)
{
	struct api *a = o->api;
	AUTO(auto_json) json_t *data = json_pack("{s:b, s:o}", "test", (int)o->i->is_test, "purpose",
		o->purpose.n > 0 ? json_of(o->purpose) : json_string("transactional"));
	o->sk = str_of(api_new_sk(a));
	const struct call_draft d = {.sk = o->sk, .account_sid = o->i->account_sid, .from = o->from,
		.to = o->client.n > 0 ? o->client : o->to, .number_sk = o->number_sk, .flow = o->flow, .user_sk = o->user_sk,
		.data = json_write(data, a->arena)};
	int err = d.data.n > 0 ? call_insert(&a->scope, &d) : -ENOMEM;
	if (err < 0)
		api_store_problem(a, err);
	return err;
}

/* What a callback may have said before is not undone: a record never goes backwards. */
static int note(struct order *o, struct str sid, struct str status, struct call_change *ret)
{
	const struct call_news n = {.sk = o->sk, .sid = sid, .status = status, .sequence = -1, .duration_s = -1};
	return call_apply(&o->api->scope, o->api->arena, &n, ret);
}

static void refuse(struct order *o, int err, const struct twilio_answer *answer)
{
	struct call_change change;
	if (err == -EINPROGRESS) /* it may be ringing: a callback tells */
		api_member(o->api, "data", json_pack("{s:o}", "id", json_of(o->sk)));
	else if (note(o, STR(""), STR("failed"), &change) == 0)
		call_tell(o->api, &change);
	reply_twilio(o->api, err, answer);
}

static void reply_made(struct order *o, const struct record *r)
{
	upstream_reply(o->api, 201, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", json_of(r->sk), "sid",
		json_of(r->columns[CALL_SID].bytes), "sessionId", json_of(r->columns[CALL_SESSION].bytes), "status",
		json_of(r->columns[CALL_STATUS].bytes), "from", json_of(o->from), "to", json_of(o->to), "flow", json_or_null(o->flow),
		"createdAt", json_time(r->created_ms), "test", (int)o->i->is_test));
}

static void place(struct order *o)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	struct twilio_request q = {.op = TWILIO_CALL_CREATE};
	struct call_change change;
	put_order(o, &q);
	int err = integration_call(o->api, o->i, &q, &answer);
	if (err < 0) {
		refuse(o, err, &answer);
		return;
	}
	err = note(o, json_str(answer.body, "sid"), STR("queued"), &change);
	if (err < 0) {
		api_store_problem(o->api, err);
		return;
	}
	api_audit(o->api, "call.make", o->sk, STR(""), change.call.data);
	reply_made(o, &change.call);
}

static void make_call(struct api *a, struct integration *i)
{
	struct order o = {.api = a, .i = i};
	if (read_order(&o) && is_permitted(&o) && insert(&o) == 0)
		place(&o);
}

const struct upstream_operation upstream_calls[] = {
	{"make-call", "calls:make", make_call, "Call somebody: a flow, words or TwiML, or an agent's softphone first"},
	{0},
};
