/* flow_cache.h - published versions of flows, read once and kept: a version never changes, and when the database is away
 * callers are answered from here.  Shared by all workers; entries are counted, so that one in use outlives its place. */
#ifndef FLOW_CACHE_H
#define FLOW_CACHE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ringdown/ivr/flow.h"
#include "ringdown/store/record.h"

/* SPDX-License-Identifier: MIT */

enum { FLOW_CACHE_MAX = 512, FLOW_ARENA_BYTES = 16 << 20 };

struct flow_version {
	_Atomic uint32_t refs;
	struct arena arena;         /* of the flow */
	const struct flow *flow;
	uint32_t version;
	struct str org, name;       /* in the arena */
	bool is_published;          /* was so when the database was last asked */
	struct flow_version *next;  /* in the cache: newest first */
};
struct flow_number { /* which flow a number led to when the database was last asked */
	char org[64], number[24], sk[32], flow[FLOW_NAME_MAX + 1];
	uint32_t version; /* of a flow that was made of the number's routing; 0: one that is published */
};
enum { FLOW_NUMBERS = 1024 };
struct flow_cache {
	pthread_mutex_t lock;       /* for microseconds: the list, no I/O */
	struct flow_version *list;
	uint32_t n;
	struct flow_number numbers[FLOW_NUMBERS]; /* by hash; the later of two that meet stays */
	bool is_made;
};

int flow_cache_init(struct flow_cache *c);
void flow_cache_done(struct flow_cache *c); /* zeros are fine */
/* The version of that number, or, with 0, the published one.  A reference; NULL: *ret_err is -ENOENT (there is none,
 * or it is not published), or what the database said and nothing is kept.  *ret_is_stale: the database could not be
 * asked, and this is the latest that was known. */
struct flow_version *flow_cache_get(struct flow_cache *c, const struct store_scope *s, struct str name, uint32_t version,
	bool *ret_is_stale, int *ret_err);
/* A version that is not in the database: made of something else there.  -EBADMSG: no flow. */
int flow_cache_adopt(struct flow_cache *c, struct str org, struct str name, uint32_t version, struct str doc);
struct flow_version *flow_version_unref(struct flow_version *v); /* NULL is fine; returns NULL */

/* Remembers; and what was remembered, copied: false: nothing. */
void flow_cache_put_number(struct flow_cache *c, const struct flow_number *n);
bool flow_cache_get_number(struct flow_cache *c, struct str org, struct str number, struct flow_number *ret);

#endif
