/* SPDX-License-Identifier: MIT */
#include "ringdown/base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static int open_for_a_while(int *ret_fd)
{
	AUTO(auto_free) char *text = malloc(16); /* a leak would be told by the sanitizer */
	AUTO(auto_close) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO(auto_close) int never_opened = -1;
	*ret_fd = fd;
	return text && fd >= 0 && never_opened < 0 ? 0 : -1;
}

static void test_closes(void **state)
{
	int fd = -1;
	(void)state;
	assert_int_equal(open_for_a_while(&fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void test_close_keeps_errno(void **state)
{
	int bad = 1 << 20;
	(void)state;
	errno = ENOSPC;
	auto_close(&bad);
	assert_int_equal(errno, ENOSPC);
}

struct owner {
	int before;
	short member;
};

static void test_container_of(void **state)
{
	struct owner o = {0};
	short *member = &o.member;
	int three[3];
	(void)state;
	assert_ptr_equal(container_of(member, struct owner, member), &o);
	assert_int_equal(ARRAY_LEN(three), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closes),
		cmocka_unit_test(test_close_keeps_errno),
		cmocka_unit_test(test_container_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
