/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "ringdown/wire/realtime.h"
#include "wire_test.h"

enum { SIZE = 1024 };

static const struct realtime_dialect *ga, *beta;

static void test_append(void **state)
{
	static const uint8_t sound[3] = {0x00, 0x10, 0xff};
	char text[SIZE];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	realtime_put_append(ga, &b, sound, sizeof(sound));
	assert_written(&b, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"ABD/\"}");
	buf_clear(&b);
	realtime_put_append(beta, &b, NULL, 0);
	assert_written(&b, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"\"}");
}

static void test_response(void **state)
{
	char text[SIZE];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	realtime_put_response_create(ga, &b, STR(""));
	assert_written(&b, "{\"type\":\"response.create\"}");
	buf_clear(&b);
	realtime_put_response_create(ga, &b, STR("Greet with \"hi\"."));
	assert_written(&b, "{\"type\":\"response.create\",\"response\":{\"instructions\":\"Greet "
			   "with \\\"hi\\\".\"}}");
	buf_clear(&b);
	realtime_put_response_cancel(ga, &b, STR(""));
	assert_written(&b, "{\"type\":\"response.cancel\"}");
	buf_clear(&b);
	realtime_put_response_cancel(ga, &b, STR("resp_1"));
	assert_written(&b, "{\"type\":\"response.cancel\",\"response_id\":\"resp_1\"}");
}

static void test_items(void **state)
{
	char text[SIZE];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	realtime_put_truncate(ga, &b, STR("item_1"), UINT32_MAX);
	assert_written(&b, "{\"type\":\"conversation.item.truncate\",\"item_id\":\"item_1\","
			   "\"content_index\":0,"
			   "\"audio_end_ms\":4294967295}");
	buf_clear(&b);
	realtime_put_item_delete(ga, &b, STR("item_1"));
	assert_written(&b, "{\"type\":\"conversation.item.delete\",\"item_id\":\"item_1\"}");
}

static void check_message(
	const struct realtime_dialect *d, const char *role, const char *content_type)
{
	char text[SIZE], want[SIZE];
	struct buf b;
	buf_init(&b, want, sizeof(want));
	buf_printf(&b,
		"{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"%"
		"s\","
		"\"content\":[{\"type\":\"%s\",\"text\":\"a\\\"b\"}]}}",
		role, content_type);
	buf_init(&b, text, sizeof(text));
	realtime_put_message(d, &b, str_of(role), STR("a\"b"));
	assert_written(&b, want);
}

static void test_message(void **state)
{
	(void)state;
	check_message(ga, "user", "input_text");
	check_message(ga, "system", "input_text");
	check_message(ga, "assistant", "output_text");
	check_message(beta, "user", "input_text");
	check_message(beta, "assistant", "text");
}

static void test_tools(void **state)
{
	char text[SIZE];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	realtime_put_tool_call(ga, &b, STR("call_1"), STR("find"), STR("{\"q\":\"x\"}"));
	assert_written(&b,
		"{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call\","
		"\"call_id\":"
		"\"call_1\",\"name\":\"find\",\"arguments\":\"{\\\"q\\\":\\\"x\\\"}\"}}");
	buf_clear(&b);
	realtime_put_tool_output(ga, &b, STR("call_1"), STR("<b>it's</b>"));
	assert_written(&b, "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_"
			   "call_output\","
			   "\"call_id\":\"call_1\",\"output\":\"<b>it's</b>\"}}");
}

/* Each writer with a text that would break out of its quotes, and into a buffer of any size: either
 * the whole message, valid, or an overflow. */
static void put_nth(size_t i, struct buf *b, struct str text)
{
	const struct realtime_dialect *d = i % 2 ? beta : ga;
	const struct realtime_session s = {
		.instructions = text, .voice = text, .transcription_model = text};
	switch (i / 2) {
	case 0:
		realtime_put_session_update(d, b, &s);
		return;
	case 1:
		realtime_put_append(d, b, (const uint8_t *)text.p, text.n);
		return;
	case 2:
		realtime_put_response_create(d, b, text);
		return;
	case 3:
		realtime_put_response_cancel(d, b, text);
		return;
	case 4:
		realtime_put_truncate(d, b, text, 7);
		return;
	case 5:
		realtime_put_item_delete(d, b, text);
		return;
	case 6:
		realtime_put_message(d, b, text, text);
		return;
	case 7:
		realtime_put_tool_call(d, b, text, text, text);
		return;
	default:
		realtime_put_tool_output(d, b, text, text);
	}
}

static void test_every_writer_in_any_buffer(void **state)
{
	static const char bytes[] = "\"},\\\"\x01\n\0\xff\xf0\x9f\xed\xa0\x80{\"type\":\"x";
	const struct str evil = {bytes, sizeof(bytes) - 1};
	char whole[2 * SIZE];
	(void)state;
	for (size_t i = 0; i < 18; i++) {
		struct buf b;
		buf_init(&b, whole, sizeof(whole));
		put_nth(i, &b, evil);
		assert_true(buf_ok(&b));
		json_t *doc = json_loadb(whole, b.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
		assert_true(json_is_object(doc));
		json_decref(doc);
		for (size_t size = 0; size <= b.n; size++) {
			struct buf small;
			AUTO(auto_free) char *exact = malloc(size ? size : 1);
			buf_init(&small, exact, size);
			put_nth(i, &small, evil);
			assert_int_equal(buf_ok(&small), size == b.n);
		}
	}
}

/* Writers append: what stood in the buffer stays. */
static void test_appended(void **state)
{
	char text[SIZE];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	buf_put(&b, STR("before "));
	realtime_put_response_cancel(ga, &b, STR(""));
	assert_written(&b, "before {\"type\":\"response.cancel\"}");
}

static int find_dialects(void **state)
{
	(void)state;
	ga = realtime_dialect_find(STR("ga"));
	beta = realtime_dialect_find(STR("beta"));
	return ga && beta ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_every_writer_in_any_buffer),
		cmocka_unit_test(test_appended),
	};
	return cmocka_run_group_tests(tests, find_dialects, NULL);
}
