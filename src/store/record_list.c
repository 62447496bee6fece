/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "record_sql.h"

enum { PAGE_DEFAULT = 20 };

static const struct {
	const char *op, *sql; /* %s: the column, %u: its parameter */
	bool has_value;
} operators[] = {
	{"=", " = ", true},
	{"<>", " <> ", true},
	{"<", " < ", true},
	{"<=", " <= ", true},
	{">", " > ", true},
	{">=", " >= ", true},
	{"is null", " IS NULL", false},
	{"is not null", " IS NOT NULL", false},
};

/* LIKE's own signs in what is looked for stand for themselves. */
static void put_contains(struct record_sql *q, struct str column, uint32_t at)
{
	buf_printf(&q->text,
		"lower(" STR_FMT ") LIKE '%%' || lower(replace(replace(replace($%u, '!', '!!'), '%%', '!%%'), '_', '!_')) || '%%' "
		"ESCAPE '!'",
		STR_ARG(column), at);
}

static int put_one(struct record_sql *q, struct str column, const struct record_filter *f, uint32_t at)
{
	if (strcmp(f->op, "contains") == 0) {
		put_contains(q, column, at);
		return f->value.type == STORE_TEXT ? 0 : -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (strcmp(operators[i].op, f->op) == 0) {
			buf_printf(&q->text, STR_FMT "%s", STR_ARG(column), operators[i].sql);
			if (operators[i].has_value)
				buf_printf(&q->text, "$%u", at);
			return 0;
		}
	return -EINVAL;
}

static int put_filter(struct record_sql *q, const struct record_kind *k, const struct record_filter *f)
{
	struct str names = str_of(f->column);
	bool has_value = strncmp(f->op, "is ", 3) != 0;
	uint32_t at = has_value ? record_sql_value(q, f->value) : 0;
	int err = names.n > 0 ? 0 : -EINVAL;
	for (const char *before = " AND ("; err == 0 && names.n > 0; before = " OR ") {
		struct str name = str_split(&names, '|');
		buf_put(&q->text, str_of(before));
		err = record_knows(k, name) ? put_one(q, name, f, at) : -EINVAL;
	}
	buf_putc(&q->text, ')');
	return err;
}

static int put_where(struct record_sql *q, const struct record_kind *k, const struct record_query *query)
{
	buf_put(&q->text, STR(" WHERE org = $1"));
	if (query->n_filters > RECORD_FILTERS_MAX)
		return -EINVAL;
	int err = 0;
	for (uint32_t i = 0; err == 0 && i < query->n_filters; i++)
		err = put_filter(q, k, &query->filters[i]);
	return err;
}

static int count(const struct store_scope *s, const struct record_kind *k, const struct record_query *query, int64_t *ret_total)
{
	AUTO(arena_done) struct arena a;
	struct record_sql q;
	struct store_rows rows;
	arena_init(&a, RECORD_SMALL_BYTES);
	record_sql_init(&q, s);
	buf_printf(&q.text, "SELECT count(*) FROM %s", k->table);
	int err = put_where(&q, k, query);
	const char *sql = record_sql_text(&q);
	if (err == 0)
		err = sql ? store_ask(s->conn, &a, sql, q.values, q.n, &rows) : -E2BIG;
	if (err > 0)
		*ret_total = store_cell_int(&rows, 0, 0);
	return err < 0 ? err : 0;
}

static int take_all(struct arena *a, const struct store_rows *rows, struct record_list *list)
{
	list->records = arena_alloc(a, sizeof(*list->records) * rows->n_rows);
	list->n_records = rows->n_rows;
	for (uint32_t i = 0; list->records && i < rows->n_rows; i++)
		record_take(rows, i, &list->records[i]);
	return list->records ? 0 : -ENOMEM;
}

/* sk settles what is equal, so that a page begins where the one before it ended. */
static void put_order(struct record_sql *q, const struct record_query *query, const struct record_list *l)
{
	const char *sort = query->sort ? query->sort : "created_ms";
	const char *direction = query->sort && !query->is_descending ? "ASC" : "DESC";
	int64_t skipped = (int64_t)(l->page - 1) * l->page_size;
	buf_printf(&q->text, " ORDER BY %s %s, sk %s LIMIT $%u OFFSET $%u", sort, direction, direction,
		record_sql_value(q, store_int(l->page_size)), record_sql_value(q, store_int(skipped)));
}

int record_list(const struct store_scope *s, struct arena *a, const struct record_kind *k, const struct record_query *query,
	struct record_list *ret_list)
{
	struct record_sql q;
	struct store_rows rows;
	uint32_t size = query->page_size ? query->page_size : PAGE_DEFAULT;
	struct record_list l = {
		.page = query->page ? query->page : 1, .page_size = size < RECORD_PAGE_MAX ? size : RECORD_PAGE_MAX};
	if (query->sort && !record_knows(k, str_of(query->sort)))
		return -EINVAL;
	record_sql_init(&q, s);
	record_sql_select(&q, k);
	int err = put_where(&q, k, query);
	put_order(&q, query, &l);
	const char *sql = record_sql_text(&q);
	if (err == 0)
		err = sql ? count(s, k, query, &l.total) : -E2BIG;
	if (err == 0)
		err = store_ask(s->conn, a, sql, q.values, q.n, &rows);
	if (err >= 0)
		err = take_all(a, &rows, &l);
	if (err == 0)
		*ret_list = l;
	return err;
}

int record_find_in_all_orgs(struct store_conn *c, struct arena *a, const struct record_kind *k, const char *column,
	struct store_value value, struct record_list *ret_list)
{
	struct record_sql q;
	struct store_rows rows;
	struct record_list l = {.page = 1, .page_size = RECORD_PAGE_MAX};
	if (!record_knows(k, str_of(column)))
		return -EINVAL;
	record_sql_init(&q, NULL);
	record_sql_select(&q, k);
	buf_printf(&q.text, " WHERE %s = $%u ORDER BY created_ms DESC, sk DESC LIMIT %d", column, record_sql_value(&q, value),
		RECORD_PAGE_MAX);
	const char *sql = record_sql_text(&q);
	int err = sql ? store_ask(c, a, sql, q.values, q.n, &rows) : -E2BIG;
	if (err >= 0)
		err = take_all(a, &rows, &l);
	l.total = l.n_records;
	if (err == 0)
		*ret_list = l;
	return err;
}
