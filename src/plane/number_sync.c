/* SPDX-License-Identifier: MIT */
/* What we keep against what Twilio has: import, sync of one number, reconcile of all (PLANE.md 7.1, 7.4). */
#include "numbers.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/phone.h"

enum { MISSES_MAX = 2 }; /* in a row: then somebody has to look whether it was ported away */

static int push_hooks(struct api *a, struct integration *i, struct number *n, struct twilio_answer *ret)
{
	struct number_hooks hooks;
	struct twilio_request q = {.op = TWILIO_NUMBER_UPDATE, .path = {n->sid}};
	number_hooks_make(a, i, &hooks);
	number_hooks_put(&q, &hooks);
	int err = integration_call(a, i, &q, ret);
	if (err == 0)
		number_take(a, n, i, ret->body);
	return err;
}

/* ---- import ---- */
struct import {
	struct api *a;
	struct integration *i;
	bool configures;
	json_t *imported, *skipped, *foreign; /* of foreign webhooks that were left alone, or replaced: what they were */
};

static bool has_foreign_hooks(struct api *a, const struct integration *i, const json_t *item)
{
	struct number_hooks hooks;
	number_hooks_make(a, i, &hooks);
	AUTO(auto_json) json_t *drift = number_drift(&hooks, item);
	size_t n;
	const json_t *row;
	json_array_foreach(drift, n, row)
		if (json_is_string(json_object_get(row, "actual")))
			return true;
	return false;
}

static void keep_imported(struct import *m, struct number *n, const json_t *item)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct api *a = m->a;
	if (has_foreign_hooks(a, m->i, item)) {
		json_array_append_new(m->foreign, json_pack("{s:o, s:o, s:b}", "phoneNumber", json_of(n->e164), "webhooks",
			number_webhooks(item), "replaced", m->configures));
		json_object_set_new(n->data, "previousWebhooks", number_webhooks(item));
	}
	if (m->configures && push_hooks(a, m->i, n, &answer) < 0)
		api_warn(a, STR_FMT ": its webhooks could not be set", STR_ARG(n->e164));
	int err = number_write(a, n);
	if (err < 0) {
		json_array_append_new(m->skipped, json_pack("{s:o, s:s}", "phoneNumber", json_of(n->e164), "reason",
			err == -EEXIST ? "already_owned" : "store_error"));
		return;
	}
	number_log(a, n, "number.imported", NULL);
	json_array_append_new(m->imported, api_envelope(&n->record, &record_number));
}

static int import_item(json_t *item, void *arg)
{
	struct import *m = arg;
	AUTO(number_done) struct number n = {.record = {.sk = str_of(api_new_sk(m->a))}, .status = STR("active"), .data = json_object()};
	number_take(m->a, &n, m->i, item);
	number_own(m->a, &n, "owned", "imported");
	keep_imported(m, &n, item);
	return 0;
}

void numbers_import(struct api *a)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct integration i;
	struct twilio_request q = {.op = TWILIO_NUMBER_LIST};
	struct str number = json_str(a->body, "phoneNumber");
	bool is_all = api_bool(a, "all", false), configures = api_bool(a, "configureWebhooks", false);
	if (!is_all && !phone_is_e164(number))
		api_fault(a, "/phoneNumber", "number_invalid", "E.164, for example +15551234567; or all: true");
	if (api_has_faults(a) || integration_find(a, json_str(a->body, "integration"), &i) < 0)
		return;
	if (!is_all)
		twilio_put(&q, "PhoneNumber", number);
	struct import m = {a, &i, configures, json_array(), json_array(), json_array()};
	int err = twilio_each(a->twilio, &i.account, &q, a->arena, "incoming_phone_numbers", import_item, &m, &answer);
	integration_follow(a, &i, &answer);
	json_t *reply = json_pack("{s:b, s:o, s:o, s:o}", "success", 1, "data", m.imported, "skipped", m.skipped, "foreignWebhooks",
		m.foreign);
	if (err == 0 && !is_all && json_array_size(m.imported) == 0 && json_array_size(m.skipped) == 0)
		api_problem(a, 404, "number_not_in_account", "the Twilio account has no number " STR_FMT, STR_ARG(number));
	else if (err < 0)
		reply_twilio(a, err, &answer);
	else
		api_json(a, 200, json_incref(reply));
	json_decref(reply);
}

