/* SPDX-License-Identifier: MIT */
#include "../../../bench/lib/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

enum { N = 3000 };

static struct loop *loop;
static int64_t last_us;
static unsigned fired;

static void in_order(struct timer *t)
{
	assert_true(t->at_us >= last_us);
	assert_true(loop_now_us(loop) >= t->at_us);
	assert_int_equal(t->place, 0);
	last_us = t->at_us;
	fired++;
}

static void stop(struct timer *t)
{
	(void)t;
	loop_stop(loop);
}

/* More than the heap has room for at first; armed, moved and disarmed at random. */
static void test_timers_fire_in_order(void **state)
{
	static struct timer timers[N];
	struct timer end = {.fire = stop};
	unsigned armed = 0;
	(void)state;
	loop = loop_new();
	srand(2);
	int64_t now_us = loop_now_us(loop);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < N; i++) {
			timers[i].fire = in_order;
			if (rand() % 3 == 0)
				timer_disarm(loop, &timers[i]);
			else
				timer_arm(loop, &timers[i], now_us + rand() % 30000);
		}
	for (unsigned i = 0; i < N; i++)
		armed += timers[i].place != 0;
	timer_arm(loop, &end, now_us + 30000);
	last_us = fired = 0;
	loop_run(loop);
	assert_int_equal(fired, armed);
	loop_free(loop);
}

static struct timer other;

static void disarms_other(struct timer *t)
{
	(void)t;
	timer_disarm(loop, &other);
}

static void test_a_timer_may_disarm_one_that_is_due(void **state)
{
	struct timer first = {.fire = disarms_other}, end = {.fire = stop};
	(void)state;
	loop = loop_new();
	int64_t now_us = loop_now_us(loop);
	fired = 0;
	last_us = 0;
	other = (struct timer){.fire = in_order};
	timer_arm(loop, &first, now_us - 2);
	timer_arm(loop, &other, now_us - 1);
	timer_arm(loop, &end, now_us);
	timer_disarm(loop, &(struct timer){0}); /* never armed */
	loop_run(loop);
	assert_int_equal(fired, 0);
	loop_free(loop);
}

static struct {
	struct io io;
	char got[8];
	ssize_t n;
} reader;

static void on_ready(struct io *io, uint32_t events)
{
	assert_true(events & EPOLLIN);
	reader.n = read(io->fd, reader.got, sizeof(reader.got));
	io_set(loop, io, 0);
	loop_stop(loop);
}

static void test_io_is_told(void **state)
{
	int ends[2];
	(void)state;
	loop = loop_new();
	assert_int_equal(pipe(ends), 0);
	reader.io = (struct io){.fd = ends[0], .ready = on_ready};
	io_set(loop, &reader.io, EPOLLIN);
	io_set(loop, &reader.io, EPOLLIN);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	loop_run(loop);
	assert_int_equal(reader.n, 3);
	assert_int_equal(reader.io.events, 0);
	close(ends[0]);
	close(ends[1]);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_fire_in_order),
		cmocka_unit_test(test_a_timer_may_disarm_one_that_is_due),
		cmocka_unit_test(test_io_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
