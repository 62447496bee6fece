/* clock.h - the only place that reads a clock.  Pure rooms take the time as an argument. */
#ifndef RINGDOWN_BASE_CLOCK_H
#define RINGDOWN_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

int64_t clock_now_us(void);  /* CLOCK_MONOTONIC: pacing, deadlines, latencies */
int64_t clock_wall_ms(void); /* Unix time: expiry of tokens, times in documents */
/* "2026-11-23T20:57:38.123Z"; size >= 25, else "".  Clamped to 1970..9999. */
void clock_format(int64_t wall_ms, char *dst, size_t size);

#endif
