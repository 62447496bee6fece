/* breaker.h - a model that refuses everybody is left in peace: after several dials in a row failed no more are
 * made for a while, then one to see.  So that a hundred calls do not storm a server that is down or counts
 * requests.  Pure; one owner (a loop), one thread. */
#ifndef RINGDOWN_LINK_BREAKER_H
#define RINGDOWN_LINK_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum {
	BREAKER_FAILURES = 5,           /* in a row: it opens */
	BREAKER_OPEN_MS = 1000,         /* unless the server asks for more: a probe a second is no storm */
	BREAKER_OPEN_MAX_MS = 30000,
	BREAKER_PROBE_MS = 5000,        /* a probe that has not been heard of for so long is another dial's turn */
	BREAKER_WAIT_MS = 250,          /* what others wait while a probe is out */
};

struct breaker {
	uint32_t n_failures;            /* in a row */
	int64_t open_until_us;          /* 0: closed */
	int64_t probe_until_us;         /* a probe is out; 0: none */
};

/* May this dial be made?  0: yes, and it is told how that went.  Else: not for so many ms. */
uint32_t breaker_wait_ms(struct breaker *b, int64_t now_us);
/* retry_after_ms: what the server asked for, 0 if nothing.  True: this failure opened it (not: kept it open). */
bool breaker_failed(struct breaker *b, uint32_t retry_after_ms, int64_t now_us);
void breaker_worked(struct breaker *b); /* the server took somebody in: closed */

#endif