/* ---- sync ---- */
static bool repairs(struct api *a)
{
	AUTO(auto_json) json_t *settings = NULL;
	struct record org;
	if (a->body && json_is_true(json_object_get(a->body, "repair")))
		return true;
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) < 0)
		return false;
	settings = json_loadb(org.data.p, org.data.n, 0, NULL);
	return json_is_true(json_object_get(settings, "autoRepair"));
}

static size_t n_drifts(const struct number *n)
{
	return json_array_size(json_object_get(n->data, "drift"));
}

/* It is there: what differs, and no longer does where it may be repaired. */
static int found(struct api *a, struct integration *i, struct number *n, const json_t *item)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct str state = json_str(json_object_get(n->data, "ownership"), "state");
	number_take(a, n, i, item);
	json_object_del(n->data, "misses");
	if (!str_is(state, STR("owned")))
		number_own(a, n, "owned", "listed by Twilio");
	if (n_drifts(n) > 0 && repairs(a) && push_hooks(a, i, n, &answer) == 0)
		number_log(a, n, "number.repaired", NULL);
	return number_write(a, n);
}

static int missing(struct api *a, struct number *n)
{
	json_int_t misses = json_integer_value(json_object_get(n->data, "misses")) + 1;
	json_object_set_new(n->data, "misses", json_integer(misses));
	n->checked_ms = a->now_ms;
	number_own(a, n, "missing",
		misses >= MISSES_MAX ? "not listed by Twilio, twice in a row: ported away?" : "not listed by Twilio");
	int err = number_write(a, n);
	log_err("org=" STR_FMT " number=" STR_FMT " is not in its Twilio account any more", STR_ARG(a->scope.org), STR_ARG(n->record.sk));
	number_log(a, n, misses >= MISSES_MAX ? "number.ported" : "number.missing", json_pack("{s:I}", "misses", misses));
	return err;
}

static int open_integration_of(struct api *a, const struct number *n, struct integration *ret)
{
	struct record r;
	if (n->integration_sk.n == 0)
		return integration_find(a, (struct str){0}, ret);
	int err = record_get(&a->scope, a->arena, &record_integration, n->integration_sk, &r);
	if (err == 0)
		err = integration_open(a, &r, ret);
	if (err < 0)
		api_store_problem(a, err);
	return err;
}

static void sync_active(struct api *a, struct integration *i, struct number *n)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	const struct twilio_request q = {.op = TWILIO_NUMBER_FETCH, .path = {n->sid}};
	int err = integration_call(a, i, &q, &answer);
	bool is_gone = err == -EREMOTEIO && (answer.error->flags & TWILIO_GONE);
	if (err < 0 && !is_gone) {
		reply_twilio(a, err, &answer);
		return;
	}
	err = is_gone ? missing(a, n) : found(a, i, n, answer.body);
	if (err < 0)
		api_store_problem(a, err);
	else
		number_reply(a, 200, n);
}

void numbers_sync(struct api *a)
{
	AUTO(number_done) struct number n = {0};
	struct integration i;
	if (number_find(a, a->path_values[0], &n) < 0)
		return;
	if (str_is(n.status, STR("pending"))) {
		int err = number_settle(a, &n);
		if (err < 0)
			api_problem(a, 502, "provider_unreachable", "what Twilio has cannot be seen for now");
		else
			number_reply(a, 200, &n);
		return;
	}
	if (!str_is(n.status, STR("active")))
		api_problem(a, 409, "number_not_active", "the number is " STR_FMT, STR_ARG(n.status));
	else if (open_integration_of(a, &n, &i) == 0)
		sync_active(a, &i, &n);
}

/* ---- reconcile ---- */
struct reconcile {
	struct api *a;
	struct integration *i;
	json_t *foreign, *drifted, *missing, *seen; /* seen: {"+1...": true} */
	uint32_t n_checked;
	int err;
};

static bool is_somebodys(struct api *a, struct str e164)
{
	struct record_list list = {0};
	if (record_find_in_all_orgs(a->store, a->arena, &record_number, "e164", store_text(e164), &list) < 0)
		return false;
	for (uint32_t i = 0; i < list.n_records; i++) {
		struct str status = list.records[i].columns[record_column(&record_number, "status")].bytes;
		if (!str_is(status, STR("released")) && !str_is(status, STR("failed")))
			return true;
	}
	return false;
}

