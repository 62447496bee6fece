/* SPDX-License-Identifier: MIT */
#include "ringdown/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/utf8.h"

static void assert_buf(const struct buf *b, const char *want)
{
	assert_true(buf_ok(b));
	assert_int_equal(buf_str(b).n, strlen(want));
	assert_memory_equal(buf_str(b).p, want, strlen(want));
}

static void test_put(void **state)
{
	char mem[128];
	struct buf b;
	(void)state;
	buf_init(&b, mem, sizeof(mem));
	buf_put(&b, STR("a"));
	buf_put(&b, (struct str){NULL, 0});
	buf_putc(&b, ':');
	buf_put_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_u64(&b, UINT64_MAX);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MIN);
	buf_printf(&b, " %s=%03d", "n", 7);
	assert_buf(&b, "a:0 18446744073709551615 -9223372036854775808 n=007");
	buf_clear(&b);
	assert_buf(&b, "");
}

static void test_fills_to_the_last_byte(void **state)
{
	char mem[4] = "zzz";
	struct buf b;
	(void)state;
	buf_init(&b, mem, 3);
	buf_put(&b, STR("abc"));
	assert_buf(&b, "abc");
	assert_int_equal(mem[3], '\0'); /* nothing beyond the capacity */
	buf_put(&b, STR(""));
	buf_printf(&b, "%s", "");
	assert_true(buf_ok(&b));
	buf_putc(&b, 'd');
	assert_false(buf_ok(&b));
	assert_int_equal(buf_str(&b).n, 0);
}

static void test_overflow_sticks(void **state)
{
	char mem[4];
	struct buf b;
	(void)state;
	buf_init(&b, mem, sizeof(mem));
	buf_put(&b, STR("abcde"));
	buf_putc(&b, 'x'); /* would fit, but a text with a hole in it is worth nothing */
	buf_printf(&b, "y");
	assert_null(buf_reserve(&b, 0));
	assert_false(buf_ok(&b));
	buf_clear(&b);
	buf_printf(&b, "%d", 12345);
	assert_false(buf_ok(&b));
	buf_clear(&b);
	buf_printf(&b, "%d", 123);
	assert_buf(&b, "123");
	buf_init(&b, NULL, 0);
	assert_true(buf_ok(&b));
	buf_putc(&b, 'x');
	assert_false(buf_ok(&b));
}

static void test_reserve(void **state)
{
	char mem[8];
	struct buf b;
	(void)state;
	buf_init(&b, mem, sizeof(mem));
	char *p = buf_reserve(&b, 8);
	assert_ptr_equal(p, mem);
	memcpy(p, "abc", 3);
	buf_commit(&b, 3);
	assert_buf(&b, "abc");
	assert_null(buf_reserve(&b, 6));
	assert_false(buf_ok(&b));
	buf_clear(&b);
	assert_null(buf_reserve(&b, SIZE_MAX));
}

static void test_json(void **state)
{
	static const struct {
		struct str text;
		const char *want;
	} rows[] = {
		{{NULL, 0}, "\"\""},
		{{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
		{{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
		{{"\0\x1f\x7f", 3}, "\"\\u0000\\u001f\x7f\""},
		{{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e", 9},
			"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e\""},
		{{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9},
			"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x41\""},
		{{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};
	char mem[128];
	struct buf b;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_init(&b, mem, sizeof(mem));
		buf_put_json(&b, rows[i].text);
		assert_buf(&b, rows[i].want);
	}
}

/* RFC 8259 section 7: string = quote *char quote, checked character by character. */
static bool is_json_string(struct str s)
{
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	s = (struct str){s.p + 1, s.n - 2};
	while (s.n) {
		uint32_t code = 0;
		int n = utf8_scan(s, &code);
		if (n <= 0 || code < 0x20 || code == '"')
			return false;
		if (code == '\\') {
			if (s.n < 2 || !memchr("\"\\/bfnrtu", s.p[1], 9))
				return false;
			n = s.p[1] == 'u' ? 6 : 2;
			if (s.n < (size_t)n || (n == 6 && strspn(s.p + 2, "0123456789abcdef") < 4))
				return false;
		}
		s = str_skip(s, (size_t)n);
	}
	return true;
}

static void test_json_of_any_bytes(void **state)
{
	char text[48], mem[512];
	uint64_t seed = 1;
	struct buf b;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			text[i] = (char)(seed >> 56);
		}
		buf_init(&b, mem, sizeof(mem));
		buf_put_json(&b, (struct str){text, sizeof(text)});
		assert_true(buf_ok(&b));
		assert_true(is_json_string(buf_str(&b)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_fills_to_the_last_byte),
		cmocka_unit_test(test_overflow_sticks),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
