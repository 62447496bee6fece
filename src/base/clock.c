/* SPDX-License-Identifier: MIT */
#include "ringdown/base/clock.h"

#include <stdio.h>
#include <time.h>

#define LAST_MS                                                                                    \
	INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z: later years have no fixed width */

int64_t clock_now_us(void)
{
	struct timespec t;
	(void)clock_gettime(
		CLOCK_MONOTONIC, &t); /* cannot fail with this clock and a valid pointer */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_format(int64_t wall_ms, char *dst, size_t size)
{
	int64_t ms = wall_ms < 0 ? 0 : wall_ms > LAST_MS ? LAST_MS : wall_ms;
	time_t seconds = (time_t)(ms / 1000);
	struct tm t;
	if (!size)
		return;
	dst[0] = '\0';
	if (size >= 25 && gmtime_r(&seconds, &t) && strftime(dst, size, "%Y-%m-%dT%H:%M:%S", &t))
		(void)snprintf(dst + 19, size - 19, ".%03dZ", (int)(ms % 1000));
}
