/* SPDX-License-Identifier: MIT */
/* The book of calls: rows that leave and rows that stay, under load and without memory. */
#include "plane_help.h"

#include "../../../src/plane/book.h"
#include "ringdown/base/mem.h"

static struct book book;

static int make(void **state)
{
	(void)state;
	book_init(&book);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	book_done(&book);
	return book.n == 0 && book.history_bytes == 0 && !book.oldest && !book.newest ? 0 : -1;
}

static struct str sid_of(uint32_t i)
{
	static char text[40];
	(void)snprintf(text, sizeof(text), "CA%032u", i);
	return str_of(text);
}

static void on_replaced(void *owner, uint64_t id)
{
	(void)owner, (void)id;
}

static void finds_what_it_made(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		assert_non_null(book_get(&book, sid_of(i), 100));
	assert_int_equal(book.n, 5000);
	for (uint32_t i = 0; i < 5000; i++) {
		struct book_row *row = book_find(&book, sid_of(i), 100);
		assert_non_null(row);
		assert_ptr_equal(book_get(&book, sid_of(i), 100), row);
		assert_true(str_is(str_of(row->call_sid), sid_of(i)));
	}
	assert_null(book_find(&book, sid_of(5000), 100));
	for (uint32_t i = 0; i < 5000; i += 2)
		book_drop(&book, book_find(&book, sid_of(i), 100));
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(book_find(&book, sid_of(i), 100) != NULL, i % 2);
}

static void what_is_no_sid_has_no_row(void **state)
{
	(void)state;
	static const char *const names[] = {"", "CA", "CA1 2", "CA12/34", "CA-1234", "CA\xc3\xa9tude",
		"CA123456789012345678901234567890123456789012345678901234567890123"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_null(book_get(&book, str_of(names[i]), 1));
	assert_null(book_get(&book, (struct str){"CA1\0", 4}, 1));
	assert_non_null(book_get(&book, STR("CA12"), 1));
}

static void rows_nobody_asks_for_leave(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		(void)book_get(&book, sid_of(i), 100);
	(void)book_find(&book, sid_of(3), 250); /* asked for: it stays longer */
	(void)book_get(&book, sid_of(10), 100 + BOOK_ROW_TTL_S);
	assert_int_equal(book.n, 11);
	(void)book_get(&book, sid_of(11), 101 + BOOK_ROW_TTL_S);
	assert_int_equal(book.n, 3);
	assert_non_null(book_find(&book, sid_of(3), 101 + BOOK_ROW_TTL_S));
	assert_null(book_find(&book, sid_of(4), 101 + BOOK_ROW_TTL_S));
}

static void a_live_stream_keeps_its_row_for_hours(void **state)
{
	(void)state;
	book_get(&book, sid_of(0), 0)->replaced = on_replaced;
	(void)book_get(&book, sid_of(1), 0);
	for (int64_t s = 0; s < 24 * 3600; s += 60)
		(void)book_get(&book, sid_of((uint32_t)(1000 + s)), s);
	assert_non_null(book_find(&book, sid_of(0), 24 * 3600));
	assert_null(book_find(&book, sid_of(1), 24 * 3600));
	assert_true(book.n < 10);
}

/* Full of calls that are over: the oldest goes.  Full of live ones: nobody new comes in. */
static void under_load_the_oldest_idle_row_leaves(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < BOOK_ROWS_MAX; i++)
		if (i < 10)
			book_get(&book, sid_of(i), 1)->replaced = on_replaced;
		else
			assert_non_null(book_get(&book, sid_of(i), 1));
	assert_non_null(book_get(&book, sid_of(BOOK_ROWS_MAX), 1));
	assert_int_equal(book.n, BOOK_ROWS_MAX);
	assert_null(book_find(&book, sid_of(10), 1));
	for (uint32_t i = 0; i < 10; i++)
		assert_non_null(book_find(&book, sid_of(i), 1));
	for (struct book_row *row = book.oldest; row; row = row->newer)
		row->replaced = on_replaced;
	assert_null(book_get(&book, sid_of(BOOK_ROWS_MAX + 1), 1));
	assert_int_equal(book.n, BOOK_ROWS_MAX);
	assert_non_null(book_get(&book, sid_of(11), 1)); /* who is there is still served */
}

