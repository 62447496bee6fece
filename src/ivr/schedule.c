/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "flow_table.h"
#include "rrule.h"

#define DATE "\\d{4}-\\d{2}-\\d{2}"
#define TIME "\\d{2}:\\d{2}"

static const struct flow_row hours_rows[] = {
	{.name = "dayOfWeek", .kind = KIND_VALUE, .flags = ROW_REQUIRED},
	{.name = "startTime", .kind = KIND_TEXT, .flags = ROW_REQUIRED, .min = 1, .max = 5, .pattern = TIME},
	{.name = "endTime", .kind = KIND_TEXT, .flags = ROW_REQUIRED, .min = 1, .max = 5, .pattern = TIME},
	{.name = NULL},
};
static const struct flow_row holiday_rows[] = {
	{.name = "date", .kind = KIND_TEXT, .flags = ROW_ONE_OF, .min = 1, .max = 10, .pattern = DATE},
	{.name = "rrule", .kind = KIND_TEXT, .flags = ROW_ONE_OF, .min = 1, .max = 200},
	{.name = "name", .kind = KIND_TEXT, .min = 1, .max = 100},
	{.name = "closed", .kind = KIND_BOOL, .preset = "true"},
	{.name = "startTime", .kind = KIND_TEXT, .min = 1, .max = 5, .pattern = TIME},
	{.name = "endTime", .kind = KIND_TEXT, .min = 1, .max = 5, .pattern = TIME},
	{.name = NULL},
};
static const struct flow_row off_rows[] = {
	{.name = "date", .kind = KIND_TEXT, .flags = ROW_REQUIRED, .min = 1, .max = 10, .pattern = DATE},
	{.name = "description", .kind = KIND_TEXT, .min = 1, .max = 200},
	{.name = NULL},
};
static const struct flow_row override_rows[] = {
	{.name = "state", .kind = KIND_WORD, .flags = ROW_REQUIRED, .words = "open closed holiday"},
	{.name = "until", .kind = KIND_TEXT, .min = 1, .max = 40},
	{.name = NULL},
};
static const struct flow_row rows[] = {
	{.name = "name", .kind = KIND_TEXT, .flags = ROW_REQUIRED, .min = 1, .max = 64, .pattern = "[a-zA-Z0-9_-]{1,64}"},
	{.name = "displayName", .kind = KIND_TEXT, .min = 1, .max = 100},
	{.name = "timezone", .kind = KIND_TEXT, .flags = ROW_REQUIRED, .min = 1, .max = 63},
	{.name = "officeHours", .kind = KIND_LIST, .max = 50, .rows = hours_rows},
	{.name = "holidays", .kind = KIND_LIST, .max = 200, .rows = holiday_rows},
	{.name = "offDays", .kind = KIND_LIST, .max = 200, .rows = off_rows},
	{.name = "override", .kind = KIND_OBJECT, .rows = override_rows},
	{.name = NULL},
};

enum { NAME, DISPLAY_NAME, TIMEZONE, OFFICE_HOURS, HOLIDAYS, OFF_DAYS, OVERRIDE, ROWS };

const char *schedule_state_name(enum schedule_state s)
{
	static const char *const names[] = {"open", "closed", "holiday"};
	return names[s];
}

/* ---- reading ---- */

static void check_time(struct flow_faults *f, const struct flow_value *v)
{
	int minutes;
	if (v->is_given && v->text.n > 0 && !civil_parse_minutes(v->text, &minutes))
		flow_fault(f, false, v->pointer, "time_invalid", "must be a time of day: 00:00 to 24:00");
}

static void check_date(struct flow_faults *f, const struct flow_value *v)
{
	struct civil_date d;
	if (v->is_given && v->text.n > 0 && !civil_parse(v->text, &d))
		flow_fault(f, false, v->pointer, "date_invalid", "there is no such day");
}

static void check_hours(struct flow_faults *f, const struct flow_value *h)
{
	const struct flow_value *days = flow_member(h, "dayOfWeek");
	uint64_t day;
	for (uint32_t i = 0; i < days->n; i++)
		if (str_u64(days->items[i].text, 6, &day) < 0)
			flow_fault(f, false, days->pointer, "out_of_range", "days are 0 (Sunday) to 6");
	check_time(f, flow_member(h, "startTime"));
	check_time(f, flow_member(h, "endTime"));
}

