/* call_orphans.h - what was said of calls that nobody knows yet: a leg before its parent, a call we make before Twilio's
 * answer says which it is.  Within the transaction of call_apply. */
#ifndef CALL_ORPHANS_H
#define CALL_ORPHANS_H

#include "call_status.h"

/* SPDX-License-Identifier: MIT */

enum { CALL_ORPHANS_OF_ONE = 32, CALL_ORPHAN_LIFE_MS = 600000 };

/* Under its parent's SID, if it has one, else under its own.  -ENOSPC: too many wait for that one. */
int call_orphans_keep(const struct store_scope *s, struct arena *a, const struct call_news *n);
int call_orphans_adopt(const struct store_scope *s, struct arena *a, struct str sid);

/* call_apply without a transaction of its own */
int call_apply_within(const struct store_scope *s, struct arena *a, const struct call_news *news, struct call_change *ret_change);

#endif
