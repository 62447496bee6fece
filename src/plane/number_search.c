/* SPDX-License-Identifier: MIT */
/* GET /phone/numbers/available: what could be bought, and what it would cost. */
#include "numbers.h"

#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 30 };

static const struct {
	const char *names;  /* ours and the platform's */
	enum twilio_op op;
	const char *price_type; /* of the Pricing API */
} types[] = {
	{"local", TWILIO_AVAILABLE_LOCAL, "local"},
	{"toll_free tollfree tollFree", TWILIO_AVAILABLE_TOLL_FREE, "toll free"},
	{"mobile", TWILIO_AVAILABLE_MOBILE, "mobile"},
};

static int type_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_is_among(name, types[i].names))
			return (int)i;
	return -1;
}

/* ---- what is wanted ---- */
struct source {
	struct api *a;
	const json_t *body; /* NULL: the query */
};

static struct str text_of(const struct source *s, const char *name, const char *alias)
{
	struct str v = {0};
	if (s->body)
		return json_str(s->body, name).n > 0 ? json_str(s->body, name) : json_str(s->body, alias);
	if (api_query(s->a, name, &v) < 0 || v.n == 0)
		(void)api_query(s->a, alias, &v);
	return v;
}

static bool flag_of(const struct source *s, const char *name, const char *alias)
{
	if (s->body)
		return json_is_true(json_object_get(s->body, name)) || json_is_true(json_object_get(s->body, alias));
	return str_is(text_of(s, name, alias), STR("true")) || str_is(text_of(s, name, alias), STR("1"));
}

static bool is_digits(struct str s, size_t least, size_t most)
{
	uint64_t n;
	return s.n >= least && s.n <= most && str_u64(s, UINT64_MAX, &n) == 0;
}

void number_wish_read(struct api *a, struct number_wish *w, const json_t *from)
{
	const struct source s = {a, from};
	uint64_t limit = LIMIT_DEFAULT;
	struct str limit_text = from ? (struct str){0} : text_of(&s, "limit", "pageSize");
	*w = (struct number_wish){.country = text_of(&s, "country", "countryCode"), .type = text_of(&s, "type", "numberType"),
		.area_code = text_of(&s, "areaCode", "area"), .contains = text_of(&s, "contains", "pattern"),
		.near = text_of(&s, "near", "nearNumber"), .region = text_of(&s, "inRegion", "region"),
		.postal_code = text_of(&s, "inPostalCode", "postalCode"), .voice = flag_of(&s, "voice", "voiceEnabled"),
		.sms = flag_of(&s, "sms", "smsEnabled"), .mms = flag_of(&s, "mms", "mmsEnabled")};
	if (w->country.n == 0)
		w->country = STR("US");
	if (w->type.n == 0)
		w->type = STR("local");
	if (!is_country(w->country))
		api_fault(a, "/country", "country_invalid", "two capital letters, for example US");
	if (type_of(w->type) < 0)
		api_fault(a, "/type", "type_unknown", "local, toll_free or mobile");
	if (w->area_code.n > 0 && !is_digits(w->area_code, 3, 3))
		api_fault(a, "/areaCode", "area_code_invalid", "three digits");
	if (w->contains.n > 0 && !is_printable(w->contains, 2, 16))
		api_fault(a, "/contains", "contains_invalid", "2 to 16 digits, letters or *");
	if (limit_text.n > 0 && (str_u64(limit_text, 1000, &limit) < 0 || limit < 1))
		api_fault(a, "/limit", "limit_invalid", "1 to 30");
	w->limit = limit > LIMIT_MAX ? LIMIT_MAX : (uint32_t)limit;
}

/* ---- what there is ---- */
static json_t *requirements_of(const json_t *item)
{
	json_t *list = json_array();
	struct str address = json_str(item, "address_requirements");
	if (address.n > 0 && !str_is(address, STR("none")))
		json_array_append_new(list, json_pack("{s:s, s:o}", "kind", "address", "which", json_of(address)));
	return list;
}

