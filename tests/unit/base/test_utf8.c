/* SPDX-License-Identifier: MIT */
#include "ringdown/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

static int scan(struct str s, uint32_t *code)
{
	*code = 0xffffffff;
	return utf8_scan(s, code);
}

/* Writes a code point by the definition of RFC 3629 section 3, surrogates and all. */
static size_t encode(uint32_t code, char *dst)
{
	static const unsigned char marks[5] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; code >>= 6)
		dst[i] = (char)(0x80 | (code & 0x3f));
	dst[0] = (char)(marks[n] | code);
	return n;
}

static void test_every_code_point(void **state)
{
	char text[4];
	uint32_t got;
	(void)state;
	for (uint32_t code = 0; code < 0x110000; code++) {
		size_t n = encode(code, text);
		bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
		int read = scan((struct str){text, n}, &got);
		if (read != (is_surrogate ? -1 : (int)n) || (!is_surrogate && got != code))
			fail_msg("U+%04X gives %d and U+%04X", (unsigned)code, read, (unsigned)got);
	}
	assert_int_equal(scan((struct str){text, encode(0x110000, text)}, &got), -1);
}

/* Every two bytes: no lead but C2..DF makes a character of them. */
static void test_every_pair(void **state)
{
	uint32_t code;
	(void)state;
	for (int a = 0x80; a < 0x100; a++) {
		for (int b = 0; b < 0x100; b++) {
			char text[2] = {(char)a, (char)b};
			bool is_good = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;
			assert_int_equal(scan((struct str){text, 2}, &code) == 2, is_good);
		}
	}
}

/* Unicode 15.0, section 3.9, tables 3-8 to 3-11. */
static void test_maximal_subparts(void **state)
{
	static const struct {
		struct str text;
		int want;
	} rows[] = {
		{{"\xc0\xaf", 2}, -1},
		{{"\xe0\x80\x80", 3}, -1},
		{{"\xed\xa0\x80", 3}, -1},
		{{"\xf4\x91\x92\x93", 4}, -1},
		{{"\xe1\x80\xe2", 3}, -2},
		{{"\xf0\x91\x92\xf1", 4}, -3},
		{{"\xf1\xbf\x41", 3}, -2},
		{{"\xf1\xbf\xbf", 3}, -3},
		{{"\xff", 1}, -1},
		{{"\x80", 1}, -1},
		{{"", 0}, 0},
	};
	uint32_t code;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(scan(rows[i].text, &code), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_maximal_subparts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
