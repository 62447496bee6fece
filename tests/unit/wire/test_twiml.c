/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/twiml.h"

#include "wire_test.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static void test_connect_stream(void **state)
{
	char text[1024];
	struct buf b;
	struct twiml t;
	(void)state;
	buf_init(&b, text, sizeof(text));
	twiml_begin(&t, &b);
	twiml_open(&t, "Connect");
	twiml_attr(&t, "action", STR("https://a.example/x?a=1&b=2"));
	twiml_open(&t, "Stream");
	twiml_attr(&t, "url", STR("wss://a.example/media-stream"));
	twiml_open(&t, "Parameter");
	twiml_attr(&t, "name", STR("token"));
	twiml_attr(&t, "value", STR("v1.1"));
	twiml_close(&t);
	twiml_close(&t);
	twiml_close(&t);
	twiml_leaf(&t, "Redirect", STR("/again?a=1&b=2"));
	twiml_open(&t, "Pause");
	twiml_attr_u64(&t, "length", UINT64_MAX);
	twiml_close(&t);
	twiml_open(&t, "Hangup");
	assert_int_equal(twiml_end(&t), 0); /* closes what is open */
	assert_written(&b, HEAD "<Response><Connect action=\"https://a.example/x?a=1&amp;b=2\">"
				"<Stream url=\"wss://a.example/media-stream\"><Parameter "
				"name=\"token\" value=\"v1.1\"/>"
				"</Stream></Connect><Redirect>/again?a=1&amp;b=2</Redirect>"
				"<Pause length=\"18446744073709551615\"/><Hangup/></Response>");
}

static void test_empty(void **state)
{
	char text[128];
	struct buf b;
	struct twiml t;
	(void)state;
	buf_init(&b, text, sizeof(text));
	twiml_begin(&t, &b);
	assert_int_equal(twiml_end(&t), 0);
	assert_written(&b, HEAD "<Response/>");
}

static void check_text(struct str said, const char *want)
{
	char mem[512], expected[512];
	struct buf b, e;
	struct twiml t;
	AUTO(auto_free) char *exact = exact_copy(said);
	struct str s = {exact, said.n};
	buf_init(&b, mem, sizeof(mem));
	twiml_begin(&t, &b);
	twiml_open(&t, "Say");
	twiml_attr(&t, "voice", s);
	twiml_text(&t, s);
	twiml_close(&t);
	assert_int_equal(twiml_end(&t), 0);
	buf_init(&e, expected, sizeof(expected));
	buf_printf(&e, HEAD "<Response><Say voice=\"%s\">%s</Say></Response>", want, want);
	assert_true(buf_ok(&e) && str_is(buf_str(&b), buf_str(&e)));
}

/* FAULTS.md 3D 78: text is text, in an element and in an attribute. */
static void test_injection(void **state)
{
	(void)state;
	check_text(STR("</Say><Dial>+900123</Dial><Say>"),
		"&lt;/Say&gt;&lt;Dial&gt;+900123&lt;/Dial&gt;&lt;Say&gt;");
	check_text(STR("\"/><Hangup/><Say x=\""), "&quot;/&gt;&lt;Hangup/&gt;&lt;Say x=&quot;");
	check_text(STR("' onload='x"), "&apos; onload=&apos;x");
	check_text(STR("]]>"), "]]&gt;");
	check_text(STR("<![CDATA[x]]>"), "&lt;![CDATA[x]]&gt;");
	check_text(STR("<!-- x -->&lt;&#60;&amp;"), "&lt;!-- x --&gt;&amp;lt;&amp;#60;&amp;amp;");
	check_text(STR("a\tb\r\nc"), "a&#9;b&#13;&#10;c");
	check_text(STR(""), "");
}

static void test_characters_xml_forbids(void **state)
{
	(void)state;
	check_text(STR("a\0b\x01"
		       "c\x08"
		       "d\x0b"
		       "e\x0c"
		       "f\x1f"
		       "g"),
		"abcdefg");
	check_text(STR("a\xef\xbf\xbe"
		       "b\xef\xbf\xbf"
		       "c"),
		"abc"); /* U+FFFE, U+FFFF */
	check_text(STR("a\xed\xa0\x80"
		       "b\xed\xbf\xbf"
		       "c"),
		"abc"); /* surrogates */
	check_text(STR("a\xff\xfe\xc0\xaf\xf8\x88\x80\x80\x80"
		       "b"),
		"ab");				 /* no UTF-8 at all */
	check_text(STR("a\xf0\x9f\x98"), "a");	 /* truncated */
	check_text(STR("\xc3<b>"), "&lt;b&gt;"); /* eats nothing that follows */
	check_text(STR("\xf0\x9f<b>"), "&lt;b&gt;");
	check_text(STR("\x7f\xc2\x85\xe2\x80\xa8\xef\xbf\xbd\xf4\x8f\xbf\xbf"),
		"\x7f\xc2\x85\xe2\x80\xa8\xef\xbf\xbd\xf4\x8f\xbf\xbf");
	check_text(STR("\xf4\x90\x80\x80x"), "x"); /* above U+10FFFF */
}

static struct twiml begin(struct buf *b, void *mem, size_t size)
{
	struct twiml t;
	buf_init(b, mem, size);
	twiml_begin(&t, b);
	return t;
}

static void test_misuse_is_told(void **state)
{
	char text[512];
	struct buf b;
	(void)state;
	struct twiml t = begin(&b, text, sizeof(text));
	twiml_close(&t);
	twiml_close(&t); /* one too many */
	assert_int_equal(twiml_end(&t), -EINVAL);
	t = begin(&b, text, sizeof(text));
	twiml_text(&t, STR("x"));
	twiml_attr(&t, "late", STR("x"));
	assert_int_equal(twiml_end(&t), -EINVAL);
	t = begin(&b, text, sizeof(text));
	for (int i = 1; i < TWIML_DEPTH_MAX; i++)
		twiml_open(&t, "Say");
	struct twiml full = t;
	twiml_open(&t, "Say");
	assert_int_equal(twiml_end(&t), -EINVAL);
	b.n = 0;
	assert_int_equal(twiml_end(&full), 0);
}

static void test_nothing_behind_the_root(void **state)
{
	char text[512];
	struct buf b;
	(void)state;
	struct twiml t = begin(&b, text, sizeof(text));
	twiml_close(&t);
	twiml_text(&t, STR("x"));
	assert_int_equal(twiml_end(&t), -EINVAL);
	t = begin(&b, text, sizeof(text));
	twiml_close(&t);
	twiml_leaf(&t, "Say", STR("x"));
	assert_int_equal(twiml_end(&t), -EINVAL);
}

static void test_buffer_full_anywhere(void **state)
{
	char text[128];
	(void)state;
	size_t whole = sizeof(HEAD "<Response><Say voice=\"&amp;\">&lt;</Say></Response>") - 1;
	for (size_t size = 0; size <= whole; size++) {
		struct buf b;
		struct twiml t = begin(&b, text, size);
		twiml_open(&t, "Say");
		twiml_attr(&t, "voice", STR("&"));
		twiml_text(&t, STR("<"));
		assert_int_equal(twiml_end(&t), size == whole ? 0 : -E2BIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect_stream),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_injection),
		cmocka_unit_test(test_characters_xml_forbids),
		cmocka_unit_test(test_misuse_is_told),
		cmocka_unit_test(test_nothing_behind_the_root),
		cmocka_unit_test(test_buffer_full_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
