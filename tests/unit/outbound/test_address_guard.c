/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include "../../../src/outbound/address_guard.h"
#include "ringdown/base/auto.h"

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(443)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_is_public((const struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		fail_msg("%s is no address", text);
	return address_is_public((const struct sockaddr *)&v6);
}

/* The first and the last of each special range, after the IANA registries, and of a cloud's metadata. */
static void special_ones_are_not(void **state)
{
	(void)state;
	static const char *const list[] = {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
		"100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
		"172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
		"::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::1", "2002:7f00:1::1", "2002:a00:1::1",
		"2002:c0a8:1::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1",
		"fec0::1", "ff02::1", "1fff::1"};
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (is_public(list[i]))
			fail_msg("%s passes", list[i]);
}

static void their_neighbours_are(void **state)
{
	(void)state;
	static const char *const list[] = {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
		"192.0.3.0", "192.88.98.255", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255",
		"223.255.255.255", "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860:4860::8888",
		"2002:808:808::1", "2003::1", "2600::1", "2a00:1450::1", "3ffe::1"};
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (!is_public(list[i]))
			fail_msg("%s is stopped", list[i]);
}

static void what_is_no_internet_address_is_not(void **state)
{
	(void)state;
	const struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
	assert_false(address_is_public((const struct sockaddr *)&local));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_ones_are_not),
		cmocka_unit_test(their_neighbours_are),
		cmocka_unit_test(what_is_no_internet_address_is_not),
	};
	return cmocka_run_group_tests_name("outbound/address_guard", tests, NULL, NULL);
}
