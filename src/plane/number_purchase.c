/* SPDX-License-Identifier: MIT */
/* POST /phone/numbers/purchase (PLANE.md 7.2).  A row is there before Twilio is asked, the number and its URLs go in one
 * request, and what came of a request without an answer is found out by looking (number_settle.c): never by buying. */
#include "numbers.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"

enum { ALTERNATIVES = 3 };

struct purchase {
	struct api *a;
	struct integration i;
	struct number n;
	struct number_wish wish;
	struct str address_sid, bundle_sid, emergency_sid, service_sid;
	json_t *price;
	bool has_number; /* told, and not to be chosen */
};

static void purchase_done(struct purchase *p)
{
	number_done(&p->n);
	json_decref(p->price);
}

/* ---- what is asked for ---- */
static struct str sid_of(struct api *a, const char *name, const char *prefix)
{
	struct str sid = json_str(a->body, name);
	if (sid.n > 0 && !is_sid(sid, prefix))
		api_fault(a, arena_printf(a->arena, "/%s", name), "sid_invalid", "%s is %s and 32 hexadecimal digits", name, prefix);
	return sid;
}

/* true: the integration's; MG...: that one; absent: none. */
static struct str service_of(struct purchase *p)
{
	const json_t *v = json_object_get(p->a->body, "messagingService");
	if (json_is_true(v) && p->i.messaging_service_sid.n == 0)
		api_fault(p->a, "/messagingService", "service_missing", "the integration has no messagingServiceSid");
	if (json_is_true(v))
		return p->i.messaging_service_sid;
	if (v && !json_is_boolean(v) && !json_is_null(v) && !is_sid(json_text(v), "MG"))
		api_fault(p->a, "/messagingService", "sid_invalid", "true, false, or MG and 32 hexadecimal digits");
	return json_text(v);
}

static void read(struct purchase *p)
{
	struct api *a = p->a;
	struct str number = json_str(a->body, "phoneNumber");
	p->has_number = json_object_get(a->body, "phoneNumber") != NULL;
	if (p->has_number && !phone_is_e164(number))
		api_fault(a, "/phoneNumber", "number_invalid", "E.164, for example +15551234567");
	if (!p->has_number && !json_object_get(a->body, "country") && !json_object_get(a->body, "areaCode") &&
		!json_object_get(a->body, "contains"))
		api_fault(a, "/phoneNumber", "number_required", "phoneNumber, or country with areaCode or contains");
	p->n.e164 = number;
	number_wish_read(a, &p->wish, a->body);
	p->wish.limit = ALTERNATIVES;
	p->address_sid = sid_of(a, "addressSid", "AD");
	p->bundle_sid = sid_of(a, "bundleSid", "BU");
	p->emergency_sid = sid_of(a, "emergencyAddressSid", "AD");
	p->service_sid = service_of(p);
	number_read(a, &p->n);
}

/* Which one, when it was not said.  Test credentials cannot look: there Twilio chooses by the area code.  Answered when < 0. */
static int choose(struct purchase *p)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	AUTO(auto_json) json_t *list = NULL;
	if (p->has_number || p->i.is_test)
		return 0;
	int err = number_search(p->a, &p->i, &p->wish, &answer, &list);
	if (err < 0) {
		reply_twilio(p->a, err, &answer);
		return err;
	}
	p->n.e164 = arena_str(p->a->arena, json_str(json_array_get(list, 0), "phoneNumber"));
	if (p->n.e164.n > 0)
		return 0;
	api_problem(p->a, 409, "no_numbers_in_area", "there are no such numbers for now: take another area code or type");
	return -ENOENT;
}

/* ---- the rows ---- */
static int insert_rows(struct store_conn *c, void *arg)
{
	struct purchase *p = arg;
	(void)c;
	p->n.record = (struct record){.sk = p->n.record.sk}; /* the work may be done more than once */
	int err = number_write(p->a, &p->n);
	return err < 0 ? err : purchase_insert(p->a, &p->n);
}

static void reply_taken(struct purchase *p)
{
	struct record_list list;
	struct api *a = p->a;
	const char *reason = "already_owned", *words = "an organisation of this appliance has this number";
	if (record_find_in_all_orgs(a->store, a->arena, &record_number, "e164", store_text(p->n.e164), &list) == 0)
		for (uint32_t i = 0; i < list.n_records; i++) {
			const struct record *r = &list.records[i];
			struct str status = r->columns[record_column(&record_number, "status")].bytes;
			if (!str_is(status, STR("pending")) || !str_is(r->org, a->scope.org))
				continue;
			reason = "purchase_pending";
			words = "this number is just being bought: look at its record in a minute";
			api_member(a, "data", json_pack("{s:o}", "id", json_of(r->sk)));
		}
	api_problem(a, 409, reason, "%s", words);
}

