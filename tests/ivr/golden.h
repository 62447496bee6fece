/* golden.h - a world from JSON, and a run as text. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <jansson.h>

#include "ringdown/ivr/step.h"

/* SPDX-License-Identifier: MIT */

#define GOLDEN_KEY STR("golden golden golden golden key!")
#define GOLDEN_SID STR("CA00000000000000000000000000000001")

/* Flows named in "flows" are looked up by `find`. */
void golden_world(const json_t *o, struct arena *a, const struct ivr_flow *(*find)(struct str name), struct ivr_world *ret);
/* The document with its URLs as N(...) and CB(...), then effects and trace, a line each. */
void golden_print(struct buf *b, struct str document, const struct ivr_run *r);
void golden_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
