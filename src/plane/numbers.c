/* SPDX-License-Identifier: MIT */
/* The numbers of an organisation: lists, one of them, changes, release (PLANE.md 7.1). */
#include "numbers.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"

enum { DAY_MS = 86400000 };

/* ---- lists ---- */
typedef bool fits_fn(const json_t *data, const void *arg);

static bool holds(const json_t *list, struct str word)
{
	size_t i;
	const json_t *v;
	json_array_foreach(list, i, v)
		if (str_is(json_text(v), word))
			return true;
	return false;
}

struct wanted { /* what lies in the records' data, and no column shows */
	struct str capability, assigned;
};

static bool is_wanted(const json_t *data, const void *arg)
{
	const struct wanted *w = arg;
	const json_t *capabilities = json_object_get(data, "capabilities");
	char name[16];
	bool has_it = w->capability.n == 0 ||
		(str_copy(w->capability, name, sizeof(name)) && json_is_true(json_object_get(capabilities, name)));
	return has_it && (w->assigned.n == 0 || holds(json_object_get(data, "assignedUsers"), w->assigned) ||
		holds(json_object_get(data, "assignedGroups"), w->assigned));
}

struct user { /* and the groups they are in */
	struct str sk;
	struct store_rows groups;
};

static bool is_users(const json_t *data, const void *arg)
{
	const struct user *u = arg;
	for (uint32_t i = 0; i < u->groups.n_rows; i++)
		if (holds(json_object_get(data, "assignedGroups"), store_cell_text(&u->groups, i, 0)))
			return true;
	return u->sk.n > 0 && holds(json_object_get(data, "assignedUsers"), u->sk);
}

/* All pages of q, those that fit; then the page that was asked for.  A number of hundreds at most. */
static int list_fitting(struct api *a, struct record_query *q, fits_fn *fits, const void *arg, struct record_list *ret)
{
	uint32_t page = q->page ? q->page : 1, size = q->page_size ? q->page_size : 20;
	struct record_list all = {0};
	size = size > RECORD_PAGE_MAX ? RECORD_PAGE_MAX : size;
	*ret = (struct record_list){.records = arena_alloc(a->arena, size * sizeof(struct record)), .page = page, .page_size = size};
	if (!ret->records)
		return -ENOMEM;
	q->page_size = RECORD_PAGE_MAX;
	for (q->page = 1; q->page == 1 || all.n_records == RECORD_PAGE_MAX; q->page++) {
		int err = record_list(&a->scope, a->arena, &record_number, q, &all);
		if (err < 0)
			return err;
		for (uint32_t i = 0; i < all.n_records; i++) {
			AUTO(auto_json) json_t *data = json_loadb(all.records[i].data.p, all.records[i].data.n, 0, NULL);
			if (!fits(data, arg))
				continue;
			if (ret->total >= (int64_t)(page - 1) * size && ret->n_records < size)
				ret->records[ret->n_records++] = all.records[i];
			ret->total++;
		}
	}
	return 0;
}

static struct record_query query_of(struct api *a)
{
	static const char *const sorts[] = {"createdate", "modifydate", "e164", "friendly_name", "status", NULL};
	struct record_query q = api_paging(a, sorts);
	struct str status = {0}, text = {0};
	if (api_query(a, "status", &status) == 0 && status.n > 0)
		api_filter(&q, "status", "=", store_text(status));
	else
		api_filter(&q, "status", "<>", store_text(STR("failed")));
	if (api_query(a, "q", &text) == 0 && text.n > 0)
		api_filter(&q, "e164|friendly_name", "contains", store_text(text));
	return q;
}

static void reply_list(struct api *a, struct record_query *q, fits_fn *fits, const void *arg)
{
	struct record_list list;
	int err = list_fitting(a, q, fits, arg, &list);
	if (err < 0)
		api_store_problem(a, err);
	else
		api_list(a, &list, &record_number, NULL);
}

static void list(struct api *a)
{
	struct wanted w = {{0}, {0}};
	struct record_query q = query_of(a);
	(void)api_query(a, "capability", &w.capability);
	(void)api_query(a, "assigned", &w.assigned);
	if (!api_has_faults(a))
		reply_list(a, &q, is_wanted, &w);
}

