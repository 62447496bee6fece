/* problem.h - application/problem+json (RFC 9457) with the members that clients of the platform read beside
 * it: the body of every error the HTTP side gives.  Pure. */
#ifndef RINGDOWN_WIRE_PROBLEM_H
#define RINGDOWN_WIRE_PROBLEM_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

struct problem { /* all borrowed */
	int status;
	struct str base_url;    /* what `type` begins with, no slash behind it; empty: "about:blank" */
	struct str reason;      /* "recipient_opted_out"; empty: made of the status's name */
	struct str detail;      /* field, value, and what would be right; no secrets */
	struct str instance;    /* path of the request; empty: left out */
	struct str request_id;  /* empty: left out */
	struct str members;     /* more of them, JSON without its braces: "\"provider\":{...}"; empty: none */
};

void problem_put(struct buf *b, const struct problem *p);
const char *http_status_name(int status); /* "Not Found"; "Unknown" for what we never send */

#endif
