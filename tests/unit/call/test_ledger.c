/* SPDX-License-Identifier: MIT */
#include "ringdown/call/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000, LEAD = 400, MESSAGE = 100 };

static struct ledger l;
static char mark[LEDGER_MARK_MAX];

static size_t send_next(int64_t now_us)
{
	size_t n = ledger_sendable(&l, LEAD, MESSAGE, now_us);
	if (n)
		ledger_send(&l, n, now_us, mark, sizeof(mark));
	return n / 8;
}

static void take(const char *id, size_t ms)
{
	assert_true(ledger_begin_item(&l, str_of(id)));
	ledger_take(&l, ms * 8);
}

static uint64_t heard_ms(int64_t now_us)
{
	return ledger_heard_samples(&l, now_us) / 8;
}

static int begin(void **state)
{
	(void)state;
	ledger_init(&l);
	return 0;
}

static void sound_goes_as_far_as_the_lead(void **state)
{
	(void)state;
	take("a", 1000);
	assert_int_equal(send_next(0), 200);
	assert_string_equal(mark, "1:a:200");
	assert_int_equal(send_next(0), 200);
	assert_string_equal(mark, "1:a:400");
	assert_int_equal(send_next(0), 0);
	assert_int_equal(send_next(99 * MS), 0);
	assert_int_equal(send_next(100 * MS), 100);
	assert_int_equal(ledger_lead_ms(&l, 100 * MS), 400);
	assert_int_equal(ledger_waiting(&l), 500 * 8);
}

static void a_part_of_a_frame_waits(void **state)
{
	(void)state;
	assert_true(ledger_begin_item(&l, STR("a")));
	ledger_take(&l, 159);
	assert_int_equal(send_next(0), 0);
	ledger_take(&l, 2);
	assert_int_equal(send_next(0), 20);
	ledger_end_item(&l, 159);
	assert_int_equal(send_next(0), 20);
	assert_string_equal(mark, "1:a:40");
	assert_int_equal(ledger_item_heard(&l.items[0], 320), 161); /* silence is no sound of the item */
}

static void heard_is_what_marks_and_time_tell(void **state)
{
	(void)state;
	take("a", 400);
	send_next(0);
	send_next(0);
	assert_int_equal(heard_ms(50 * MS), 50);
	assert_true(ledger_mark(&l, STR("1:a:200"), 230 * MS)); /* it lags 30 ms */
	assert_int_equal(heard_ms(230 * MS), 230);              /* and heard never goes back */
	assert_int_equal(heard_ms(300 * MS), 270);
	assert_int_equal(heard_ms(9000 * MS), 400);
	assert_false(ledger_is_played_out(&l));
	assert_true(ledger_mark(&l, STR("1:a:400"), 430 * MS));
	assert_true(ledger_is_played_out(&l));
}

static void a_round_trip_is_no_lag(void **state)
{
	(void)state;
	l.round_trip_us = 100 * MS;
	take("a", 400);
	send_next(0);
	send_next(0);
	assert_true(ledger_mark(&l, STR("1:a:200"), 300 * MS));
	assert_int_equal(heard_ms(350 * MS), 350);
}

static void time_alone_is_believed_for_a_while(void **state)
{
	(void)state;
	take("a", 60000);
	for (int64_t t = 0; t < 10000; t += 20)
		while (send_next(t * MS))
			;
	assert_int_equal(heard_ms(20000 * MS), 1500);
	assert_int_equal(l.sent_samples, 1900 * 8);
}

static void marks_of_others_count_for_nothing(void **state)
{
	(void)state;
	static const char *const names[] = {"", ":", "::", "1:a", "1:a:", "1:a:x", "1:a:-1", "x:a:100", "0:a:100", "2:a:100",
		"1:b:100", "1:a:401", "1:a:18446744073709551616", "4294967297:a:100", "1:a:0"};
	take("a", 400);
	send_next(0);
	send_next(0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(ledger_mark(&l, str_of(names[i]), 0));
	assert_true(ledger_mark(&l, STR("1:a:200"), 200 * MS));
	assert_false(ledger_mark(&l, STR("1:a:200"), 210 * MS));
	assert_false(ledger_mark(&l, STR("1:a:100"), 210 * MS));
}

static void ids_may_hold_colons(void **state)
{
	(void)state;
	take("a:b:7", 40);
	send_next(0);
	assert_string_equal(mark, "1:a:b:7:40");
	assert_true(ledger_mark(&l, str_of(mark), 40 * MS));
	assert_int_equal(ledger_heard(&l, 40 * MS).heard_ms, 40);
}

static void a_clear_begins_a_new_epoch(void **state)
{
	(void)state;
	take("a", 400);
	send_next(0);
	ledger_clear(&l);
	assert_int_equal(heard_ms(1000 * MS), 0);
	assert_false(ledger_mark(&l, STR("1:a:200"), 200 * MS));
	assert_true(ledger_is_played_out(&l));
	take("a", 100);
	send_next(1000 * MS);
	assert_string_equal(mark, "2:a:100");
}

static void an_item_of_two_parts_is_one(void **state)
{
	(void)state;
	assert_true(ledger_begin_item(&l, STR("a")));
	ledger_take(&l, 100);
	ledger_end_item(&l, 60);
	take("a", 100);
	ledger_end_item(&l, 0);
	assert_int_equal(l.n_items, 1);
	assert_int_equal(ledger_item_heard(&l.items[0], 160 + 80), 180);
	assert_int_equal(ledger_item_heard(&l.items[0], 9999), 900);
}

static void too_many_items_and_long_names_are_refused(void **state)
{
	(void)state;
	char id[LEDGER_ID_MAX + 1], longest[LEDGER_ID_MAX];
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	assert_false(ledger_begin_item(&l, str_of(id)));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	take(longest, 20);
	ledger_end_item(&l, 0);
	send_next(0);
	assert_true(ledger_mark(&l, str_of(mark), 20 * MS));
	for (int i = 1; i < LEDGER_ITEMS_MAX; i++) {
		snprintf(id, sizeof(id), "i%d", i);
		take(id, 20);
		ledger_end_item(&l, 0);
	}
	assert_false(ledger_begin_item(&l, STR("more")));
	ledger_drop_played(&l); /* the first one */
	assert_true(ledger_begin_item(&l, STR("more")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sound_goes_as_far_as_the_lead, begin),
		cmocka_unit_test_setup(a_part_of_a_frame_waits, begin),
		cmocka_unit_test_setup(heard_is_what_marks_and_time_tell, begin),
		cmocka_unit_test_setup(a_round_trip_is_no_lag, begin),
		cmocka_unit_test_setup(time_alone_is_believed_for_a_while, begin),
		cmocka_unit_test_setup(marks_of_others_count_for_nothing, begin),
		cmocka_unit_test_setup(ids_may_hold_colons, begin),
		cmocka_unit_test_setup(a_clear_begins_a_new_epoch, begin),
		cmocka_unit_test_setup(an_item_of_two_parts_is_one, begin),
		cmocka_unit_test_setup(too_many_items_and_long_names_are_refused, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
