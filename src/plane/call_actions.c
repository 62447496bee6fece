/* SPDX-License-Identifier: MIT */
/* POST /phone/calls/{id}/actions/{action} (PLANE.md 8.2): what is done to a call while it lives; and what Twilio asks when
 * a transfer is over. */
#include <errno.h>

#include "call_rules.h"
#include "calls.h"
#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "ringdown/wire/twiml.h"
#include "webhook_auth.h"

enum { DOCUMENT_MAX = 8192, ANNOUNCE_MAX = 1000, TRANSFER_TIMEOUT_S = 25 };
static const char nobody_there[] = "We are sorry, nobody can take your call there.";

struct action {
	struct api *api;
	struct integration i;
	struct record call;
	struct str sid; /* of the leg that is acted on */
};

/* The integration of the call's account.  < 0: answered. */
static int find_account(struct action *x)
{
	struct api *a = x->api;
	struct record r;
	const struct store_value *account = &x->call.columns[CALL_ACCOUNT];
	int err = account->type == STORE_TEXT ? record_find(&a->scope, a->arena, &record_integration, "account_sid", *account, &r) : -ENOENT;
	if (err < 0)
		return integration_find(a, STR(""), &x->i);
	err = integration_open(a, &r, &x->i);
	if (err < 0)
		api_store_problem(a, err);
	return err;
}

static void refuse_over(struct api *a)
{
	api_problem(a, 409, "call_not_live", "the call is over, or has not begun");
}

static void did(struct action *x, const char *what)
{
	struct api *a = x->api;
	AUTO(auto_json) json_t *details = json_pack("{s:s, s:o}", "action", what, "by", json_of(a->scope.author));
	struct str text = json_write(details, a->arena);
	(void)call_event(&a->scope, x->call.sk, "action", text); /* a line of a story: without it the call goes on as well */
	api_audit(a, arena_printf(a->arena, "call.%s", what), x->call.sk, STR(""), text);
}

/* Asks Twilio, and answers. */
static void ask(struct action *x, const struct twilio_request *q, const char *what)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	int err = integration_call(x->api, &x->i, q, &answer);
	if (err < 0) {
		reply_twilio(x->api, err, &answer);
		return;
	}
	did(x, what);
	if (call_find(x->api, x->call.sk, &x->call) == 0)
		call_reply(x->api, 200, &x->call);
}

static void hang_up(struct action *x)
{
	struct twilio_request q = {.op = TWILIO_CALL_UPDATE, .path = {x->sid}};
	twilio_put_text(&q, "Status", x->call.columns[CALL_RANK].number < CALL_RANK_LIVE ? "canceled" : "completed");
	ask(x, &q, "hangup");
}

/* ---- recordings ---- */

static void start_recording(struct action *x)
{
	struct twilio_request q = {.op = TWILIO_CALL_RECORDING_CREATE, .path = {x->sid}};
	twilio_put_text(&q, "RecordingChannels", "dual");
	twilio_put(&q, "RecordingStatusCallback", webhook_url(x->api, &x->i, "recording", "recording"));
	twilio_put_text(&q, "RecordingStatusCallbackMethod", "POST");
	ask(x, &q, "start-recording");
}

static void set_recording(struct action *x, const char *status, const char *what)
{
	struct twilio_request q = {.op = TWILIO_CALL_RECORDING_UPDATE, .path = {x->sid, STR("Twilio.CURRENT")}};
	twilio_put_text(&q, "Status", status);
	if (str_is(str_of(status), STR("paused")))
		twilio_put_text(&q, "PauseBehavior", "silence"); /* as long as the call, so that times fit */
	ask(x, &q, what);
}

static void pause_recording(struct action *x)
{
	set_recording(x, "paused", "pause-recording");
}

static void resume_recording(struct action *x)
{
	set_recording(x, "in-progress", "resume-recording");
}

static void stop_recording(struct action *x)
{
	set_recording(x, "stopped", "stop-recording");
}

/* ---- transfer ---- */

struct target {
	struct str number, client, queue, url; /* one of them */
};

