/* SPDX-License-Identifier: MIT */
#include "civil.h"

#include <string.h>

enum { DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 }; /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years begin in March, so that the leap day is their last (after H. Hinnant's algorithm, 2013). */
int64_t civil_days(struct civil_date d)
{
	int64_t year = d.year - (d.month <= 2), era = floor_div(year, 400), of_era = year - era * 400;
	int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
	return era * DAYS_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

struct civil_date civil_date_of(int64_t days)
{
	int64_t z = days + DAYS_TO_1970, era = floor_div(z, DAYS_400_YEARS), of_era = z - era * DAYS_400_YEARS;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100), m = (5 * of_year + 2) / 153;
	int month = (int)(m < 10 ? m + 3 : m - 9);
	return (struct civil_date){(int)(years + era * 400 + (month <= 2)), month, (int)(of_year - (153 * m + 2) / 5 + 1)};
}

int civil_weekday(int64_t days)
{
	int64_t w = (days + 4) % 7; /* 1970-01-01 was a Thursday */
	return (int)(w < 0 ? w + 7 : w);
}

int civil_month_days(int year, int month)
{
	struct civil_date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
	return (int)(civil_days(next) - civil_days((struct civil_date){year, month, 1}));
}

/* n digits in front of *s, taken off. */
static bool take(struct str *s, size_t n, int *ret)
{
	uint64_t value;
	if (s->n < n || str_u64((struct str){s->p, n}, 9999, &value) < 0)
		return false;
	*ret = (int)value;
	*s = str_skip(*s, n);
	return true;
}

static bool take_char(struct str *s, char c)
{
	bool is_next = s->n > 0 && s->p[0] == c;
	if (is_next)
		*s = str_skip(*s, 1);
	return is_next;
}

static bool take_date(struct str *s, struct civil_date *ret)
{
	struct civil_date d;
	if (!take(s, 4, &d.year))
		return false;
	bool has_dash = take_char(s, '-');
	if (!take(s, 2, &d.month) || (has_dash && !take_char(s, '-')) || !take(s, 2, &d.day))
		return false;
	if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > civil_month_days(d.year, d.month))
		return false;
	*ret = d;
	return true;
}

bool civil_parse(struct str text, struct civil_date *ret)
{
	return take_date(&text, ret) && text.n == 0;
}

static bool take_minutes(struct str *s, int *ret)
{
	int hours, minutes;
	if (!take(s, 2, &hours) || !take_char(s, ':') || !take(s, 2, &minutes))
		return false;
	*ret = hours * 60 + minutes;
	return minutes < 60 && *ret <= 24 * 60;
}

bool civil_parse_minutes(struct str text, int *ret)
{
	return take_minutes(&text, ret) && text.n == 0;
}

static bool take_seconds(struct str *s, int *ret_ms)
{
	int seconds = 0, digit;
	*ret_ms = 0;
	if (!take_char(s, ':'))
		return true;
	if (!take(s, 2, &seconds) || seconds > 60)
		return false;
	*ret_ms = seconds * 1000;
	if (!take_char(s, '.'))
		return true;
	int scale = 100;
	bool is_any = false;
	for (; take(s, 1, &digit); scale /= 10, is_any = true)
		*ret_ms += digit * scale;
	return is_any;
}

static bool take_zone(struct str *s, int *ret_minutes)
{
	*ret_minutes = 0;
	if (take_char(s, 'Z'))
		return true;
	bool is_west = take_char(s, '-');
	if ((!is_west && !take_char(s, '+')) || !take_minutes(s, ret_minutes))
		return false;
	*ret_minutes = is_west ? -*ret_minutes : *ret_minutes;
	return true;
}

bool civil_parse_instant(struct str text, int64_t *ret_ms)
{
	struct civil_date d;
	int minutes, ms, offset;
	if (!take_date(&text, &d) || !take_char(&text, 'T') || !take_minutes(&text, &minutes) || !take_seconds(&text, &ms) ||
		!take_zone(&text, &offset) || text.n > 0)
		return false;
	*ret_ms = (civil_days(d) * 1440 + minutes - offset) * 60000 + ms;
	return true;
}
