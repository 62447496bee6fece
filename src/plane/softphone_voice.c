/* SPDX-License-Identifier: MIT */
/* A softphone calls out (PLANE.md 8.5): Twilio asks the TwiML App's voice URL with From=client:<identity> and what the page
 * gave the SDK: To, callerId, queue.  Nothing of that is believed: the identity must be an active user's of the account's
 * organisation who may make calls, the caller id one of that user's numbers, and the destination one the organisation
 * allows. */
#include <errno.h>
#include <string.h>

#include "integrations.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/client_identity.h"
#include "ringdown/wire/form.h"
#include "ringdown/wire/phone.h"
#include "ringdown/wire/twiml.h"
#include "scopes.h"
#include "softphone.h"

enum { TWIML_MAX = 4096, DIGITS_MAX = 15, NANP_DIGITS = 10, TIMEOUT_S = 45 };

struct app_call {
	struct api *api;
	struct record user;
	struct str to, caller_id, queue, call_sid;
	char number[DIGITS_MAX + 2]; /* what `to` is in E.164 */
};

/* ---- answers ---- */

static struct twiml begin(struct app_call *c, struct buf *b)
{
	struct twiml t;
	char *mem = arena_alloc(c->api->arena, TWIML_MAX);
	buf_init(b, mem, mem ? TWIML_MAX : 0);
	twiml_begin(&t, b);
	return t;
}

static void end(struct app_call *c, struct twiml *t)
{
	if (twiml_end(t) < 0)
		api_problem(c->api, 500, "internal_error", "the TwiML does not fit its buffer");
	else
		api_twiml(c->api, buf_str(t->b));
}

/* Said to whoever holds the phone, told to who watches: an event, and a line of log without the number. */
static void refuse(struct app_call *c, const char *reason, const char *spoken)
{
	struct buf b;
	struct twiml t = begin(c, &b);
	struct api *a = c->api;
	log_warning("softphone call=" STR_FMT " refused: %s", STR_ARG(c->call_sid), reason);
	api_event(a, "call.refused", json_pack("{s:s, s:i, s:o, s:o, s:o}", "reason", reason, "status", 403, "callSid", json_of(c->call_sid),
		"userId", json_of(c->user.sk), "to", json_of(c->to)));
	twiml_leaf(&t, "Say", str_of(spoken));
	twiml_leaf(&t, "Hangup", STR(""));
	end(c, &t);
}

/* ---- who ---- */

static int find_user(struct app_call *c, struct str from)
{
	struct api *a = c->api;
	struct client_identity id;
	if (client_identity_read(from, &id) < 0)
		return -EACCES;
	if (id.email.n > 0)
		return record_find(&a->scope, a->arena, &record_user, "email", store_text(id.email), &c->user);
	if (!str_is(str_of(id.org), a->scope.org))
		return -EACCES;
	return record_get(&a->scope, a->arena, &record_user, id.user_sk, &c->user);
}

static bool may_call(const struct app_call *c)
{
	AUTO(auto_json) json_t *data = json_loadb(c->user.data.p, c->user.data.n, 0, NULL);
	const json_t *role;
	size_t i;
	json_array_foreach(json_object_get(data, "roles"), i, role)
		if (scopes_allow(json_text(role), STR(""), STR("calls:make")))
			return true;
	return false;
}

static bool is_active(const struct app_call *c)
{
	return c->user.columns[record_column(&record_user, "is_active")].number != 0;
}

/* ---- from which number ---- */

/* The one that was asked for if it is the user's; else the first of them.  Empty: none. */
static struct str choose_caller_id(struct app_call *c)
{
	struct user_number *list;
	uint32_t n = 0;
	if (user_numbers(c->api, c->user.sk, &list, &n) < 0)
		return STR("");
	for (uint32_t i = 0; i < n; i++)
		if (c->caller_id.n == 0 || str_is(list[i].e164, c->caller_id))
			return list[i].e164;
	return STR("");
}

/* ---- to whom ---- */

/* "+1 (555) 123-0001", "555 123 0001" -> "+15551230001"; false: no number. */
static bool read_number(struct app_call *c)
{
	size_t n = 0;
	bool has_plus = c->to.n > 0 && c->to.p[0] == '+';
	char *digits = c->number + 1;
	for (size_t i = has_plus; i < c->to.n; i++) {
		char ch = c->to.p[i];
		if (ch >= '0' && ch <= '9' && n < DIGITS_MAX)
			digits[n++] = ch;
		else if (!ch || !strchr(" ()-.", ch))
			return false;
	}
	digits[n] = '\0';
	c->number[0] = '+';
	if (has_plus)
		return phone_is_e164(str_of(c->number));
	if (n == NANP_DIGITS) { /* as it is dialled in the countries of +1 */
		memmove(digits + 1, digits, n + 1);
		digits[0] = '1';
		n++;
	}
	return n == NANP_DIGITS + 1 && digits[0] == '1' && phone_is_e164(str_of(c->number));
}

