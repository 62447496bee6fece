/* rrule.h - recurring days, a subset of RFC 5545's RRULE: FREQ=YEARLY|MONTHLY|WEEKLY, BYMONTH, BYMONTHDAY, BYDAY, UNTIL. */
#ifndef RRULE_H
#define RRULE_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum { RRULE_LIST_MAX = 31 };

struct rrule_day { /* ordinal 0: every such weekday; negative: from the end of the month */
	int ordinal, weekday;
};
struct rrule {
	char freq;              /* 'Y', 'M', 'W' */
	uint32_t months;        /* bit n: month n; 0: all */
	int month_days[RRULE_LIST_MAX];
	uint32_t n_month_days;
	struct rrule_day days[RRULE_LIST_MAX];
	uint32_t n_days;
	int64_t until_day;      /* since 1970; INT64_MAX: for ever */
};
int rrule_parse(struct str text, struct rrule *ret, const char **ret_why); /* -EINVAL and words */
bool rrule_has(const struct rrule *r, int64_t day);

#endif
