/* SPDX-License-Identifier: MIT */
/* A body that is made while it is read: bounded, in order, woken once, and told how it ended. */
#include "ringdown/base/feed.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"

static uint32_t wakes;
static char big[FEED_BYTES + 1000], got[FEED_BYTES + 1000];

static void wake(void *owner, uint64_t id)
{
	assert_ptr_equal(owner, &wakes);
	assert_int_equal(id, 7);
	wakes++;
}

static struct feed *feed(void)
{
	wakes = 0;
	struct feed *f = feed_new(wake, &wakes, 7);
	assert_non_null(f);
	return f;
}

static void what_is_put_is_taken(void **state)
{
	(void)state;
	struct feed *f = feed();
	assert_int_equal(feed_put(f, STR("hello "), 0, NULL), 0);
	assert_int_equal(feed_put(f, STR("there"), 0, NULL), 0);
	assert_int_equal(feed_take(f, got, 7), 7);
	assert_int_equal(feed_take(f, got + 7, 100), 4);
	assert_memory_equal(got, "hello there", 11);
	assert_int_equal(feed_put(f, STR(""), 0, NULL), 0);
	assert_null(feed_end(f, true));
	assert_int_equal(feed_take(f, got, 1), -ENODATA);
	assert_int_equal(feed_take(f, got, 1), -ENODATA);
	assert_null(feed_leave(f));
}

static void who_finds_nothing_is_woken_once(void **state)
{
	(void)state;
	struct feed *f = feed();
	assert_int_equal(feed_put(f, STR("a"), 0, NULL), 0);
	assert_int_equal(wakes, 0);
	assert_int_equal(feed_take(f, got, 10), 1);
	assert_int_equal(feed_take(f, got, 10), 0);
	assert_int_equal(feed_put(f, STR("b"), 0, NULL), 0);
	assert_int_equal(feed_put(f, STR("c"), 0, NULL), 0);
	assert_int_equal(wakes, 1);
	assert_int_equal(feed_take(f, got, 10), 2);
	assert_int_equal(feed_take(f, got, 10), 0);
	feed_end(f, true);
	assert_int_equal(wakes, 2);
	feed_leave(f);
}

static void there_is_an_end_to_patience(void **state)
{
	(void)state;
	struct feed *f = feed();
	memset(big, 'x', sizeof(big));
	assert_int_equal(feed_put(f, (struct str){big, FEED_BYTES}, 0, NULL), 0);
	assert_int_equal(feed_put(f, STR("y"), 5, NULL), -ETIMEDOUT);
	assert_int_equal(feed_take(f, got, 10), 10);
	assert_int_equal(feed_put(f, STR("0123456789"), 5, NULL), 0);
	assert_int_equal(feed_put(f, STR("y"), 5, NULL), -ETIMEDOUT);
	size_t n = 0;
	for (ssize_t one; (one = feed_take(f, got + n, 5000)) > 0; n += (size_t)one)
		;
	assert_int_equal(n, FEED_BYTES);
	assert_memory_equal(got + FEED_BYTES - 10, "0123456789", 10); /* across the seam of the ring */
	feed_end(f, false);
	assert_int_equal(feed_take(f, got, 10), -EPIPE);
	feed_leave(f);
}

static void a_writer_that_breaks_off_loses_nothing_before(void **state)
{
	(void)state;
	struct feed *f = feed();
	assert_int_equal(feed_put(f, STR("abc"), 0, NULL), 0);
	feed_end(f, false);
	assert_int_equal(feed_take(f, got, 10), 3);
	assert_int_equal(feed_take(f, got, 10), -EPIPE);
	feed_leave(f);
}

static void a_reader_that_leaves_is_missed(void **state)
{
	(void)state;
	struct feed *f = feed();
	assert_int_equal(feed_put(f, STR("abc"), 0, NULL), 0);
	assert_null(feed_leave(f));
	assert_int_equal(feed_put(f, STR("d"), 0, NULL), -EPIPE);
	assert_null(feed_end(f, true));
	assert_int_equal(wakes, 0);
	assert_null(feed_leave(NULL));
}

static void a_writer_can_be_called_off(void **state)
{
	(void)state;
	struct feed *f = feed();
	_Atomic bool is_cancelled = false;
	assert_int_equal(feed_put(f, (struct str){big, FEED_BYTES}, 0, &is_cancelled), 0);
	is_cancelled = true;
	assert_int_equal(feed_put(f, STR("x"), 60000, &is_cancelled), -ECANCELED);
	feed_end(f, false);
	feed_leave(f);
}

static void *leave_later(void *arg)
{
	feed_leave(arg);
	return NULL;
}

static void who_waits_for_room_hears_of_it(void **state)
{
	(void)state;
	struct feed *f = feed();
	pthread_t reader;
	assert_int_equal(feed_put(f, (struct str){big, FEED_BYTES}, 0, NULL), 0);
	assert_int_equal(pthread_create(&reader, NULL, leave_later, f), 0);
	assert_int_equal(feed_put(f, STR("x"), 60000, NULL), -EPIPE);
	pthread_join(reader, NULL);
	feed_end(f, true);
}

static void want_of_memory(void **state)
{
	(void)state;
	mem_fail_at(1);
	assert_null(feed_new(wake, &wakes, 7));
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_taken),
		cmocka_unit_test(who_finds_nothing_is_woken_once),
		cmocka_unit_test(there_is_an_end_to_patience),
		cmocka_unit_test(a_writer_that_breaks_off_loses_nothing_before),
		cmocka_unit_test(a_reader_that_leaves_is_missed),
		cmocka_unit_test(a_writer_can_be_called_off),
		cmocka_unit_test(who_waits_for_room_hears_of_it),
		cmocka_unit_test(want_of_memory),
	};
	return cmocka_run_group_tests_name("base/feed", tests, NULL, NULL);
}
