/* admission.h - sockets that have not yet shown what they are: accepted, but no stream that the plane has let in.
 * One address may have only so many of them, and when there is no room the oldest leaves for the newest: a peer that
 * means it needs milliseconds, a flood of stalled ones waits for its time-out (LWS.md L-22).  Loop thread only. */
#ifndef RINGDOWN_LINK_ADMISSION_H
#define RINGDOWN_LINK_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* SPDX-License-Identifier: MIT */

enum { ADMISSION_PLACES = 4096 };

struct conn;
struct admission {
	struct conn *oldest, *newest;        /* those that wait, in order of arrival */
	uint64_t seed;                       /* nobody outside can choose whom to share a place with */
	uint16_t per_place[ADMISSION_PLACES]; /* waiting; addresses share a place by chance only */
	uint32_t refused, evicted;           /* since the last line about it */
	int64_t told_us;
};

void admission_init(struct admission *a);
/* False: this address has `max` that wait.  *ret_place is for admission_enter. */
bool admission_allows(struct admission *a, const struct sockaddr_storage *peer, uint32_t max, uint16_t *ret_place);
void admission_enter(struct admission *a, struct conn *c, uint16_t place);
void admission_leave(struct admission *a, struct conn *c); /* proven, or gone; again is nothing */
bool admission_evict(struct admission *a);                 /* closes the one that waits longest; false: none does */
void admission_tick(struct admission *a, uint32_t shard_index, int64_t now_us); /* one line a second at most */

#endif
