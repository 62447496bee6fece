/* SPDX-License-Identifier: MIT */
/* Statements, values, errors, transactions: the same on both engines. */
#include "store_rig.h"

#include <pthread.h>

static void make_table(void)
{
	assert_true(store_run(rig.conn,
			    "CREATE TABLE IF NOT EXISTS thing (id BIGINT NOT NULL PRIMARY KEY, t TEXT, b {blob}, org TEXT REFERENCES org "
			    "(org), CHECK (id < 1000))",
			    NULL, 0) >= 0);
}

static int put(struct store_conn *c, int64_t id, const char *text)
{
	const struct store_value v[] = {store_int(id), store_text_or_null(str_of(text))};
	return store_run(c, "INSERT INTO thing (id, t) VALUES ($1, $2)", v, 2);
}

static void values_come_back_as_they_went(void **state)
{
	(void)state;
	static const char bytes[] = "\0\1\xff'\\x";
	struct store_rows rows;
	make_table();
	const struct store_value v[] = {store_int(-7), store_text(STR("d\xc3\xa9j\xc3\xa0 'vu' \\x41 $1")),
		store_blob((struct str){bytes, sizeof(bytes)}), store_null(), store_int(9), store_text(STR("")), store_blob(STR(""))};
	assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id, t, b, org) VALUES ($1, $2, $3, $4), ($5, $6, $7, $4)", v, 7), 2);
	assert_int_equal(store_ask(rig.conn, &rig.arena, "SELECT id, t, b, org FROM thing ORDER BY id", NULL, 0, &rows), 2);
	assert_int_equal(rows.n_columns, 4);
	for (uint32_t i = 0; i < 7; i++) {
		const struct store_value *cell = store_cell(&rows, i / 4, i % 4);
		assert_int_equal(cell->type, v[i].type);
		assert_true(str_is(cell->bytes, v[i].bytes));
		assert_int_equal(cell->number, v[i].number);
	}
	assert_int_equal(store_cell(&rows, 1, 1)->type, STORE_TEXT); /* empty is not NULL */
	assert_int_equal(store_cell(&rows, 1, 2)->type, STORE_BLOB);
	assert_int_equal(store_cell(&rows, 0, 3)->type, STORE_NULL);
}

static void numbers_keep_64_bits(void **state)
{
	(void)state;
	static const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};
	struct store_rows rows;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct store_value v = store_int(numbers[i]);
		assert_int_equal(store_ask(rig.conn, &rig.arena, "SELECT CAST($1 AS BIGINT)", &v, 1, &rows), 1);
		assert_int_equal(store_cell(&rows, 0, 0)->type, STORE_INT);
		assert_true(store_cell_int(&rows, 0, 0) == numbers[i]);
	}
	assert_int_equal(rig_number("SELECT count(*) FROM org"), 2);
	assert_int_equal(rig_number("SELECT CAST(sum(created_ms) AS BIGINT) FROM org"), 2);
}

static void parameters_are_numbered_not_counted(void **state)
{
	(void)state;
	struct store_rows rows;
	const struct store_value v[] = {store_text(STR("one")), store_text(STR("two"))};
	assert_int_equal(store_ask(rig.conn, &rig.arena, "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)", v, 2, &rows), 1);
	assert_true(str_is(store_cell_text(&rows, 0, 0), STR("two")));
	assert_true(str_is(store_cell_text(&rows, 0, 1), STR("one")));
	assert_true(str_is(store_cell_text(&rows, 0, 2), STR("two")));
}