static void list_users(struct api *a)
{
	struct user u = {.sk = a->subject.user_sk};
	const struct store_value values[] = {store_text(a->scope.org), store_text(u.sk)};
	struct record_query q = query_of(a);
	if (api_has_faults(a))
		return;
	int err = store_ask(a->store, a->arena, "SELECT group_sk FROM group_member WHERE org = $1 AND user_sk = $2", values,
		ARRAY_LEN(values), &u.groups);
	if (err < 0)
		api_store_problem(a, err);
	else
		reply_list(a, &q, is_users, &u);
}

/* ---- one ---- */
static int64_t count_of(struct api *a, const char *sql, const struct number *n)
{
	struct store_rows rows;
	const struct store_value values[] = {store_text(a->scope.org), store_text(n->record.sk), store_int(a->now_ms - 30LL * DAY_MS)};
	return store_ask(a->store, a->arena, sql, values, ARRAY_LEN(values), &rows) > 0 ? store_cell_int(&rows, 0, 0) : 0;
}

static json_t *history_of(struct api *a, const struct number *n)
{
	struct store_rows rows;
	json_t *list = json_array();
	const struct store_value values[] = {store_text(a->scope.org), store_text(n->record.sk)};
	int count = store_ask(a->store, a->arena, "SELECT event, data, author, at_ms FROM number_event WHERE org = $1 AND "
		"number_sk = $2 ORDER BY at_ms DESC, sk DESC LIMIT 50", values, ARRAY_LEN(values), &rows);
	for (int i = 0; i < count; i++) {
		uint32_t row = (uint32_t)i;
		struct str data = store_cell_text(&rows, row, 1);
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "event", json_of(store_cell_text(&rows, row, 0)), "data",
			json_loadb(data.p, data.n, 0, NULL), "author", json_of(store_cell_text(&rows, row, 2)), "at",
			json_time(store_cell_int(&rows, row, 3))));
	}
	return list;
}

static void get(struct api *a)
{
	AUTO(number_done) struct number n = {0};
	if (number_find(a, a->path_values[0], &n) < 0)
		return;
	json_t *envelope = api_envelope(&n.record, &record_number);
	json_t *data = json_object_get(envelope, "data");
	json_object_set_new(data, "history", history_of(a, &n));
	json_object_set_new(data, "last30Days", json_pack("{s:I, s:I}", "calls",
		(json_int_t)count_of(a, "SELECT count(*) FROM call WHERE org = $1 AND number_sk = $2 AND created_ms > $3", &n), "missed",
		(json_int_t)count_of(a, "SELECT count(*) FROM call WHERE org = $1 AND number_sk = $2 AND created_ms > $3 "
			"AND is_missed = 1", &n)));
	api_header(a, "etag:", "\"v%lld\"", (long long)n.record.version);
	api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "data", envelope));
}

/* What has to be told to Twilio: a new name, and URLs that have drifted.  The record stands in either case. */
static void tell_twilio(struct api *a, struct number *n, bool is_renamed)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct integration i;
	struct record r;
	struct twilio_request q = {.op = TWILIO_NUMBER_UPDATE, .path = {n->sid}};
	bool has_drift = json_array_size(json_object_get(n->data, "drift")) > 0;
	if ((!is_renamed && !has_drift) || n->sid.n == 0 || n->integration_sk.n == 0)
		return;
	if (record_get(&a->scope, a->arena, &record_integration, n->integration_sk, &r) < 0 || integration_open(a, &r, &i) < 0 || i.is_test)
		return;
	if (is_renamed)
		twilio_put(&q, "FriendlyName", n->friendly_name);
	if (has_drift) {
		struct number_hooks hooks;
		number_hooks_make(a, &i, &hooks);
		number_hooks_put(&q, &hooks);
	}
	int err = integration_call(a, &i, &q, &answer);
	if (err == 0)
		number_take(a, n, &i, answer.body);
	else
		api_warn(a, "Twilio was not told: %s", answer.error ? answer.error->advice : "it gave no answer");
}

static void patch(struct api *a)
{
	AUTO(number_done) struct number n = {0};
	if (number_find(a, a->path_values[0], &n) < 0 || !api_if_match(a, n.record.version))
		return;
	struct str was = n.record.data, name = n.friendly_name;
	number_read(a, &n);
	if (api_has_faults(a))
		return;
	if (!str_is(n.status, STR("active")) && !str_is(n.status, STR("porting"))) {
		api_problem(a, 409, "number_not_active", "the number is " STR_FMT, STR_ARG(n.status));
		return;
	}
	tell_twilio(a, &n, !str_is(name, n.friendly_name));
	int err = number_write(a, &n);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "number.update", n.record.sk, was, n.record.data);
	number_reply(a, 200, &n);
}

