/* SPDX-License-Identifier: MIT */
/* Statements are made from names of the kind and parameters, so there is one text a kind and shape, which the
 * connection keeps prepared.  $1 is always the organisation. */
#include "record_sql.h"

#include <errno.h>
#include <string.h>

int record_column(const struct record_kind *k, const char *column)
{
	for (int i = 0; k->columns[i]; i++)
		if (strcmp(k->columns[i], column) == 0)
			return i;
	return -1;
}

uint32_t record_n_columns(const struct record_kind *k)
{
	uint32_t n = 0;
	while (k->columns[n])
		n++;
	return n;
}

bool record_knows(const struct record_kind *k, struct str column)
{
	static const char *const envelope[] = {
		"org", "sk", "state", "author", "version", "created_ms", "modified_ms", NULL};
	for (int i = 0; envelope[i]; i++)
		if (str_is(str_of(envelope[i]), column))
			return true;
	for (int i = 0; k->columns[i]; i++)
		if (str_is(str_of(k->columns[i]), column))
			return true;
	return false;
}

void record_sql_init(struct record_sql *q, const struct store_scope *s)
{
	buf_init(&q->text, q->memory, sizeof(q->memory) - 1);
	q->n = 0;
	if (s)
		(void)record_sql_value(q, store_text(s->org));
}

uint32_t record_sql_value(struct record_sql *q, struct store_value v)
{
	if (q->n < STORE_VALUES_MAX)
		q->values[q->n] = v;
	return ++q->n;
}

const char *record_sql_text(struct record_sql *q)
{
	if (!buf_ok(&q->text) || q->n > STORE_VALUES_MAX)
		return NULL;
	q->memory[q->text.n] = '\0';
	return q->memory;
}

static int run(const struct store_scope *s, struct record_sql *q)
{
	const char *sql = record_sql_text(q);
	return sql ? store_run(s->conn, sql, q->values, q->n) : -E2BIG;
}

int record_insert(const struct store_scope *s, const struct record_kind *k, struct str sk, struct str data,
	const struct store_value *columns)
{
	struct record_sql q;
	record_sql_init(&q, s);
	buf_printf(&q.text, "INSERT INTO %s (org, sk, data, state, author, version, created_ms, modified_ms", k->table);
	for (int i = 0; k->columns[i]; i++)
		buf_printf(&q.text, ", %s", k->columns[i]);
	uint32_t at_sk = record_sql_value(&q, store_text(sk)), at_data = record_sql_value(&q, store_text(data));
	uint32_t at_author = record_sql_value(&q, store_text(s->author)), at_now = record_sql_value(&q, store_int(s->now_ms));
	buf_printf(&q.text, ") VALUES ($1, $%u, $%u, 'active', $%u, 1, $%u, $%u", at_sk, at_data, at_author, at_now, at_now);
	for (int i = 0; k->columns[i]; i++)
		buf_printf(&q.text, ", $%u", record_sql_value(&q, columns[i]));
	buf_put(&q.text, STR(")"));
	int n = run(s, &q);
	return n < 0 ? n : 0;
}

void record_sql_select(struct record_sql *q, const struct record_kind *k)
{
	buf_put(&q->text, STR("SELECT org, sk, data, state, author, version, created_ms, modified_ms"));
	for (int i = 0; k->columns[i]; i++)
		buf_printf(&q->text, ", %s", k->columns[i]);
	buf_printf(&q->text, " FROM %s", k->table);
}

void record_take(const struct store_rows *rows, uint32_t row, struct record *ret_record)
{
	*ret_record = (struct record){
		.org = store_cell_text(rows, row, 0),
		.sk = store_cell_text(rows, row, 1),
		.data = store_cell_text(rows, row, 2),
		.state = store_cell_text(rows, row, 3),
		.author = store_cell_text(rows, row, 4),
		.version = store_cell_int(rows, row, 5),
		.created_ms = store_cell_int(rows, row, 6),
		.modified_ms = store_cell_int(rows, row, 7),
		.columns = rows->n_columns > RECORD_ENVELOPE ? store_cell(rows, row, RECORD_ENVELOPE) : NULL,
	};
}

