/* twilio_values.h - what SIDs, numbers and the like look like.  Pure. */
#ifndef TWILIO_VALUES_H
#define TWILIO_VALUES_H

#include "ringdown/base/arena.h"

/* SPDX-License-Identifier: MIT */

bool is_sid(struct str s, const char *prefix); /* two letters and 32 hexadecimal digits of either case */
struct str sid_lower(struct str s, struct arena *a); /* as Twilio writes it: the digits in lower case */
bool is_hex(struct str s, size_t n);
bool is_country(struct str s);      /* two capital letters */
bool is_https_url(struct str s);    /* absolute, with a host, without credentials, blanks or controls */
bool is_printable(struct str s, size_t least, size_t most); /* ASCII without blanks */

#endif
