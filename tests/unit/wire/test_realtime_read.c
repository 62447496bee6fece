/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/realtime.h"

#include "wire_test.h"

static const struct realtime_dialect *ga, *beta;

static struct realtime_event parse(const struct realtime_dialect *d, const char *message)
{
	struct realtime_event ev;
	AUTO(auto_free) char *exact = exact_copy(str_of(message));
	if (realtime_parse(d, (struct str){exact, strlen(message)}, &ev) != 0)
		fail_msg("refused: %s", message);
	assert_non_null(ev.doc);
	return ev;
}

static void test_kinds(void **state)
{
	static const struct {
		enum realtime_kind kind;
		const char *ga_type, *beta_type;
	} kinds[] = {
		{REALTIME_SESSION_CREATED, "session.created", "session.created"},
		{REALTIME_SESSION_UPDATED, "session.updated", "session.updated"},
		{REALTIME_RESPONSE_CREATED, "response.created", "response.created"},
		{REALTIME_RESPONSE_DONE, "response.done", "response.done"},
		{REALTIME_ITEM_ADDED, "response.output_item.added", "response.output_item.added"},
		{REALTIME_ITEM_ADDED, "conversation.item.added", "conversation.item.created"},
		{REALTIME_ITEM_DONE, "response.output_item.done", "response.output_item.done"},
		{REALTIME_ITEM_DONE, "conversation.item.done", "conversation.item.done"},
		{REALTIME_ITEM_TRUNCATED, "conversation.item.truncated",
			"conversation.item.truncated"},
		{REALTIME_AUDIO_DONE, "response.output_audio.done", "response.audio.done"},
		{REALTIME_TEXT_DELTA, "response.output_audio_transcript.delta",
			"response.audio_transcript.delta"},
		{REALTIME_TEXT_DONE, "response.output_audio_transcript.done",
			"response.audio_transcript.done"},
		{REALTIME_CALLER_TEXT, "conversation.item.input_audio_transcription.completed",
			"conversation.item.input_audio_transcription.completed"},
		{REALTIME_SPEECH_STARTED, "input_audio_buffer.speech_started",
			"input_audio_buffer.speech_started"},
		{REALTIME_SPEECH_STOPPED, "input_audio_buffer.speech_stopped",
			"input_audio_buffer.speech_stopped"},
		{REALTIME_RATE_LIMITS, "rate_limits.updated", "rate_limits.updated"},
		{REALTIME_ERROR, "error", "error"},
	};
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(kinds); i++) {
		const char *type = i % 2 ? kinds[i / 2].beta_type : kinds[i / 2].ga_type;
		char text[128];
		struct buf b;
		buf_init(&b, text, sizeof(text));
		buf_printf(&b, "{\"type\":\"%s\"}", type); /* the barest there can be */
		assert_true(buf_ok(&b));
		struct realtime_event ev = parse(i % 2 ? beta : ga, text);
		assert_int_equal(ev.kind, kinds[i / 2].kind);
		assert_view(ev.type, type);
		assert_int_equal(ev.at_ms, -1);
		assert_int_equal(ev.expires_at_s, 0);
		assert_int_equal(
			ev.item_id.n + ev.response_id.n + ev.text.n + ev.code.n + ev.status.n, 0);
		realtime_event_done(&ev);
	}
}

static void test_of_no_use_to_us(void **state)
{
	static const char *const types[] = {"conversation.created", "conversation.item.deleted",
		"conversation.item.input_audio_transcription.delta",
		"conversation.item.input_audio_transcription.failed", "conversation.item.retrieved",
		"input_audio_buffer.cleared", "input_audio_buffer.committed",
		"input_audio_buffer.timeout_triggered", "mcp_list_tools.completed",
		"output_audio_buffer.started", "response.content_part.added",
		"response.content_part.done", "response.function_call_arguments.delta",
		"response.function_call_arguments.done", "response.output_text.delta",
		"response.mcp_call.failed", "transcription_session.updated", "ping",
		"SESSION.CREATED", "session.created ", "response.audio.deltas"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char text[128];
		struct buf b;
		buf_init(&b, text, sizeof(text));
		buf_printf(&b,
			"{\"type\":\"%s\",\"delta\":{},\"item\":7,\"response\":[],\"error\":0}",
			types[i]);
		struct realtime_event ev = parse(i % 2 ? beta : ga, text);
		assert_int_equal(ev.kind, REALTIME_OTHER);
		realtime_event_done(&ev);
	}
	/* A dialect does not know the other's names. */
	struct realtime_event ev = parse(
		ga, "{\"type\":\"response.audio.delta\",\"delta\":\"AAAA\"}");
	assert_int_equal(ev.kind, REALTIME_OTHER);
	realtime_event_done(&ev);
	ev = parse(beta, "{\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA\"}");
	assert_int_equal(ev.kind, REALTIME_OTHER);
	realtime_event_done(&ev);
}

