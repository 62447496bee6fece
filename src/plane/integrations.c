/* SPDX-License-Identifier: MIT */
/* POST /upstream/save-integration and what else is done with an organisation's account (PLANE.md 3.1). */
#include "integrations.h"

#include <errno.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "upstream.h"

static void reply_integration(struct api *a, const struct record *r)
{
	api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "integration", integration_view(a, r)));
}

static bool says_no(struct api *a, const char *name)
{
	struct str value = {0};
	return api_query(a, name, &value) == 0 && (str_is(value, STR("false")) || str_is(value, STR("0")));
}

static bool says_yes(struct api *a, const char *name)
{
	struct str value = {0};
	return api_query(a, name, &value) == 0 && (str_is(value, STR("true")) || str_is(value, STR("1")));
}

static bool is_shared(const struct record *r)
{
	AUTO(auto_json) json_t *data = json_loadb(r->data.p, r->data.n, 0, NULL);
	return json_is_true(json_object_get(json_object_get(data, "publicConfig"), "sharedAccount"));
}

/* One account, one organisation, unless both say otherwise: whose webhook would it be?  True: answered. */
static bool is_taken(struct api *a, struct str account_sid, const json_t *public_config)
{
	struct record_list list;
	bool is_ours_shared = json_is_true(json_object_get(public_config, "sharedAccount"));
	int err = record_find_in_all_orgs(a->store, a->arena, &record_integration, "account_sid", store_text(account_sid), &list);
	if (err < 0 && err != -ENOENT) {
		api_store_problem(a, err);
		return true;
	}
	for (uint32_t i = 0; err == 0 && i < list.n_records; i++) {
		const struct record *r = &list.records[i];
		struct str status = r->columns[record_column(&record_integration, "status")].bytes;
		bool is_other = !str_is(r->org, a->scope.org) && !str_is(status, STR("disabled"));
		if (is_other && !(is_ours_shared && is_shared(r))) {
			api_problem(a, 409, "provider_account_in_use",
				"another organisation of this appliance has this account; publicConfig.sharedAccount on both would allow it");
			return true;
		}
	}
	return false;
}

/* What would be kept, as the checks want it: what was, and over it what was given. */
static void merge(struct api *a, const struct integration *now, const struct integration_draft *d, struct integration *ret)
{
	struct str environment = json_str(d->public_config, "environment");
	*ret = now ? *now : (struct integration){.record = {.sk = str_of(api_new_sk(a)), .org = a->scope.org}};
	if (environment.n > 0)
		ret->is_test = str_is(environment, STR("test"));
	ret->name = d->name;
	if (d->account_sid.n > 0)
		ret->account_sid = d->account_sid;
	if (d->api_key_sid.n > 0)
		ret->api_key_sid = d->api_key_sid;
	if (d->secrets.auth_token.n > 0)
		ret->secrets.auth_token = d->secrets.auth_token;
	if (d->secrets.api_key_secret.n > 0)
		ret->secrets.api_key_secret = d->secrets.api_key_secret;
	if (d->secrets.shared_key.n > 0)
		ret->secrets.shared_key = d->secrets.shared_key;
	if (d->is_default >= 0)
		ret->is_default = d->is_default > 0;
	integration_configure(ret, d->public_config);
}

static void reply_rejected(struct api *a, struct integration_checks *checks)
{
	api_member(a, "checks", json_incref(checks->list));
	api_member(a, "provider", twilio_provider(&checks->refusal));
	api_problem(a, 422, "credentials_rejected", "Twilio does not take these credentials: nothing was saved");
}

