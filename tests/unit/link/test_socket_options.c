/* SPDX-License-Identifier: MIT */
/* What the kernel is asked for on sockets that lws adopts, and on those of the models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "../../../src/link/socket_options.h"
#include "ringdown/base/auto.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);
	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

static void test_small_messages_go_at_once_and_the_dead_are_noticed(void **state)
{
	(void)state;
	AUTO(auto_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	socket_set_options(fd);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	int quiet_s = option(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
		option(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option(fd, IPPROTO_TCP, TCP_KEEPCNT);
	assert_in_range(quiet_s, 15, 20);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 15000);
}

static void test_another_kind_of_socket_is_left_as_it_is(void **state)
{
	(void)state;
	AUTO(auto_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	socket_set_options(fd);
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_messages_go_at_once_and_the_dead_are_noticed),
		cmocka_unit_test(test_another_kind_of_socket_is_left_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
