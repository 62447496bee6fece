/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/redact.h"

#include "wire_test.h"

static char text[512];

static bool redact(const char *from)
{
	struct buf b;
	buf_init(&b, text, sizeof(text) - 1);
	bool is_changed = redact_put(&b, str_of(from));
	assert_true(buf_ok(&b));
	text[b.n] = '\0';
	return is_changed;
}

/* Card numbers are those that card schemes publish for tests. */
static void test_what_goes(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"4111111111111111", "[redacted]"},
		{"my card is 4111 1111 1111 1111, thanks", "my card is [redacted], thanks"},
		{"5555-5555-5555-4444.", "[redacted]."},
		{"3782 822463 10005 and 078-05-1120", "[redacted] and [redacted]"},
		{"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[redacted]"},
		{"078 05 1120", "[redacted]"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(redact(cases[i].from));
		assert_string_equal(text, cases[i].to);
	}
}

static void test_what_stays(void **state)
{
	(void)state;
	static const char *const same[] = {"", "hello", "4111111111111112", "call +1 555 123 0001", "+15551230001", "order 123456789",
		"411111111111", "in 2026 and 2027", "078051120", "1234-5678", "at 10.30, room 5", "41111111111111111111111111111111111111111111111"};
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		if (redact(same[i]) || strcmp(text, same[i]) != 0)
			fail_msg("%s became %s", same[i], text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_goes),
		cmocka_unit_test(test_what_stays),
	};
	return cmocka_run_group_tests_name("wire/redact", tests, NULL, NULL);
}