/* By now all of it is good. */
static void keep(struct api *a, const struct integration *now, struct integration *i, struct integration_draft *d,
	struct integration_checks *checks)
{
	struct record r;
	if (checks->twiml_app_sid.n > 0)
		json_object_set_new(d->public_config, "twimlAppSid", json_of(checks->twiml_app_sid));
	i->is_test = checks->list ? checks->is_test : i->is_test;
	i->status = checks->is_degraded ? STR("degraded") : STR("active");
	int err = integration_write(a, now, i, d->public_config, checks->list, &r);
	if (err == -EEXIST) {
		api_problem(a, 409, "name_taken", "this organisation has an integration named \"" STR_FMT "\"", STR_ARG(i->name));
		return;
	}
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	twilio_trust(a->twilio, i->account_sid);
	api_audit(a, now ? "integration.update" : "integration.create", r.sk, now ? now->record.data : (struct str){0}, r.data);
	reply_integration(a, &r);
}

static void save_over(struct api *a, const struct integration *now)
{
	AUTO(integration_draft_done) struct integration_draft draft = {0};
	AUTO(integration_checks_done) struct integration_checks checks = {0};
	struct integration i;
	integration_read(a, now, &draft);
	if (api_has_faults(a))
		return;
	merge(a, now, &draft, &i);
	if (is_taken(a, i.account_sid, draft.public_config))
		return;
	if (!says_no(a, "verify"))
		integration_check(a, &i, &checks);
	if (checks.is_rejected)
		reply_rejected(a, &checks);
	else
		keep(a, now, &i, &draft, &checks);
}

/* By sk, of this organisation.  < 0: answered. */
static int open_by_sk(struct api *a, struct str sk, struct integration *ret)
{
	struct record r;
	int err = record_get(&a->scope, a->arena, &record_integration, sk, &r);
	if (err == 0)
		err = integration_open(a, &r, ret);
	if (err < 0)
		api_store_problem(a, err);
	return err;
}

static void save(struct api *a)
{
	struct integration now;
	struct str sk = json_str(a->body, "sk");
	if (sk.n == 0)
		save_over(a, NULL);
	else if (open_by_sk(a, sk, &now) == 0 && api_if_match(a, now.record.version))
		save_over(a, &now);
}

/* {authToken} or {apiKeySid, apiKeySecret}: the rest stays, and the former token still verifies for a day. */
static void rotate(struct api *a)
{
	struct integration now;
	if (open_by_sk(a, a->path_values[0], &now) < 0)
		return;
	json_t *given = a->body;
	a->body = json_pack("{s:s, s:o}", "type", INTEGRATION_TWILIO, "credentials", given);
	save_over(a, &now);
}

static void verify_now(struct api *a, struct integration *i)
{
	AUTO(integration_checks_done) struct integration_checks checks = {0};
	AUTO(auto_json) json_t *config = integration_config(&i->record);
	struct record r;
	integration_check(a, i, &checks);
	if (checks.twiml_app_sid.n > 0)
		json_object_set_new(config, "twimlAppSid", json_of(checks.twiml_app_sid));
	i->is_test = checks.is_test;
	i->status = checks.is_rejected ? STR("error") : checks.is_degraded ? STR("degraded") : STR("active");
	int err = integration_write(a, i, i, config, checks.list, &r);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	if (!checks.is_rejected)
		twilio_trust(a->twilio, i->account_sid);
	reply_integration(a, &r);
}

static void verify(struct api *a)
{
	struct integration i;
	if (open_by_sk(a, a->path_values[0], &i) == 0)
		verify_now(a, &i);
}

/* What check 3 offers: the service leaves inbound messages to the number's own webhook. */
static void fix(struct api *a)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct integration i;
	if (open_by_sk(a, a->path_values[0], &i) < 0)
		return;
	if (i.messaging_service_sid.n == 0) {
		api_problem(a, 409, "nothing_to_fix", "the integration has no messaging service");
		return;
	}
	struct twilio_request q = {.op = TWILIO_SERVICE_UPDATE, .path = {i.messaging_service_sid}};
	twilio_put_text(&q, "UseInboundWebhookOnNumber", "true");
	int err = integration_call(a, &i, &q, &answer);
	if (err < 0)
		reply_twilio(a, err, &answer);
	else
		verify_now(a, &i);
}

