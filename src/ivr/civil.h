/* civil.h - days and dates of the Gregorian calendar, by arithmetic. */
#ifndef CIVIL_H
#define CIVIL_H

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct civil_date {
	int year, month, day; /* month, day: from 1 */
};
int64_t civil_days(struct civil_date d);       /* since 1970-01-01 */
struct civil_date civil_date_of(int64_t days);
int civil_weekday(int64_t days);               /* 0: Sunday */
int civil_month_days(int year, int month);
bool civil_parse(struct str text, struct civil_date *ret); /* "2026-11-24" or "20261124", a day that exists */
bool civil_parse_minutes(struct str text, int *ret);       /* "09:30", at most "24:00" */
/* "2026-11-24T09:30[:15[.250]](Z|+01:00)" as ms since 1970 */
bool civil_parse_instant(struct str text, int64_t *ret_ms);

#endif
