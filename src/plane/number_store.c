/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/phone.h"

enum { C_E164, C_SID, C_INTEGRATION, C_STATUS, C_NAME, C_INTENT, C_QUARANTINE, C_CHECKED, C_COUNT };

void number_done(struct number *n)
{
	json_decref(n->data);
	n->data = NULL;
}

int number_open(const struct record *r, struct number *ret)
{
	const struct store_value *c = r->columns;
	*ret = (struct number){.record = *r, .e164 = c[C_E164].bytes, .sid = c[C_SID].bytes, .integration_sk = c[C_INTEGRATION].bytes,
		.status = c[C_STATUS].bytes, .friendly_name = c[C_NAME].bytes, .quarantine_until_ms = c[C_QUARANTINE].number,
		.checked_ms = c[C_CHECKED].number, .data = json_loadb(r->data.p, r->data.n, 0, NULL)};
	return json_is_object(ret->data) ? 0 : -EBADMSG;
}

static int find_live(struct api *a, struct str e164, struct record *ret)
{
	struct record_list list;
	struct record_query q = {.page_size = 1};
	api_filter(&q, "e164", "=", store_text(e164));
	api_filter(&q, "status", "<>", store_text(STR("released")));
	api_filter(&q, "status", "<>", store_text(STR("failed")));
	int err = record_list(&a->scope, a->arena, &record_number, &q, &list);
	if (err == 0 && list.n_records > 0)
		*ret = list.records[0];
	return err < 0 ? err : list.n_records > 0 ? 0 : -ENOENT;
}

int number_find(struct api *a, struct str which, struct number *ret)
{
	struct record r;
	if (which.n > 0 && which.p[0] >= '1' && which.p[0] <= '9' && which.n < 16) /* a plus that became a blank */
		which = str_of(arena_printf(a->arena, "+" STR_FMT, STR_ARG(which)));
	which = str_starts(which, STR(" ")) ? str_of(arena_printf(a->arena, "+" STR_FMT, STR_ARG(str_skip(which, 1)))) : which;
	int err = phone_is_e164(which) ? find_live(a, which, &r) : record_get(&a->scope, a->arena, &record_number, which, &r);
	if (err == 0)
		err = number_open(&r, ret);
	if (err == -ENOENT)
		api_problem(a, 404, "number_not_found", "this organisation has no number " STR_FMT, STR_ARG(which));
	else if (err < 0)
		api_store_problem(a, err);
	return err;
}

static struct store_value time_or_null(int64_t ms)
{
	return ms > 0 ? store_int(ms) : store_null();
}

int number_write(struct api *a, struct number *n)
{
	struct store_value values[C_COUNT] = {store_text(n->e164), store_text_or_null(n->sid), store_text_or_null(n->integration_sk),
		store_text(n->status), store_text_or_null(n->friendly_name), store_text(n->record.sk), time_or_null(n->quarantine_until_ms),
		time_or_null(n->checked_ms)};
	json_object_set_new(n->data, "phoneNumber", json_of(n->e164));
	json_object_set_new(n->data, "friendlyName", json_or_null(n->friendly_name));
	json_object_set_new(n->data, "countryCode", json_or_null(phone_country(n->e164)));
	json_object_set_new(n->data, "provider", json_string("twilio"));
	json_object_set_new(n->data, "providerSid", json_or_null(n->sid));
	json_object_set_new(n->data, "status", json_of(n->status));
	struct str data = json_write(n->data, a->arena);
	if (data.n == 0)
		return -ENOMEM;
	int err = n->record.version == 0 ? record_insert(&a->scope, &record_number, n->record.sk, data, values)
					 : record_update(&a->scope, &record_number, n->record.sk, n->record.version, data, values);
	return err < 0 ? err : record_get(&a->scope, a->arena, &record_number, n->record.sk, &n->record);
}

void number_reply(struct api *a, int status, const struct number *n)
{
	api_header(a, "etag:", "\"v%lld\"", (long long)n->record.version);
	api_json(a, status, json_pack("{s:b, s:o}", "success", 1, "data", api_envelope(&n->record, &record_number)));
}

void number_log(struct api *a, const struct number *n, const char *event, json_t *steal_data)
{
	AUTO(auto_json) json_t *data = steal_data ? steal_data : json_object();
	struct str text = json_write(data, a->arena);
	const struct store_value values[] = {store_text(a->scope.org), store_text(str_of(api_new_sk(a))), store_text(n->record.sk),
		store_text(str_of(event)), store_text(text), store_text(a->scope.author), store_int(a->now_ms)};
	if (store_run(a->store, "INSERT INTO number_event (org, sk, number_sk, event, data, author, at_ms) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7)", values, ARRAY_LEN(values)) < 0)
		log_warning("org=" STR_FMT " number=" STR_FMT " %s: history not written, ignoring: %s", STR_ARG(a->scope.org),
			STR_ARG(n->record.sk), event, store_words(a->store));
	json_object_set_new(data, "phoneNumber", json_of(n->e164));
	json_object_set_new(data, "id", json_of(n->record.sk));
	api_event(a, event, json_incref(data));
}

void number_own(struct api *a, struct number *n, const char *state, const char *evidence)
{
	const json_t *was = json_object_get(n->data, "ownership");
	if (str_is(json_str(was, "state"), str_of(state)))
		return;
	json_object_set_new(n->data, "ownership", json_pack("{s:s, s:o, s:s}", "state", state, "since", json_time(a->now_ms),
		"evidence", evidence));
}
