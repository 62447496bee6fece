/* api_match.h - which row of the route tables a request is for.  Pure. */
#ifndef API_MATCH_H
#define API_MATCH_H

#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

enum { API_ALLOW_MAX = 64 };

struct api_match {
	const struct api_route *route; /* NULL: no row, or none of this method */
	struct str values[API_PATH_VALUES_MAX];
	char allow[API_ALLOW_MAX];     /* "GET, HEAD, POST" of the path; "": the path is none of ours */
};

/* Does path fit the pattern?  Empty segments fit no name.  *ret_rank: the more literal segments, the earlier, the higher. */
bool api_path_fits(const char *pattern, struct str path, struct str values[API_PATH_VALUES_MAX], uint32_t *ret_rank);
/* tables: NULL-ended, each ending with a row without method.  path: without /api.  OPTIONS finds no row, but allow. */
void api_match(const struct api_route *const *tables, struct str method, struct str path, struct api_match *ret);

extern const struct api_route *const api_tables[]; /* api_table.c */

#endif
