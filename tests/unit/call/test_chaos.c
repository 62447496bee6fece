/* SPDX-License-Identifier: MIT */
/* Random bytes as calls (help_chaos.h), and that the world would notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "help_chaos.h"

enum { CALLS = 5000, BYTES = 700 };

static struct world w;

static void nothing_that_must_hold_is_broken(void **state)
{
	(void)state;
	uint8_t data[BYTES];
	for (unsigned seed = 1; seed <= CALLS; seed++) {
		srand(seed);
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(rand() >> 7);
		chaos_run(&w, data, sizeof(data));
		if (w.fault[0] || !w.has_result || !w.has_closed)
			fail_msg("seed %u, t=%lld: %s", seed, (long long)(w.now_us - WORLD_START_US) / 1000,
				w.fault[0] ? w.fault : "no end");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_must_hold_is_broken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
