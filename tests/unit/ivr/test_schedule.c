/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/schedule.h"

#include "../../../src/ivr/civil.h"
#include "../../../src/ivr/rrule.h"
#include "ivr_test.h"

static struct str zone_bytes(const char *name)
{
	static char bytes[65536];
	char path[256];
	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s is missing: apt-get install tzdata", path);
	size_t n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	return (struct str){bytes, n};
}

static int64_t instant(const char *text)
{
	int64_t ms;
	if (!civil_parse_instant(str_of(text), &ms))
		fail_msg("%s is no instant", text);
	return ms;
}

/* Offsets on both sides of changes, some of them told by the footer alone. */
static void test_offsets(void **state)
{
	static const struct {
		const char *zone, *at;
		int32_t minutes;
	} cases[] = {
		{"America/New_York", "2026-03-08T06:59:59Z", -300}, {"America/New_York", "2026-03-08T07:00:00Z", -240},
		{"America/New_York", "2026-11-01T05:59:59Z", -240}, {"America/New_York", "2026-11-01T06:00:00Z", -300},
		{"America/New_York", "2060-07-01T00:00:00Z", -240}, {"America/New_York", "2060-01-01T00:00:00Z", -300},
		{"America/New_York", "1970-01-01T00:00:00Z", -300}, {"Europe/Berlin", "2026-03-29T00:59:59Z", 60},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", 120}, {"Europe/Berlin", "2050-12-25T00:00:00Z", 60},
		{"Australia/Sydney", "2026-01-01T00:00:00Z", 660}, {"Australia/Sydney", "2026-07-01T00:00:00Z", 600},
		{"Australia/Lord_Howe", "2050-01-01T00:00:00Z", 660}, {"Australia/Lord_Howe", "2050-07-01T00:00:00Z", 630},
		{"Asia/Kathmandu", "2026-01-01T00:00:00Z", 345}, {"America/Phoenix", "2045-07-01T00:00:00Z", -420},
		{"Africa/Casablanca", "2026-11-24T00:00:00Z", 60}, {"Europe/Dublin", "2050-01-01T00:00:00Z", 0},
		{"Europe/Dublin", "2050-07-01T00:00:00Z", 60}, {"UTC", "2026-01-01T00:00:00Z", 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_done) struct arena a;
		const struct zone *z = NULL;
		arena_init(&a, 1 << 20);
		assert_int_equal(zone_read(&a, zone_bytes(cases[i].zone), &z), 0);
		int32_t got = zone_offset_s(z, instant(cases[i].at) / 1000);
		if (got != cases[i].minutes * 60)
			fail_msg("%s at %s: %d, not %d minutes", cases[i].zone, cases[i].at, got / 60, cases[i].minutes);
	}
	assert_int_equal(zone_offset_s(NULL, 0), 0);
}

/* No byte that is left out, or changed, is read beyond. */
static void test_bad_zones(void **state)
{
	(void)state;
	struct str whole = zone_bytes("America/New_York");
	for (size_t n = 0; n < whole.n; n++) {
		AUTO(arena_done) struct arena a;
		AUTO(auto_free) char *cut = malloc(n ? n : 1);
		const struct zone *z = NULL;
		assert_non_null(cut);
		memcpy(cut, whole.p, n);
		arena_init(&a, 1 << 20);
		int err = zone_read(&a, (struct str){cut, n}, &z);
		assert_true(err == -EBADMSG || (err == 0 && n + 40 > whole.n));
	}
	assert_true(zone_is_name(STR("America/Argentina/Buenos_Aires")));
	assert_true(zone_is_name(STR("Etc/GMT+5")));
	static const char *const bad[] = {"", "/etc/passwd", "../x", "America//x", "a/", "a b", "America/.."};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(zone_is_name(str_of(bad[i])));
}

static const char office[] = "{\"name\":\"office\",\"timezone\":\"America/New_York\","
	"\"officeHours\":[{\"dayOfWeek\":[1,2,3,4,5],\"startTime\":\"09:00\",\"endTime\":\"17:00\"},"
	"{\"dayOfWeek\":[6],\"startTime\":\"22:00\",\"endTime\":\"02:30\"}],"
	"\"holidays\":[{\"rrule\":\"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\",\"name\":\"Thanksgiving\"},"
	"{\"date\":\"2026-12-24\",\"name\":\"Christmas Eve\",\"closed\":false,\"startTime\":\"09:00\",\"endTime\":\"12:00\"},"
	"{\"rrule\":\"FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\",\"name\":\"Memorial Day\"}],"
	"\"offDays\":[{\"date\":\"2026-11-25\",\"description\":\"moving\"},{\"date\":\"2026-12-24\"}]%s}";

