/* redact.h - takes out of what was said what looks like a card's or a social security number: 13 to 19 digits in a row
 * that pass the Luhn sum, and 3-2-4 digits.  Blanks, dashes and dots between digits are passed over, as transcribers
 * write them.  Pure. */
#ifndef RINGDOWN_WIRE_REDACT_H
#define RINGDOWN_WIRE_REDACT_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* Writes text with "[redacted]" for each; true: there was one. */
bool redact_put(struct buf *b, struct str text);

#endif
