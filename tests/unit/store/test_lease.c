/* SPDX-License-Identifier: MIT */
#include "store_rig.h"

#include <pthread.h>

#include "ringdown/store/lease.h"

static void one_holds_it_until_its_end(void **state)
{
	(void)state;
	int64_t fence = 0, again = 0;
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-1"), 1000, 500, &fence), 0);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 1499, 500, &again), -EBUSY);
	assert_int_equal(lease_take(rig.conn, "other", STR("node-2"), 1499, 500, NULL), 0);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-1"), 1400, 500, &again), 0); /* up to 1900 */
	assert_int_equal(again, fence);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 1899, 500, &again), -EBUSY);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 1900, 500, &again), 0);
	assert_true(again > fence);
	fence = again;
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-1"), 2000, 500, &again), -EBUSY);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 5000, 500, &again), 0); /* it was lost in between */
	assert_true(again > fence);
}

static void what_is_given_back_is_free(void **state)
{
	(void)state;
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-1"), 1000, 500, NULL), 0);
	assert_int_equal(lease_give(rig.conn, "sweep", STR("node-2")), 0);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 1001, 500, NULL), -EBUSY);
	assert_int_equal(lease_give(rig.conn, "sweep", STR("node-1")), 0);
	assert_int_equal(lease_take(rig.conn, "sweep", STR("node-2"), 1001, 500, NULL), 0);
}

enum { TAKERS = 4 };

static void *taker(void *arg)
{
	char owner[16];
	struct store_conn *c = NULL;
	int *result = arg;
	(void)snprintf(owner, sizeof(owner), "%p", arg);
	if (store_connect(rig.store, &c) == 0)
		*result = lease_take(c, "race", str_of(owner), 1000, 500, NULL);
	(void)store_disconnect(c);
	return NULL;
}

static void of_several_at_once_one_gets_it(void **state)
{
	(void)state;
	pthread_t threads[TAKERS];
	int results[TAKERS], winners = 0;
	for (int i = 0; i < TAKERS; i++) {
		results[i] = 1;
		assert_int_equal(pthread_create(&threads[i], NULL, taker, &results[i]), 0);
	}
	for (int i = 0; i < TAKERS; i++) {
		(void)pthread_join(threads[i], NULL);
		winners += results[i] == 0;
		assert_true(results[i] == 0 || results[i] == -EBUSY);
	}
	assert_int_equal(winners, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(one_holds_it_until_its_end),
		RIG_TEST(what_is_given_back_is_free),
		RIG_TEST(of_several_at_once_one_gets_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