static int reconcile_item(json_t *item, void *arg)
{
	struct reconcile *c = arg;
	struct api *a = c->a;
	AUTO(number_done) struct number n = {0};
	struct record r;
	struct str e164 = json_str(item, "phone_number"), sid = json_str(item, "sid");
	json_object_set_new(c->seen, json_string_value(json_object_get(item, "sid")), json_true());
	int err = record_find(&a->scope, a->arena, &record_number, "provider_sid", store_text(sid), &r);
	if (err == -ENOENT && is_somebodys(a, e164)) /* just being bought, or another organisation's of a shared account */
		return 0;
	if (err == -ENOENT) { /* a candidate for import */
		json_array_append_new(c->foreign, json_pack("{s:o, s:o, s:o}", "phoneNumber", json_of(e164), "providerSid", json_of(sid),
			"webhooks", number_webhooks(item)));
		return 0;
	}
	if (err == 0)
		err = number_open(&r, &n);
	if (err < 0 || !str_is(n.status, STR("active")))
		return err;
	c->n_checked++;
	err = found(a, c->i, &n, item);
	if (err == 0 && n_drifts(&n) > 0)
		json_array_append_new(c->drifted, json_pack("{s:o, s:O}", "phoneNumber", json_of(e164), "drift",
			json_object_get(n.data, "drift")));
	return err;
}

static int reconcile_missing(struct reconcile *c)
{
	struct api *a = c->a;
	struct record_query q = {.page_size = RECORD_PAGE_MAX, .sort = "e164"};
	struct record_list list = {0};
	api_filter(&q, "integration_sk", "=", store_text(c->i->record.sk));
	api_filter(&q, "status", "=", store_text(STR("active")));
	for (q.page = 1; q.page == 1 || list.n_records == RECORD_PAGE_MAX; q.page++) {
		int err = record_list(&a->scope, a->arena, &record_number, &q, &list);
		for (uint32_t r = 0; err == 0 && r < list.n_records; r++) {
			AUTO(number_done) struct number n = {0};
			err = number_open(&list.records[r], &n);
			if (err < 0 || n.sid.n == 0 || json_object_get(c->seen, n.sid.p))
				continue;
			c->n_checked++;
			json_array_append_new(c->missing, json_of(n.e164));
			err = missing(a, &n);
		}
		if (err < 0)
			return err;
	}
	return 0;
}

static int reconcile_one(struct reconcile *c, const struct record *r, struct twilio_answer *answer)
{
	struct integration i;
	struct twilio_request q = {.op = TWILIO_NUMBER_LIST};
	int err = integration_open(c->a, r, &i);
	if (err < 0 || i.is_test) /* test credentials have nothing to list */
		return err;
	c->i = &i;
	twilio_put_text(&q, "PageSize", "1000");
	err = twilio_each(c->a->twilio, &i.account, &q, c->a->arena, "incoming_phone_numbers", reconcile_item, c, answer);
	integration_follow(c->a, &i, answer);
	return err < 0 ? err : reconcile_missing(c);
}

void numbers_reconcile(struct api *a)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct record_list list;
	struct record_query q = {.page_size = RECORD_PAGE_MAX};
	struct reconcile c = {.a = a, .foreign = json_array(), .drifted = json_array(), .missing = json_array(), .seen = json_object()};
	api_filter(&q, "status", "<>", store_text(STR("disabled")));
	int err = record_list(&a->scope, a->arena, &record_integration, &q, &list);
	for (uint32_t n = 0; err == 0 && n < list.n_records; n++) {
		twilio_answer_done(&answer);
		answer = (struct twilio_answer){0};
		err = reconcile_one(&c, &list.records[n], &answer);
	}
	json_t *data = json_pack("{s:I, s:o, s:o, s:o}", "checked", (json_int_t)c.n_checked, "missing", c.missing, "foreign", c.foreign,
		"drift", c.drifted);
	json_decref(c.seen);
	if (err < 0 && answer.error)
		reply_twilio(a, err, &answer);
	else if (err < 0)
		api_store_problem(a, err);
	else
		api_json(a, 200, json_pack("{s:b, s:O}", "success", 1, "data", data));
	json_decref(data);
}
