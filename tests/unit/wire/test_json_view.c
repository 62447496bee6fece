/* SPDX-License-Identifier: MIT */
#include "../../../src/wire/json_view.h"

#include "wire_test.h"

enum { DEPTH = 8 };

static void doc_free(json_t **doc)
{
	json_decref(*doc);
}

static json_t *load(struct str text)
{
	AUTO(auto_free) char *exact = exact_copy(text);
	return json_view_load((struct str){exact, text.n}, DEPTH);
}

static void test_what_loads(void **state)
{
	static const char *const good[] = {"{}", " {}\r\n", "{\"a\":null}",
		"{\"a\":{\"b\":[1,2.5,true]}}", "{\"a\":\"\\ud83d\\ude00\"}",
		"{\"a\":\"\xf0\x9f\x98\x80\"}", "\t{ \"a\" : 1 }"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(doc_free) json_t *doc = load(str_of(good[i]));
		assert_true(json_is_object(doc));
	}
}

static void test_what_does_not(void **state)
{
	static const char *const bad[] = {"", " ", "{", "}", "[]", "1", "null", "\"x\"", "{}x",
		"{} {}", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{a:1}", "{\"a\":01}", "{\"a\":NaN}",
		"{\"a\":1e999}", "{\"a\":\"\x01\"}", "{\"a\":99999999999999999999}", "{\"a\":\"",
		"// x\n{}"};
	(void)state;
	assert_null(json_view_load((struct str){NULL, 0}, DEPTH));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(load(str_of(bad[i])));
}

/* FAULTS.md 3A 2: truncated UTF-8, NUL, lone surrogates. */
static void test_text_that_is_none(void **state)
{
	static const struct str bad[] = {{"{\"a\":\"\xc3\"}", 9}, {"{\"a\":\"\xf0\x9f\x98\"}", 11},
		{"{\"a\":\"\xc0\x80\"}", 10}, {"{\"a\":\"\xed\xa0\x80\"}", 11},
		{"{\"a\":\"\xff\"}", 9}, {"{\"a\":\"\0\"}", 9}, {"{\"a\":\"x\\u0000y\"}", 16},
		{"{\"a\\u0000\":1}", 13}, {"{\"a\":\"\\ud83d\"}", 14}, {"{\"a\":\"\\ude00\"}", 14},
		{"{\"a\":\"\\ud83d\\ud83d\"}", 20}, {"{\"a\":\"\\ud8", 10}, {"{\"a\":1}\0", 8}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(load(bad[i]));
}

static void test_depth_bomb(void **state)
{
	char bomb[100000];
	(void)state;
	memset(bomb, '[', sizeof(bomb));
	memcpy(bomb, "{\"a\":", 5);
	assert_null(load((struct str){bomb, sizeof(bomb)}));
	AUTO(doc_free) json_t *at = load(STR("{\"a\":[[[[[[[]]]]]]]}")); /* 8 deep */
	assert_non_null(at);
	assert_null(load(STR("{\"a\":[[[[[[[[]]]]]]]]}")));
	AUTO(doc_free) json_t *flat = load(STR("{\"a\":\"[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}"));
	assert_non_null(flat);
}

static void test_str(void **state)
{
	AUTO(doc_free)
	json_t *doc = load(STR("{\"s\":\"x\\ny\",\"e\":\"\",\"n\":null,\"i\":1,\"o\":{},\"d\":"
			       "\"1\",\"d\":\"2\"}"));
	(void)state;
	assert_view(json_view_str(doc, "s"), "x\ny");
	assert_view(json_view_str(doc, "e"), "");
	assert_view(json_view_str(doc, "d"), "2"); /* the last of two */
	static const char *const nothing[] = {"n", "i", "o", "absent"};
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
		assert_int_equal(json_view_str(doc, nothing[i]).n, 0);
	assert_int_equal(json_view_str(NULL, "s").n, 0);
	assert_int_equal(json_view_str(json_object_get(doc, "s"), "s").n, 0);
}

static void test_int(void **state)
{
	AUTO(doc_free)
	json_t *doc = load(
		STR("{\"i\":-7,\"s\":\"8\",\"n\":null,\"r\":1.5,\"big\":9223372036854775807}"));
	(void)state;
	assert_int_equal(json_view_int(doc, "i", 3), -7);
	assert_int_equal(json_view_int(doc, "big", 3), INT64_MAX);
	static const char *const nothing[] = {"s", "n", "r", "absent"};
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
		assert_int_equal(json_view_int(doc, nothing[i], 3), 3);
	assert_int_equal(json_view_int(NULL, "i", 3), 3);
}

static void test_number(void **state)
{
	AUTO(doc_free)
	json_t *doc = load(STR(
		"{\"i\":7,\"s\":\"8\",\"n\":null,\"z\":0,\"max\":\"9223372036854775807\","
		"\"over\":\"9223372036854775808\",\"neg\":-1,\"negs\":\"-1\",\"r\":1.5,\"e\":\"\","
		"\"sp\":\" 1\",\"o\":{},\"t\":true}"));
	static const struct {
		const char *key;
		uint64_t want;
	} good[] = {{"i", 7}, {"s", 8}, {"n", 0}, {"z", 0}, {"max", INT64_MAX}, {"absent", 0}};
	static const char *const bad[] = {"over", "neg", "negs", "r", "e", "sp", "o", "t"};
	uint64_t value;
	(void)state;
	assert_non_null(doc);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		value = 99;
		assert_int_equal(json_view_number(doc, good[i].key, &value), 0);
		assert_int_equal(value, good[i].want);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(json_view_number(doc, bad[i], &value), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_loads),
		cmocka_unit_test(test_what_does_not),
		cmocka_unit_test(test_text_that_is_none),
		cmocka_unit_test(test_depth_bomb),
		cmocka_unit_test(test_str),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