static const struct schedule *read_schedule(struct arena *a, const char *more)
{
	static struct flow_faults f;
	const struct schedule *s = NULL;
	const char *text = arena_printf(a, office, more);
	AUTO(json_decrefp) json_t *doc = json_loads(text, 0, NULL);
	flow_faults_init(&f, a);
	if (schedule_read(a, doc, &f, &s) < 0) {
		fault_print(&f);
		fail_msg("the schedule is not good");
	}
	return s;
}

struct question {
	const char *at, *state, *why, *local;
};

static void ask(const char *more, const struct question *questions, size_t n)
{
	AUTO(arena_done) struct arena a;
	const struct zone *z = NULL;
	arena_init(&a, 1 << 20);
	const struct schedule *s = read_schedule(&a, more);
	assert_int_equal(zone_read(&a, zone_bytes("America/New_York"), &z), 0);
	for (size_t i = 0; i < n; i++) {
		struct schedule_answer got;
		const struct question *q = &questions[i];
		schedule_at(s, z, instant(q->at), &got);
		if (strcmp(schedule_state_name(got.state), q->state) != 0 || strcmp(got.why, q->why) != 0 || strcmp(got.local, q->local) != 0)
			fail_msg("%s: %s, %s, %s", q->at, schedule_state_name(got.state), got.why, got.local);
	}
}

static void test_hours(void **state)
{
	static const struct question questions[] = {
		{"2026-11-24T13:59:59Z", "closed", "outside", "2026-11-24 08:59:59"},
		{"2026-11-24T14:00:00Z", "open", "office-hours", "2026-11-24 09:00:00"},
		{"2026-11-24T21:59:59Z", "open", "office-hours", "2026-11-24 16:59:59"},
		{"2026-11-24T22:00:00Z", "closed", "outside", "2026-11-24 17:00:00"},
		{"2026-11-25T15:00:00Z", "closed", "off-day", "2026-11-25 10:00:00"},
		{"2026-11-26T15:00:00Z", "holiday", "holiday", "2026-11-26 10:00:00"}, /* the fourth Thursday */
		{"2026-11-19T15:00:00Z", "open", "office-hours", "2026-11-19 10:00:00"},
		{"2027-05-31T15:00:00Z", "holiday", "holiday", "2027-05-31 11:00:00"}, /* the last Monday */
		{"2027-05-24T15:00:00Z", "open", "office-hours", "2027-05-24 11:00:00"},
		{"2026-12-24T15:00:00Z", "closed", "off-day", "2026-12-24 10:00:00"}, /* before the holiday in the order */
		/* Saturday night is Saturday's */
		{"2026-11-22T03:30:00Z", "open", "office-hours", "2026-11-21 22:30:00"},
		{"2026-11-22T07:29:00Z", "open", "office-hours", "2026-11-22 02:29:00"},
		{"2026-11-22T07:30:00Z", "closed", "outside", "2026-11-22 02:30:00"},
		/* 2:00 to 3:00 is left out in the night of 2026-03-08: 1:59:59 is followed by 3:00:00, and it is closed */
		{"2026-03-08T06:59:59Z", "open", "office-hours", "2026-03-08 01:59:59"},
		{"2026-03-08T07:00:00Z", "closed", "outside", "2026-03-08 03:00:00"},
		/* 1:00 to 2:00 comes twice in the night of 2026-11-01: open both times */
		{"2026-11-01T05:30:00Z", "open", "office-hours", "2026-11-01 01:30:00"},
		{"2026-11-01T06:30:00Z", "open", "office-hours", "2026-11-01 01:30:00"},
		{"2026-11-01T07:30:00Z", "closed", "outside", "2026-11-01 02:30:00"},
	};
	(void)state;
	ask("", questions, ARRAY_LEN(questions));
}

static void test_override(void **state)
{
	static const struct question until[] = {
		{"2026-11-24T03:00:00Z", "open", "override", "2026-11-23 22:00:00"},
		{"2026-11-26T15:00:00Z", "holiday", "holiday", "2026-11-26 10:00:00"},
	};
	static const struct question closed[] = {{"2026-11-24T15:00:00Z", "closed", "override", "2026-11-24 10:00:00"}};
	(void)state;
	ask(",\"override\":{\"state\":\"open\",\"until\":\"2026-11-25T00:00:00Z\"}", until, ARRAY_LEN(until));
	ask(",\"override\":{\"state\":\"closed\"}", closed, ARRAY_LEN(closed));
}

