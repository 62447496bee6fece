/* feed.h - bytes from a worker that may wait to a loop that may not, through a bounded ring without locks: the body of a
 * reply that is made while it is read.  One writer, one reader; the last of them to leave frees it. */
#ifndef RINGDOWN_BASE_FEED_H
#define RINGDOWN_BASE_FEED_H

#include <sys/types.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { FEED_BYTES = 256 * 1024 }; /* kept at most */

struct feed;
/* Called by the writer when there is something for a reader that found nothing, and at the end.  Must not block. */
typedef void feed_wake_fn(void *owner, uint64_t id);

struct feed *feed_new(feed_wake_fn *wake, void *owner, uint64_t id); /* for both ends; NULL: no memory */

/* ---- the writer; each may wait */
/* All of it is in.  -EPIPE: the reader has left; -ETIMEDOUT: it took nothing for patience_ms; -ECANCELED: *is_cancelled
 * became true (NULL: it cannot). */
int feed_put(struct feed *f, struct str bytes, uint32_t patience_ms, const _Atomic bool *is_cancelled);
struct feed *feed_end(struct feed *f, bool is_whole); /* leaves; false: what should have come does not; returns NULL */

/* ---- the reader; never waits */
/* Bytes taken, up to max.  0: nothing yet, and wake will be called; -ENODATA: that was all; -EPIPE: the writer broke off. */
ssize_t feed_take(struct feed *f, void *dst, size_t max);
struct feed *feed_leave(struct feed *f); /* NULL is fine; returns NULL */

#endif
