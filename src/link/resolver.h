/* resolver.h - a thread that keeps the model's addresses known, because a name look-up inside lws
 * blocks the loop (LWS.md L-01).  Looks up at start, then every 30 s, and when it is asked to; keeps the last
 * good set while look-ups fail. */
#ifndef RINGDOWN_LINK_RESOLVER_H
#define RINGDOWN_LINK_RESOLVER_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { ADDRESSES_MAX = 16, ADDRESS_TEXT_MAX = 64, RESOLVER_REFRESH_MS = 30000, RESOLVER_RETRY_MS = 1000 };

struct address_list {
	uint32_t n;
	char text[ADDRESSES_MAX][ADDRESS_TEXT_MAX]; /* numeric, in the order of preference */
};

struct resolver;
/* Called on the resolver's thread with each new set (borrowed). */
typedef void resolver_found_fn(const struct address_list *list, void *arg);

struct resolver_times { /* ms; zeros: the defaults above */
	uint32_t refresh_ms;
	uint32_t retry_ms; /* after a failure, and at the earliest after being asked */
};

struct resolver *resolver_new(const char *host, const struct resolver_times *times, resolver_found_fn *found,
	void *arg);                      /* NULL: no memory */
void resolver_ask(struct resolver *r);   /* the addresses we have do not answer; any thread, takes no lock */
void resolver_stop(struct resolver *r);  /* `found` is not called any more once this returns */
struct resolver *resolver_free(struct resolver *r); /* and stops; a look-up under way is left to end by itself */

#endif
