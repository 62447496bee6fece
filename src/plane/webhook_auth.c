/* SPDX-License-Identifier: MIT */
#include "webhook_auth.h"

#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "plane_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/form.h"
#include "ringdown/wire/signature.h"
#include "secrets.h"

enum { CANDIDATES_MAX = 16 };
#define WEBHOOKS "/connect/webhook/twilio/"

struct asking { /* a webhook, and who could have sent it */
	struct api *api;
	const struct form *form;
	struct str urls[2]; /* as it came, and with the query escaped again */
	struct { struct str org, integration_sk; } fitting[CANDIDATES_MAX];
	uint32_t n_candidates, n_fitting;
};

static int refuse(struct api *a, int status, const char *reason, const char *words)
{
	api_problem(a, status, reason, "%s", words);
	return -EACCES;
}

/* ---- the request ---- */
static int read_form(struct api *a)
{
	const struct plane_request *r = a->request;
	struct form *form = arena_alloc(a->arena, sizeof(*form));
	a->form = form;
	if (str_is(r->method, STR("POST"))) {
		a->is_answered = webhook_read_form(a->request, form) < 0;
		return a->is_answered ? -EACCES : 0;
	}
	if (!form || form_parse(r->query, a->arena, form) < 0)
		return refuse(a, 400, "malformed_form", "the query is not well-formed, or there is no memory for it");
	return 0;
}

static struct str url_of(struct api *a, bool is_escaped)
{
	const struct plane_request *r = a->request;
	struct buf b;
	char *mem = arena_alloc(a->arena, SIGNATURE_URL_MAX);
	buf_init(&b, mem, mem ? SIGNATURE_URL_MAX : 0);
	buf_put(&b, a->plane->settings.public_url);
	buf_put(&b, r->path);
	buf_put(&b, r->query.n > 0 ? STR("?") : STR(""));
	if (is_escaped)
		query_put_escaped(&b, r->query);
	else
		buf_put(&b, r->query);
	return buf_str(&b);
}

/* ---- secrets ---- */
static bool is_signed_with(const struct asking *k, struct str token)
{
	const struct plane_request *r = k->api->request;
	const struct form *form = str_is(r->method, STR("POST")) ? k->form : NULL;
	for (size_t i = 0; i < ARRAY_LEN(k->urls); i++)
		if (token.n > 0 && k->urls[i].n > 0 && signature_check(token, k->urls[i], form, STR(""), r->signature))
			return true;
	return false;
}

/* Behind the path's last slash; all that a flow asks is of one kind. */
static struct str kind_of(struct str path)
{
	path = path_without_api(path);
	if (str_starts(path, STR("/automation/ivr/")))
		return STR("ivr");
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return str_skip(path, i);
	return path;
}

static struct str marked(struct api *a, const struct integration *i, const char *kind)
{
	return str_of(arena_printf(a->arena, "webhook v1\n" STR_FMT "\n" STR_FMT "\n%s", STR_ARG(a->scope.org), STR_ARG(i->record.sk), kind));
}

struct str webhook_secret(struct api *a, const struct integration *i, const char *kind)
{
	char mark[MARK_MAX];
	if (!str_is(i->webhook_auth, STR("url-secret")) || secret_mark(a, marked(a, i, kind), mark) < 0)
		return (struct str){0};
	return str_of(arena_printf(a->arena, "w=%s", mark));
}

struct str webhook_url(struct api *a, const struct integration *i, const char *path, const char *kind)
{
	struct str secret = webhook_secret(a, i, kind);
	const char *glue = secret.n == 0 ? "" : strchr(path, '?') ? "&" : "?";
	return str_of(arena_printf(a->arena, STR_FMT WEBHOOKS "%s%s" STR_FMT, STR_ARG(a->plane->settings.public_url), path, glue,
		STR_ARG(secret)));
}

static bool has_secret_of(const struct asking *k, const struct integration *i)
{
	struct api *a = k->api;
	struct str given = {0}, kind = kind_of(a->request->path);
	if (api_query(a, "w", &given) < 0)
		return false;
	return secret_is_mark(a, marked(a, i, arena_printf(a->arena, STR_FMT, STR_ARG(kind))), given);
}

static bool fits(const struct asking *k, const struct record *r)
{
	struct api *a = k->api;
	struct integration i;
	struct str former;
	const struct store_value *previous = &r->columns[record_column(&record_integration, "prev_token_enc")];
	int64_t until_ms = r->columns[record_column(&record_integration, "prev_token_until_ms")].number;
	a->scope.org = r->org; /* whose secrets are opened; it is settled afterwards */
	if (integration_open(a, r, &i) < 0) {
		log_err("org=" STR_FMT " integration=" STR_FMT " its credentials cannot be opened: webhooks are refused", STR_ARG(r->org),
			STR_ARG(r->sk));
		return false;
	}
	if (is_signed_with(k, i.secrets.auth_token))
		return true;
	if (previous->type != STORE_NULL && until_ms > a->now_ms &&
		secret_unseal(a, r->org, r->sk, "prev_token_enc", previous->bytes, &former) == 0 && is_signed_with(k, former))
		return true;
	return str_is(i.webhook_auth, STR("url-secret")) && has_secret_of(k, &i);
}