static void check_holiday(struct flow_faults *f, const struct flow_value *h)
{
	const struct flow_value *rule = flow_member(h, "rrule"), *start = flow_member(h, "startTime");
	struct rrule r;
	const char *why = NULL;
	check_date(f, flow_member(h, "date"));
	check_time(f, start);
	check_time(f, flow_member(h, "endTime"));
	if (rule->is_given && rule->text.n > 0 && rrule_parse(rule->text, &r, &why) < 0)
		flow_fault(f, false, rule->pointer, "rrule_unsupported", "%s", why);
	if (start->is_given != flow_member(h, "endTime")->is_given)
		flow_fault(f, false, h->pointer, "required", "startTime and endTime come together");
	if (!flow_member(h, "closed")->number && !start->is_given)
		flow_fault(f, false, h->pointer, "required", "a holiday that is not closed needs startTime and endTime");
}

static void check(struct flow_faults *f, const struct flow_value *v)
{
	const struct flow_value *until = flow_member(&v[OVERRIDE], "until");
	int64_t ms;
	if (v[TIMEZONE].text.n > 0 && !zone_is_name(v[TIMEZONE].text))
		flow_fault(f, false, STR("/timezone"), "timezone_unknown", "must be an IANA name such as America/New_York");
	for (uint32_t i = 0; i < v[OFFICE_HOURS].n; i++)
		check_hours(f, &v[OFFICE_HOURS].items[i]);
	for (uint32_t i = 0; i < v[HOLIDAYS].n; i++)
		check_holiday(f, &v[HOLIDAYS].items[i]);
	for (uint32_t i = 0; i < v[OFF_DAYS].n; i++)
		check_date(f, flow_member(&v[OFF_DAYS].items[i], "date"));
	if (until->is_given && !civil_parse_instant(until->text, &ms))
		flow_fault(f, false, until->pointer, "time_invalid", "must be a time like 2026-11-24T17:00:00Z");
}

int schedule_read(struct arena *a, const json_t *doc, struct flow_faults *f, const struct schedule **ret_schedule)
{
	struct schedule *s = arena_alloc(a, sizeof(*s));
	struct flow_reader r = {.arena = a, .faults = f};
	struct flow_value *values = arena_alloc(a, (ROWS + 1) * sizeof(*values));
	if (!s || !values)
		return -ENOMEM;
	flow_read_rows(&r, doc, STR(""), rows, values);
	check(f, values);
	if (r.is_out_of_memory)
		return -ENOMEM;
	if (f->n_errors > 0)
		return -EINVAL;
	*s = (struct schedule){values[NAME].text, values[TIMEZONE].text, values};
	*ret_schedule = s;
	return 0;
}

/* ---- asking ---- */

struct moment {
	int64_t day;  /* on the wall, since 1970 */
	int minutes;  /* since its midnight */
};

static int minutes_of(const struct flow_value *object, const char *name)
{
	int minutes = 0;
	(void)civil_parse_minutes(flow_member(object, name)->text, &minutes);
	return minutes;
}

/* Does the window that begins on `day` hold now, on this day or, over midnight, on the next? */
static bool window_holds(const struct flow_value *w, int64_t day, const struct moment *now)
{
	int start = minutes_of(w, "startTime"), end = minutes_of(w, "endTime");
	bool is_over_midnight = end <= start;
	if (now->day == day)
		return now->minutes >= start && (is_over_midnight || now->minutes < end);
	return is_over_midnight && now->day == day + 1 && now->minutes < end;
}

static bool has_weekday(const struct flow_value *hours, int weekday)
{
	const struct flow_value *days = flow_member(hours, "dayOfWeek");
	uint64_t day;
	for (uint32_t i = 0; i < days->n; i++)
		if (str_u64(days->items[i].text, 6, &day) == 0 && (int)day == weekday)
			return true;
	return false;
}

static bool is_date(const struct flow_value *date, int64_t day)
{
	struct civil_date d;
	return date->is_given && civil_parse(date->text, &d) && civil_days(d) == day;
}