static void test_session(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"session.created\",\"event_id\":\"event_1\",\"session\":{"
		"\"type\":\"realtime\",\"id\":\"sess_1\",\"expires_at\":1800003600,"
		"\"audio\":{}}}");
	assert_int_equal(ev.expires_at_s, 1800003600);
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"session.updated\",\"session\":{\"expires_at\":null}}");
	assert_int_equal(ev.expires_at_s, 0);
	realtime_event_done(&ev);
}

static void test_response(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\","
		"\"status\":\"in_progress\",\"status_details\":null}}");
	assert_view(ev.response_id, "resp_1");
	assert_view(ev.status, "in_progress");
	realtime_event_done(&ev);
	ev = parse(ga,
		"{\"type\":\"response.done\",\"response\":{\"id\":\"resp_1\",\"status\":"
		"\"cancelled\","
		"\"status_details\":{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}}}");
	assert_view(ev.status, "cancelled");
	assert_view(ev.reason, "turn_detected");
	assert_int_equal(ev.code.n, 0);
	realtime_event_done(&ev);
	ev = parse(beta,
		"{\"type\":\"response.done\",\"response\":{\"id\":\"resp_2\",\"status\":\"failed\","
		"\"status_details\":{\"type\":\"failed\",\"error\":{\"type\":\"rate_limit\","
		"\"code\":\"rate_limit_exceeded\"}}}}");
	assert_int_equal(ev.kind, REALTIME_RESPONSE_DONE);
	assert_view(ev.status, "failed");
	assert_view(ev.code, "rate_limit_exceeded");
	assert_view(ev.error_type, "rate_limit");
	realtime_event_done(&ev);
}

static void test_items(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"response.output_item.added\",\"response_id\":\"resp_1\","
		"\"output_index\":0,\"item\":{\"id\":\"item_1\",\"type\":\"message\","
		"\"role\":\"assistant\",\"status\":\"in_progress\",\"content\":[]}}");
	assert_view(ev.response_id, "resp_1");
	assert_view(ev.item_id, "item_1");
	assert_view(ev.role, "assistant");
	assert_view(ev.status, "in_progress");
	realtime_event_done(&ev);
	ev = parse(beta,
		"{\"type\":\"conversation.item.created\",\"previous_item_id\":null,\"item\":{"
		"\"id\":\"item_2\",\"role\":\"user\",\"status\":\"completed\"}}");
	assert_int_equal(ev.kind, REALTIME_ITEM_ADDED);
	assert_view(ev.item_id, "item_2");
	assert_view(ev.role, "user");
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"conversation.item.truncated\",\"item_id\":\"item_1\",\"content_"
		       "index\":0,"
		       "\"audio_end_ms\":1840}");
	assert_view(ev.item_id, "item_1");
	assert_int_equal(ev.at_ms, 1840);
	realtime_event_done(&ev);
}

#define TOOL(status)                                                                               \
	"{\"type\":\"response.output_item.done\",\"response_id\":\"resp_1\",\"item\":{\"id\":"     \
	"\"item_3\"," status "\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"end_"   \
			     "call\",\"arguments\":\"{\\\"a\\\":\\\"b\\\"}\"}}"

static void test_tool_call(void **state)
{
	(void)state;
	static const char *const complete[] = {
		TOOL("\"status\":\"completed\","), TOOL("\"status\":null,"), TOOL("")};
	for (size_t i = 0; i < ARRAY_LEN(complete); i++) {
		struct realtime_event ev = parse(i % 2 ? beta : ga, complete[i]);
		assert_int_equal(ev.kind, REALTIME_TOOL_CALL);
		assert_view(ev.call_id, "call_1");
		assert_view(ev.name, "end_call");
		assert_view(ev.text, "{\"a\":\"b\"}");
		assert_view(ev.item_id, "item_3");
		assert_view(ev.response_id, "resp_1");
		realtime_event_done(&ev);
	}
	/* An interruption cut it short: not to be run. */
	struct realtime_event ev = parse(ga, TOOL("\"status\":\"incomplete\","));
	assert_int_equal(ev.kind, REALTIME_ITEM_DONE);
	assert_int_equal(ev.call_id.n, 0);
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\","
		       "\"id\":\"item_4\"}}");
	assert_int_equal(ev.kind, REALTIME_ITEM_DONE);
	assert_view(ev.item_id, "item_4");
	realtime_event_done(&ev);
}

