/* SPDX-License-Identifier: MIT */
/* Many calls with servers and callers as they are (help_server.h): all that must hold, and no caller
 * is left without an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "help_server.h"

enum { CALLS = 400, CALL_US = 180000000 };

static struct server v;

static void run(uint32_t faults)
{
	for (uint32_t seed = 1; seed <= CALLS; seed++) {
		server_run(&v, seed, faults, CALL_US);
		if (v.w.fault[0] || !v.w.has_result || !v.w.has_closed)
			fail_msg("faults %u, seed %u, t=%lld: %s", faults, seed, (long long)(v.w.now_us - WORLD_START_US) / 1000,
				v.w.fault[0] ? v.w.fault : "no end");
	}
}

static void good_servers(void **state)
{
	(void)state;
	run(0);
}

static void servers_that_fail_now_and_then(void **state)
{
	(void)state;
	run(50);
}

static void bad_servers(void **state)
{
	(void)state;
	run(300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_servers),
		cmocka_unit_test(servers_that_fail_now_and_then),
		cmocka_unit_test(bad_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
