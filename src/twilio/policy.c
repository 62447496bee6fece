/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include "ringdown/twilio/twilio.h"

/* A wait beyond WAIT_MOST_MS is not ours to sit out: whoever asked is told how long. */
static bool may_again(const struct attempt *a)
{
	return a->number < TWILIO_TRIES && a->retry_after_s * 1000 <= WAIT_MOST_MS;
}

enum verdict policy_judge(const struct attempt *a)
{
	bool is_creating = a->repeat == TWILIO_CREATING;
	if (a->err < 0)
		return is_creating && a->has_left ? VERDICT_UNKNOWN : VERDICT_LOST;
	if (a->status >= 200 && a->status < 300)
		return a->is_readable ? VERDICT_DONE : is_creating ? VERDICT_UNKNOWN : VERDICT_LOST;
	if (a->status == 429) /* 20429 was never processed, whatever it is */
		return may_again(a) ? VERDICT_AGAIN : VERDICT_REFUSED;
	if (a->status >= 500 && is_creating)
		return VERDICT_UNKNOWN;
	if (a->status == 502 || a->status == 503 || a->status == 504)
		return may_again(a) ? VERDICT_AGAIN : VERDICT_REFUSED;
	return VERDICT_REFUSED;
}

int64_t policy_wait_ms(const struct attempt *a, uint32_t random)
{
	int64_t most_ms = WAIT_FIRST_MS;
	for (uint32_t i = 1; i < a->number && most_ms < WAIT_MOST_MS; i++)
		most_ms *= 2;
	int64_t ms = WAIT_LEAST_MS + (int64_t)random * (most_ms - WAIT_LEAST_MS) / UINT32_MAX;
	return ms > a->retry_after_s * 1000 ? ms : a->retry_after_s * 1000;
}
