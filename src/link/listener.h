/* listener.h - our own accept loop (LWS.md L-06 to L-08): a share of the backlog each tick, so that a flood cannot
 * stall the live calls, a pause when descriptors run out.  What is accepted goes to the porch.  Loop thread only. */
#ifndef RINGDOWN_LINK_LISTENER_H
#define RINGDOWN_LINK_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* SPDX-License-Identifier: MIT */

struct shard;
struct listener {
	uv_poll_t poll;
	struct shard *shard;
	int fd;
	bool is_polling;
	bool is_admin;        /* set before listener_start */
	uint32_t budget;      /* accepts left in this tick */
	int64_t paused_until_us;
};

/* "port", "host:port", "[v6]:port": a listening socket with SO_REUSEPORT.  -errno; *ret_port says which. */
int listener_bind(const char *address, uint32_t *ret_port);
uint32_t listener_port(int fd); /* that a listening socket is bound to; 0: not known */
int listener_start(struct listener *l, struct shard *s, int fd);
void listener_tick(struct listener *l, int64_t now_us);
void listener_stop(struct listener *l);

#endif
