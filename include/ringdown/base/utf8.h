/* utf8.h - step through bytes that ought to be UTF-8 (RFC 3629: no surrogates, nothing overlong,
 * nothing above U+10FFFF).  Any thread. */
#ifndef RINGDOWN_BASE_UTF8_H
#define RINGDOWN_BASE_UTF8_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

/* The code point s begins with: its length in bytes, or minus the number of bytes to replace by one
 * U+FFFD (Unicode 15, 3.9, "maximal subpart"); 0 when s is empty. */
int utf8_scan(struct str s, uint32_t *ret_code);

#endif