static void read_typed(struct action *x, const json_t *to, struct target *t)
{
	struct api *a = x->api;
	struct record queue;
	struct str type = json_str(to, "type"), id = json_str(to, "id");
	if (str_is(type, STR("number")) && phone_is_e164(id))
		t->number = id;
	else if (str_is(type, STR("user")))
		t->client = call_client_of(a, id);
	else if (str_is(type, STR("flow")))
		t->url = call_flow_url(a, &x->i, id);
	else if (str_is(type, STR("queue")) && record_find(&a->scope, a->arena, &record_queue, "name", store_text(id), &queue) == 0)
		t->queue = id;
}

/* False: answered. */
static bool read_target(struct action *x, struct target *t)
{
	struct api *a = x->api;
	const json_t *to = json_object_get(a->body, "to");
	struct str text = json_text(to);
	if (json_is_object(to))
		read_typed(x, to, t);
	else if (phone_is_e164(text))
		t->number = text;
	if (phone_is_emergency(text.n > 0 ? text : json_str(to, "id")))
		api_fault(a, "/to", "emergency_number", "emergency numbers are not called from here");
	else if (t->number.n + t->client.n + t->queue.n + t->url.n == 0)
		api_fault(a, "/to", "to_invalid", "to is a number in E.164 form, or {type, id}: a number, user, published flow or queue");
	return !api_has_faults(a) && (t->number.n == 0 || call_may_reach(a, t->number));
}

/* Our number in the call: what whoever is dialled sees. */
static struct str own_number(const struct record *call)
{
	bool is_inbound = str_is(call->columns[CALL_DIRECTION].bytes, STR("inbound"));
	return call->columns[is_inbound ? CALL_TO : CALL_FROM].bytes;
}

static void put_dial(struct action *x, struct twiml *t, const struct target *to)
{
	struct api *a = x->api;
	struct str caller = own_number(&x->call);
	twiml_open(t, "Dial");
	twiml_attr(t, "action", webhook_url(a, &x->i, "transferred", "transferred"));
	twiml_attr(t, "method", STR("POST"));
	twiml_attr_u64(t, "timeout", TRANSFER_TIMEOUT_S);
	twiml_attr(t, "answerOnBridge", STR("true"));
	if (phone_is_e164(caller))
		twiml_attr(t, "callerId", caller);
	twiml_open(t, to->number.n > 0 ? "Number" : "Client");
	twiml_attr(t, "statusCallback", call_status_url(a, &x->i, STR("")));
	twiml_attr(t, "statusCallbackEvent", STR("initiated ringing answered completed"));
	twiml_text(t, to->number.n > 0 ? to->number : str_skip(to->client, sizeof("client:") - 1));
	twiml_close(t);
	twiml_close(t);
}

static struct str transfer_document(struct action *x, const struct target *to)
{
	struct api *a = x->api;
	struct buf b;
	struct twiml t;
	struct str announce = json_str(a->body, "announce");
	char *memory = arena_alloc(a->arena, DOCUMENT_MAX);
	buf_init(&b, memory, memory ? DOCUMENT_MAX : 0);
	twiml_begin(&t, &b);
	if (announce.n > 0)
		twiml_leaf(&t, "Say", announce);
	if (to->queue.n > 0)
		twiml_leaf(&t, "Enqueue", str_of(arena_printf(a->arena, STR_FMT "." STR_FMT, STR_ARG(a->scope.org), STR_ARG(to->queue))));
	else
		put_dial(x, &t, to);
	return twiml_end(&t) == 0 ? buf_str(&b) : STR("");
}

static void transfer(struct action *x)
{
	static const char *const fields[] = {"to", "announce", NULL};
	struct target to = {0};
	struct twilio_request q = {.op = TWILIO_CALL_UPDATE, .path = {x->sid}};
	api_known(x->api, fields);
	(void)api_text(x->api, "announce", 0, ANNOUNCE_MAX);
	if (!read_target(x, &to))
		return;
	if (to.url.n > 0) {
		twilio_put(&q, "Url", to.url);
		twilio_put_text(&q, "Method", "POST");
	} else {
		twilio_put(&q, "Twiml", transfer_document(x, &to));
	}
	ask(x, &q, "transfer");
}

/* ---- which call, which leg ---- */