/* ---- release ---- */
static int give_back(struct api *a, struct number *n)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct integration i;
	struct record r;
	const struct twilio_request q = {.op = TWILIO_NUMBER_DELETE, .path = {n->sid}};
	int err = n->integration_sk.n > 0 ? record_get(&a->scope, a->arena, &record_integration, n->integration_sk, &r) : -ENOENT;
	if (err == 0)
		err = integration_open(a, &r, &i);
	if (err == -ENOENT) {
		api_problem(a, 409, "integration_gone", "the number's integration is no more: Twilio cannot be told to take the number back");
		return err;
	}
	if (err < 0) {
		api_store_problem(a, err);
		return err;
	}
	if (i.is_test || n->sid.n == 0)
		return 0;
	err = integration_call(a, &i, &q, &answer);
	if (err == -EREMOTEIO && (answer.error->flags & TWILIO_GONE))
		return 0; /* as it should be */
	if (err < 0)
		reply_twilio(a, err, &answer);
	return err;
}

static void release(struct api *a)
{
	AUTO(number_done) struct number n = {0};
	if (number_find(a, a->path_values[0], &n) < 0 || !api_if_match(a, n.record.version))
		return;
	struct str confirm = json_str(a->body, "confirm"), was = n.record.data;
	if (!str_is(confirm, n.e164))
		api_fault(a, "/confirm", "confirm_mismatch", "confirm has to be the number itself, " STR_FMT, STR_ARG(n.e164));
	if (api_has_faults(a))
		return;
	if (!str_is(n.status, STR("active"))) {
		api_problem(a, 409, "number_not_active", "the number is " STR_FMT, STR_ARG(n.status));
		return;
	}
	if (give_back(a, &n) < 0)
		return;
	n.status = STR("released");
	n.quarantine_until_ms = a->now_ms + (int64_t)NUMBER_QUARANTINE_DAYS * DAY_MS;
	number_own(a, &n, "released", "released over the API");
	int err = number_write(a, &n);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	number_log(a, &n, "number.released", NULL);
	api_audit(a, "number.release", n.record.sk, was, n.record.data);
	number_reply(a, 200, &n);
}

#define ONE "/phone/numbers/{id}"

const struct api_route numbers_routes[] = {
	{"GET", "/phone/numbers", AUTH_JWT, "numbers:read", list, 0, "Numbers, by ?status, capability, assigned, q"},
	{"POST", "/phone/numbers", AUTH_JWT, "numbers:purchase", numbers_purchase, API_IDEMPOTENT, "Buy a number (the platform's spelling)"},
	{"GET", "/phone/user-phones", AUTH_JWT, "numbers:read", list_users, 0, "Numbers of the caller, or of a group of theirs"},
	{"GET", "/phone/numbers/available", AUTH_JWT, "numbers:read", numbers_available, 0, "Numbers to be had at Twilio"},
	{"GET", "/phone/available", AUTH_JWT, "numbers:read", numbers_available, 0, "Numbers to be had (the platform's spelling)"},
	{"POST", "/phone/numbers/purchase", AUTH_JWT, "numbers:purchase", numbers_purchase, API_IDEMPOTENT,
		"Buy a number, its webhooks in the same request"},
	{"POST", "/phone/numbers/import", AUTH_JWT, "numbers:purchase", numbers_import, API_IDEMPOTENT,
		"Take over numbers the account has"},
	{"POST", "/phone/numbers/add", AUTH_JWT, "numbers:purchase", numbers_import, API_IDEMPOTENT,
		"Take over a number (the platform's spelling)"},
	{"POST", "/phone/numbers/reconcile", AUTH_JWT, "numbers:write", numbers_reconcile, 0, "All numbers against Twilio's lists"},
	{"GET", ONE, AUTH_JWT, "numbers:read", get, 0, "One number by id or E.164, with its history"},
	{"PATCH", ONE, AUTH_JWT, "numbers:write", patch, 0, "Name, assignment, routing, voice and text settings"},
	{"POST", ONE "/release", AUTH_JWT, "numbers:release", release, API_IDEMPOTENT, "Give a number back; confirm repeats it"},
	{"POST", ONE "/sync", AUTH_JWT, "numbers:write", numbers_sync, 0, "One number against what Twilio has"},
	{0},
};
