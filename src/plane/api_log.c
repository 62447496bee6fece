/* SPDX-License-Identifier: MIT */
/* What is kept of what was done: events, which clients follow, and the audit, whose rows are chained by hashes, so that
 * none can be changed or taken out without it being seen. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/digest.h"

struct entry { /* of either log, while it is written */
	struct api *api;
	struct str name, object, was, becomes; /* event: name is its type, becomes its data */
};

static int64_t next_of(const struct store_rows *rows, int n)
{
	return n > 0 ? store_cell_int(rows, 0, 0) : 0;
}

static int write_event(struct store_conn *c, void *arg)
{
	const struct entry *e = arg;
	struct api *a = e->api;
	struct store_rows rows;
	const struct store_value org = store_text(a->scope.org);
	int n = store_ask(c, a->arena,
		"INSERT INTO event_head (org, seq) VALUES ($1, 1) ON CONFLICT (org) DO UPDATE SET seq = event_head.seq + 1 RETURNING seq",
		&org, 1, &rows);
	if (n < 0)
		return n;
	const struct store_value v[] = {org, store_int(next_of(&rows, n)), store_int(a->now_ms), store_text(e->name),
		store_text(e->becomes)};
	n = store_run(c, "INSERT INTO event_log (org, seq, at_ms, type, data) VALUES ($1, $2, $3, $4, $5)", v, 5);
	return n < 0 ? n : 0;
}

static int run(struct api *a, store_work_fn *work, struct entry *e)
{
	return store_is_in_transaction(a->store) ? work(a->store, e) : store_transaction(a->store, work, e);
}

void api_event(struct api *a, const char *type, json_t *steal_data)
{
	struct entry e = {.api = a, .name = str_of(type), .becomes = json_write(steal_data, a->arena)};
	json_decref(steal_data);
	if (run(a, write_event, &e) < 0)
		log_warning("event %s could not be written: %s", type, store_words(a->store));
}

/* What a row's hash covers: the hash before it and every column, each with its length. */
static int chain(struct api *a, const struct store_value *v, uint32_t n, struct str before, char hash[DIGEST_HEX_MAX])
{
	struct buf b;
	size_t size = before.n + 32;
	for (uint32_t i = 0; i < n; i++)
		size += v[i].bytes.n + 32;
	char *text = arena_alloc(a->arena, size);
	buf_init(&b, text, text ? size : 0);
	buf_put(&b, before);
	for (uint32_t i = 0; i < n; i++) {
		bool is_number = v[i].type == STORE_INT;
		buf_putc(&b, '|');
		buf_put_i64(&b, is_number ? v[i].number : (int64_t)v[i].bytes.n);
		buf_putc(&b, ':');
		if (!is_number)
			buf_put(&b, v[i].bytes);
	}
	return buf_ok(&b) ? digest_hex(buf_str(&b), hash) : -ENOMEM;
}

static int write_audit(struct store_conn *c, void *arg)
{
	const struct entry *e = arg;
	struct api *a = e->api;
	struct store_rows rows;
	char hash[DIGEST_HEX_MAX];
	const struct store_value org = store_text(a->scope.org);
	int n = store_ask(c, a->arena,
		"INSERT INTO audit_head (org, seq, hash) VALUES ($1, 1, '') ON CONFLICT (org) DO UPDATE SET seq = audit_head.seq + 1"
		" RETURNING seq, hash", &org, 1, &rows);
	if (n < 0)
		return n;
	struct store_value v[] = {org, store_int(next_of(&rows, n)), store_int(a->now_ms), store_text(a->scope.author),
		store_text(e->name), store_text(e->object), store_text(e->was), store_text(e->becomes), store_text(a->request->peer),
		store_null()};
	int err = chain(a, v, 9, store_cell_text(&rows, 0, 1), hash);
	if (err < 0)
		return err;
	v[9] = store_text(str_of(hash));
	n = store_run(c,
		"INSERT INTO audit (org, seq, at_ms, actor, action, object, was, becomes, ip, hash)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", v, 10);
	if (n >= 0)
		n = store_run(c, "UPDATE audit_head SET hash = $2 WHERE org = $1", (const struct store_value[]){org, v[9]}, 2);
	return n < 0 ? n : 0;
}

void api_audit(struct api *a, const char *action, struct str object, struct str was, struct str becomes)
{
	struct entry e = {a, str_of(action), object, was, becomes};
	if (run(a, write_audit, &e) < 0)
		log_err("audit %s of " STR_FMT " could not be written: %s", action, STR_ARG(object), store_words(a->store));
}
