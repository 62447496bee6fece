/* template.h - {{name}} and {{name|default}} in texts.  Names: roots with a path (call.from, vars.size), the platform's
 * short ones (caller, calledNumber, business_name, ...), and variables by their own name. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

bool template_is_in(struct str text);
bool template_is_known(struct str name); /* without any flow: a root's, or one of the short names */
typedef void template_name_fn(struct str name, void *arg);
void template_each_name(struct str text, template_name_fn *fn, void *arg);
/* The value of a name; an empty one has the default put instead. */
typedef struct str template_value_fn(struct str name, void *arg);
void template_put(struct buf *b, struct str text, template_value_fn *value, void *arg);

#endif