static json_t *available_of(const json_t *item)
{
	const json_t *c = json_object_get(item, "capabilities");
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:{s:b, s:b, s:b}, s:o, s:b}", "phoneNumber",
		json_of(json_str(item, "phone_number")), "friendlyName", json_of(json_str(item, "friendly_name")), "countryCode",
		json_of(json_str(item, "iso_country")), "locality", json_or_null(json_str(item, "locality")), "region",
		json_or_null(json_str(item, "region")), "postalCode", json_or_null(json_str(item, "postal_code")), "capabilities", "voice",
		json_is_true(json_object_get(c, "voice")), "sms", json_is_true(json_object_get(c, "SMS")), "mms",
		json_is_true(json_object_get(c, "MMS")), "requirements", requirements_of(item), "beta",
		json_is_true(json_object_get(item, "beta")));
}

int number_search(struct api *a, struct integration *i, const struct number_wish *w, struct twilio_answer *ret_answer,
	json_t **ret_list)
{
	size_t n;
	json_t *item;
	struct twilio_request q = {.op = types[type_of(w->type)].op, .path = {w->country}};
	twilio_put_given(&q, "AreaCode", w->area_code);
	twilio_put_given(&q, "Contains", w->contains);
	twilio_put_given(&q, "NearNumber", w->near);
	twilio_put_given(&q, "InRegion", w->region);
	twilio_put_given(&q, "InPostalCode", w->postal_code);
	if (w->voice)
		twilio_put_text(&q, "VoiceEnabled", "true");
	if (w->sms)
		twilio_put_text(&q, "SmsEnabled", "true");
	if (w->mms)
		twilio_put_text(&q, "MmsEnabled", "true");
	twilio_put_text(&q, "PageSize", arena_printf(a->arena, "%u", w->limit));
	int err = integration_call(a, i, &q, ret_answer);
	if (err < 0)
		return err;
	*ret_list = json_array();
	json_array_foreach(json_object_get(ret_answer->body, "available_phone_numbers"), n, item)
		if (n < w->limit)
			json_array_append_new(*ret_list, available_of(item));
	return 0;
}

/* "1.15" of the country's list of prices, and its currency; a failure costs the price, not the list. */
json_t *number_price(struct api *a, struct integration *i, const struct number_wish *w)
{
	AUTO(twilio_answer_done) struct twilio_answer answer;
	const struct twilio_request q = {.op = TWILIO_NUMBER_PRICES_FETCH, .path = {w->country}};
	size_t n;
	json_t *item;
	if (integration_call(a, i, &q, &answer) < 0) {
		api_warn(a, "Twilio told no prices");
		return json_null();
	}
	json_array_foreach(json_object_get(answer.body, "phone_number_prices"), n, item)
		if (str_is(json_str(item, "number_type"), str_of(types[type_of(w->type)].price_type)))
			return json_pack("{s:o, s:o}", "amount", json_or_null(json_str(item, "current_price")), "currency",
				json_or_null(json_str(answer.body, "price_unit")));
	return json_null();
}

void numbers_available(struct api *a)
{
	AUTO(twilio_answer_done) struct twilio_answer answer = {0};
	struct number_wish w;
	struct integration i;
	struct str which = {0};
	json_t *list, *item;
	size_t n;
	number_wish_read(a, &w, NULL);
	(void)api_query(a, "integration", &which);
	if (api_has_faults(a) || integration_find(a, which, &i) < 0)
		return;
	int err = number_search(a, &i, &w, &answer, &list);
	if (err < 0) {
		reply_twilio(a, err, &answer);
		return;
	}
	AUTO(auto_json) json_t *price = number_price(a, &i, &w);
	json_array_foreach(list, n, item)
		json_object_set(item, "monthlyPrice", price);
	api_json(a, 200, json_pack("{s:b, s:o, s:I}", "success", 1, "data", list, "total", (json_int_t)json_array_size(list)));
}
