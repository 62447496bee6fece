/* SPDX-License-Identifier: MIT */
/* /org/settings (PLANE.md 0): one table of them, with what each may be and what it is when nobody said.  /audit. */
#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/plane/api.h"

enum { SETTING_TEXT_MAX = 200, COUNTRIES_MAX = 250, AMOUNT_MAX = 16 };

enum setting_type { SETTING_TEXT, SETTING_COUNTRY, SETTING_CHOICE, SETTING_NUMBER, SETTING_BOOL, SETTING_COUNTRIES, SETTING_AMOUNT, SETTING_HOURS };

static const struct setting {
	const char *name;
	enum setting_type type;
	const char *otherwise;  /* JSON */
	const char *choices;    /* blank-separated */
	int64_t max;            /* of numbers; the least is 0 */
} settings[] = {
	{"defaultCountry", SETTING_COUNTRY, "\"US\"", NULL, 0},
	{"timezone", SETTING_TEXT, "\"UTC\"", NULL, 0},
	{"businessName", SETTING_TEXT, "\"\"", NULL, 0},
	{"optOutScope", SETTING_CHOICE, "\"org\"", "org number", 0},
	{"optOutHandling", SETTING_CHOICE, "\"twilio\"", "twilio appliance", 0},
	{"botPauseMinutes", SETTING_NUMBER, "30", NULL, 10080},
	{"consentMode", SETTING_CHOICE, "\"required\"", "required optional", 0},
	{"enforceOptOutLanguage", SETTING_BOOL, "true", NULL, 0},
	{"strictA2p", SETTING_BOOL, "false", NULL, 0},
	{"foreignTwiml", SETTING_BOOL, "false", NULL, 0},
	{"retentionDays", SETTING_NUMBER, "90", NULL, 36500},
	{"quietHours", SETTING_HOURS, "{\"start\": \"21:00\", \"end\": \"08:00\"}", NULL, 0},
	{"automationBudget", SETTING_NUMBER, "1000", NULL, 1000000},
	{"allowedCountries", SETTING_COUNTRIES, "[\"US\", \"CA\"]", NULL, 0},
	{"monthlySpendCap", SETTING_AMOUNT, "null", NULL, 0},
	{"recordingNotice", SETTING_TEXT, "\"\"", NULL, 0},
	{"aiDisclosure", SETTING_TEXT, "\"\"", NULL, 0},
};

static bool is_country(struct str s)
{
	return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

static bool are_countries(const json_t *list)
{
	const json_t *item;
	size_t i;
	json_array_foreach(list, i, item)
		if (!is_country(json_text(item)))
			return false;
	return json_is_array(list) && json_array_size(list) <= COUNTRIES_MAX;
}

/* "120.50": money is never a binary fraction. */
static bool is_amount(struct str s)
{
	struct str cents = s, whole = str_split(&cents, '.');
	uint64_t v;
	bool has_point = whole.n < s.n;
	return s.n <= AMOUNT_MAX && str_u64(whole, INT64_MAX, &v) == 0 && (!has_point || (cents.n == 2 && str_u64(cents, 99, &v) == 0));
}

static bool is_hour(struct str s)
{
	uint64_t v;
	return s.n == 5 && s.p[2] == ':' && str_u64((struct str){s.p, 2}, 23, &v) == 0 && str_u64(str_skip(s, 3), 59, &v) == 0;
}

static bool is_good(const struct setting *s, const json_t *j)
{
	struct str text = json_text(j);
	switch (s->type) {
	case SETTING_TEXT:
		return json_is_string(j) && text.n <= SETTING_TEXT_MAX;
	case SETTING_COUNTRY:
		return is_country(text);
	case SETTING_CHOICE:
		return str_is_among(text, s->choices);
	case SETTING_NUMBER:
		return json_is_integer(j) && json_integer_value(j) >= 0 && json_integer_value(j) <= s->max;
	case SETTING_BOOL:
		return json_is_boolean(j);
	case SETTING_COUNTRIES:
		return are_countries(j);
	case SETTING_AMOUNT:
		return json_is_null(j) || is_amount(text);
	case SETTING_HOURS:
		return json_object_size(j) == 2 && is_hour(json_str(j, "start")) && is_hour(json_str(j, "end"));
	}
	return false;
}

static const char *what_is_good(struct api *a, const struct setting *s)
{
	switch (s->type) {
	case SETTING_TEXT:
		return arena_printf(a->arena, "a string of up to %d bytes", SETTING_TEXT_MAX);
	case SETTING_COUNTRY:
		return "a country's code of two capitals, like US";
	case SETTING_CHOICE:
		return arena_printf(a->arena, "one of: %s", s->choices);
	case SETTING_NUMBER:
		return arena_printf(a->arena, "a whole number from 0 to %lld", (long long)s->max);
	case SETTING_BOOL:
		return "true or false";
	case SETTING_COUNTRIES:
		return "an array of countries' codes of two capitals";
	case SETTING_AMOUNT:
		return "an amount like \"120.50\", or null";
	case SETTING_HOURS:
		return "an object like {\"start\": \"21:00\", \"end\": \"08:00\"}";
	}
	return "";
}

/* Everything that can be set, as it is. */
static json_t *effective(const json_t *data)
{
	json_t *all = json_object();
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		json_t *own = json_object_get(data, settings[i].name);
		json_object_set_new(all, settings[i].name, own ? json_incref(own) : json_loads(settings[i].otherwise, JSON_DECODE_ANY, NULL));
	}
	return all;
}

