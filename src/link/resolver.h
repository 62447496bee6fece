/* resolver.h - a thread that keeps the model's addresses known, because a name look-up inside lws
 * blocks the loop (LWS.md L-01).  Looks up at start, then every 30 s; keeps the last good set. */
#ifndef RINGDOWN_LINK_RESOLVER_H
#define RINGDOWN_LINK_RESOLVER_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { ADDRESSES_MAX = 16, ADDRESS_TEXT_MAX = 64, RESOLVER_REFRESH_S = 30, RESOLVER_RETRY_S = 1 };

struct address_list {
	uint32_t n;
	char text[ADDRESSES_MAX][ADDRESS_TEXT_MAX]; /* numeric, in the order of preference */
};

struct resolver;
/* Called on the resolver's thread with each new set (borrowed). */
typedef void resolver_found_fn(const struct address_list *list, void *arg);

struct resolver *resolver_new(const char *host, resolver_found_fn *found, void *arg); /* NULL: no memory */
struct resolver *resolver_free(struct resolver *r); /* joins; a look-up under way is left to end by itself */

#endif