static void each_fault_has_its_error(void **state)
{
	(void)state;
	make_table();
	assert_int_equal(put(rig.conn, 1, "a"), 1);
	assert_int_equal(put(rig.conn, 1, "b"), -EEXIST);
	assert_int_equal(put(rig.conn, 1000, "too high"), -EINVAL);
	assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id, org) VALUES (2, 'nobody')", NULL, 0), -ENOENT);
	assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id) VALUES (NULL)", NULL, 0), -EINVAL);
	assert_int_equal(store_run(rig.conn, "INSERT INTO nothing VALUES (1)", NULL, 0), -EINVAL);
	assert_int_equal(store_run(rig.conn, "SELEC 1", NULL, 0), -EINVAL);
	assert_true(store_words(rig.conn)[0] != '\0');
	assert_int_equal(store_run(rig.conn, "SELECT {nonsense}", NULL, 0), -EINVAL);
	assert_int_equal(store_run(rig.conn, "UPDATE thing SET t = '{}{\"a\":{'", NULL, 0), 1); /* a document is none */
	assert_int_equal(store_run(rig.conn, "DELETE FROM thing; DELETE FROM thing", NULL, 0), -EINVAL);
	const struct store_value v[] = {store_int(1), store_int(2)};
	assert_int_equal(store_run(rig.conn, "DELETE FROM thing WHERE id = $1", v, 2), -EINVAL);
	assert_int_equal(store_run(rig.conn, "DELETE FROM thing WHERE id = $1 OR id = $2", v, 1), -EINVAL);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 1); /* and the connection is none the worse */
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	static const struct str wrong[] = {{"a\0b", 3}, {"\xff", 1}, {"\xc3", 1}, {"\xed\xa0\x80", 3}, {"ok\x80", 3}};
	make_table();
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const struct store_value v[] = {store_int(1), store_text(wrong[i])};
		assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id, t) VALUES ($1, $2)", v, 2), -EINVAL);
	}
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 0);
}

static void counts_are_of_rows_changed(void **state)
{
	(void)state;
	struct store_rows rows;
	make_table();
	assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id) VALUES (1), (2), (3)", NULL, 0), 3);
	assert_int_equal(store_run(rig.conn, "INSERT INTO thing (id) VALUES (3), (4) ON CONFLICT DO NOTHING", NULL, 0), 1);
	assert_int_equal(store_run(rig.conn, "UPDATE thing SET t = 'x' WHERE id > 2", NULL, 0), 2);
	assert_int_equal(store_run(rig.conn, "DELETE FROM thing WHERE id = 77", NULL, 0), 0);
	assert_int_equal(store_ask(rig.conn, &rig.arena, "DELETE FROM thing WHERE id < 3 RETURNING id", NULL, 0, &rows), 2);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 2);
}

static void many_rows_and_too_many(void **state)
{
	(void)state;
	AUTO(arena_done) struct arena small;
	struct store_rows rows;
	make_table();
	for (int i = 0; i < 900; i++)
		assert_int_equal(put(rig.conn, i, "some text"), 1);
	assert_int_equal(store_ask(rig.conn, &rig.arena, "SELECT id, t FROM thing ORDER BY id", NULL, 0, &rows), 900);
	for (uint32_t i = 0; i < 900; i++)
		assert_int_equal(store_cell_int(&rows, i, 0), i);
	arena_init(&small, 4096);
	assert_int_equal(store_ask(rig.conn, &small, "SELECT id, t FROM thing", NULL, 0, &rows), -ENOMEM);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 900);
}

/* More texts than are kept prepared, in turns. */
static void statements_make_room(void **state)
{
	(void)state;
	char sql[64];
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 200; i++) {
			(void)snprintf(sql, sizeof(sql), "SELECT count(*) + %d FROM org", i);
			assert_int_equal(rig_number(sql), i + 2);
		}
}

struct work {
	int64_t id;
	int result, calls, seen_error;
};

static int put_one(struct store_conn *c, void *arg)
{
	struct work *w = arg;
	w->calls++;
	assert_true(store_is_in_transaction(c));
	w->seen_error = put(c, w->id, "x");
	return w->result;
}

static void a_transaction_is_all_or_nothing(void **state)
{
	(void)state;
	make_table();
	struct work w = {.id = 1};
	assert_int_equal(store_transaction(rig.conn, put_one, &w), 0);
	assert_false(store_is_in_transaction(rig.conn));
	w = (struct work){.id = 2, .result = -ENOTEMPTY};
	assert_int_equal(store_transaction(rig.conn, put_one, &w), -ENOTEMPTY);
	assert_int_equal(w.seen_error, 1);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 1);
}

static int nest(struct store_conn *c, void *arg)
{
	return store_transaction(c, put_one, arg);
}

static int fail_and_go_on(struct store_conn *c, void *arg)
{
	struct work *w = arg;
	(void)put(c, 5, "five");
	(void)put(c, w->id, "again");
	w->seen_error = put(c, 6, "six");
	return 0;
}

