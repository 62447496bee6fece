/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/form.h"

#include "wire_test.h"

enum { ROOMY = 1 << 20 };

static int parse(struct str body, struct arena *a, struct form *form)
{
	AUTO(auto_free) char *exact = exact_copy(body);
	return form_parse((struct str){exact, body.n}, a, form);
}

/* body, then the fields it must give: name, value, name, value; NULL ends them */
static void check(struct str body, const char *const *want)
{
	static struct form form;
	AUTO(arena_done) struct arena a;
	arena_init(&a, ROOMY);
	assert_int_equal(parse(body, &a, &form), 0);
	size_t n = 0;
	for (; want[2 * n]; n++) {
		assert_true(n < form.n);
		assert_view(form.fields[n].name, want[2 * n]);
		assert_view(form.fields[n].value, want[2 * n + 1]);
	}
	assert_int_equal(form.n, n);
}

#define CHECK(body, ...) check(STR(body), (const char *const[]){__VA_ARGS__, NULL})

static void test_fields(void **state)
{
	(void)state;
	CHECK("", NULL);
	CHECK("CallSid=CA1&From=%2B15551230001", "CallSid", "CA1", "From", "+15551230001");
	CHECK("a=1+2+%2B&b+c=d", "a", "1 2 +", "b c", "d");
	CHECK("a&b=&=c&=", "a", "", "b", "", "", "c", "", "");
	CHECK("&&a=1&&", "a", "1");
	CHECK("a=b=c==", "a", "b=c==");
	CHECK("a%3D=%26%3d%25", "a=", "&=%");
	CHECK("SpeechResult=gr%C3%BC%C3%9fe", "SpeechResult",
		"gr\xc3\xbc\xc3\x9f"
		"e");
	CHECK("a=1;b=2", "a", "1;b=2");
	CHECK("a=\xc3\xa4", "a", "\xc3\xa4");
}

static void test_duplicates(void **state)
{
	static struct form form;
	AUTO(arena_done) struct arena a;
	(void)state;
	CHECK("a=1&a=2&a=1", "a", "1", "a", "2", "a", "1");
	arena_init(&a, ROOMY);
	assert_int_equal(parse(STR("a=1&b=&a=2&A=3"), &a, &form), 0);
	assert_view(form_get(&form, STR("a")), "1");
	assert_view(form_get(&form, STR("b")), "");
	assert_view(form_get(&form, STR("A")), "3");
	assert_view(form_get(&form, STR("c")), "");
}

static void test_bad_escapes(void **state)
{
	static const struct str bad[] = {{"a=%", 3}, {"a=%4", 4}, {"a=%4&b=1", 8}, {"a=%%41", 6},
		{"a=%4g", 5}, {"a=%g4", 5}, {"%=1", 3}, {"a=% 41", 6}, {"a=%+1", 5}, {"a=%-1", 5},
		{"a=%u0041", 8}, {"a=%00", 5}, {"a=x\0y", 5}, {"a\0=1", 4}, {"%00=1", 5},
		{"a=1&b=%", 7}};
	static struct form form;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(arena_done) struct arena a;
		arena_init(&a, ROOMY);
		assert_int_equal(parse(bad[i], &a, &form), -EBADMSG);
	}
}

static void test_limits(void **state)
{
	static struct form form;
	char body[4 * FORM_FIELDS_MAX + 4];
	struct buf b;
	(void)state;
	buf_init(&b, body, sizeof(body));
	for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
		buf_put(&b, STR("a=b&"));
	AUTO(arena_done) struct arena a;
	arena_init(&a, ROOMY);
	assert_int_equal(parse(buf_str(&b), &a, &form), 0);
	assert_int_equal(form.n, FORM_FIELDS_MAX);
	buf_put(&b, STR("c=d"));
	assert_int_equal(parse(buf_str(&b), &a, &form), -E2BIG);
	arena_done(&a);
	arena_init(&a, 8);
	assert_int_equal(parse(STR("a=0123456789"), &a, &form), -ENOMEM);
}

/* Whatever the arena can no longer give: -ENOMEM, never half a form that looks whole. */
static void test_memory_runs_out_anywhere(void **state)
{
	static struct form form;
	int err = -ENOMEM;
	(void)state;
	for (size_t limit = 0; err < 0; limit += 8) {
		AUTO(arena_done) struct arena a;
		arena_init(&a, limit);
		err = parse(STR("a=1&bb=22&ccc=333"), &a, &form);
		assert_true(err == -ENOMEM || err == 0);
		assert_true(limit < 4096);
	}
	assert_int_equal(form.n, 3);
}

static void test_put(void **state)
{
	char text[256];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	form_put(&b, STR("To"), STR("+15551230001"));
	form_put(&b, STR("a b"), STR("x&y=z%"));
	form_put(&b, STR(""), STR(""));
	assert_written(&b, "To=%2B15551230001&a%20b=x%26y%3Dz%25&=");
	buf_clear(&b);
	percent_put(&b, STR("AZaz09-._~!*'()/\r\n\xc3\xa4"));
	assert_written(&b, "AZaz09-._~%21%2A%27%28%29%2F%0D%0A%C3%A4");
	buf_init(&b, text, 4);
	form_put(&b, STR("a"), STR("<"));
	assert_false(buf_ok(&b));
}

/* Any text but a NUL survives being put and parsed. */
static void test_round_trip(void **state)
{
	char all[255], body[1024];
	static struct form form;
	struct buf b;
	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1);
	struct str text = {all, sizeof(all)};
	buf_init(&b, body, sizeof(body));
	form_put(&b, STR("t"), text);
	AUTO(arena_done) struct arena a;
	arena_init(&a, ROOMY);
	assert_int_equal(parse(buf_str(&b), &a, &form), 0);
	assert_true(str_is(form_get(&form, STR("t")), text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_bad_escapes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_memory_runs_out_anywhere),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
