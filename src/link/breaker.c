/* SPDX-License-Identifier: MIT */
#include "breaker.h"

static uint32_t ms_until(int64_t at_us, int64_t now_us)
{
	return (uint32_t)((at_us - now_us + 999) / 1000);
}

uint32_t breaker_wait_ms(struct breaker *b, int64_t now_us)
{
	if (!b->open_until_us)
		return 0;
	if (now_us < b->open_until_us)
		return ms_until(b->open_until_us, now_us);
	if (now_us < b->probe_until_us)
		return BREAKER_WAIT_MS;
	b->probe_until_us = now_us + BREAKER_PROBE_MS * 1000LL;
	return 0;
}

static uint32_t open_ms(uint32_t retry_after_ms)
{
	uint32_t ms = retry_after_ms > BREAKER_OPEN_MS ? retry_after_ms : BREAKER_OPEN_MS;
	return ms < BREAKER_OPEN_MAX_MS ? ms : BREAKER_OPEN_MAX_MS;
}

bool breaker_failed(struct breaker *b, uint32_t retry_after_ms, int64_t now_us)
{
	if (b->open_until_us && now_us < b->open_until_us)
		return false; /* dialled before it opened */
	if (++b->n_failures < BREAKER_FAILURES && !b->open_until_us)
		return false;
	bool was_open = b->open_until_us != 0;
	b->open_until_us = now_us + open_ms(retry_after_ms) * 1000LL;
	b->probe_until_us = 0;
	return !was_open;
}

void breaker_worked(struct breaker *b)
{
	*b = (struct breaker){0};
}
