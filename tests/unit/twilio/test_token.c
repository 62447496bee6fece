/* SPDX-License-Identifier: MIT */
/* That the bytes are Twilio's own is shown in tests/e2e/twilio-client.test.mjs; here is what may go in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/twilio/token.h"

static const struct twilio_token example = {
	.account_sid = {"AC1", 3}, .key_sid = {"SK1", 3}, .key_secret = {"secret", 6}, .identity = {"acme_1", 6},
	.now_s = 1800000000, .ttl_s = 3600, .may_receive = true, .application_sid = {"AP1", 3}};

static void it_has_three_parts_in_the_alphabet_of_urls(void **state)
{
	(void)state;
	char text[TWILIO_TOKEN_MAX];
	assert_int_equal(twilio_token_make(&example, text, sizeof(text)), 0);
	/* computed with npm twilio 6.2.0 at that time */
	assert_string_equal(text, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImN0eSI6InR3aWxpby1mcGE7dj0xIn0."
		"eyJqdGkiOiJTSzEtMTgwMDAwMDAwMCIsImdyYW50cyI6eyJpZGVudGl0eSI6ImFjbWVfMSIsInZvaWNlIjp7ImluY29taW5nIjp7ImFsbG93Ijp0"
		"cnVlfSwib3V0Z29pbmciOnsiYXBwbGljYXRpb25fc2lkIjoiQVAxIn19fSwiaWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDM2MDAsImlzcyI6"
		"IlNLMSIsInN1YiI6IkFDMSJ9.q2jznJsCyCOiIhnGcBdm8MJY71AjOiQ3bVEQ3Gu1wGE");
}

static void who_it_is_for_is_a_word(void **state)
{
	(void)state;
	char longest[TWILIO_IDENTITY_MAX + 2], text[TWILIO_TOKEN_MAX];
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	static const char *const wrong[] = {"", "a b", "user:x@y", "\xc3\xa4", "a-b", "a.b"};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(twilio_identity_ok(str_of(wrong[i])));
	assert_false(twilio_identity_ok(str_of(longest)));
	assert_true(twilio_identity_ok(str_of(longest + 1)));
	struct twilio_token t = example;
	t.identity = STR("a\"b");
	assert_int_equal(twilio_token_make(&t, text, sizeof(text)), -EINVAL);
}

static void it_lives_a_day_at_most(void **state)
{
	(void)state;
	char text[TWILIO_TOKEN_MAX];
	struct twilio_token t = example;
	t.ttl_s = 86400;
	assert_int_equal(twilio_token_make(&t, text, sizeof(text)), 0);
	t.ttl_s = 86401;
	assert_int_equal(twilio_token_make(&t, text, sizeof(text)), -EINVAL);
	t.ttl_s = 0;
	assert_int_equal(twilio_token_make(&t, text, sizeof(text)), -EINVAL);
	t.ttl_s = 60;
	assert_int_equal(twilio_token_make(&t, text, 100), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_three_parts_in_the_alphabet_of_urls),
		cmocka_unit_test(who_it_is_for_is_a_word),
		cmocka_unit_test(it_lives_a_day_at_most),
	};
	return cmocka_run_group_tests_name("twilio/token", tests, NULL, NULL);
}
