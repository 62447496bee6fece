/* SPDX-License-Identifier: MIT */
#include "ringdown/store/rekey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/base/secret.h"
#include "ringdown/store/seal.h"

enum { BATCH = 50, ARENA_BYTES = 16 << 20, SQL_SIZE = 512, CURSOR_SIZE = 256 };

/* Each column that holds sealed text; its record is sk, its field the column's name. */
static const struct sealed {
	const char *table, *column;
} sealed_columns[] = {
	{"integration", "cred_enc"},
	{"integration", "prev_token_enc"},
};

struct rekey {
	struct store_conn *conn;
	const struct keys *keys;
	const struct sealed *place;
	char after_org[CURSOR_SIZE], after_sk[CURSOR_SIZE]; /* done up to here */
	struct rekey_result result;
};

/* Only over what has not changed since it was read. */
static int replace(struct rekey *r, struct str org, struct str sk, struct str old, struct str text)
{
	char sql[SQL_SIZE];
	const struct store_value v[] = {store_text(org), store_text(sk), store_text(old), store_text(text)};
	(void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = $4 WHERE org = $1 AND sk = $2 AND %s = $3", r->place->table,
		r->place->column, r->place->column);
	int n = store_run(r->conn, sql, v, ARRAY_LEN(v));
	if (n == 0)
		r->result.n_changed++;
	if (n > 0)
		r->result.n_done++;
	return n < 0 ? n : 0;
}

static int seal_again(struct rekey *r, struct arena *a, struct str org, struct str sk, struct str old)
{
	const struct seal_place at = {org, sk, str_of(r->place->column)};
	struct str secret, text;
	r->result.n_sealed++;
	int err = seal_open(r->keys, &at, old, a, &secret);
	if (err == 0) {
		err = seal_close(r->keys, &at, secret, a, &text);
		secret_wipe(&secret);
		return err < 0 ? err : replace(r, org, sk, old, text);
	}
	r->result.n_failed++;
	log_err("rekey: %s of %s " STR_FMT "/" STR_FMT " could not be opened: %s", r->place->column, r->place->table, STR_ARG(org),
		STR_ARG(sk), err == -ENOENT ? "its key is not there" : "it is damaged, or of another place");
	return err == -ENOMEM ? err : 0;
}

static int ask_batch(struct rekey *r, struct arena *a, struct store_rows *ret_rows)
{
	char sql[SQL_SIZE], newest[32];
	(void)snprintf(newest, sizeof(newest), "v1|%u|%%", keys_newest(r->keys));
	const struct store_value v[] = {
		store_text(str_of(newest)), store_text(str_of(r->after_org)), store_text(str_of(r->after_sk)), store_int(BATCH)};
	(void)snprintf(sql, sizeof(sql),
		"SELECT org, sk, %s FROM %s WHERE %s NOT LIKE $1 AND (org, sk) > ($2, $3) ORDER BY org, sk LIMIT $4",
		r->place->column, r->place->table, r->place->column);
	return store_ask(r->conn, a, sql, v, ARRAY_LEN(v), ret_rows);
}

/* How many there were: none, and the column is done. */
static int batch(struct rekey *r)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	arena_init(&a, ARENA_BYTES);
	int n = ask_batch(r, &a, &rows);
	for (int i = 0; i < n; i++) {
		struct str org = store_cell_text(&rows, (uint32_t)i, 0), sk = store_cell_text(&rows, (uint32_t)i, 1);
		int err = seal_again(r, &a, org, sk, store_cell_text(&rows, (uint32_t)i, 2));
		if (err < 0)
			return err;
		if (!str_copy(org, r->after_org, CURSOR_SIZE) || !str_copy(sk, r->after_sk, CURSOR_SIZE))
			return -ENAMETOOLONG;
	}
	return n;
}

int rekey_all(struct store_conn *c, const struct keys *k, struct rekey_result *ret_result)
{
	struct rekey r = {.conn = c, .keys = k};
	int n = 0;
	for (size_t i = 0; n >= 0 && i < ARRAY_LEN(sealed_columns); i++) {
		r.place = &sealed_columns[i];
		r.after_org[0] = r.after_sk[0] = '\0';
		do
			n = batch(&r);
		while (n > 0);
	}
	*ret_result = r.result;
	return n;
}
