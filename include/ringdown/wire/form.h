/* form.h - application/x-www-form-urlencoded (WHATWG URL, 2026), the body of every Twilio webhook.
 * Pure; decodes into the arena.  Limits: FORM_FIELDS_MAX fields. */
#ifndef RINGDOWN_WIRE_FORM_H
#define RINGDOWN_WIRE_FORM_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { FORM_FIELDS_MAX = 256 };

struct form_field {
	struct str name, value; /* decoded UTF-8 */
};
struct form {
	struct form_field fields[FORM_FIELDS_MAX];
	size_t n;
};

/* -EBADMSG: a bad percent escape or NUL; -E2BIG: too many fields; -ENOMEM. */
int form_parse(struct str body, struct arena *arena, struct form *ret_form);
struct str form_get(const struct form *f, struct str name); /* first of that name; empty: absent */
void form_put(struct buf *b, struct str name, struct str value); /* with a leading '&' when b is not empty */
void percent_put(struct buf *b, struct str s);                   /* RFC 3986 unreserved kept */

#endif