static int get(const struct store_scope *s, struct arena *a, const struct record_kind *k, const char *column,
	struct store_value value, struct record *ret_record)
{
	struct record_sql q;
	struct store_rows rows;
	record_sql_init(&q, s);
	record_sql_select(&q, k);
	buf_printf(&q.text, " WHERE org = $1 AND %s = $%u ORDER BY created_ms DESC, sk DESC LIMIT 1", column,
		record_sql_value(&q, value));
	const char *sql = record_sql_text(&q);
	int n = sql ? store_ask(s->conn, a, sql, q.values, q.n, &rows) : -E2BIG;
	if (n > 0)
		record_take(&rows, 0, ret_record);
	return n < 0 ? n : n == 0 ? -ENOENT : 0;
}

int record_get(const struct store_scope *s, struct arena *a, const struct record_kind *k, struct str sk,
	struct record *ret_record)
{
	return get(s, a, k, "sk", store_text(sk), ret_record);
}

int record_find(const struct store_scope *s, struct arena *a, const struct record_kind *k, const char *column,
	struct store_value value, struct record *ret_record)
{
	return record_knows(k, str_of(column)) ? get(s, a, k, column, value, ret_record) : -EINVAL;
}

/* No row was hit: is it not there, or of another version? */
static int why_not(const struct store_scope *s, const struct record_kind *k, struct str sk)
{
	AUTO(arena_done) struct arena a;
	struct record_sql q;
	struct store_rows rows;
	arena_init(&a, RECORD_SMALL_BYTES);
	record_sql_init(&q, s);
	buf_printf(&q.text, "SELECT version FROM %s WHERE org = $1 AND sk = $%u", k->table, record_sql_value(&q, store_text(sk)));
	int n = store_ask(s->conn, &a, record_sql_text(&q), q.values, q.n, &rows);
	return n < 0 ? n : n == 0 ? -ENOENT : -ESTALE;
}

static void where(struct record_sql *q, struct str sk, int64_t version)
{
	buf_printf(&q->text, " WHERE org = $1 AND sk = $%u", record_sql_value(q, store_text(sk)));
	if (version)
		buf_printf(&q->text, " AND version = $%u", record_sql_value(q, store_int(version)));
}

static int run_on_one(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version,
	struct record_sql *q)
{
	where(q, sk, version);
	int n = run(s, q);
	if (n == 0)
		return version ? why_not(s, k, sk) : -ENOENT;
	return n < 0 ? n : 0;
}

static void begin_update(struct record_sql *q, const struct store_scope *s, const struct record_kind *k)
{
	record_sql_init(q, s);
	buf_printf(&q->text, "UPDATE %s SET version = version + 1, modified_ms = $%u, author = $%u", k->table,
		record_sql_value(q, store_int(s->now_ms)), record_sql_value(q, store_text(s->author)));
}

static void set(struct record_sql *q, const char *column, struct store_value value)
{
	buf_printf(&q->text, ", %s = $%u", column, record_sql_value(q, value));
}

int record_update(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version, struct str data,
	const struct store_value *columns)
{
	struct record_sql q;
	begin_update(&q, s, k);
	if (data.p)
		set(&q, "data", store_text(data));
	for (int i = 0; columns && k->columns[i]; i++)
		set(&q, k->columns[i], columns[i]);
	return run_on_one(s, k, sk, version, &q);
}

int record_change(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version,
	const struct record_change *changes, uint32_t n_changes)
{
	struct record_sql q;
	begin_update(&q, s, k);
	for (uint32_t i = 0; i < n_changes; i++) {
		bool is_own = record_column(k, changes[i].column) >= 0;
		if (!is_own && strcmp(changes[i].column, "state") != 0 && strcmp(changes[i].column, "data") != 0)
			return -EINVAL;
		set(&q, changes[i].column, changes[i].value);
	}
	return run_on_one(s, k, sk, version, &q);
}

int record_delete(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version)
{
	struct record_sql q;
	record_sql_init(&q, s);
	buf_printf(&q.text, "DELETE FROM %s", k->table);
	return run_on_one(s, k, sk, version, &q);
}
