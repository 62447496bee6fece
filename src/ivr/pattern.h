/* pattern.h - a small pattern language matched without backtracking, in at most atoms x text x text steps over texts of
 * at most 512 bytes (longer ones never fit):
 * characters, '.', [a-z] and [^a-z], \d \w \s and escaped characters, each with an optional ? * + {m} {m,n}.
 * No groups, no alternatives.  A pattern always covers the whole text; ^ and $ at its ends are allowed. */
#ifndef PATTERN_H
#define PATTERN_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { PATTERN_ATOMS_MAX = 64, PATTERN_REPEAT_MAX = 4096 };

struct pattern_atom {
	struct str set;     /* as written: "a", ".", "[a-z]", "\d" */
	uint32_t min, max;  /* PATTERN_REPEAT_MAX: without end */
};
struct pattern {
	struct pattern_atom atoms[PATTERN_ATOMS_MAX];
	uint32_t n;
};

int pattern_parse(struct str text, struct pattern *ret); /* views into text; -EINVAL, -E2BIG */
bool pattern_fits(const struct pattern *p, struct str text);
bool pattern_matches(const char *pattern, struct str text); /* of our own: a literal that parses */

#endif
