/* policy.h - what to do after one attempt (PLANE.md 2.6, docs/adr/0030).  Pure. */
#ifndef POLICY_H
#define POLICY_H

#include "ringdown/twilio/operations.h"

/* SPDX-License-Identifier: MIT */

enum { WAIT_LEAST_MS = 500, WAIT_FIRST_MS = 1000, WAIT_MOST_MS = 8000 };

enum verdict { VERDICT_DONE, VERDICT_AGAIN, VERDICT_REFUSED, VERDICT_UNKNOWN, VERDICT_LOST };
struct attempt {
	enum twilio_repeat repeat;
	int err;               /* of the HTTP client; 0: there is an answer */
	int status;            /* of the answer */
	bool has_left;         /* some of the request went out */
	bool is_readable;      /* a 2xx holds the JSON it should */
	uint32_t number;       /* 1: the first */
	int64_t retry_after_s; /* as the answer says, or 0 */
};
enum verdict policy_judge(const struct attempt *a);
/* How long until the next one: uniform between WAIT_LEAST_MS and a ceiling that doubles; never sooner than Retry-After. */
int64_t policy_wait_ms(const struct attempt *a, uint32_t random);

#endif
