/* SPDX-License-Identifier: MIT */
/* TZif (RFC 8536): transitions in a block of 64-bit times, and behind it the rule for what comes after the last of them. */
#include <errno.h>
#include <string.h>

#include "civil.h"
#include "pattern.h"
#include "ringdown/ivr/schedule.h"

enum { HEADER_BYTES = 44, TYPE_BYTES = 6, DAY_S = 86400 };

enum rule_kind { RULE_JULIAN, RULE_DAY, RULE_MONTH };

struct rule { /* when summer time begins or ends: Jn, n, or Mm.w.d, and a time of day */
	enum rule_kind kind;
	int month, week, day;
	int32_t time_s;
};
struct zone {
	const uint8_t *times, *indexes, *types; /* of the block: big-endian, as they lie */
	uint32_t n_times, n_types;
	int32_t standard_s, summer_s;  /* of the footer */
	bool has_footer, has_summer;
	struct rule begin, end;
};

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t get_i64(const uint8_t *p)
{
	return (int64_t)((uint64_t)get_u32(p) << 32 | get_u32(p + 4));
}

/* ---- the footer: "EST5EDT,M3.2.0,M11.1.0/2", after POSIX ---- */

static bool take_char(struct str *s, char c)
{
	bool is_next = s->n > 0 && s->p[0] == c;
	if (is_next)
		*s = str_skip(*s, 1);
	return is_next;
}