static const struct flow_value *off_day(const struct schedule *s, int64_t day)
{
	const struct flow_value *days = &s->values[OFF_DAYS];
	for (uint32_t i = 0; i < days->n; i++)
		if (is_date(flow_member(&days->items[i], "date"), day))
			return &days->items[i];
	return NULL;
}

static const struct flow_value *holiday(const struct schedule *s, int64_t day)
{
	const struct flow_value *days = &s->values[HOLIDAYS];
	for (uint32_t i = 0; i < days->n; i++) {
		const struct flow_value *rule = flow_member(&days->items[i], "rrule");
		struct rrule r;
		const char *why;
		if (is_date(flow_member(&days->items[i], "date"), day))
			return &days->items[i];
		if (rule->is_given && rrule_parse(rule->text, &r, &why) == 0 && rrule_has(&r, day))
			return &days->items[i];
	}
	return NULL;
}

static bool is_closed_all_day(const struct flow_value *h)
{
	return flow_member(h, "closed")->number && !flow_member(h, "startTime")->is_given;
}

/* What the day that begins on `day` says of now. */
static void ask_day(const struct schedule *s, int64_t day, const struct moment *now, struct schedule_answer *ret)
{
	const struct flow_value *off = off_day(s, day), *h = holiday(s, day), *hours = &s->values[OFFICE_HOURS];
	if (off) {
		*ret = (struct schedule_answer){SCHEDULE_CLOSED, "off-day", flow_member(off, "description")->text, ""};
		return;
	}
	if (h) {
		bool is_open = !is_closed_all_day(h) && window_holds(h, day, now);
		*ret = (struct schedule_answer){is_open ? SCHEDULE_OPEN : SCHEDULE_HOLIDAY,
			is_open ? "special-hours" : "holiday", flow_member(h, "name")->text, ""};
		return;
	}
	*ret = (struct schedule_answer){SCHEDULE_CLOSED, "outside", STR(""), ""};
	for (uint32_t i = 0; i < hours->n; i++)
		if (has_weekday(&hours->items[i], civil_weekday(day)) && window_holds(&hours->items[i], day, now))
			*ret = (struct schedule_answer){SCHEDULE_OPEN, "office-hours", STR(""), ""};
}

static bool ask_override(const struct schedule *s, int64_t now_ms, struct schedule_answer *ret)
{
	const struct flow_value *o = &s->values[OVERRIDE], *until = flow_member(o, "until");
	struct str state = flow_member(o, "state")->text;
	int64_t until_ms;
	if (!o->is_given || (until->is_given && civil_parse_instant(until->text, &until_ms) && now_ms >= until_ms))
		return false;
	enum schedule_state is = str_is(state, STR("open")) ? SCHEDULE_OPEN : str_is(state, STR("closed")) ? SCHEDULE_CLOSED
		: SCHEDULE_HOLIDAY;
	*ret = (struct schedule_answer){is, "override", STR(""), ""};
	return true;
}

static struct moment moment_of(int64_t local_s)
{
	int64_t day = local_s / 86400 - (local_s % 86400 < 0);
	return (struct moment){day, (int)((local_s - day * 86400) / 60)};
}

static void put_local(int64_t local_s, char ret[20])
{
	struct moment m = moment_of(local_s);
	struct civil_date d = civil_date_of(m.day);
	(void)snprintf(ret, 20, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)d.year % 10000, (unsigned)d.month % 100, (unsigned)d.day % 100,
		(unsigned)m.minutes / 60 % 100, (unsigned)m.minutes % 60, (unsigned)((local_s - m.day * 86400) % 60) % 60);
}

/* Yesterday first: a night that began then is still its own. */
void schedule_at(const struct schedule *s, const struct zone *z, int64_t now_ms, struct schedule_answer *ret)
{
	int64_t utc_s = now_ms / 1000 - (now_ms % 1000 < 0), local_s = utc_s + zone_offset_s(z, utc_s);
	struct moment now = moment_of(local_s);
	if (!ask_override(s, now_ms, ret)) {
		ask_day(s, now.day - 1, &now, ret);
		if (ret->state != SCHEDULE_OPEN)
			ask_day(s, now.day, &now, ret);
	}
	put_local(local_s, ret->local);
}

bool schedule_parse_instant(struct str text, int64_t *ret_ms)
{
	return civil_parse_instant(text, ret_ms);
}
