/* json_view.h - jansson's trees as views: absent and null are the same empty view. */
#ifndef JSON_VIEW_H
#define JSON_VIEW_H

#include <jansson.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

/* Loads text within the depth; NULL: not JSON, too deep, or not an object. */
json_t *json_view_load(struct str text, int depth_max);
struct str json_view_str(const json_t *object, const char *key); /* empty: absent, null or no string */
int64_t json_view_int(const json_t *object, const char *key, int64_t absent);
/* A number that may come as a number or as a string of digits; 0 when absent.  -EBADMSG: neither. */
int json_view_number(const json_t *object, const char *key, uint64_t *ret_value);

#endif
