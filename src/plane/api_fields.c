/* SPDX-License-Identifier: MIT */
/* What a request says: members of its body, fields of its query, If-Match. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/ulid.h"
#include "ringdown/base/utf8.h"

static const char *pointer_to(struct api *a, const char *name)
{
	const char *p = arena_printf(a->arena, "/%s", name);
	return p ? p : "";
}

bool api_has(const struct api *a, const char *name)
{
	return json_object_get(a->body, name) != NULL;
}

/* NULL: not there, or null, which says the same. */
static const json_t *member(const struct api *a, const char *name)
{
	const json_t *j = json_object_get(a->body, name);
	return json_is_null(j) ? NULL : j;
}

struct str api_text(struct api *a, const char *name, size_t min, size_t max)
{
	const json_t *j = member(a, name);
	struct str text = json_text(j);
	if (!j && min > 0)
		api_fault(a, pointer_to(a, name), "required", "%s is missing", name);
	else if (j && !json_is_string(j))
		api_fault(a, pointer_to(a, name), "wrong_type", "%s must be a string", name);
	else if (j && (text.n < min || text.n > max))
		api_fault(a, pointer_to(a, name), "wrong_length", "%s must have %zu to %zu bytes", name, min, max);
	else
		return text;
	return STR("");
}

int64_t api_int(struct api *a, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
	const json_t *j = member(a, name);
	json_int_t v = json_integer_value(j);
	if (!j)
		return otherwise;
	if (json_is_integer(j) && v >= min && v <= max)
		return v;
	api_fault(a, pointer_to(a, name), json_is_integer(j) ? "out_of_range" : "wrong_type", "%s must be a whole number from %lld to %lld",
		name, (long long)min, (long long)max);
	return otherwise;
}

bool api_bool(struct api *a, const char *name, bool otherwise)
{
	const json_t *j = member(a, name);
	if (j && !json_is_boolean(j))
		api_fault(a, pointer_to(a, name), "wrong_type", "%s must be true or false", name);
	return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

static bool is_name_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

void api_known(struct api *a, const char *const *names)
{
	const char *name;
	json_t *value;
	json_object_foreach(a->body, name, value)
		if (!is_name_among(name, names))
			api_warn(a, "unknown_field: /%.80s is ignored", name);
}

/* ---- query ---- */

int api_query(struct api *a, const char *name, struct str *ret_value)
{
	struct str query = a->request->query;
	while (query.n > 0) {
		struct str value = str_split(&query, '&');
		if (!str_is(str_split(&value, '='), str_of(name)))
			continue;
		*ret_value = value;
		return 0;
	}
	return -ENOENT;
}

/* The first of two names that is there; 0: neither. */
static uint32_t number(struct api *a, const char *name, const char *short_name, uint32_t max)
{
	struct str text;
	uint64_t v = 0;
	if (api_query(a, name, &text) < 0 && api_query(a, short_name, &text) < 0)
		return 0;
	int err = str_u64(text, max, &v);
	if (err == -ERANGE)
		return max;
	if (err < 0 || v == 0)
		api_fault(a, pointer_to(a, name), "out_of_range", "%s must be a whole number from 1 on", name);
	return (uint32_t)v;
}

static const char *column_of(struct str name, const char *const *sorts)
{
	if (str_is(name, STR("createdate")))
		return "created_ms";
	if (str_is(name, STR("modifydate")))
		return "modified_ms";
	for (; sorts && *sorts; sorts++)
		if (str_is(name, str_of(*sorts)))
			return *sorts;
	return NULL;
}

/* "-createdate": the newest first.  The platform's clients say s=createdate&st=desc. */
static void read_sort(struct api *a, const char *const *sorts, struct record_query *q)
{
	struct str text, way;
	if (api_query(a, "sort", &text) < 0 && api_query(a, "s", &text) < 0)
		return;
	q->is_descending = str_starts(text, STR("-")) || (api_query(a, "st", &way) == 0 && str_is(way, STR("desc")));
	q->sort = column_of(str_skip(text, str_starts(text, STR("-"))), sorts);
	if (!q->sort)
		api_fault(a, "/sort", "sort_unsupported", "lists of these are not sorted by that");
}

struct record_query api_paging(struct api *a, const char *const *sorts)
{
	struct record_query q = {.page = number(a, "page", "p", 1000000), .page_size = number(a, "pageSize", "ps", RECORD_PAGE_MAX)};
	if (q.page_size == 0)
		q.page_size = number(a, "limit", "l", RECORD_PAGE_MAX);
	read_sort(a, sorts, &q);
	return q;
}

void api_filter(struct record_query *q, const char *column, const char *op, struct store_value value)
{
	if (q->n_filters < RECORD_FILTERS_MAX)
		q->filters[q->n_filters++] = (struct record_filter){column, op, value};
}

/* ---- the rest ---- */

/* "v3", or several of them, or *: one of them must be it. */
static bool names_version(struct str tags, int64_t version, struct arena *a)
{
	const char *wanted = arena_printf(a, "\"v%lld\"", (long long)version);
	while (tags.n > 0) {
		struct str tag = str_trim(str_split(&tags, ','));
		if (str_starts(tag, STR("W/")))
			tag = str_skip(tag, 2);
		if (str_is(tag, STR("*")) || str_is(tag, str_of(wanted)))
			return true;
	}
	return false;
}

bool api_if_match(struct api *a, int64_t version)
{
	if (a->request->if_match.n == 0 || names_version(a->request->if_match, version, a->arena))
		return true;
	api_member(a, "version", json_integer(version));
	api_header(a, "etag:", "\"v%lld\"", (long long)version);
	api_problem(a, 412, "version_mismatch", "If-Match names another version: the record is at version %lld", (long long)version);
	return false;
}

const char *api_new_sk(struct api *a)
{
	char sk[ULID_SIZE];
	ulid_new(a->now_ms, sk);
	const char *copy = arena_strdup(a->arena, str_of(sk));
	return copy ? copy : "";
}
