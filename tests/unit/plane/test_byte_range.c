/* SPDX-License-Identifier: MIT */
/* Ranges as browsers ask for them, and as nobody should (RFC 9110 14.1). */
#include "../../../src/plane/byte_range.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void ranges(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		uint64_t size;
		int err;
		uint64_t first, n;
	} cases[] = {
		{"bytes=0-", 100, 0, 0, 100}, {"bytes=0-1", 100, 0, 0, 2}, /* what Safari asks first */
		{"bytes=10-19", 100, 0, 10, 10}, {"bytes=99-", 100, 0, 99, 1}, {"bytes=90-1000", 100, 0, 90, 10}, {"bytes=-10", 100, 0, 90, 10},
		{"bytes=-1000", 100, 0, 0, 100}, {"bytes=0-0", 1, 0, 0, 1}, {"bytes=5-9223372036854775807", 10, 0, 5, 5},
		{"bytes=100-", 100, -ERANGE, 0, 0}, {"bytes=-0", 100, -ERANGE, 0, 0}, {"bytes=0-", 0, -ERANGE, 0, 0}, {"bytes=-5", 0, -ERANGE, 0, 0},
		{"", 100, -ENODATA, 0, 0}, {"bytes=", 100, -ENODATA, 0, 0}, {"bytes=-", 100, -ENODATA, 0, 0}, {"bytes=a-b", 100, -ENODATA, 0, 0},
		{"bytes=5-4", 100, -ENODATA, 0, 0}, {"bytes=0-1,5-6", 100, -ENODATA, 0, 0}, {"seconds=0-1", 100, -ENODATA, 0, 0},
		{"bytes=99999999999999999999-", 100, -ENODATA, 0, 0}, {"bytes=1-2-3", 100, -ENODATA, 0, 0}, {"bytes=+1-2", 100, -ENODATA, 0, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct byte_range r = {0, 0};
		int err = byte_range_read(str_of(cases[i].header), cases[i].size, &r);
		if (err != cases[i].err || r.first != cases[i].first || r.n != cases[i].n)
			fail_msg("%s of %llu: %d, %llu+%llu", cases[i].header, (unsigned long long)cases[i].size, err,
				(unsigned long long)r.first, (unsigned long long)r.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
	};
	return cmocka_run_group_tests_name("plane/byte_range", tests, NULL, NULL);
}
