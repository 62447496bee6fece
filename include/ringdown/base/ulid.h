/* ulid.h - names of records: 26 characters, lower-case Crockford base 32, that sort by the time they were
 * made: 48 bits of milliseconds, 80 bits of chance (github.com/ulid/spec, read 2026-11).  Any thread. */
#ifndef RINGDOWN_BASE_ULID_H
#define RINGDOWN_BASE_ULID_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { ULID_CHARS = 26, ULID_SIZE = ULID_CHARS + 1, ULID_RANDOM_BYTES = 10 };

/* Pure.  wall_ms: 0..2^48 - 1, clamped.  dst is terminated. */
void ulid_make(int64_t wall_ms, const uint8_t random[ULID_RANDOM_BYTES], char dst[ULID_SIZE]);
void ulid_new(int64_t wall_ms, char dst[ULID_SIZE]); /* with chance from the kernel */
bool ulid_is(struct str s);                          /* 26 characters of its alphabet, not above the greatest */
int64_t ulid_wall_ms(struct str s);                  /* when it was made; -EINVAL: it is none */

#endif
