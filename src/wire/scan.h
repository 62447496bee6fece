/* scan.h - step over flat JSON as programs write it, without a tree: no escapes, no white space.
 * Whatever is unusual makes the scan fail, and jansson takes over. */
#ifndef SCAN_H
#define SCAN_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct scan {
	const char *p, *end;
};

bool scan_literal(struct scan *s, struct str text);
/* A string without escapes or control characters, ASCII only; its content without the quotes. */
bool scan_string(struct scan *s, struct str *ret_text);
bool scan_base64(struct scan *s, struct str *ret_text); /* a long string: found by its closing quote */
bool scan_integer(struct scan *s); /* -?digits */
/* A string of digits that fits 63 bits. */
bool scan_number_string(struct scan *s, uint64_t *ret_value);
bool scan_at_end(const struct scan *s);

/* jansson recurses: how deep does this text nest?  False: deeper than max. */
bool json_depth_ok(struct str text, int max);

#endif