static void an_error_dooms_a_transaction(void **state)
{
	(void)state;
	struct work w = {.id = 1};
	make_table();
	assert_int_equal(put(rig.conn, 1, "there"), 1);
	assert_int_equal(store_transaction(rig.conn, fail_and_go_on, &w), -EEXIST);
	assert_int_equal(w.seen_error, -ECANCELED);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 1);
	assert_int_equal(store_transaction(rig.conn, nest, &w), -EDEADLK);
	w.id = 7;
	assert_int_equal(store_transaction(rig.conn, put_one, &w), 0); /* and nothing is left of it */
}

static int busy_twice(struct store_conn *c, void *arg)
{
	struct work *w = arg;
	(void)put(c, w->id, "x");
	return ++w->calls < 3 ? -EAGAIN : 0;
}

static int busy_always(struct store_conn *c, void *arg)
{
	struct work *w = arg;
	(void)c;
	w->calls++;
	return -EAGAIN;
}

static void what_was_busy_is_tried_again(void **state)
{
	(void)state;
	struct work w = {.id = 1};
	make_table();
	assert_int_equal(store_transaction(rig.conn, busy_twice, &w), 0);
	assert_int_equal(w.calls, 3);
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 1);
	w = (struct work){.id = 2};
	assert_int_equal(store_transaction(rig.conn, busy_always, &w), -EAGAIN);
	assert_true(w.calls > 3);
}

enum { COUNTERS = 4, COUNTS = 25 };

/* Read, then write what was read and one more: each count is lost when two do it at once unseen. */
static int count_up(struct store_conn *c, void *arg)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	(void)arg;
	arena_init(&a, 4096);
	int n = store_ask(c, &a, "SELECT t FROM thing WHERE id = 1", NULL, 0, &rows);
	if (n != 1)
		return n < 0 ? n : -ENOENT;
	char text[16];
	(void)snprintf(text, sizeof(text), "%d", (int)strtol(store_cell_text(&rows, 0, 0).p, NULL, 10) + 1);
	struct store_value v = store_text(str_of(text));
	n = store_run(c, "UPDATE thing SET t = $1 WHERE id = 1", &v, 1);
	return n < 0 ? n : 0;
}

static void *counter(void *arg)
{
	struct store_conn *c = NULL;
	int64_t *failures = arg;
	if (store_connect(rig.store, &c) < 0)
		return NULL;
	*failures = 0;
	for (int i = 0; i < COUNTS; i++) {
		int err;
		for (int tries = 0; (err = store_transaction(c, count_up, NULL)) == -EAGAIN && tries < 100; tries++)
			;
		*failures += err < 0;
	}
	(void)store_disconnect(c);
	return NULL;
}

static void writers_at_once_lose_nothing(void **state)
{
	(void)state;
	pthread_t threads[COUNTERS];
	int64_t failures[COUNTERS];
	make_table();
	assert_int_equal(put(rig.conn, 1, "0"), 1);
	for (int i = 0; i < COUNTERS; i++) {
		failures[i] = -1;
		assert_int_equal(pthread_create(&threads[i], NULL, counter, &failures[i]), 0);
	}
	for (int i = 0; i < COUNTERS; i++) {
		(void)pthread_join(threads[i], NULL);
		assert_int_equal(failures[i], 0);
	}
	assert_int_equal(rig_number("SELECT CAST(t AS BIGINT) FROM thing WHERE id = 1"), COUNTERS * COUNTS);
}

static void what_was_written_is_there_after_a_restart(void **state)
{
	(void)state;
	make_table();
	assert_int_equal(put(rig.conn, 1, "a"), 1);
	rig_reopen();
	assert_int_equal(rig_number("SELECT count(*) FROM thing"), 1);
	assert_int_equal(rig_number("SELECT count(*) FROM org"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(values_come_back_as_they_went),
		RIG_TEST(numbers_keep_64_bits),
		RIG_TEST(parameters_are_numbered_not_counted),
		RIG_TEST(each_fault_has_its_error),
		RIG_TEST(what_is_no_text_is_refused),
		RIG_TEST(counts_are_of_rows_changed),
		RIG_TEST(many_rows_and_too_many),
		RIG_TEST(statements_make_room),
		RIG_TEST(a_transaction_is_all_or_nothing),
		RIG_TEST(an_error_dooms_a_transaction),
		RIG_TEST(what_was_busy_is_tried_again),
		RIG_TEST(writers_at_once_lose_nothing),
		RIG_TEST(what_was_written_is_there_after_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
