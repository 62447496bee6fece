/* SPDX-License-Identifier: MIT */
/* A draft becomes a version that never changes; older versions, and the way back to one. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "flows.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/digest.h"

struct publication {
	struct api *api;
	struct record draft;
	struct str document, hash;
	int64_t version;
};

static int add_version(struct store_conn *c, void *arg)
{
	struct publication *p = arg;
	struct store_rows rows;
	const struct store_scope *s = &p->api->scope;
	struct str name = p->draft.columns[FLOW_NAME].bytes;
	const struct store_value key[] = {store_text(s->org), store_text(name)};
	int n = store_ask(c, p->api->arena, "SELECT COALESCE(MAX(version), 0) FROM ivr_flow_version WHERE org = $1 AND name = $2",
		key, 2, &rows);
	if (n < 0)
		return n;
	p->version = store_cell_int(&rows, 0, 0) + 1;
	const struct store_value v[] = {key[0], key[1], store_int(p->version), store_text(p->document), store_text(p->hash),
		store_text(s->author), store_int(s->now_ms)};
	int err = store_run(c, "INSERT INTO ivr_flow_version (org, name, version, doc, hash, author, at_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)", v, 7);
	const struct record_change change[] = {{"published_version", store_int(p->version)}};
	if (err >= 0)
		err = record_change(s, &record_flow, p->draft.sk, p->draft.version, change, 1);
	return err < 0 ? err : 0;
}

static void publish_document(struct api *a, const struct record *draft, json_t *document, const char *action)
{
	char hash[DIGEST_HEX_MAX];
	struct publication p = {.api = a, .draft = *draft, .document = json_write(document, a->arena)};
	struct str name = draft->columns[FLOW_NAME].bytes;
	int err = digest_hex(p.document, hash);
	p.hash = str_of(hash);
	if (err >= 0)
		err = store_transaction(a->store, add_version, &p);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	api_audit(a, action, name, STR(""), p.hash);
	api_json(a, 200, json_pack("{s:b, s:{s:o, s:I, s:s}}", "success", 1, "data", "name", json_of(name), "version",
		(json_int_t)p.version, "hash", hash));
}

static void publish_if_good(struct api *a, const struct record *draft, struct str data, const char *action)
{
	struct flow_examined x = {0};
	AUTO(auto_json) json_t *document = json_loadb(data.p, data.n, 0, NULL);
	if (!document || !flow_examine(a, document, true, &x))
		api_problem(a, 500, "internal_error", "the draft cannot be read");
	else if (!flow_refuse(a, x.faults))
		publish_document(a, draft, x.document, action);
	json_decref(x.document);
}

void flows_publish(struct api *a)
{
	struct record draft;
	if (flow_find_record(a, a->path_values[0], &draft) && api_if_match(a, draft.version))
		publish_if_good(a, &draft, draft.data, "flow.publish");
}

static int ask_version(struct api *a, struct str name, int64_t version, struct store_rows *rows)
{
	const struct store_value v[] = {store_text(a->scope.org), store_text(name), store_int(version)};
	int n = store_ask(a->store, a->arena,
		"SELECT version, hash, author, at_ms, doc FROM ivr_flow_version WHERE org = $1 AND name = $2 AND version = $3", v, 3, rows);
	return n == 0 ? -ENOENT : n;
}

/* What a version held becomes a version of its own: history only grows. */
void flows_rollback(struct api *a)
{
	struct record draft;
	struct store_rows rows;
	int64_t version = api_int(a, "version", 1, INT32_MAX, 0);
	if (version == 0)
		api_fault(a, "/version", "required", "version is missing");
	if (api_has_faults(a) || !flow_find_record(a, a->path_values[0], &draft))
		return;
	int err = ask_version(a, a->path_values[0], version, &rows);
	if (err < 0)
		api_store_problem(a, err);
	else
		publish_if_good(a, &draft, store_cell_text(&rows, 0, 4), "flow.rollback");
}

static json_t *version_of(const struct store_rows *rows, uint32_t row)
{
	return json_pack("{s:I, s:o, s:o, s:o}", "version", (json_int_t)store_cell_int(rows, row, 0), "hash",
		json_of(store_cell_text(rows, row, 1)), "author", json_of(store_cell_text(rows, row, 2)), "createdate",
		json_time(store_cell_int(rows, row, 3)));
}

void flows_versions(struct api *a)
{
	struct record draft;
	struct store_rows rows;
	const struct store_value v[] = {store_text(a->scope.org), store_text(a->path_values[0])};
	if (!flow_find_record(a, a->path_values[0], &draft))
		return;
	int n = store_ask(a->store, a->arena, "SELECT version, hash, author, at_ms FROM ivr_flow_version"
		" WHERE org = $1 AND name = $2 ORDER BY version DESC LIMIT 100", v, 2, &rows);
	json_t *data = json_array();
	for (int i = 0; i < n; i++)
		(void)json_array_append_new(data, version_of(&rows, (uint32_t)i));
	if (n < 0)
		api_store_problem(a, n);
	else
		api_json(a, 200, json_pack("{s:O, s:i}", "data", data, "total", n));
	json_decref(data);
}

void flows_version(struct api *a)
{
	struct store_rows rows;
	uint64_t number = 0;
	int err = str_u64(a->path_values[1], INT32_MAX, &number) < 0 ? -ENOENT
		: ask_version(a, a->path_values[0], (int64_t)number, &rows);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	struct str doc = store_cell_text(&rows, 0, 4);
	json_t *o = version_of(&rows, 0);
	(void)json_object_set_new(o, "document", json_loadb(doc.p, doc.n, 0, NULL));
	api_json(a, 200, json_pack("{s:o}", "data", o));
}
