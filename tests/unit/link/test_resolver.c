/* SPDX-License-Identifier: MIT */
/* The resolver's thread against a getaddrinfo of the test's own, which takes the place of libc's in this program. */
#include "../../../src/link/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"

enum { NAMES_MAX = 24, LIMIT_MS = 10000 };

static struct {
	_Atomic int lookups;
	_Atomic int fails;       /* so many look-ups fail first */
	_Atomic int takes_ms;
	_Atomic int n;           /* 10.0.0.1, 10.0.0.2 ... ; the last one is ::1, if more than one */
	_Atomic bool is_foreign; /* families nobody knows */
	_Atomic int64_t last_us;
} names;

static void nap_ms(int ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

struct entry {
	struct addrinfo info;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
};

static void fill(struct entry *e, int i, int n)
{
	e->info.ai_addr = &e->address.any;
	if (i > 0 && i == n - 1) {
		e->info.ai_family = e->address.v6.sin6_family = AF_INET6;
		e->address.v6.sin6_addr = in6addr_loopback;
	} else {
		e->info.ai_family = e->address.v4.sin_family = AF_INET;
		e->address.v4.sin_addr.s_addr = htonl(0x0a000001u + (uint32_t)i);
	}
	if (atomic_load(&names.is_foreign))
		e->info.ai_family = AF_UNIX;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	struct addrinfo *list = NULL;
	(void)node;
	(void)service;
	(void)hints;
	atomic_fetch_add(&names.lookups, 1);
	atomic_store(&names.last_us, clock_now_us());
	nap_ms(atomic_load(&names.takes_ms));
	if (atomic_load(&names.fails) > 0) {
		atomic_fetch_sub(&names.fails, 1);
		return EAI_AGAIN;
	}
	int n = atomic_load(&names.n);
	for (int i = n - 1; i >= 0; i--)
		for (int twice = 0; twice < 2; twice++) { /* as one for each kind of socket */
			struct entry *e = calloc(1, sizeof(*e));
			fill(e, i, n);
			e->info.ai_next = list;
			list = &e->info;
		}
	*res = list;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		free(list);
		list = next;
	}
}

static struct {
	_Atomic int times;
	pthread_mutex_t lock;
	struct address_list list;
} found = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_found(const struct address_list *list, void *arg)
{
	assert_ptr_equal(arg, &found);
	pthread_mutex_lock(&found.lock);
	found.list = *list;
	pthread_mutex_unlock(&found.lock);
	atomic_fetch_add(&found.times, 1);
}

static int reset(void **state)
{
	(void)state;
	memset(&names, 0, sizeof(names));
	names.n = 1;
	atomic_store(&found.times, 0);
	return 0;
}

static struct resolver *begin(uint32_t refresh_ms, uint32_t retry_ms)
{
	const struct resolver_times times = {refresh_ms, retry_ms};
	struct resolver *r = resolver_new("model.test", &times, on_found, &found);
	assert_non_null(r);
	return r;
}

static void wait_for(_Atomic int *count, int n)
{
	for (int ms = 0; atomic_load(count) < n; ms++) {
		assert_true(ms < LIMIT_MS);
		nap_ms(1);
	}
}

static void test_addresses(void **state)
{
	(void)state;
	names.n = 3;
	struct resolver *r = begin(0, 0);
	wait_for(&found.times, 1);
	resolver_stop(r);
	assert_int_equal(found.list.n, 3);
	assert_string_equal(found.list.text[0], "10.0.0.1");
	assert_string_equal(found.list.text[1], "10.0.0.2");
	assert_string_equal(found.list.text[2], "::1");
	assert_null(resolver_free(r));
}

static void test_as_many_as_there_is_room_for(void **state)
{
	(void)state;
	names.n = NAMES_MAX;
	struct resolver *r = begin(0, 0);
	wait_for(&found.times, 1);
	resolver_free(r);
	assert_int_equal(found.list.n, ADDRESSES_MAX);
	assert_string_equal(found.list.text[ADDRESSES_MAX - 1], "10.0.0.16");
}

static void test_failures_are_tried_again_and_tell_nothing(void **state)
{
	(void)state;
	names.fails = 3;
	struct resolver *r = begin(60000, 20);
	wait_for(&found.times, 1);
	assert_int_equal(names.lookups, 4);
	nap_ms(100);
	assert_int_equal(names.lookups, 4); /* the next one is a minute away */
	resolver_free(r);
}

static void test_a_name_without_addresses_is_a_failure(void **state)
{
	(void)state;
	names.is_foreign = true;
	struct resolver *r = begin(60000, 10);
	wait_for(&names.lookups, 3);
	assert_int_equal(found.times, 0);
	names.is_foreign = false;
	wait_for(&found.times, 1);
	resolver_free(r);
}

static void test_looks_again_by_itself(void **state)
{
	(void)state;
	struct resolver *r = begin(20, 10);
	wait_for(&found.times, 3);
	names.fails = 2;
	wait_for(&names.lookups, 5);
	wait_for(&found.times, 4);
	resolver_free(r);
}

static void test_is_asked(void **state)
{
	(void)state;
	struct resolver *r = begin(60000, 150);
	wait_for(&found.times, 1);
	int64_t first_us = names.last_us;
	for (int i = 0; i < 50; i++)
		resolver_ask(r);
	wait_for(&found.times, 2);
	assert_true(names.last_us - first_us >= 150000); /* not sooner, whoever asks how often */
	nap_ms(300);
	assert_int_equal(names.lookups, 2);
	resolver_ask(r);
	wait_for(&found.times, 3);
	resolver_free(r);
}

static void test_nothing_is_told_after_stop(void **state)
{
	(void)state;
	names.takes_ms = 1500;
	struct resolver *r = begin(1, 1);
	wait_for(&names.lookups, 1);
	int64_t begun_us = clock_now_us();
	resolver_free(r); /* within the look-up: it ends by itself */
	assert_true(clock_now_us() - begun_us < 1200000);
	nap_ms(2000);
	assert_int_equal(found.times, 0);
	assert_int_equal(names.lookups, 1);
	assert_null(resolver_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_addresses, reset),
		cmocka_unit_test_setup(test_as_many_as_there_is_room_for, reset),
		cmocka_unit_test_setup(test_failures_are_tried_again_and_tell_nothing, reset),
		cmocka_unit_test_setup(test_a_name_without_addresses_is_a_failure, reset),
		cmocka_unit_test_setup(test_looks_again_by_itself, reset),
		cmocka_unit_test_setup(test_is_asked, reset),
		cmocka_unit_test_setup(test_nothing_is_told_after_stop, reset),
	};
	log_init(2, false, LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
