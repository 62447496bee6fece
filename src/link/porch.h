/* porch.h - accepted sockets that have said nothing yet wait here, outside of lws: for it each costs kilobytes and a
 * place in lists that it walks.  The first byte takes them in, at a measured pace; who says nothing is shown out.
 * Loop thread only. */
#ifndef RINGDOWN_LINK_PORCH_H
#define RINGDOWN_LINK_PORCH_H

#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct guest;
struct arrival { /* how a socket came */
	uint16_t place;  /* of admission_allows */
	bool is_admin;   /* by the admin listener */
	bool is_local;   /* from this machine */
};
struct shard;
struct guest_queue {
	struct guest *first, *last;
};
struct porch { /* those that have spoken or gone wait for the pace */
	struct guest_queue quiet, crowd; /* of an address with few that wait; with many: every fourth turn is theirs */
	uint32_t turn;
	int32_t budget;                  /* of this tick */
};

void porch_take(struct shard *s, int fd, const struct arrival *arrival); /* closes fd when it cannot */
void porch_tick(struct shard *s);
void porch_done(struct shard *s); /* before the loop is closed */

#endif