/* -ENOENT: none; > 0: some, and the first of them in *list. */
static int attached_numbers(struct api *a, struct str sk, struct record_list *list)
{
	struct record_query q = {.page_size = RECORD_PAGE_MAX};
	api_filter(&q, "integration_sk", "=", store_text(sk));
	api_filter(&q, "status", "<>", store_text(STR("released")));
	int err = record_list(&a->scope, a->arena, &record_number, &q, list);
	return err < 0 ? err : (int)list->n_records;
}

struct removal {
	struct api *a;
	struct str sk;
};

static int remove_it(struct store_conn *c, void *arg)
{
	const struct removal *m = arg;
	const struct store_value values[] = {store_text(m->a->scope.org), store_text(m->sk)};
	int err = store_run(c, "UPDATE phone_number SET integration_sk = NULL WHERE org = $1 AND integration_sk = $2", values, 2);
	return err < 0 ? err : record_delete(&m->a->scope, &record_integration, m->sk, 0);
}

static void delete(struct api *a)
{
	struct record r;
	struct record_list numbers;
	struct removal removal = {a, a->path_values[0]};
	int err = record_get(&a->scope, a->arena, &record_integration, removal.sk, &r);
	if (err == 0 && !api_if_match(a, r.version))
		return;
	int n = err == 0 ? attached_numbers(a, removal.sk, &numbers) : 0;
	if (n > 0 && !says_yes(a, "detach")) {
		api_problem(a, 409, "numbers_attached",
			"%lld numbers are on this integration: release or move them, or say ?detach=true", (long long)numbers.total);
		return;
	}
	err = err < 0 ? err : n < 0 ? n : store_transaction(a->store, remove_it, &removal);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "integration.delete", removal.sk, r.data, (struct str){0});
	api_empty(a);
}

/* The platform's spelling of switching one off: kept, but used no more. */
static void shutdown_it(struct api *a)
{
	struct record r;
	const struct record_change off = {"status", store_text(STR("disabled"))};
	int err = record_change(&a->scope, &record_integration, a->path_values[0], 0, &off, 1);
	if (err == 0)
		err = record_get(&a->scope, a->arena, &record_integration, a->path_values[0], &r);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "integration.disable", r.sk, r.data, r.data);
	reply_integration(a, &r);
}

static void test_it(struct api *a)
{
	AUTO(integration_checks_done) struct integration_checks checks = {0};
	struct integration i;
	if (integration_find(a, a->path_values[0], &i) < 0)
		return;
	integration_check(a, &i, &checks);
	api_json(a, 200, json_pack("{s:b, s:{s:b, s:O}}", "success", !checks.is_rejected, "data", "ok",
		!checks.is_rejected && !checks.is_degraded, "checks", checks.list));
}

static void get_one(struct api *a, struct str sk)
{
	struct record r;
	int err = record_get(&a->scope, a->arena, &record_integration, sk, &r);
	if (err < 0)
		api_store_problem(a, err);
	else
		reply_integration(a, &r);
}

static void get_by_body(struct api *a)
{
	struct str sk = api_text(a, "id", 1, 100);
	if (!api_has_faults(a))
		get_one(a, sk);
}

typedef json_t *view_fn(struct api *a, const struct record *r);

/* {success, data: [...]} of those that are not switched off; wanted: a type, an sk or a name, or empty. */
static void reply_active(struct api *a, struct str wanted, view_fn *view)
{
	struct record_list list;
	struct record_query q = {.page_size = RECORD_PAGE_MAX};
	api_filter(&q, "status", "<>", store_text(STR("disabled")));
	int err = record_list(&a->scope, a->arena, &record_integration, &q, &list);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	json_t *rows = json_array();
	for (uint32_t i = 0; i < list.n_records; i++)
		if (wanted.n == 0 || integration_is(&list.records[i], wanted))
			json_array_append_new(rows, view(a, &list.records[i]));
	api_json(a, 200, json_pack("{s:b, s:o}", "success", 1, "data", rows));
}

