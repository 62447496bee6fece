/* SPDX-License-Identifier: MIT */
/* A purchase begins as a pending row and ends active or failed.  When the answer was lost, Twilio's list of the account's
 * numbers says which. */
#include "numbers.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"

enum { SWEEP_AT_ONCE = 20 };

int purchase_insert(struct api *a, const struct number *n)
{
	const struct store_value values[] = {store_text(n->e164), store_text(STR("pending")), store_text(n->record.sk),
		store_text(n->integration_sk), store_int(a->now_ms + NUMBER_SETTLE_MS)};
	return record_insert(&a->scope, &record_purchase, n->record.sk, STR("{}"), values);
}

int purchase_set(struct api *a, struct str number_sk, const char *state, int64_t due_ms)
{
	const struct record_change changes[] = {
		{"status", store_text(str_of(state))}, {"due_ms", due_ms > 0 ? store_int(due_ms) : store_null()}};
	int err = record_change(&a->scope, &record_purchase, number_sk, 0, changes, ARRAY_LEN(changes));
	if (err < 0 && err != -ENOENT)
		log_warning("org=" STR_FMT " purchase=" STR_FMT " cannot be set %s: %s", STR_ARG(a->scope.org), STR_ARG(number_sk), state,
			store_words(a->store));
	return err;
}

struct ending {
	struct api *a;
	struct number *n;
	const char *state;
	bool has_intent;
	struct record before; /* the work may be done more than once */
};

static int write_ending(struct store_conn *c, void *arg)
{
	const struct ending *e = arg;
	const struct store_value values[] = {store_text(e->a->scope.org), store_text(e->n->record.sk), store_text(str_of(e->state))};
	e->n->record = e->before;
	int err = number_write(e->a, e->n);
	if (err < 0 || !e->has_intent)
		return err;
	err = store_run(c, "UPDATE purchase_intent SET status = $3, due_ms = NULL WHERE org = $1 AND sk = $2", values, 3);
	return err < 0 ? err : 0;
}

int number_activate(struct api *a, struct number *n, const struct integration *i, const json_t *bought, const char *evidence)
{
	struct ending e = {a, n, "done", n->record.version > 0, n->record};
	number_take(a, n, i, bought);
	n->status = STR("active");
	number_own(a, n, "owned", evidence);
	if (i->is_test)
		json_object_set_new(n->data, "test", json_true());
	json_object_set_new(n->data, "purchase", json_pack("{s:o, s:o}", "purchasedAt", json_time(a->now_ms), "integration",
		json_of(i->record.sk)));
	int err = store_transaction(a->store, write_ending, &e);
	if (err == 0)
		number_log(a, n, "number.purchased", json_pack("{s:s}", "evidence", evidence));
	return err;
}

int number_fail(struct api *a, struct number *n, const char *why)
{
	struct ending e = {a, n, "failed", true, n->record};
	n->status = STR("failed");
	json_object_set_new(n->data, "failure", json_string(why));
	int err = store_transaction(a->store, write_ending, &e);
	if (err == 0)
		number_log(a, n, "number.purchase_failed", json_pack("{s:s}", "reason", why));
	return err;
}

static int keep_first(json_t *item, void *arg)
{
	*(json_t **)arg = json_incref(item);
	return 1;
}

/* Had somebody bought it beforehand, by hand, it would lead elsewhere: then it is led here. */
static void set_hooks(struct api *a, struct number *n, struct integration *i)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct number_hooks hooks;
	struct twilio_request q = {.op = TWILIO_NUMBER_UPDATE, .path = {n->sid}};
	if (json_array_size(json_object_get(n->data, "drift")) == 0)
		return;
	number_hooks_make(a, i, &hooks);
	number_hooks_put(&q, &hooks);
	if (integration_call(a, i, &q, &answer) == 0) {
		number_take(a, n, i, answer.body);
		(void)number_write(a, n);
	}
}

int number_settle(struct api *a, struct number *n)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	AUTO(auto_json) json_t *bought = NULL;
	struct integration i;
	struct record r;
	struct twilio_request q = {.op = TWILIO_NUMBER_LIST};
	int err = record_get(&a->scope, a->arena, &record_integration, n->integration_sk, &r);
	if (err == -ENOENT)
		return number_fail(a, n, "integration_gone");
	if (err == 0)
		err = integration_open(a, &r, &i);
	if (err < 0)
		return err;
	twilio_put(&q, "PhoneNumber", n->e164);
	err = twilio_each(a->twilio, &i.account, &q, a->arena, "incoming_phone_numbers", keep_first, &bought, &answer);
	integration_follow(a, &i, &answer);
	if (err < 0)
		return err;
	if (!bought)
		return number_fail(a, n, "provider_outcome_settled_not_bought");
	err = number_activate(a, n, &i, bought, "found at Twilio after a purchase without an answer");
	if (err == 0)
		set_hooks(a, n, &i);
	return err;
}

static void settle_one(struct api *a, struct str org, struct str sk)
{
	AUTO(number_done) struct number n = {0};
	struct record r;
	a->scope.org = org;
	a->scope.author = STR("sweep");
	int err = record_get(&a->scope, a->arena, &record_number, sk, &r);
	if (err == 0)
		err = number_open(&r, &n);
	if (err == 0 && !str_is(n.status, STR("pending")))
		err = purchase_set(a, sk, "done", 0);
	else if (err == 0)
		err = number_settle(a, &n);
	if (err < 0) { /* later */
		log_warning("org=" STR_FMT " number=" STR_FMT " purchase cannot be settled yet err=%d", STR_ARG(org), STR_ARG(sk), err);
		(void)purchase_set(a, sk, "pending", a->now_ms + NUMBER_SETTLE_MS);
	}
}

void numbers_sweep(struct api *a)
{
	struct store_rows rows;
	const struct store_value values[] = {store_int(a->now_ms), store_int(SWEEP_AT_ONCE)};
	int n = store_ask(a->store, a->arena, "SELECT org, sk FROM purchase_intent WHERE status = 'pending' AND due_ms <= $1 "
		"ORDER BY due_ms LIMIT $2", values, ARRAY_LEN(values), &rows);
	for (int row = 0; row < n; row++)
		settle_one(a, store_cell_text(&rows, (uint32_t)row, 0), store_cell_text(&rows, (uint32_t)row, 1));
}
