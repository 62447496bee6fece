/* SPDX-License-Identifier: MIT */
#include "rrule.h"

#include <errno.h>
#include <string.h>

#include "civil.h"

static bool take_signed(struct str *s, int max, int *ret)
{
	bool is_negative = s->n > 0 && s->p[0] == '-';
	size_t n = 0;
	uint64_t value;
	if (s->n > 0 && (s->p[0] == '-' || s->p[0] == '+'))
		*s = str_skip(*s, 1);
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (str_u64((struct str){s->p, n}, (uint64_t)max, &value) < 0 || value == 0)
		return false;
	*ret = is_negative ? -(int)value : (int)value;
	*s = str_skip(*s, n);
	return true;
}

static bool read_freq(struct str v, struct rrule *r)
{
	r->freq = str_is(v, STR("YEARLY")) ? 'Y' : str_is(v, STR("MONTHLY")) ? 'M' : str_is(v, STR("WEEKLY")) ? 'W' : '\0';
	return r->freq != '\0';
}

static bool read_months(struct str v, struct rrule *r)
{
	int month;
	while (v.n > 0) {
		struct str one = str_split(&v, ',');
		if (!take_signed(&one, 12, &month) || month < 0 || one.n > 0)
			return false;
		r->months |= 1u << month;
	}
	return r->months != 0;
}

static bool read_month_days(struct str v, struct rrule *r)
{
	while (v.n > 0) {
		struct str one = str_split(&v, ',');
		if (r->n_month_days == RRULE_LIST_MAX || !take_signed(&one, 31, &r->month_days[r->n_month_days]) || one.n > 0)
			return false;
		r->n_month_days++;
	}
	return r->n_month_days > 0;
}

static int weekday_of(struct str s)
{
	static const char names[] = "SUMOTUWETHFRSA";
	for (int i = 0; i < 7 && s.n == 2; i++)
		if (memcmp(s.p, names + 2 * i, 2) == 0)
			return i;
	return -1;
}

static bool read_days(struct str v, struct rrule *r)
{
	while (v.n > 0) {
		struct str one = str_split(&v, ',');
		struct rrule_day d = {0, 0};
		if (r->n_days == RRULE_LIST_MAX || (one.n > 2 && !take_signed(&one, 5, &d.ordinal)))
			return false;
		d.weekday = weekday_of(one);
		if (d.weekday < 0)
			return false;
		r->days[r->n_days++] = d;
	}
	return r->n_days > 0;
}

static bool read_until(struct str v, struct rrule *r)
{
	struct civil_date d;
	if (v.n < 8 || !civil_parse((struct str){v.p, 8}, &d))
		return false;
	r->until_day = civil_days(d);
	return v.n == 8 || v.p[8] == 'T';
}

static const struct {
	const char *name;
	bool (*read)(struct str v, struct rrule *r);
} parts[] = {
	{"FREQ", read_freq},
	{"BYMONTH", read_months},
	{"BYMONTHDAY", read_month_days},
	{"BYDAY", read_days},
	{"UNTIL", read_until},
};

static bool read_part(struct str part, struct rrule *r)
{
	struct str value = part, name = str_split(&value, '=');
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (str_is(name, str_of(parts[i].name)))
			return parts[i].read(value, r);
	return str_is(part, STR("INTERVAL=1")) || str_is(name, STR("WKST"));
}

/* A rule that names no day of its own means the day of its DTSTART, and there is none. */
static const char *fault_of(const struct rrule *r)
{
	bool has_ordinal = false;
	for (uint32_t i = 0; i < r->n_days; i++)
		has_ordinal |= r->days[i].ordinal != 0;
	if (!r->freq)
		return "needs FREQ=YEARLY, MONTHLY or WEEKLY";
	if (r->n_days + r->n_month_days == 0)
		return "needs BYDAY or BYMONTHDAY";
	if (r->freq == 'Y' && !r->months)
		return "FREQ=YEARLY needs BYMONTH";
	if (r->freq == 'W' && (has_ordinal || r->n_month_days > 0))
		return "FREQ=WEEKLY takes BYDAY without numbers";
	return NULL;
}

int rrule_parse(struct str text, struct rrule *ret, const char **ret_why)
{
	*ret = (struct rrule){.until_day = INT64_MAX};
	if (str_starts(text, STR("RRULE:")))
		text = str_skip(text, 6);
	*ret_why = "takes FREQ, BYMONTH, BYMONTHDAY, BYDAY and UNTIL, each with values as in RFC 5545";
	while (text.n > 0)
		if (!read_part(str_split(&text, ';'), ret))
			return -EINVAL;
	*ret_why = fault_of(ret);
	return *ret_why ? -EINVAL : 0;
}

static bool has_month_day(const struct rrule *r, const struct civil_date *d)
{
	int length = civil_month_days(d->year, d->month);
	for (uint32_t i = 0; i < r->n_month_days; i++)
		if (r->month_days[i] == d->day || r->month_days[i] == d->day - length - 1)
			return true;
	return r->n_month_days == 0;
}

static bool has_day(const struct rrule *r, const struct civil_date *d, int weekday)
{
	int from_start = (d->day - 1) / 7 + 1, from_end = -((civil_month_days(d->year, d->month) - d->day) / 7 + 1);
	for (uint32_t i = 0; i < r->n_days; i++) {
		int ordinal = r->days[i].ordinal;
		if (r->days[i].weekday == weekday && (ordinal == 0 || ordinal == from_start || ordinal == from_end))
			return true;
	}
	return r->n_days == 0;
}

bool rrule_has(const struct rrule *r, int64_t day)
{
	struct civil_date d = civil_date_of(day);
	if (day > r->until_day || (r->months && !(r->months & 1u << d.month)))
		return false;
	return has_month_day(r, &d) && has_day(r, &d, civil_weekday(day));
}