static void get_active(struct api *a)
{
	reply_active(a, a->path_values[0], integration_view);
}

static json_t *view_detail(struct api *a, const struct record *r)
{
	json_t *view = integration_view(a, r);
	struct store_rows rows;
	struct store_value values[] = {store_text(a->scope.org), store_text(r->sk)};
	json_object_set_new(view, "operations", upstream_operations());
	if (store_ask(a->store, a->arena, "SELECT status, count(*) FROM phone_number WHERE org = $1 AND integration_sk = $2 "
		"GROUP BY status", values, 2, &rows) < 0)
		return view;
	json_t *numbers = json_object();
	for (uint32_t i = 0; i < rows.n_rows; i++)
		json_object_set_new(numbers, store_cell_text(&rows, i, 0).p, json_integer(store_cell_int(&rows, i, 1)));
	json_object_set_new(view, "metrics", json_pack("{s:o}", "numbers", numbers));
	return view;
}

static void get_detail(struct api *a)
{
	reply_active(a, a->path_values[0], view_detail);
}

static json_t *view_config(struct api *a, const struct record *r)
{
	(void)a;
	return json_pack("{s:o, s:o, s:o}", "id", json_of(r->sk), "name",
		json_of(r->columns[record_column(&record_integration, "name")].bytes), "config", integration_config(r));
}

/* /{type}/{configId}: the latter says which. */
static void get_config(struct api *a)
{
	reply_active(a, a->path_values[1].n > 0 ? a->path_values[1] : a->path_values[0], view_config);
}

#define ONE "/upstream/integrations/{sk}"

const struct api_route integrations_routes[] = {
	{"POST", "/upstream/save-integration", AUTH_JWT, "integration:write", save, API_IDEMPOTENT,
		"Connect an account, or change how: checked live before it is kept"},
	{"POST", "/upstream/get-integration", AUTH_JWT, "integration:read", get_by_body, 0, "One integration by {id}"},
	{"GET", "/upstream/active", AUTH_JWT, "integration:read", get_active, 0, "Integrations in use"},
	{"GET", "/upstream/active/{type}", AUTH_JWT, "integration:read", get_active, 0, "Integrations in use, of one type"},
	{"GET", "/upstream/active/detail", AUTH_JWT, "integration:read", get_detail, 0, "With their operations and metrics"},
	{"GET", "/upstream/active/detail/{id}", AUTH_JWT, "integration:read", get_detail, 0, "One with its operations and metrics"},
	{"GET", "/upstream/get-config", AUTH_JWT, "integration:read", get_config, 0, "Public configuration"},
	{"GET", "/upstream/get-config/{type}", AUTH_JWT, "integration:read", get_config, 0, "Public configuration of a type"},
	{"GET", "/upstream/get-config/{type}/{configId}", AUTH_JWT, "integration:read", get_config, 0, "Public configuration of one"},
	{"POST", ONE "/verify", AUTH_JWT, "integration:write", verify, 0, "Run the live checks again"},
	{"POST", ONE "/rotate", AUTH_JWT, "integration:write", rotate, 0, "New credentials; the former token verifies for a day more"},
	{"POST", ONE "/fix", AUTH_JWT, "integration:write", fix, 0, "Let inbound messages reach the number's webhook"},
	{"DELETE", ONE, AUTH_JWT, "integration:write", delete, 0, "Forget an account and its credentials"},
	{"POST", "/upstream/shutdown/{id}", AUTH_JWT, "integration:write", shutdown_it, 0, "Use an integration no more"},
	{"POST", "/upstream/test/{integration}/{operation}", AUTH_JWT, "integration:read", test_it, 0, "Are the credentials good?"},
	{0},
};