static void the_newest_turns_are_kept_in_order(void **state)
{
	(void)state;
	static char texts[PLANE_HISTORY_MAX + 10][16];
	struct plane_turn turns[PLANE_HISTORY_MAX + 10];
	struct book_row *row = book_get(&book, sid_of(0), 1);
	for (uint32_t i = 0; i < PLANE_HISTORY_MAX + 10; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "turn %u", i);
		turns[i] = (struct plane_turn){.kind = i % 2 ? "assistant" : "caller",
			.text = str_of(texts[i]), .call_id = STR("c"), .name = STR("n")};
	}
	book_set_history(&book, row, turns, PLANE_HISTORY_MAX + 10);
	memset(texts, 0, sizeof(texts));
	assert_int_equal(row->n_history, PLANE_HISTORY_MAX);
	assert_str(row->history[0].text, "turn 10");
	assert_str(row->history[PLANE_HISTORY_MAX - 1].text, "turn 73");
	assert_str(row->history[5].call_id, "c");
	assert_str(row->history[5].name, "n");
	assert_string_equal(row->history[0].kind, "caller");
	/* Its own turns, one more behind them. */
	struct plane_turn more[PLANE_HISTORY_MAX + 1];
	memcpy(more, row->history, sizeof(*more) * PLANE_HISTORY_MAX);
	more[PLANE_HISTORY_MAX] = (struct plane_turn){.kind = "note", .text = STR("late")};
	book_set_history(&book, row, more, PLANE_HISTORY_MAX + 1);
	assert_str(row->history[0].text, "turn 11");
	assert_str(row->history[PLANE_HISTORY_MAX - 1].text, "late");
	book_set_history(&book, row, NULL, 0);
	assert_int_equal(row->n_history, 0);
	assert_int_equal(book.history_bytes, 0);
}

static void long_turns_are_kept_as_far_as_the_bytes_go(void **state)
{
	(void)state;
	static char text[BOOK_HISTORY_BYTES + 1];
	struct book_row *row = book_get(&book, sid_of(0), 1);
	memset(text, 'a', sizeof(text) - 1);
	struct plane_turn turns[3] = {{.kind = "caller", .text = {text, 9000}}, {.kind = "assistant", .text = {text, 7000}},
		{.kind = "caller", .text = {text, 8000}}};
	book_set_history(&book, row, turns, 3);
	assert_int_equal(row->n_history, 2);
	assert_int_equal(row->history[0].text.n, 7000);
	turns[2].text.n = BOOK_HISTORY_BYTES;
	book_set_history(&book, row, turns, 3);
	assert_int_equal(row->n_history, 0);
}

static void an_output_without_its_call_is_left_out(void **state)
{
	(void)state;
	static char text[15000];
	struct book_row *row = book_get(&book, sid_of(0), 1);
	memset(text, 'a', sizeof(text));
	const struct plane_turn turns[] = {{.kind = "tool_call", .text = {text, 15000}, .call_id = STR("c1")},
		{.kind = "tool_output", .text = {text, 2000}, .call_id = STR("c1")},
		{.kind = "assistant", .text = STR("said")}};
	book_set_history(&book, row, turns, 3);
	assert_int_equal(row->n_history, 1);
	assert_string_equal(row->history[0].kind, "assistant");
	book_set_history(&book, row, turns, 2);
	assert_int_equal(row->n_history, 0);
}

static void all_histories_together_have_a_limit(void **state)
{
	(void)state;
	static char text[15000];
	const struct plane_turn turn = {.kind = "caller", .text = {text, sizeof(text)}};
	memset(text, 'a', sizeof(text));
	for (uint32_t i = 0; i < 1000; i++) {
		book_set_history(&book, book_get(&book, sid_of(i), 1), &turn, 1);
		assert_true(book.history_bytes <= BOOK_HISTORIES_BYTES);
	}
	assert_int_equal(book_find(&book, sid_of(0), 1)->n_history, 0);
	assert_int_equal(book_find(&book, sid_of(999), 1)->n_history, 1);
	assert_int_equal(book.n, 1000);
}

static void want_of_memory(void **state)
{
	(void)state;
	const struct plane_turn turn = {.kind = "caller", .text = STR("said")};
	mem_fail_at(1);
	assert_null(book_get(&book, sid_of(0), 1));
	struct book_row *row = book_get(&book, sid_of(0), 1);
	assert_non_null(row);
	book_set_history(&book, row, &turn, 1);
	mem_fail_at(1);
	book_set_history(&book, row, &turn, 1);
	assert_int_equal(row->n_history, 0);
	assert_int_equal(book.history_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_what_it_made, make, clear),
		cmocka_unit_test_setup_teardown(what_is_no_sid_has_no_row, make, clear),
		cmocka_unit_test_setup_teardown(rows_nobody_asks_for_leave, make, clear),
		cmocka_unit_test_setup_teardown(a_live_stream_keeps_its_row_for_hours, make, clear),
		cmocka_unit_test_setup_teardown(under_load_the_oldest_idle_row_leaves, make, clear),
		cmocka_unit_test_setup_teardown(the_newest_turns_are_kept_in_order, make, clear),
		cmocka_unit_test_setup_teardown(long_turns_are_kept_as_far_as_the_bytes_go, make, clear),
		cmocka_unit_test_setup_teardown(an_output_without_its_call_is_left_out, make, clear),
		cmocka_unit_test_setup_teardown(all_histories_together_have_a_limit, make, clear),
		cmocka_unit_test_setup_teardown(want_of_memory, make, clear),
	};
	return cmocka_run_group_tests_name("plane/book", tests, NULL, NULL);
}
