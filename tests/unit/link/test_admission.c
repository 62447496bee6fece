/* SPDX-License-Identifier: MIT */
#include "../../../src/link/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static bool is_loopback(int family, const char *text)
{
	struct sockaddr_storage ss = {.ss_family = (sa_family_t)family};
	void *at = family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)&ss)->sin_addr
				     : (void *)&((struct sockaddr_in6 *)(void *)&ss)->sin6_addr;
	assert_int_equal(inet_pton(family, text, at), 1);
	return admission_is_loopback(&ss);
}

static void who_is_this_machine(void **state)
{
	(void)state;
	struct sockaddr_storage file = {.ss_family = AF_UNIX};
	assert_true(is_loopback(AF_INET, "127.0.0.1"));
	assert_true(is_loopback(AF_INET, "127.255.0.9"));
	assert_true(is_loopback(AF_INET6, "::1"));
	assert_true(is_loopback(AF_INET6, "::ffff:127.0.0.1"));
	assert_true(admission_is_loopback(&file));
	assert_false(is_loopback(AF_INET, "128.0.0.1"));
	assert_false(is_loopback(AF_INET, "1.0.0.127"));
	assert_false(is_loopback(AF_INET, "10.0.0.1"));
	assert_false(is_loopback(AF_INET6, "::ffff:10.0.0.1"));
	assert_false(is_loopback(AF_INET6, "::2"));
	assert_false(is_loopback(AF_INET6, "2001:db8::1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_this_machine),
	};
	return cmocka_run_group_tests_name("link/admission", tests, NULL, NULL);
}