static void test_audio_and_text(void **state)
{
	(void)state;
	struct realtime_event ev = parse(beta,
		"{\"delta\":\"AAAA\",\"item_id\":\"item_1\",\"response_id\":\"resp_1\","
		"\"type\":\"response.audio.delta\"}");
	assert_int_equal(ev.kind, REALTIME_AUDIO_DELTA);
	assert_view(ev.audio, "AAAA");
	assert_view(ev.item_id, "item_1");
	assert_view(ev.response_id, "resp_1");
	realtime_event_done(&ev);
	static const char *const no_sound[] = {"{\"type\":\"response.output_audio.delta\"}",
		"{\"type\":\"response.output_audio.delta\",\"delta\":null}",
		"{\"type\":\"response.output_audio.delta\",\"delta\":[1]}"};
	for (size_t i = 0; i < ARRAY_LEN(no_sound); i++) {
		ev = parse(ga, no_sound[i]);
		assert_int_equal(ev.kind, REALTIME_OTHER);
		realtime_event_done(&ev);
	}
	ev = parse(ga, "{\"type\":\"response.output_audio_transcript.delta\",\"item_id\":\"i\","
		       "\"delta\":\"Gr\\u00fc\"}");
	assert_view(ev.text, "Gr\xc3\xbc");
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"response.output_audio_transcript.done\",\"item_id\":\"i\","
		       "\"transcript\":\"Hello.\"}");
	assert_view(ev.text, "Hello.");
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"item_"
		       "id\":\"i\","
		       "\"content_index\":0,\"transcript\":\"Hi\",\"usage\":{}}");
	assert_view(ev.text, "Hi");
	assert_view(ev.item_id, "i");
	realtime_event_done(&ev);
}

static void test_speech(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"input_audio_buffer.speech_started\",\"audio_start_ms\":0,"
		"\"item_id\":\"item_9\"}");
	assert_int_equal(ev.at_ms, 0);
	assert_view(ev.item_id, "item_9");
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"input_audio_buffer.speech_stopped\",\"audio_end_ms\":2100,"
		       "\"item_id\":null}");
	assert_int_equal(ev.at_ms, 2100);
	assert_int_equal(ev.item_id.n, 0);
	realtime_event_done(&ev);
}

static void test_error(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"error\",\"event_id\":\"event_1\",\"error\":{\"type\":"
		"\"invalid_request_error\",\"code\":\"session_expired\",\"message\":\"Your"
		" session\",\"param\":\"session.type\",\"event_id\":\"ours_7\"}}");
	assert_view(ev.error_type, "invalid_request_error");
	assert_view(ev.code, "session_expired");
	assert_view(ev.text, "Your session");
	assert_view(ev.param, "session.type");
	assert_view(ev.client_event_id, "ours_7");
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"error\",\"error\":{\"type\":\"x\",\"code\":null,\"param\":null,"
		       "\"event_id\":null}}");
	assert_int_equal(ev.code.n + ev.param.n + ev.client_event_id.n + ev.text.n, 0);
	realtime_event_done(&ev);
	ev = parse(ga, "{\"type\":\"error\",\"error\":\"as a plain text\"}"); /* some servers */
	assert_view(ev.text, "as a plain text");
	realtime_event_done(&ev);
}

/* FAULTS.md 3A 1 to 3 hold for the model's side as well. */
static void test_refused(void **state)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "\"error\"", "{\"type\":null}",
		"{\"type\":\"\"}", "{\"type\":7}", "{\"type\":\"error\"", "{\"type\":\"error\"}}",
		"{\"type\":\"e\\u0000\"}", "{\"type\":\"\\ud800\"}", "{\"type\":\"\xc3\"}",
		"{\"type\":\"x\",\"a\":1e999}"};
	struct realtime_event ev;
	char bomb[100000];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(auto_free) char *exact = exact_copy(str_of(bad[i]));
		assert_int_equal(
			realtime_parse(ga, (struct str){exact, strlen(bad[i])}, &ev), -EBADMSG);
		assert_null(ev.doc);
		assert_null(ev.type.p);
	}
	memset(bomb, '[', sizeof(bomb));
	memcpy(bomb, "{\"type\":\"x\",\"a\":", 16);
	assert_int_equal(realtime_parse(ga, (struct str){bomb, sizeof(bomb)}, &ev), -EBADMSG);
}

static void test_duplicate_keys(void **state)
{
	(void)state;
	struct realtime_event ev = parse(ga,
		"{\"type\":\"error\",\"type\":\"session.created\",\"session\":1,"
		"\"session\":{\"expires_at\":1,\"expires_at\":2}}");
	assert_int_equal(ev.kind, REALTIME_SESSION_CREATED); /* the last of two */
	assert_int_equal(ev.expires_at_s, 2);
	realtime_event_done(&ev);
	realtime_event_done(&ev);
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
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_of_no_use_to_us),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_tool_call),
		cmocka_unit_test(test_audio_and_text),
		cmocka_unit_test(test_speech),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_duplicate_keys),
	};
	return cmocka_run_group_tests(tests, find_dialects, NULL);
}
