/* SPDX-License-Identifier: MIT */
#include "../../../bench/lib/tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_tag(struct str *doc, const char *name, bool is_end, bool is_empty, struct tag *ret_tag)
{
	assert_true(tag_next(doc, ret_tag));
	assert_int_equal(ret_tag->name.n, strlen(name));
	assert_memory_equal(ret_tag->name.p, name, strlen(name));
	assert_int_equal(ret_tag->is_end, is_end);
	assert_int_equal(ret_tag->is_empty, is_empty);
}

static void test_a_document(void **state)
{
	struct str doc = STR("<?xml version=\"1.0\"?>\n<Response><!-- none --><Connect action=\"/a?b=1&amp;c=2\" method='POST'>"
			     "<Stream url=\"wss://h/p\"/></Connect><Redirect>/x &lt;&#39;&gt;</Redirect></Response>");
	struct tag t;
	char value[64];
	(void)state;
	assert_tag(&doc, "Response", false, false, &t);
	assert_tag(&doc, "Connect", false, false, &t);
	assert_true(tag_attr(&t, "action", value, sizeof(value)));
	assert_string_equal(value, "/a?b=1&c=2");
	assert_true(tag_attr(&t, "method", value, sizeof(value)));
	assert_string_equal(value, "POST");
	assert_false(tag_attr(&t, "metho", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_tag(&doc, "Stream", false, true, &t);
	assert_true(tag_attr(&t, "url", value, sizeof(value)));
	assert_string_equal(value, "wss://h/p");
	assert_tag(&doc, "Connect", true, false, &t);
	assert_tag(&doc, "Redirect", false, false, &t);
	assert_true(xml_decode(t.text, value, sizeof(value)));
	assert_string_equal(value, "/x <'>");
	assert_tag(&doc, "Redirect", true, false, &t);
	assert_tag(&doc, "Response", true, false, &t);
	assert_false(tag_next(&doc, &t));
}

static void test_what_does_not_fit(void **state)
{
	char value[4];
	(void)state;
	assert_false(xml_decode(STR("abcd"), value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(xml_decode(STR("a&b"), value, sizeof(value))); /* a reference to nothing is text */
	assert_string_equal(value, "a&b");
	assert_true(xml_decode(STR(""), value, sizeof(value)));
	assert_string_equal(value, "");
}

/* Any cut of a document ends, and reads nothing beyond it (ASan looks). */
static void test_cut_documents(void **state)
{
	static const char whole[] = "<Response><Connect action=\"x\"><Stream url='y&amp;'/></Connect></Response>";
	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char *cut = malloc(n + !n);
		struct str doc = {cut, n};
		struct tag t;
		char value[16];
		assert_non_null(cut);
		memcpy(cut, whole, n);
		for (int i = 0; i < 10 && tag_next(&doc, &t); i++)
			(void)tag_attr(&t, "url", value, sizeof(value));
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_document),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_cut_documents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
