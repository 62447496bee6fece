/* errors.h - what Twilio's error codes mean for the clients of ours: a status, a reason that programs read, and what a
 * human can do.  Pure, a const table (PLANE.md 3.4, 4.1, 7.2, 8.1; twilio.com/docs/api/errors, read 2026-11-23). */
#ifndef RINGDOWN_TWILIO_ERRORS_H
#define RINGDOWN_TWILIO_ERRORS_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { TWILIO_CREDENTIALS = 1, /* says that nothing of this account will go: the breaker counts it */
	TWILIO_OPTED_OUT = 2,  /* the recipient is to be remembered as opted out */
	TWILIO_GONE = 4 };     /* what was named is not there (any more) */
struct twilio_error {
	int code;           /* 0: the row for codes we do not know */
	int status;         /* of our answer */
	const char *reason, *advice;
	unsigned flags;
};
/* By the code, else by the HTTP status alone (a 401 without a code is one of credentials).  Never NULL. */
const struct twilio_error *twilio_error_find(int code, int http_status);
/* The n-th row, or NULL behind the last: for documents and tests. */
const struct twilio_error *twilio_error_at(uint32_t n);

#endif
