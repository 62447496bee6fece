/* admission.h - sockets that have not shown yet what they are.  On the porch: accepted, and silent so far; they cost a
 * descriptor and a few bytes.  In the hall: lws has them, and they are no stream that the plane has let in.  One address
 * may have only so many of both, and where there is no room the oldest leaves for the newest: a peer that means it needs
 * milliseconds, a flood of stalled ones waits for its time-out (LWS.md L-22).  Loop thread only. */
#ifndef RINGDOWN_LINK_ADMISSION_H
#define RINGDOWN_LINK_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* SPDX-License-Identifier: MIT */

enum {
	ADMISSION_PLACES = 4096,
	ADMISSION_HALL_MAX = 512, /* lws walks lists of all its sockets at every time-out it sets: thousands would stall the loop */
};

struct pending;
struct pending_list { /* in order of arrival */
	struct pending *oldest, *newest;
	uint32_t n;
};
struct pending { /* a part of what waits */
	struct pending *older, *newer;
	struct pending_list *list;            /* NULL: does not wait, or no longer */
	uint16_t place;
	void (*evict)(struct pending *p);     /* has left the list already: end it */
};
struct admission {
	struct pending_list porch, hall;
	uint64_t seed;                        /* nobody outside can choose whom to share a place with */
	uint16_t per_place[ADMISSION_PLACES]; /* waiting; addresses share a place by chance only */
	uint32_t refused, evicted;            /* since the last line about it */
	int64_t told_us;
};

void admission_init(struct admission *a);
/* False: this address has `max` that wait, and one more was counted as refused.  *ret_place is for p->place. */
bool admission_allows(struct admission *a, const struct sockaddr_storage *peer, uint32_t max, uint16_t *ret_place);
bool admission_is_loopback(const struct sockaddr_storage *peer); /* of this machine, by whatever family */
void admission_refuse(struct admission *a); /* counts one that was closed at the door */
/* p->place and p->evict are set. */
void admission_enter(struct admission *a, struct pending_list *list, struct pending *p);
void admission_leave(struct admission *a, struct pending *p); /* proven, or gone; again is nothing */
bool admission_evict(struct admission *a, const struct pending_list *list); /* its oldest; false: it is empty */
bool admission_make_room(struct admission *a); /* evicts one, of the silent ones first; false: nobody waits */
void admission_tick(struct admission *a, uint32_t shard_index, int64_t now_us); /* one line a second at most */

#endif