static bool take_number(struct str *s, int *ret)
{
	size_t n = 0;
	uint64_t value;
	while (n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (str_u64((struct str){s->p, n}, 9999, &value) < 0)
		return false;
	*ret = (int)value;
	*s = str_skip(*s, n);
	return true;
}

static bool take_name(struct str *s)
{
	size_t n = 0;
	if (s->n > 0 && s->p[0] == '<') {
		const char *end = memchr(s->p, '>', s->n);
		n = end ? (size_t)(end - s->p) + 1 : 0;
	} else {
		while (n < s->n && ((s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z'))
			n++;
	}
	*s = str_skip(*s, n);
	return n >= 3;
}

/* [+-]hh[:mm[:ss]]; up to 167 hours (RFC 8536, 3.3.1). */
static bool take_time(struct str *s, int32_t *ret_s)
{
	bool is_negative = take_char(s, '-');
	int hours, minutes = 0, seconds = 0;
	if (!is_negative)
		(void)take_char(s, '+');
	if (!take_number(s, &hours) || hours > 167)
		return false;
	if (take_char(s, ':') && (!take_number(s, &minutes) || (take_char(s, ':') && !take_number(s, &seconds))))
		return false;
	*ret_s = (hours * 3600 + minutes * 60 + seconds) * (is_negative ? -1 : 1);
	return minutes < 60 && seconds < 60;
}

static bool take_rule(struct str *s, struct rule *r)
{
	*r = (struct rule){.kind = RULE_DAY, .time_s = 2 * 3600};
	if (take_char(s, 'M')) {
		r->kind = RULE_MONTH;
		if (!take_number(s, &r->month) || !take_char(s, '.') || !take_number(s, &r->week) || !take_char(s, '.'))
			return false;
		if (r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5)
			return false;
	} else if (take_char(s, 'J')) {
		r->kind = RULE_JULIAN;
	}
	if (!take_number(s, &r->day) || r->day > (r->kind == RULE_MONTH ? 6 : 365) || (r->kind == RULE_JULIAN && r->day < 1))
		return false;
	return !take_char(s, '/') || take_time(s, &r->time_s);
}

static bool parse_footer(struct str s, struct zone *z)
{
	int32_t west_s;
	if (!take_name(&s) || !take_time(&s, &west_s))
		return false;
	z->standard_s = -west_s;
	z->summer_s = z->standard_s + 3600;
	z->has_footer = true;
	if (s.n == 0)
		return true;
	if (!take_name(&s))
		return false;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, &west_s))
			return false;
		z->summer_s = -west_s;
	}
	z->has_summer = take_char(&s, ',') && take_rule(&s, &z->begin) && take_char(&s, ',') && take_rule(&s, &z->end);
	return z->has_summer && s.n == 0;
}

static int64_t rule_day(const struct rule *r, int year)
{
	int64_t first = civil_days((struct civil_date){year, 1, 1});
	bool is_leap = civil_month_days(year, 2) == 29;
	if (r->kind == RULE_DAY)
		return first + r->day;
	if (r->kind == RULE_JULIAN) /* 29 February is not counted */
		return first + r->day - 1 + (is_leap && r->day >= 60);
	int64_t of_month = civil_days((struct civil_date){year, r->month, 1});
	int64_t day = of_month + (r->day - civil_weekday(of_month) + 7) % 7 + 7 * (r->week - 1);
	return day - of_month >= civil_month_days(year, r->month) ? day - 7 : day;
}

/* Each change is told in the time that is good before it. */
static int32_t footer_offset_s(const struct zone *z, int64_t utc_s)
{
	if (!z->has_summer)
		return z->standard_s;
	int64_t day = (utc_s + z->standard_s) / DAY_S - ((utc_s + z->standard_s) % DAY_S < 0);
	int year = civil_date_of(day).year;
	int64_t begin_s = rule_day(&z->begin, year) * DAY_S + z->begin.time_s - z->standard_s;
	int64_t end_s = rule_day(&z->end, year) * DAY_S + z->end.time_s - z->summer_s;
	bool is_summer = begin_s < end_s ? utc_s >= begin_s && utc_s < end_s : utc_s >= begin_s || utc_s < end_s;
	return is_summer ? z->summer_s : z->standard_s;
}

/* ---- the block ---- */

struct counts {
	uint32_t isut, isstd, leap, times, types, chars;
};

static int take_header(struct str *s, struct counts *c)
{
	const uint8_t *p = (const uint8_t *)s->p;
	if (s->n < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return -EBADMSG;
	*c = (struct counts){get_u32(p + 20), get_u32(p + 24), get_u32(p + 28), get_u32(p + 32), get_u32(p + 36), get_u32(p + 40)};
	*s = str_skip(*s, HEADER_BYTES);
	return p[4];
}

static size_t block_bytes(const struct counts *c, size_t time_bytes)
{
	return (size_t)c->times * (time_bytes + 1) + (size_t)c->types * TYPE_BYTES + c->chars +
		(size_t)c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

static int read_block(struct str *s, struct zone *z)
{
	struct counts c;
	int version = take_header(s, &c);
	if (version < '2' || block_bytes(&c, 4) > s->n)
		return -EBADMSG; /* version 1 knows no time beyond 2038: nothing has been written in it for twenty years */
	*s = str_skip(*s, block_bytes(&c, 4));
	if (take_header(s, &c) < 0 || block_bytes(&c, 8) > s->n || c.types == 0)
		return -EBADMSG;
	z->times = (const uint8_t *)s->p;
	z->n_times = c.times;
	z->indexes = z->times + (size_t)c.times * 8;
	z->types = z->indexes + c.times;
	z->n_types = c.types;
	*s = str_skip(*s, block_bytes(&c, 8));
	for (uint32_t i = 0; i < z->n_times; i++)
		if (z->indexes[i] >= z->n_types)
			return -EBADMSG;
	return 0;
}

int zone_read(struct arena *a, struct str bytes, const struct zone **ret_zone)
{
	struct zone *z = arena_alloc(a, sizeof(*z));
	if (!z)
		return -ENOMEM;
	int err = read_block(&bytes, z);
	if (err < 0)
		return err;
	if (!take_char(&bytes, '\n'))
		return -EBADMSG;
	struct str footer = str_split(&bytes, '\n');
	if (footer.n > 0 && !parse_footer(footer, z))
		return -EBADMSG;
	*ret_zone = z;
	return 0;
}

static int32_t type_offset_s(const struct zone *z, uint32_t type)
{
	return (int32_t)get_u32(z->types + (size_t)type * TYPE_BYTES);
}

int32_t zone_offset_s(const struct zone *z, int64_t utc_s)
{
	if (!z)
		return 0;
	if (z->n_times == 0 || utc_s < get_i64(z->times))
		return z->n_times == 0 && z->has_footer ? footer_offset_s(z, utc_s) : type_offset_s(z, 0);
	uint32_t low = 0, high = z->n_times; /* times[low] <= utc_s < times[high] */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		*(utc_s < get_i64(z->times + (size_t)middle * 8) ? &high : &low) = middle;
	}
	if (low == z->n_times - 1 && z->has_footer)
		return footer_offset_s(z, utc_s);
	return type_offset_s(z, z->indexes[low]);
}

bool zone_is_name(struct str name)
{
	struct str rest = name;
	while (rest.n > 0)
		if (!pattern_matches("[A-Za-z0-9_+-]{1,32}", str_split(&rest, '/')))
			return false;
	return name.n > 0 && name.n < 64 && name.p[name.n - 1] != '/';
}