/* ---- candidates ---- */
static void add_fitting(struct asking *k, struct str org, struct str integration_sk)
{
	if (k->n_fitting < CANDIDATES_MAX) {
		k->fitting[k->n_fitting].org = org;
		k->fitting[k->n_fitting++].integration_sk = integration_sk;
	}
}

/* The account of the configuration file is the organisation default's. */
static void look_at_file(struct asking *k, struct str account_sid)
{
	struct plane *p = k->api->plane;
	struct str of_file = p->settings.account_sid;
	if (k->n_fitting > 0 || (of_file.n > 0 && !str_is(of_file, account_sid)))
		return;
	k->n_candidates++;
	if (webhook_is_authentic(p, k->api->request, k->form))
		add_fitting(k, STR("default"), (struct str){0});
}

static int find_candidates(struct asking *k, struct str account_sid)
{
	struct record_list list = {0};
	struct api *a = k->api;
	int err = record_find_in_all_orgs(a->store, a->arena, &record_integration, "account_sid", store_text(account_sid), &list);
	if (err < 0 && err != -ENOENT)
		return err;
	for (uint32_t n = 0; n < list.n_records && n < CANDIDATES_MAX; n++) {
		const struct record *r = &list.records[n];
		if (str_is(r->columns[record_column(&record_integration, "status")].bytes, STR("disabled")))
			continue;
		k->n_candidates++;
		if (fits(k, r))
			add_fitting(k, r->org, r->sk);
	}
	look_at_file(k, account_sid);
	return 0;
}

/* Of several organisations: the one that has the number called, or calling. */
static int choose(struct asking *k, uint32_t *ret_choice)
{
	struct api *a = k->api;
	const struct str numbers[] = {form_get(k->form, STR("To")), form_get(k->form, STR("From"))};
	*ret_choice = 0;
	if (k->n_fitting == 1)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct record_list list = {0};
		int err = record_find_in_all_orgs(a->store, a->arena, &record_number, "e164", store_text(numbers[i]), &list);
		if (err < 0 && err != -ENOENT)
			return err;
		for (uint32_t n = 0; n < list.n_records; n++)
			for (uint32_t f = 0; f < k->n_fitting; f++) {
				struct str status = list.records[n].columns[record_column(&record_number, "status")].bytes;
				bool is_its = str_is(list.records[n].org, k->fitting[f].org);
				if (is_its && !str_is(status, STR("released")) && !str_is(status, STR("failed"))) {
					*ret_choice = f;
					return 0;
				}
			}
	}
	log_warning("webhook account=" STR_FMT " path=" STR_FMT " is of %u organisations, and the number is none of theirs",
		STR_ARG(form_get(k->form, STR("AccountSid"))), STR_ARG(a->request->path), k->n_fitting);
	return -ENOENT;
}

static int settle(struct asking *k)
{
	uint32_t n;
	struct api *a = k->api;
	int err = choose(k, &n);
	if (err == -ENOENT)
		return refuse(a, 404, "number_not_owned", "no organisation of this account has this number");
	if (err < 0) {
		api_store_problem(a, err);
		return err;
	}
	a->scope.org = k->fitting[n].org;
	a->scope.author = STR("twilio");
	a->integration_sk = k->fitting[n].integration_sk;
	return 0;
}

int webhook_authenticate(struct api *a)
{
	struct asking k = {.api = a};
	int err = read_form(a);
	if (err < 0)
		return err;
	k.form = a->form;
	k.urls[0] = url_of(a, false);
	if (a->request->query.n > 0)
		k.urls[1] = url_of(a, true);
	struct str account_sid = form_get(a->form, STR("AccountSid"));
	err = find_candidates(&k, account_sid);
	if (err < 0) {
		api_store_problem(a, err);
		return err;
	}
	if (k.n_fitting > 0)
		return settle(&k);
	a->scope.org = (struct str){0};
	log_warning("webhook account=" STR_FMT " path=" STR_FMT " refused: %s", STR_ARG(account_sid), STR_ARG(a->request->path),
		k.n_candidates > 0 ? "X-Twilio-Signature does not fit" : "no integration has this account");
	/* Told apart for who looks for a mistake: accounts are no secret, and guessing them is of no use. */
	return k.n_candidates > 0
		? refuse(a, 403, "bad_twilio_signature", "X-Twilio-Signature is missing or does not fit this request")
		: refuse(a, 403, "unknown_account", "AccountSid is of no active integration of this appliance");
}