static void test_faults(void **state)
{
	static const struct {
		const char *members, *pointer, *reason;
	} cases[] = {
		{"\"timezone\":\"../x\"", "/timezone", "timezone_unknown"},
		{"\"timezone\":\"UTC\",\"officeHours\":[{\"dayOfWeek\":[7],\"startTime\":\"09:00\",\"endTime\":\"10:00\"}]", "/officeHours/0/dayOfWeek", "out_of_range"},
		{"\"timezone\":\"UTC\",\"officeHours\":[{\"dayOfWeek\":[1],\"startTime\":\"09:60\",\"endTime\":\"10:00\"}]", "/officeHours/0/startTime", "time_invalid"},
		{"\"timezone\":\"UTC\",\"officeHours\":[{\"dayOfWeek\":[1],\"startTime\":\"9am\",\"endTime\":\"10:00\"}]", "/officeHours/0/startTime", "pattern"},
		{"\"timezone\":\"UTC\",\"holidays\":[{\"name\":\"x\"}]", "/holidays/0", "one_of_required"},
		{"\"timezone\":\"UTC\",\"holidays\":[{\"date\":\"2026-02-29\"}]", "/holidays/0/date", "date_invalid"},
		{"\"timezone\":\"UTC\",\"holidays\":[{\"date\":\"2026-02-28\",\"closed\":false}]", "/holidays/0", "required"},
		{"\"timezone\":\"UTC\",\"holidays\":[{\"rrule\":\"FREQ=DAILY\"}]", "/holidays/0/rrule", "rrule_unsupported"},
		{"\"timezone\":\"UTC\",\"override\":{\"state\":\"open\",\"until\":\"tomorrow\"}", "/override/until", "time_invalid"},
		{"\"timezone\":\"UTC\",\"colour\":1", "/colour", "unknown_field"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_done) struct arena a;
		static struct flow_faults f;
		const struct schedule *s = NULL;
		arena_init(&a, 1 << 20);
		AUTO(json_decrefp) json_t *doc = json_loads(arena_printf(&a, "{\"name\":\"x\",%s}", cases[i].members), 0, NULL);
		flow_faults_init(&f, &a);
		assert_int_equal(schedule_read(&a, doc, &f, &s), -EINVAL);
		if (!fault_find(&f, cases[i].pointer, cases[i].reason) || f.n != 1) {
			fault_print(&f);
			fail_msg("%s: expected %s %s", cases[i].members, cases[i].pointer, cases[i].reason);
		}
	}
}

static void test_rrule(void **state)
{
	static const struct {
		const char *rule, *fits, *not;
	} cases[] = {
		{"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "2030-12-25", "2030-11-25"},
		{"RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=3MO", "2027-01-18", "2027-01-11"},
		{"FREQ=MONTHLY;BYMONTHDAY=-1", "2028-02-29", "2028-02-28"},
		{"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-11-13", "2026-12-13"},
		{"FREQ=WEEKLY;BYDAY=SA,SU;INTERVAL=1", "2026-11-22", "2026-11-23"},
		{"FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1;UNTIL=20270101", "2026-06-01", "2027-06-01"},
	};
	static const char *const bad[] = {"", "FREQ=YEARLY;BYMONTHDAY=1", "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "FREQ=WEEKLY;BYDAY=1MO",
		"FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=XX", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"};
	struct rrule r;
	struct civil_date d;
	const char *why;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(rrule_parse(str_of(cases[i].rule), &r, &why), 0);
		assert_true(civil_parse(str_of(cases[i].fits), &d) && rrule_has(&r, civil_days(d)));
		assert_true(civil_parse(str_of(cases[i].not), &d) && !rrule_has(&r, civil_days(d)));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (rrule_parse(str_of(bad[i]), &r, &why) == 0)
			fail_msg("%s is taken", bad[i]);
}

static void test_civil(void **state)
{
	(void)state;
	for (int64_t day = -800000; day < 800000; day += 17) {
		struct civil_date d = civil_date_of(day), next = civil_date_of(day + 1);
		assert_int_equal(civil_days(d), day);
		assert_true(next.day == d.day + 1 || next.day == 1);
	}
	assert_int_equal(instant("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(instant("2026-11-24T10:30:15.250+01:00"), instant("2026-11-24T09:30:15.250Z"));
	assert_int_equal(civil_weekday(civil_days((struct civil_date){2026, 11, 24})), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_bad_zones),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_rrule),
		cmocka_unit_test(test_civil),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
