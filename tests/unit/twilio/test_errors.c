/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/twilio/errors.h"

/* PLANE.md 3.4, 4.1, 7.2 and 8.1, row by row. */
static void codes_are_what_the_specification_says(void **state)
{
	(void)state;
	static const struct {
		int code, status;
		const char *reason;
	} rows[] = {{21212, 422, "from_invalid"}, {21606, 422, "from_not_owned"}, {21611, 429, "sender_queue_full"},
		{21211, 422, "to_invalid"}, {21612, 422, "to_unroutable"}, {21408, 403, "geo_permission"},
		{21610, 403, "recipient_opted_out"}, {21614, 422, "to_not_mobile"}, {21217, 422, "to_invalid"},
		{21214, 422, "to_unroutable"}, {21215, 403, "geo_permission"}, {21216, 403, "to_blocked"},
		{21422, 409, "number_unavailable"}, {21421, 422, "number_invalid"}, {21452, 409, "no_numbers_in_area"},
		{21659, 422, "from_not_owned"}, {21617, 422, "body_too_long"}, {20429, 429, "rate_limited"},
		{21210, 422, "from_not_owned"}, {13227, 403, "geo_permission"}, {21220, 409, "call_not_live"},
		{21631, 422, "requirements_missing"}, {21649, 422, "requirements_missing"}, {20003, 502, "provider_unauthorized"},
		{99999, 502, "provider_error"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct twilio_error *e = twilio_error_find(rows[i].code, 400);
		if (e->status != rows[i].status || strcmp(e->reason, rows[i].reason) != 0)
			fail_msg("%d is %d %s", rows[i].code, e->status, e->reason);
	}
	assert_true(twilio_error_find(21610, 400)->flags & TWILIO_OPTED_OUT);
}

static void without_a_code_the_status_speaks(void **state)
{
	(void)state;
	assert_true(twilio_error_find(0, 401)->flags & TWILIO_CREDENTIALS);
	assert_true(twilio_error_find(77777, 403)->flags & TWILIO_CREDENTIALS);
	assert_false(twilio_error_find(21408, 403)->flags & TWILIO_CREDENTIALS);
	assert_true(twilio_error_find(0, 404)->flags & TWILIO_GONE);
	assert_int_equal(twilio_error_find(0, 429)->status, 429);
	assert_string_equal(twilio_error_find(0, 500)->reason, "provider_error");
	assert_string_equal(twilio_error_find(0, 0)->reason, "provider_error");
}

static void every_row_is_whole_and_there_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; twilio_error_at(i); i++) {
		const struct twilio_error *e = twilio_error_at(i);
		assert_ptr_equal(twilio_error_find(e->code, 400), e);
		assert_in_range(e->status, 403, 502);
		assert_true(strlen(e->advice) > 15 && e->advice[strlen(e->advice) - 1] == '.');
		assert_int_equal(strspn(e->reason, "abcdefghijklmnopqrstuvwxyz_"), strlen(e->reason));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_what_the_specification_says),
		cmocka_unit_test(without_a_code_the_status_speaks),
		cmocka_unit_test(every_row_is_whole_and_there_once),
	};
	return cmocka_run_group_tests_name("twilio/errors", tests, NULL, NULL);
}
