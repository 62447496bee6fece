/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/base64.h"

#include "wire_test.h"

/* RFC 4648 section 10, without the padding, and what differs from the standard alphabet. */
static void known_answers(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"},
		{"\xfb\xff\xbf", "-_-_"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[16];
		uint8_t bytes[16];
		size_t n = strlen(cases[i].bytes), n_text = strlen(cases[i].text);
		assert_int_equal(base64url_encode((const uint8_t *)cases[i].bytes, n, text), n_text);
		assert_memory_equal(text, cases[i].text, n_text);
		assert_int_equal(n_text, BASE64URL_ENCODED(n));
		assert_int_equal(base64url_decode(cases[i].text, n_text, bytes), (ssize_t)n);
		assert_memory_equal(bytes, cases[i].bytes, n);
		assert_int_equal(n, BASE64URL_DECODED(n_text));
	}
}

static void what_is_none(void **state)
{
	static const char *const bad[] = {"A", "AAAAA", "Zh", "Zm9", "Zg==", "Zm8=", "Z+8A", "Z/8A", "Zg\n", " Zg"};
	uint8_t bytes[16];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (base64url_decode(bad[i], strlen(bad[i]), bytes) != -EBADMSG)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(base64url_decode("Zg\0A", 4, bytes), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(what_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
