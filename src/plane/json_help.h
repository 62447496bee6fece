/* json_help.h - jansson and views.  Borrowed: what is returned lives as long as the document. */
#ifndef JSON_HELP_H
#define JSON_HELP_H

#include <jansson.h>

#include "ringdown/base/arena.h"

/* SPDX-License-Identifier: MIT */

void auto_json(json_t **j); /* AUTO(auto_json) json_t *x: json_decref(x) */
struct str json_text(const json_t *j);                    /* empty: not a string */
struct str json_str(const json_t *object, const char *name); /* empty: not there, or not a string */
json_t *json_of(struct str s);                             /* invalid UTF-8: json null */
struct str json_write(const json_t *j, struct arena *a);   /* compact, in the arena; empty: no memory */
json_t *json_time(int64_t wall_ms);                        /* "2026-11-23T20:57:38.123Z"; 0 and less: null */

#endif
