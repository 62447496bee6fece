/* SPDX-License-Identifier: MIT */
#include "../../../src/ivr/pattern.h"
#include "../../../src/ivr/template.h"
#include "ivr_test.h"

static void test_fits(void **state)
{
	static const struct {
		const char *pattern, *fits, *not;
	} cases[] = {
		{"", "", "a"},
		{"^abc$", "abc", "abcd"},
		{"a?b*c+", "acc", "ab"},
		{"a?b*c+", "bbbc", "aac"},
		{"\\d{5}", "94103", "9410"},
		{"\\d{5}", "00000", "941030"},
		{"[0-9a-f]{2,4}", "beef", "a"},
		{"[0-9a-f]{2,}", "beefbeef", "beeg"},
		{"[^0-9]+", "abc", "a1c"},
		{"a.c", "abc", "ac"},
		{"\\+1\\d{3}", "+1415", "1415"},
		{"[*#\\d]", "#", "a"},
		{"\\w\\s\\w", "a b", "a-b"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (!pattern_matches(cases[i].pattern, str_of(cases[i].fits)))
			fail_msg("%s does not fit %s", cases[i].fits, cases[i].pattern);
		if (pattern_matches(cases[i].pattern, str_of(cases[i].not)))
			fail_msg("%s fits %s", cases[i].not, cases[i].pattern);
	}
	assert_false(pattern_matches("[]a]", STR("x")));
}

static void test_bad(void **state)
{
	static const char *const bad[] = {"(a)", "a|b", "*a", "a{2", "a{3,2}", "[a", "a\\", "a{x}", "a^b", "a$b", "[]"};
	struct pattern p;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (pattern_parse(str_of(bad[i]), &p) != -EINVAL)
			fail_msg("%s is taken for a pattern", bad[i]);
}

/* What would take a backtracking matcher for ever. */
static void test_hard(void **state)
{
	char text[512], pattern[3 * 30 + 1] = "";
	(void)state;
	memset(text, 'a', sizeof(text));
	for (int i = 0; i < 30; i++)
		memcpy(pattern + 3 * i, "aa*", 3);
	assert_false(pattern_matches(pattern, (struct str){text, 29}));
	assert_true(pattern_matches(pattern, (struct str){text, 512}));
	text[511] = 'b';
	assert_false(pattern_matches(pattern, (struct str){text, 512}));
}

static struct str value(struct str name, void *arg)
{
	(void)arg;
	return str_is(name, STR("caller")) ? STR("+1415") : STR("");
}

static void test_template(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"plain", "plain"},
		{"{{caller}}", "+1415"},
		{"a {{ caller }} b", "a +1415 b"},
		{"{{none}}", ""},
		{"{{none|there}}!", "there!"},
		{"{{caller|there}}", "+1415"},
		{"{{caller", "{{caller"},
		{"}}{{caller}}{{", "}}+1415{{"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[64];
		struct buf b;
		buf_init(&b, text, sizeof(text));
		template_put(&b, str_of(cases[i].text), value, NULL);
		if (!str_is(buf_str(&b), str_of(cases[i].want)))
			fail_msg("%s became " STR_FMT, cases[i].text, STR_ARG(buf_str(&b)));
	}
	assert_true(template_is_known(STR("contact.firstName")));
	assert_false(template_is_known(STR("contact")));
	assert_false(template_is_known(STR("zip")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_hard),
		cmocka_unit_test(test_template),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