static void answer_settings(struct api *a)
{
	struct record org;
	int err = record_get(&a->scope, a->arena, &record_org, a->scope.org, &org);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	AUTO(auto_json) json_t *data = json_loadb(org.data.p, org.data.n, 0, NULL);
	api_header(a, "etag:", "\"v%lld\"", (long long)org.version);
	api_json(a, 200, json_pack("{s:o, s:o, s:I}", "org", json_of(org.org), "settings", effective(data), "version",
		(json_int_t)org.version));
}

static void take_settings(struct api *a, json_t *data)
{
	const char *names[ARRAY_LEN(settings) + 1] = {NULL};
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];
		json_t *j = json_object_get(a->body, s->name);
		names[i] = s->name;
		if (j && is_good(s, j))
			json_object_set(data, s->name, j);
		else if (j)
			api_fault(a, arena_printf(a->arena, "/%s", s->name), "setting_invalid", "%s must be %s", s->name, what_is_good(a, s));
	}
	api_known(a, names);
}

static void change_settings(struct api *a)
{
	struct record org;
	int err = record_get(&a->scope, a->arena, &record_org, a->scope.org, &org);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	if (!api_if_match(a, org.version))
		return;
	AUTO(auto_json) json_t *data = json_loadb(org.data.p, org.data.n, 0, NULL);
	take_settings(a, data);
	if (api_has_faults(a))
		return;
	struct str text = json_write(data, a->arena);
	err = record_update(&a->scope, &record_org, org.sk, org.version, text, NULL);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, "org.update", org.sk, org.data, text);
	answer_settings(a);
}

/* ---- audit ---- */

static json_t *document(struct str text)
{
	json_t *j = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	return j ? j : json_null();
}

static json_t *audit_row(const struct store_rows *rows, uint32_t i)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seq", (json_int_t)store_cell_int(rows, i, 0), "at",
		json_time(store_cell_int(rows, i, 1)), "actor", json_of(store_cell_text(rows, i, 2)), "action",
		json_of(store_cell_text(rows, i, 3)), "object", json_of(store_cell_text(rows, i, 4)), "before",
		document(store_cell_text(rows, i, 5)), "after", document(store_cell_text(rows, i, 6)), "ip",
		json_of(store_cell_text(rows, i, 7)), "hash", json_of(store_cell_text(rows, i, 8)));
}

/* Newest first; cursor: the seq of the last one seen.  Rows are never taken out, so there is no total but the newest seq. */
static void list_audit(struct api *a)
{
	struct record_query q = api_paging(a, NULL);
	struct store_rows rows;
	struct str text;
	uint64_t before = INT64_MAX;
	if (api_query(a, "cursor", &text) == 0 && str_u64(text, INT64_MAX, &before) < 0)
		api_fault(a, "/cursor", "cursor_invalid", "cursor is the nextCursor of the page before");
	if (api_has_faults(a))
		return;
	uint32_t size = q.page_size ? q.page_size : 20;
	const struct store_value v[] = {store_text(a->scope.org), store_int((int64_t)before), store_int(size + 1)};
	int n = store_ask(a->store, a->arena,
		"SELECT seq, at_ms, actor, action, object, was, becomes, ip, hash FROM audit WHERE org = $1 AND seq < $2"
		" ORDER BY seq DESC LIMIT $3", v, 3, &rows);
	if (n < 0) {
		api_store_problem(a, n);
		return;
	}
	json_t *data = json_array();
	bool has_next = n > (int)size;
	for (uint32_t i = 0; i < (uint32_t)n && i < size; i++)
		json_array_append_new(data, audit_row(&rows, i));
	json_t *next = has_next ? json_of(str_of(arena_printf(a->arena, "%lld", (long long)store_cell_int(&rows, size - 1, 0)))) : json_null();
	api_json(a, 200, json_pack("{s:o, s:n, s:i, s:b, s:o}", "data", data, "total", "pageSize", (int)size, "hasNext", has_next,
		"nextCursor", next));
}

const struct api_route org_routes[] = {
	{"GET", "/org/settings", AUTH_JWT, "org:read", answer_settings, 0, "The organisation's settings, all of them"},
	{"PATCH", "/org/settings", AUTH_JWT, "org:write", change_settings, 0, "Change settings"},
	{"GET", "/audit", AUTH_JWT, "audit:read", list_audit, 0, "Who did what, newest first"},
	{0},
};
