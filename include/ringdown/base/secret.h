/* secret.h - a secret from the file that holds it and nothing else.  Blocking; any thread.  The words
 * of a failure never hold any of it. */
#ifndef RINGDOWN_BASE_SECRET_H
#define RINGDOWN_BASE_SECRET_H

#include "ringdown/base/arena.h"

/* SPDX-License-Identifier: MIT */

enum { SECRET_BYTES_MAX = 4096 };

/* What the file holds, without the white space around it, in the arena.  -errno of open or read;
 * -ENODATA: nothing in it; -EFBIG: over SECRET_BYTES_MAX; -ENOMEM. */
int secret_read(const char *file, struct arena *a, struct str *ret_secret);
const char *secret_error(int err); /* words for what secret_read gave */
void secret_wipe(struct str *s);   /* overwrites it where it lies, and empties the view */

#endif