static const struct {
	const char *name;
	void (*run)(struct action *x);
	bool is_of_customer; /* acts on whoever is outside, not on the leg that was named */
} actions[] = {
	{"hangup", hang_up, false},
	{"transfer", transfer, true},
	{"start-recording", start_recording, false},
	{"pause-recording", pause_recording, false},
	{"resume-recording", resume_recording, false},
	{"stop-recording", stop_recording, false},
};

/* The first live leg of the session that is no softphone: of a call that an agent makes, it is the second one. */
static struct str customer_leg(struct action *x)
{
	struct api *a = x->api;
	const struct record_query q = {.page_size = RECORD_PAGE_MAX, .sort = "created_ms", .n_filters = 2,
		.filters = {{"session_id", "=", x->call.columns[CALL_SESSION]}, {"status_rank", "<", store_int(CALL_RANK_OVER)}}};
	struct record_list legs = {0};
	if (record_list(&a->scope, a->arena, &record_call, &q, &legs) < 0)
		return x->sid;
	for (uint32_t i = 0; i < legs.n_records; i++) {
		const struct store_value *v = legs.records[i].columns;
		if (v[CALL_SID].type == STORE_TEXT && !str_starts(v[CALL_TO].bytes, STR("client:")))
			return v[CALL_SID].bytes;
	}
	return x->sid;
}

static void act(struct api *a)
{
	struct action x = {.api = a};
	size_t n = 0;
	while (n < ARRAY_LEN(actions) && !str_is(a->path_values[1], str_of(actions[n].name)))
		n++;
	if (n == ARRAY_LEN(actions)) {
		api_problem(a, 404, "unknown_action", "there is no action " STR_FMT, STR_ARG(a->path_values[1]));
		return;
	}
	if (call_find(a, a->path_values[0], &x.call) < 0)
		return;
	if (x.call.columns[CALL_RANK].number == CALL_RANK_OVER || x.call.columns[CALL_SID].type == STORE_NULL) {
		refuse_over(a);
		return;
	}
	x.sid = x.call.columns[CALL_SID].bytes;
	if (find_account(&x) < 0)
		return;
	if (actions[n].is_of_customer)
		x.sid = customer_leg(&x);
	actions[n].run(&x);
}

/* Where callers of this organisation begin. */
static struct str entry_url(struct api *a)
{
	struct integration i = {0};
	struct record r;
	if (a->integration_sk.n > 0 && record_get(&a->scope, a->arena, &record_integration, a->integration_sk, &r) == 0 &&
		integration_open(a, &r, &i) == 0)
		return webhook_url(a, &i, "voice", "voice");
	return str_of(arena_printf(a->arena, STR_FMT "/connect/webhook/twilio/voice", STR_ARG(a->plane->settings.public_url)));
}

/* Somebody took the call: it ends with that talk.  Nobody did: back to where callers begin, never into silence. */
static void transferred(struct api *a)
{
	struct buf b;
	struct twiml t;
	struct str outcome = form_get(a->form, STR("DialCallStatus"));
	bool is_over = call_rank(form_get(a->form, STR("CallStatus"))) == CALL_RANK_OVER;
	char *memory = arena_alloc(a->arena, DOCUMENT_MAX);
	buf_init(&b, memory, memory ? DOCUMENT_MAX : 0);
	twiml_begin(&t, &b);
	if (!is_over && str_is_among(outcome, "completed answered")) {
		twiml_leaf(&t, "Hangup", STR(""));
	} else if (!is_over) {
		twiml_leaf(&t, "Say", str_of(nobody_there));
		twiml_open(&t, "Redirect");
		twiml_attr(&t, "method", STR("POST"));
		twiml_text(&t, entry_url(a));
		twiml_close(&t);
	}
	if (twiml_end(&t) == 0)
		api_twiml(a, buf_str(&b));
	else
		api_problem(a, 503, "no_memory", "there is no memory for the TwiML");
}

const struct api_route call_actions_routes[] = {
	{"POST", "/phone/calls/{id}/actions/{action}", AUTH_JWT, "calls:control", act, API_IDEMPOTENT,
		"hangup, transfer, start-, pause-, resume- or stop-recording of a live call"},
	{"POST", "/connect/webhook/twilio/transferred", AUTH_TWILIO, NULL, transferred, 0, "A transfer is over"},
	{0},
};
