/* SPDX-License-Identifier: MIT */
/* Answers: JSON, records in the platform's envelope, lists of them, problems. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"

static void answer(struct api *a, int status, const char *type, struct str text)
{
	if (a->is_answered)
		log_err("api %s %s answers twice, ignoring the second", a->route->method, a->route->path);
	else
		reply_text(a->request, status, type, text);
	a->is_answered = true;
}

void api_json(struct api *a, int status, json_t *steal)
{
	AUTO(auto_json) json_t *doc = steal;
	if (a->warnings && json_is_object(doc))
		json_object_set(doc, "warnings", a->warnings);
	struct str text = json_write(doc, a->arena);
	if (text.n == 0)
		api_problem(a, 500, "no_memory", "no memory for the answer");
	else
		answer(a, status, "application/json", text);
}

void api_bytes(struct api *a, int status, const char *type, struct str bytes)
{
	answer(a, status, type, bytes);
}

void api_twiml(struct api *a, struct str text)
{
	answer(a, 200, "text/xml", text);
}

void api_empty(struct api *a)
{
	answer(a, 204, "text/plain", STR(""));
}

/* A control character would end the header and begin one of somebody else's. */
static bool is_fit_for_header(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7F)
			return false;
	return true;
}

void api_header(struct api *a, const char *name, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (is_fit_for_header(text))
		reply_header(a->request, name, arena_strdup(a->arena, str_of(text)));
}

/* ---- records ---- */

json_t *api_envelope(const struct record *r, const struct record_kind *k)
{
	json_t *data = json_loadb(r->data.p ? r->data.p : "", r->data.n, 0, NULL);
	if (!data)
		data = json_object();
	json_t *name = json_object_get(data, "name");
	return json_pack("{s:o, s:o, s:O?, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "pk", json_of(r->org), "sk", json_of(r->sk), "name",
		name, "datatype", k->datatype, "data", data, "version", (json_int_t)r->version, "createdate",
		json_time(r->created_ms), "modifydate", json_time(r->modified_ms), "author", json_of(r->author), "state",
		json_of(r->state));
}

static json_t *filled(struct api *a, const struct record *r, const struct record_kind *k, api_fill_fn *fill)
{
	json_t *doc = api_envelope(r, k);
	if (doc && fill)
		fill(a, r, json_object_get(doc, "data"));
	return doc;
}

void api_record_filled(struct api *a, int status, const struct record *r, const struct record_kind *k, api_fill_fn *fill)
{
	api_header(a, "etag:", "\"v%lld\"", (long long)r->version);
	api_json(a, status, filled(a, r, k, fill));
}

void api_record(struct api *a, int status, const struct record *r, const struct record_kind *k)
{
	api_record_filled(a, status, r, k, NULL);
}

void api_list_filled(struct api *a, const struct record_list *l, const struct record_kind *k, const char *alias, api_fill_fn *fill)
{
	json_t *data = json_array();
	bool has_next = (int64_t)l->page * l->page_size < l->total;
	for (uint32_t i = 0; i < l->n_records; i++)
		if (json_array_append_new(data, filled(a, &l->records[i], k, fill)) < 0) {
			json_decref(data);
			data = NULL;
		}
	json_t *doc = json_pack("{s:o, s:I, s:i, s:i, s:b, s:n}", "data", data, "total", (json_int_t)l->total, "page", (int)l->page,
		"pageSize", (int)l->page_size, "hasNext", has_next, "nextCursor");
	if (doc && alias)
		json_object_set(doc, alias, data);
	api_json(a, 200, doc);
}

void api_list(struct api *a, const struct record_list *l, const struct record_kind *k, const char *alias)
{
	api_list_filled(a, l, k, alias, NULL);
}

/* ---- problems ---- */

/* JSON of the members without the braces around them. */
static struct str members_of(struct api *a)
{
	struct str text = json_object_size(a->members) > 0 ? json_write(a->members, a->arena) : STR("");
	return text.n > 2 ? (struct str){text.p + 1, text.n - 2} : STR("");
}

void api_reason(struct api *a, int status, struct str reason, struct str detail)
{
	if (a->is_answered) {
		log_err("api %s %s answers twice, ignoring the second", a->route->method, a->route->path);
		return;
	}
	a->is_answered = true;
	reply_problem_with(a->request,
		&(struct problem){.status = status, .reason = reason, .detail = detail, .members = members_of(a)});
}

void api_problem(struct api *a, int status, const char *reason, const char *fmt, ...)
{
	char text[2048];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	api_reason(a, status, str_of(reason), str_of(text));
}

void api_member(struct api *a, const char *name, json_t *steal)
{
	if (!a->members)
		a->members = json_object();
	json_object_set_new(a->members, name, steal);
}

void api_store_problem(struct api *a, int err)
{
	static const struct {
		int err, status;
		const char *reason, *detail;
	} rows[] = {
		{-ENOENT, 404, "not_found", "there is no such record in this organisation"},
		{-EEXIST, 409, "already_exists", "there is one like it already"},
		{-ESTALE, 412, "version_mismatch", "somebody else has changed it meanwhile: read it again"},
		{-EAGAIN, 503, "store_busy", "the database is busy; try again"},
		{-ENOTCONN, 503, "store_away", "the database is away; try again"},
		{-ENOSPC, 503, "store_full", "the database's disk is full"},
		{-EROFS, 503, "store_read_only", "the database may only be read"},
		{-ENOMEM, 503, "no_memory", "no memory for this request; try again"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].err == err) {
			if (rows[i].status == 503)
				api_header(a, "retry-after:", "1");
			api_problem(a, rows[i].status, rows[i].reason, "%s", rows[i].detail);
			return;
		}
	log_err("api %s %s: store error %d: %s", a->route->method, a->route->path, err, store_words(a->store));
	api_problem(a, 500, "internal_error", "the database refused this; the log of the appliance says why");
}

void api_fault(struct api *a, const char *pointer, const char *reason, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!a->faults)
		a->faults = json_array();
	json_array_append_new(a->faults, json_pack("{s:s, s:s, s:o}", "pointer", pointer, "reason", reason, "message",
		json_of(str_of(text))));
}

/* One fault is told as itself, so that clients which read only reason and message see it. */
bool api_has_faults(struct api *a)
{
	const json_t *first = json_array_get(a->faults, 0);
	if (!a->faults)
		return false;
	bool is_one = json_array_size(a->faults) == 1;
	struct str reason = is_one ? json_str(first, "reason") : STR("validation_failed");
	const char *detail = arena_printf(a->arena, "%s: %s%s", json_string_value(json_object_get(first, "pointer")),
		json_string_value(json_object_get(first, "message")), is_one ? "" : " (and more, see errors)");
	api_member(a, "errors", json_incref(a->faults));
	api_reason(a, 422, arena_str(a->arena, reason), str_of(detail));
	return true;
}

void api_warn(struct api *a, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!a->warnings)
		a->warnings = json_array();
	json_array_append_new(a->warnings, json_of(str_of(text)));
}

void api_done(struct api *a)
{
	json_decref(a->body);
	json_decref(a->faults);
	json_decref(a->members);
	json_decref(a->warnings);
}
