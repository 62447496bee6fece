/* fuzz: links call */
/* SPDX-License-Identifier: MIT */
/* Any events in any order, at any time, with any sound between them: what must always hold holds
 * (tests/unit/call/help_world.c), and the call ends with one result and CLOSE. */
#include <stdio.h>
#include <stdlib.h>

#include "help_chaos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	if (size > 4096)
		return 0;
	chaos_run(&w, data, size);
	if (w.fault[0] || !w.has_result || !w.has_closed) {
		fprintf(stderr, "%s\n", w.fault[0] ? w.fault : "no end");
		abort();
	}
	return 0;
}