static int keep_intent(struct purchase *p)
{
	struct api *a = p->a;
	p->n.status = STR("pending");
	p->n.integration_sk = p->i.record.sk;
	p->n.record = (struct record){.sk = str_of(api_new_sk(a))};
	if (json_is_object(p->price))
		json_object_set(p->n.data, "monthlyPrice", p->price);
	if (p->n.e164.n == 0) /* of test credentials, and Twilio chooses: there is nothing to settle afterwards */
		return 0;
	int err = store_transaction(a->store, insert_rows, p);
	if (err == -EEXIST)
		reply_taken(p);
	else if (err < 0)
		api_store_problem(a, err);
	return err;
}

/* ---- Twilio ---- */
static void put_request(struct purchase *p, struct twilio_request *q)
{
	struct number_hooks hooks;
	number_hooks_make(p->a, &p->i, &hooks);
	*q = (struct twilio_request){.op = TWILIO_NUMBER_CREATE};
	if (p->n.e164.n > 0)
		twilio_put(q, "PhoneNumber", p->n.e164);
	else
		twilio_put(q, "AreaCode", p->wish.area_code);
	number_hooks_put(q, &hooks);
	twilio_put_given(q, "FriendlyName", p->n.friendly_name);
	twilio_put_given(q, "AddressSid", p->address_sid);
	twilio_put_given(q, "BundleSid", p->bundle_sid);
	twilio_put_given(q, "EmergencyAddressSid", p->emergency_sid);
}

static void add_alternatives(struct purchase *p)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	json_t *list = NULL;
	struct str number = p->n.e164;
	if (p->i.is_test)
		return;
	if (p->wish.area_code.n == 0 && str_starts(number, STR("+1")) && number.n == 12)
		p->wish.area_code = (struct str){number.p + 2, 3};
	p->wish.country = phone_country(number);
	if (p->wish.country.n > 0 && number_search(p->a, &p->i, &p->wish, &answer, &list) == 0)
		api_member(p->a, "alternatives", list);
}

static void reply_failure(struct purchase *p, int err, const struct twilio_answer *answer)
{
	struct api *a = p->a;
	bool is_kept = p->n.record.version > 0;
	if (is_kept)
		api_member(a, "data", json_pack("{s:o}", "id", json_of(p->n.record.sk)));
	if (err == -EINPROGRESS && is_kept) { /* the row stays pending: the sweep finds out */
		(void)purchase_set(a, p->n.record.sk, "pending", a->now_ms + NUMBER_SETTLE_MS);
		reply_twilio(a, err, answer);
		return;
	}
	if (is_kept)
		(void)number_fail(a, &p->n, answer->error ? answer->error->reason : "provider_error");
	if (answer->code == 21422)
		add_alternatives(p);
	reply_twilio(a, err, answer);
}

/* The number works without it, so a failure is a warning. */
static void join_service(struct purchase *p)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q = {.op = TWILIO_SERVICE_NUMBER_CREATE, .path = {p->service_sid}};
	if (p->service_sid.n == 0 || p->i.is_test)
		return;
	twilio_put(&q, "PhoneNumberSid", p->n.sid);
	int err = integration_call(p->a, &p->i, &q, &answer);
	if (err < 0 && answer.code != 21710)
		api_warn(p->a, "the number is not in the messaging service: %s", answer.error ? answer.error->advice : "no answer");
}

static void buy(struct purchase *p)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct twilio_request q;
	struct api *a = p->a;
	put_request(p, &q);
	int err = integration_call(a, &p->i, &q, &answer);
	if (err < 0) {
		reply_failure(p, err, &answer);
		return;
	}
	err = number_activate(a, &p->n, &p->i, answer.body, "bought");
	if (err < 0) { /* bought it is: the sweep will find it */
		api_member(a, "data", json_pack("{s:o}", "id", json_of(p->n.record.sk)));
		api_store_problem(a, err);
		return;
	}
	join_service(p);
	api_audit(a, "number.purchase", p->n.record.sk, (struct str){0}, p->n.record.data);
	number_reply(a, 201, &p->n);
}

void numbers_purchase(struct api *a)
{
	AUTO(purchase_done) struct purchase p = {.a = a, .n = {.data = json_object()}};
	struct str which = json_str(a->body, "integration");
	if (integration_find(a, which, &p.i) < 0)
		return;
	read(&p);
	if (api_has_faults(a) || !number_may_buy(a, &p.i, p.n.e164, &p.wish, &p.price) || choose(&p) < 0 || keep_intent(&p) < 0)
		return;
	buy(&p);
}
