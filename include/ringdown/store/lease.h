/* lease.h - of several threads or nodes one does it: sweeps, the distributor of a queue.  A lease has a name, an owner and
 * an end; who holds it takes it again in time, who dies loses it then.  Threads and errors as in store.h. */
#ifndef RINGDOWN_STORE_LEASE_H
#define RINGDOWN_STORE_LEASE_H

#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

/* Takes it, or prolongs it, up to now_ms + hold_ms.  0, or -EBUSY: another holds it.  ret_fence (or NULL) grows with each
 * change of hands: a late writer of an earlier owner is known by its smaller number. */
int lease_take(struct store_conn *c, const char *name, struct str owner, int64_t now_ms, int64_t hold_ms, int64_t *ret_fence);
/* Before its end, so that another need not wait for it.  0 when it was not the owner's any more, too. */
int lease_give(struct store_conn *c, const char *name, struct str owner);

#endif
