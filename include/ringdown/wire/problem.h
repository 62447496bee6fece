/* problem.h - application/problem+json (RFC 9457): the body of every error the HTTP side gives.  Pure. */
#ifndef RINGDOWN_WIRE_PROBLEM_H
#define RINGDOWN_WIRE_PROBLEM_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* title: the status's name; detail: field, value, and what would be right. */
void problem_put(struct buf *b, int status, struct str title, struct str detail);
const char *http_status_name(int status); /* "Not Found"; "Unknown" for what we never send */

#endif
