/* SPDX-License-Identifier: MIT */
#include "../../../bench/lib/playout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000, T = 5000000 };

static void mark(struct playout *p, const char *name)
{
	playout_mark(p, name, strlen(name));
}

static void assert_mark(struct playout *p, int64_t now_us, const char *name)
{
	char got[PLAYOUT_MARK_MAX];
	int n = playout_take_mark(p, now_us, got);
	if (!name) {
		assert_int_equal(n, -1);
		return;
	}
	assert_int_equal(n, strlen(name));
	assert_memory_equal(got, name, (size_t)n);
}

static void test_position_follows_the_clock(void **state)
{
	struct playout p = {0};
	(void)state;
	assert_int_equal(playout_run(&p, T), 0);
	assert_true(playout_put(&p, 800, T, T + 7 * MS));
	assert_int_equal(playout_run(&p, T + 3 * MS), 0); /* not begun yet */
	assert_int_equal(playout_run(&p, T + 17 * MS), 80);
	assert_false(playout_put(&p, 800, T + 20 * MS, T + 20 * MS)); /* goes on behind it */
	assert_int_equal(playout_run(&p, T + 7 * MS + 199 * MS), 1592);
	assert_true(p.is_playing);
	assert_int_equal(playout_run(&p, T + 7 * MS + 200 * MS), 1600);
	assert_false(p.is_playing);
	assert_int_equal(playout_run(&p, T + 900 * MS), 1600);
	playout_done(&p);
}

static void test_silence_in_between_is_told(void **state)
{
	struct playout p = {0};
	(void)state;
	playout_put(&p, 160, T, T);
	assert_true(playout_put(&p, 160, T + 50 * MS, T + 60 * MS));
	assert_int_equal(p.longest_dry_us, 40 * MS);
	assert_int_equal(playout_run(&p, T + 70 * MS), 240);
	assert_true(playout_put(&p, 160, T + 90 * MS, T + 90 * MS));
	assert_int_equal(p.longest_dry_us, 40 * MS);
	playout_done(&p);
}

static void test_marks_come_due_when_played(void **state)
{
	struct playout p = {0};
	(void)state;
	mark(&p, "nothing before it");
	assert_mark(&p, T, "nothing before it");
	playout_put(&p, 160, T, T);
	mark(&p, "a");
	mark(&p, "");
	playout_put(&p, 160, T, T);
	mark(&p, "b");
	assert_mark(&p, T + 19 * MS, NULL);
	assert_mark(&p, T + 20 * MS, "a");
	assert_mark(&p, T + 20 * MS, "");
	assert_mark(&p, T + 20 * MS, NULL);
	assert_mark(&p, T + 40 * MS, "b");
	assert_mark(&p, T + 99 * MS, NULL);
	playout_done(&p);
}

static void test_clear_returns_all_marks_and_forgets_the_rest(void **state)
{
	struct playout p = {0};
	(void)state;
	playout_put(&p, 1600, T, T);
	mark(&p, "a");
	playout_put(&p, 1600, T, T);
	mark(&p, "b");
	assert_int_equal(playout_clear(&p, T + 50 * MS), 2800);
	playout_put(&p, 160, T + 50 * MS, T + 60 * MS); /* before the marks were asked for */
	mark(&p, "c");
	assert_mark(&p, T + 50 * MS, "a");
	assert_mark(&p, T + 50 * MS, "b");
	assert_mark(&p, T + 50 * MS, NULL);
	assert_int_equal(playout_run(&p, T + 70 * MS), 480); /* 400 heard before, 80 since */
	assert_mark(&p, T + 80 * MS, "c");
	assert_int_equal(playout_clear(&p, T + 90 * MS), 0);
	playout_done(&p);
}

static void test_a_clear_before_the_first_sample_is_heard(void **state)
{
	struct playout p = {0};
	(void)state;
	playout_put(&p, 160, T, T + 10 * MS);
	assert_int_equal(playout_clear(&p, T + 5 * MS), 160);
	assert_int_equal(playout_run(&p, T + 50 * MS), 0);
	playout_done(&p);
}

static void test_a_mark_may_be_long_but_not_longer(void **state)
{
	struct playout p = {0};
	char name[2 * PLAYOUT_MARK_MAX], got[PLAYOUT_MARK_MAX];
	(void)state;
	memset(name, 'x', sizeof(name));
	playout_mark(&p, name, sizeof(name));
	assert_int_equal(playout_take_mark(&p, T, got), PLAYOUT_MARK_MAX);
	for (int i = 0; i < 1000; i++)
		playout_mark(&p, name, 500);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(playout_take_mark(&p, T, got), 500);
	assert_int_equal(playout_take_mark(&p, T, got), -1);
	playout_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position_follows_the_clock),
		cmocka_unit_test(test_silence_in_between_is_told),
		cmocka_unit_test(test_marks_come_due_when_played),
		cmocka_unit_test(test_clear_returns_all_marks_and_forgets_the_rest),
		cmocka_unit_test(test_a_clear_before_the_first_sample_is_heard),
		cmocka_unit_test(test_a_mark_may_be_long_but_not_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
