/* byte_range.h - a Range header with one range (RFC 9110 14.1.2).  Pure. */
#ifndef BYTE_RANGE_H
#define BYTE_RANGE_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct byte_range {
	uint64_t first, n; /* n > 0 */
};
/* -ENODATA: there is none, or none that is understood, or several: the whole is the answer.  -ERANGE: none of these bytes
 * exist (416). */
int byte_range_read(struct str header, uint64_t size, struct byte_range *ret);

#endif
