/* scopes.h - what roles and scopes allow (PLANE.md 2.2).  Pure. */
#ifndef SCOPES_H
#define SCOPES_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

/* granted: words like "calls:read", "campaigns:*", "*:read", "inbox:rw", "*"; "-x:y" takes back.  wanted: "calls:read". */
bool scope_covers(struct str granted, struct str wanted);
/* Of a role or of the scopes; wanted may be alternatives: "recordings:read|recordings:own". */
bool scopes_allow(struct str roles, struct str scopes, struct str wanted);
bool role_exists(struct str role);
const char *role_name(size_t i); /* NULL: no more */

#endif
