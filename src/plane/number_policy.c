/* SPDX-License-Identifier: MIT */
/* What is settled before Twilio is asked to sell a number (PLANE.md 7.2, step 1). */
#include <stdlib.h>

#include "json_help.h"
#include "numbers.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"

static bool is_country_allowed(const json_t *limits, struct str country)
{
	size_t i;
	const json_t *v, *list = json_object_get(limits, "allowedCountries");
	json_array_foreach(list, i, v)
		if (str_is(json_text(v), country))
			return true;
	return json_is_array(list) ? false : str_is_among(country, "US CA");
}

/* A toll-free number of the North American plan is of no one country; it is sold as the United States'. */
static struct str country_of(struct str e164, const struct number_wish *w)
{
	struct str country = e164.n > 0 ? phone_country(e164) : w->country;
	return country.n == 0 && str_starts(e164, STR("+18")) ? STR("US") : country;
}

/* Money comes as text or number. */
static double amount_of(const json_t *v)
{
	return json_is_string(v) ? strtod(json_string_value(v), NULL) : json_number_value(v);
}

/* The lower of the integration's and the organisation's; < 0: none. */
static double cap_of(struct api *a, const json_t *limits)
{
	struct record org;
	double cap = -1;
	const json_t *own = json_object_get(limits, "monthlySpendCap");
	if (json_is_string(own) || json_is_number(own))
		cap = amount_of(own);
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) < 0)
		return cap;
	AUTO(auto_json) json_t *settings = json_loadb(org.data.p, org.data.n, 0, NULL);
	const json_t *all = json_object_get(settings, "monthlySpendCap");
	if ((json_is_string(all) || json_is_number(all)) && (cap < 0 || amount_of(all) < cap))
		cap = amount_of(all);
	return cap;
}

/* What the numbers cost that are there; prices that nobody knows count nothing. */
static int spent(struct api *a, double *ret_amount)
{
	struct record_query q = {.page_size = RECORD_PAGE_MAX, .sort = "e164"};
	struct record_list list = {0};
	*ret_amount = 0;
	api_filter(&q, "status", "<>", store_text(STR("released")));
	api_filter(&q, "status", "<>", store_text(STR("failed")));
	for (q.page = 1; q.page == 1 || list.n_records == RECORD_PAGE_MAX; q.page++) {
		int err = record_list(&a->scope, a->arena, &record_number, &q, &list);
		if (err < 0)
			return err;
		for (uint32_t i = 0; i < list.n_records; i++) {
			AUTO(auto_json) json_t *data = json_loadb(list.records[i].data.p, list.records[i].data.n, 0, NULL);
			*ret_amount += amount_of(json_object_get(json_object_get(data, "monthlyPrice"), "amount"));
		}
	}
	return 0;
}

static bool is_within_cap(struct api *a, struct integration *i, const struct number_wish *w, const json_t *limits, json_t **ret_price)
{
	double amount, cap = cap_of(a, limits);
	if (cap < 0 || i->is_test)
		return true;
	*ret_price = number_price(a, i, w);
	int err = spent(a, &amount);
	if (err < 0) {
		api_store_problem(a, err);
		return false;
	}
	double price = amount_of(json_object_get(*ret_price, "amount"));
	if (amount + price <= cap)
		return true;
	api_problem(a, 402, "spend_cap", "numbers cost %.2f a month, this one %.2f more: monthlySpendCap is %.2f", amount, price, cap);
	return false;
}

static bool is_room(struct api *a)
{
	struct store_rows rows;
	const struct store_value org = store_text(a->scope.org);
	int err = store_ask(a->store, a->arena,
		"SELECT count(*) FROM phone_number WHERE org = $1 AND status NOT IN ('released', 'failed')", &org, 1, &rows);
	if (err < 0) {
		api_store_problem(a, err);
		return false;
	}
	if (store_cell_int(&rows, 0, 0) < NUMBERS_OF_ORG_MAX)
		return true;
	api_problem(a, 403, "number_limit", "an organisation has at most %d numbers", NUMBERS_OF_ORG_MAX);
	return false;
}

bool number_may_buy(struct api *a, struct integration *i, struct str e164, const struct number_wish *w, json_t **ret_price)
{
	AUTO(auto_json) json_t *config = integration_config(&i->record);
	const json_t *limits = json_object_get(config, "limits");
	struct str country = country_of(e164, w);
	struct number_wish wish = *w;
	bool is_magic = i->is_test && str_starts(e164, STR("+1500555")); /* of no country */
	*ret_price = NULL;
	if (!is_magic && !is_country_allowed(limits, country)) {
		api_problem(a, 403, "country_not_allowed", "numbers of \"" STR_FMT "\" are not among the integration's "
			"limits.allowedCountries", STR_ARG(country));
		return false;
	}
	wish.country = country;
	if (str_starts(e164, STR("+18")) && phone_country(e164).n == 0)
		wish.type = STR("toll_free");
	return is_room(a) && is_within_cap(a, i, &wish, limits, ret_price);
}
