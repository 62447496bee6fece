/* schedule.h - business hours: is it open, closed or a holiday at an instant?  Order: manual override, off days, holidays
 * (closed, or special hours), office hours, closed.  A window over midnight belongs to the day it begins on.  What counts
 * is what the clock on the wall shows: in an hour that is left out nobody is there to ask, an hour that comes twice is
 * twice what it is.  Pure: the zone's rules come in as the bytes of its TZif file. */
#ifndef RINGDOWN_IVR_SCHEDULE_H
#define RINGDOWN_IVR_SCHEDULE_H

#include "ringdown/ivr/flow.h"

/* SPDX-License-Identifier: MIT */

/* ---- zones: TZif, RFC 8536; its versions 1 to 4 ---- */
struct zone;
/* Views into bytes are kept.  -EBADMSG: no TZif; -ENOMEM. */
int zone_read(struct arena *a, struct str bytes, const struct zone **ret_zone);
int32_t zone_offset_s(const struct zone *z, int64_t utc_s); /* to be added to UTC; z NULL: UTC */
bool zone_is_name(struct str name); /* "America/New_York": nothing that could leave the folder of zones */

/* ---- schedules ---- */
enum schedule_state { SCHEDULE_OPEN, SCHEDULE_CLOSED, SCHEDULE_HOLIDAY };
const char *schedule_state_name(enum schedule_state s); /* "open" */

struct schedule {
	struct str name, timezone;
	struct flow_value *values; /* of the document's rows */
};
/* {name, timezone, officeHours[{dayOfWeek[], startTime, endTime}], holidays[{date | rrule, name, closed, startTime?,
 * endTime?}], offDays[{date, description}], override? {state, until}}.  dayOfWeek: 0 is Sunday.  rrule, of RFC 5545:
 * FREQ=YEARLY|MONTHLY|WEEKLY with BYMONTH, BYMONTHDAY, BYDAY (4TH for the fourth Thursday, -1MO for the last Monday) and
 * UNTIL; a day fits when all that is given fits it.  0, -EINVAL: faults, -ENOMEM. */
int schedule_read(struct arena *a, const json_t *doc, struct flow_faults *f, const struct schedule **ret_schedule);

struct schedule_answer {
	enum schedule_state state;
	const char *why;        /* "override", "off-day", "holiday", "special-hours", "office-hours", "outside" */
	struct str what;        /* name of the holiday, description of the off day; else empty */
	char local[20];         /* "2026-11-24 09:30:00" on the wall */
};
/* "2026-11-24T09:30[:15[.250]](Z|+01:00)" as ms since 1970 */
bool schedule_parse_instant(struct str text, int64_t *ret_ms);
void schedule_at(const struct schedule *s, const struct zone *z, int64_t now_ms, struct schedule_answer *ret);

#endif
