/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/jws.h"

#include "wire_test.h"

/* The example that jwt.io has always shown. */
static void test_known(void **state)
{
	(void)state;
	char text[256];
	struct str header = STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
	struct str payload = STR("{\"sub\":\"1234567890\",\"name\":\"John Doe\",\"iat\":1516239022}");
	assert_int_equal(jws_hs256(STR("your-256-bit-secret"), header, payload, text, sizeof(text)), 0);
	assert_string_equal(text, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
		"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
		"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
	assert_int_equal(jws_hs256(STR("x"), header, payload, text, 100), -E2BIG);
	assert_int_equal(jws_hs256(STR("x"), header, payload, text, 155), -E2BIG);
	assert_int_equal(jws_hs256(STR("x"), header, payload, text, 156), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
	};
	return cmocka_run_group_tests_name("wire/jws", tests, NULL, NULL);
}