/* Of the organisation's settings; where they say nothing, PLANE.md 3.1's default. */
static struct str allowed_countries(struct api *a)
{
	struct record org;
	struct buf b;
	const json_t *item;
	size_t i;
	char *text = arena_alloc(a->arena, 1024);
	if (!text || record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) < 0)
		return STR("US CA");
	AUTO(auto_json) json_t *data = json_loadb(org.data.p, org.data.n, 0, NULL);
	buf_init(&b, text, 1024);
	json_array_foreach(json_object_get(data, "allowedCountries"), i, item) {
		buf_put(&b, json_text(item));
		buf_putc(&b, ' ');
	}
	return buf_ok(&b) && b.n > 0 ? buf_str(&b) : STR("US CA");
}

static void dial_number(struct app_call *c, struct str caller_id)
{
	struct buf b;
	struct twiml t = begin(c, &b);
	twiml_open(&t, "Dial");
	twiml_attr(&t, "answerOnBridge", STR("true"));
	twiml_attr(&t, "callerId", caller_id);
	twiml_attr_u64(&t, "timeout", TIMEOUT_S);
	twiml_leaf(&t, "Number", str_of(c->number));
	twiml_close(&t);
	end(c, &t);
}

static void call_number(struct app_call *c)
{
	struct str caller_id = choose_caller_id(c);
	if (caller_id.n == 0)
		refuse(c, "from_not_owned", c->caller_id.n > 0
			? "The number you are calling from is not one of yours. The call was not made."
			: "No number is assigned to you, so you cannot call out.");
	else if (!phone_is_allowed(str_of(c->number), allowed_countries(c->api)))
		refuse(c, "destination_not_allowed", "Your organization does not allow calls to this number.");
	else
		dial_number(c, caller_id);
}

/* The next caller of the line comes to who asks for one. */
static void take_next(struct app_call *c, struct str name)
{
	struct api *a = c->api;
	struct record queue;
	struct buf b;
	int err = record_find(&a->scope, a->arena, &record_queue, "name", store_text(name), &queue);
	if (err < 0) {
		refuse(c, "queue_not_found", "There is no such queue.");
		return;
	}
	struct twiml t = begin(c, &b);
	twiml_open(&t, "Dial");
	twiml_attr(&t, "answerOnBridge", STR("true"));
	twiml_leaf(&t, "Queue", str_of(arena_printf(a->arena, STR_FMT "." STR_FMT, STR_ARG(a->scope.org), STR_ARG(name))));
	twiml_close(&t);
	end(c, &t);
}

/* A colleague, by identity or e-mail. */
static void call_colleague(struct app_call *c)
{
	struct app_call other = {.api = c->api, .to = c->to, .call_sid = c->call_sid};
	struct buf b;
	if (find_user(&other, c->to) < 0 || !is_active(&other)) {
		refuse(c, "user_not_found", "There is no such colleague.");
		return;
	}
	struct twiml t = begin(c, &b);
	twiml_open(&t, "Dial");
	twiml_attr(&t, "answerOnBridge", STR("true"));
	twiml_attr_u64(&t, "timeout", TIMEOUT_S);
	twiml_leaf(&t, "Client", softphone_identity(c->api, other.user.sk));
	twiml_close(&t);
	end(c, &t);
}

static void route_call(struct app_call *c)
{
	struct str line = c->queue.n > 0 ? c->queue : str_starts(c->to, STR("queue:")) ? str_skip(c->to, 6) : STR("");
	if (phone_is_emergency(c->to))
		refuse(c, "emergency_number", "Emergency services cannot be reached from here, because nobody would know where you are. "
					      "Please use a mobile phone or a landline.");
	else if (line.n > 0)
		take_next(c, line);
	else if (str_starts(c->to, STR("client:")))
		call_colleague(c);
	else if (c->to.n == 0 || !read_number(c))
		refuse(c, "to_invalid", "This is not a telephone number.");
	else
		call_number(c);
}

void softphone_voice(struct api *a)
{
	struct app_call c = {
		.api = a,
		.to = str_trim(form_get(a->form, STR("To"))),
		.caller_id = str_trim(form_get(a->form, STR("callerId"))),
		.queue = str_trim(form_get(a->form, STR("queue"))),
		.call_sid = form_get(a->form, STR("CallSid")),
	};
	int err = find_user(&c, form_get(a->form, STR("From")));
	if (err < 0 && err != -ENOENT && err != -EACCES)
		refuse(&c, "store_unavailable", "We are sorry. Calls cannot be made right now. Please try again in a minute.");
	else if (err < 0 || !is_active(&c))
		refuse(&c, "user_not_found", "This phone is not signed in. Please sign in again.");
	else if (phone_is_emergency(c.to) || may_call(&c))
		route_call(&c);
	else
		refuse(&c, "insufficient_scope", "You may not make calls. Please ask your administrator.");
}
