/* time_read.h - times as clients and Twilio write them.  Pure. */
#ifndef TIME_READ_H
#define TIME_READ_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

/* "2026-11-23T16:15:53.120Z", with milliseconds or without, and "Mon, 23 Nov 2026 16:15:53 +0000": Unix time in ms, or
 * -EINVAL. */
int64_t time_read(struct str s);

#endif
