/* SPDX-License-Identifier: MIT */
/* The hot scans take only what they are sure of, and then say exactly what jansson says. */
#include "same_event.h"
#include "wire_test.h"

#define MEDIA(seq, track, chunk, time, payload, sid)                                               \
	"{\"event\":\"media\",\"sequenceNumber\":" seq ",\"media\":{\"track\":" track              \
	",\"chunk\":" chunk ",\"timestamp\":" time ",\"payload\":" payload "},\"streamSid\":" sid  \
	"}"
#define USUAL MEDIA("\"4\"", "\"inbound\"", "\"2\"", "\"5\"", "\"//8=\"", "\"MZ1\"")

static const struct realtime_dialect *ga, *beta;

static bool scans_media(struct str message)
{
	struct twilio_event ev;
	AUTO(auto_free) char *exact = exact_copy(message);
	return twilio_scan_media((struct str){exact, message.n}, &ev) == 0;
}

static void test_usual_media(void **state)
{
	struct twilio_event ev;
	(void)state;
	assert_int_equal(twilio_scan_media(STR(USUAL), &ev), 0);
	assert_int_equal(ev.kind, TWILIO_MEDIA);
	assert_int_equal(ev.sequence, 4);
	assert_int_equal(ev.chunk, 2);
	assert_int_equal(ev.timestamp_ms, 5);
	assert_true(ev.is_inbound);
	assert_view(ev.payload, "//8=");
	assert_view(ev.stream_sid, "MZ1");
	assert_null(ev.doc);
	twilio_event_done(&ev); /* may be called */
}

static void test_media_scanned_as_parsed(void **state)
{
	static const char *const hot[] = {USUAL,
		MEDIA("\"0\"", "\"outbound\"", "\"0\"", "\"0\"", "\"\"", "\"\""),
		MEDIA("\"007\"", "\"\"", "\"9223372036854775807\"", "\"3600000\"", "\"AAAA\"",
			"\"MZ 1~\""),
		MEDIA("\"1\"", "\"inbound_track\"", "\"1\"", "\"1\"", "\"A\tB\"", "\"MZ1\""),
		MEDIA("\"1\"", "\"INBOUND\"", "\"1\"", "\"1\"", "\"\xff\"", "\"MZ1\"")};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hot); i++) {
		assert_true(scans_media(str_of(hot[i])));
		assert_true(same_twilio(str_of(hot[i])));
	}
}

static void test_unusual_media_is_left_to_jansson(void **state)
{
	static const char *const cold[] = {
		MEDIA("4", "\"inbound\"", "\"2\"", "\"5\"", "\"//8=\"",
			"\"MZ1\""), /* a real number */
		MEDIA("\"4\"", "\"inbound\"", "2", "5", "\"//8=\"", "\"MZ1\""),
		MEDIA(" \"4\"", "\"inbound\"", "\"2\"", "\"5\"", "\"//8=\"",
			"\"MZ1\""), /* white space */
		" " USUAL, USUAL "\n",
		MEDIA("\"4\"", "\"inbound\"", "\"2\"", "\"5\"", "\"\\/\\/8=\"",
			"\"MZ1\""), /* escapes */
		MEDIA("\"4\"", "\"inb\\u006fund\"", "\"2\"", "\"5\"", "\"//8=\"", "\"MZ1\""),
		MEDIA("\"4\"", "\"inbound\"", "\"2\"", "\"5\"", "\"//8=\"", "\"M\\u005a1\""),
		MEDIA("\"4\"", "\"inbound\"", "\"2\"", "\"5\"", "\"//8=\"",
			"\"MZ1\",\"new\":1"), /* a new field */
		MEDIA("\"4\"", "\"inbound\",\"new\":{}", "\"2\"", "\"5\"", "\"//8=\"", "\"MZ1\""),
		"{\"event\":\"media\",\"streamSid\":\"MZ1\",\"sequenceNumber\":\"4\",\"media\":{"
		"\"track\":\"inbound\","
		"\"chunk\":\"2\",\"timestamp\":\"5\",\"payload\":\"//8=\"}}", /* another order */
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cold); i++) {
		struct twilio_event ev;
		assert_false(scans_media(str_of(cold[i])));
		assert_int_equal(twilio_parse(str_of(cold[i]), &ev), 0);
		assert_int_equal(ev.sequence, 4);
		assert_int_equal(ev.chunk, 2);
		assert_int_equal(ev.timestamp_ms, 5);
		assert_true(ev.is_inbound);
		assert_view(ev.payload, "//8=");
		assert_view(ev.stream_sid, "MZ1");
		twilio_event_done(&ev);
	}
}

/* Every byte at every place of a usual message: the two never contradict each other. */
static void test_media_with_any_byte_changed(void **state)
{
	char text[] = USUAL;
	(void)state;
	for (size_t i = 0; i < (sizeof(text) - 1) * 256; i++) {
		char kept = text[i / 256];
		text[i / 256] = (char)(i % 256);
		if (!same_twilio((struct str){text, sizeof(text) - 1}))
			fail_msg("byte %zu as %zu", i / 256, i % 256);
		text[i / 256] = kept;
	}
}

#define DELTA(members) "{\"type\":\"response.output_audio.delta\"," members "}"
#define USUAL_DELTA                                                                                \
	DELTA("\"event_id\":\"event_1\",\"response_id\":\"resp_1\",\"item_id\":\"item_1\","        \
	      "\"output_index\":0,\"content_index\":0,\"delta\":\"AAAA\"")

static void test_usual_delta(void **state)
{
	struct realtime_event ev;
	(void)state;
	assert_int_equal(realtime_scan_audio(ga, STR(USUAL_DELTA), &ev), 0);
	assert_int_equal(ev.kind, REALTIME_AUDIO_DELTA);
	assert_view(ev.type, "response.output_audio.delta");
	assert_view(ev.response_id, "resp_1");
	assert_view(ev.item_id, "item_1");
	assert_view(ev.audio, "AAAA");
	assert_int_equal(ev.at_ms, -1);
	assert_null(ev.doc);
	assert_int_equal(realtime_scan_audio(beta, STR(USUAL_DELTA), &ev), -EAGAIN);
	assert_int_equal(
		realtime_scan_audio(
			beta, STR("{\"type\":\"response.audio.delta\",\"delta\":\"AAAA\"}"), &ev),
		0);
	assert_int_equal(ev.item_id.n, 0);
	assert_int_equal(
		realtime_scan_audio(
			ga, STR("{\"type\":\"response.audio.delta\",\"delta\":\"AAAA\"}"), &ev),
		-EAGAIN);
}

static void test_delta_scanned_as_parsed(void **state)
{
	static const char *const hot[] = {USUAL_DELTA, DELTA("\"delta\":\"\""),
		DELTA("\"delta\":\"AAAA\",\"item_id\":\"i\",\"response_id\":\"r\""),
		DELTA("\"item_id\":\"i\",\"delta\":\"AAAA\",\"output_index\":-7,\"content_index\":"
		      "123456789012345"),
		DELTA("\"item_id\":\"i\",\"item_id\":\"j\",\"delta\":\"AAAA\""), /* the last of two
										  */
		DELTA("\"item_id\":\"\",\"delta\":\"A\nA\""),
		"{\"event_id\":\"event_1\",\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA\"}",
		"{\"item_id\":\"i\",\"delta\":\"AAAA\",\"type\":\"response.output_audio.delta\"}"};
	struct realtime_event ev;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hot); i++) {
		assert_int_equal(realtime_scan_audio(ga, str_of(hot[i]), &ev), 0);
		assert_true(same_realtime(ga, str_of(hot[i])));
	}
}

static void test_unusual_delta_is_left_to_jansson(void **state)
{
	static const char *const cold[] = {
		DELTA("\"item_id\":\"item_1\",\"delta\":\"AA\\u0041A\""),
		DELTA("\"item_id\":\"item\\u005f1\",\"delta\":\"AAAA\""),
		DELTA("\"item_id\":\"item_1\", \"delta\":\"AAAA\""),
		DELTA("\"item_id\":\"item_1\",\"delta\":\"x\",\"delta\":\"AAAA\""),
		DELTA("\"item_id\":\"item_1\",\"delta\":\"AAAA\",\"obfuscation\":\"x\""),
		DELTA("\"item_id\":\"item_1\",\"delta\":\"AAAA\",\"response_id\":null"),
		DELTA("\"item_id\":\"item_1\",\"delta\":\"AAAA\",\"output_index\":1.5"),
		DELTA("\"item_id\":\"item_1\",\"delta\":\"AAAA\",\"type\":\"response.output_audio."
		      "delta\""),
		USUAL_DELTA " ",
	};
	struct realtime_event ev;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cold); i++) {
		assert_int_equal(realtime_scan_audio(ga, str_of(cold[i]), &ev), -EAGAIN);
		assert_int_equal(realtime_parse(ga, str_of(cold[i]), &ev), 0);
		assert_int_equal(ev.kind, REALTIME_AUDIO_DELTA);
		assert_view(ev.item_id, "item_1");
		assert_view(ev.audio, "AAAA");
		realtime_event_done(&ev);
	}
	assert_int_equal(realtime_scan_audio(ga, STR(DELTA("\"item_id\":\"i\"")), &ev),
		-EAGAIN); /* no delta */
}

/* More members than an event has: jansson may count them. */
static void test_delta_of_many_members(void **state)
{
	char text[1024];
	struct realtime_event ev;
	(void)state;
	for (int n = 1; n <= 40; n++) {
		struct buf b;
		buf_init(&b, text, sizeof(text));
		buf_put(&b, STR("{\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA\""));
		for (int i = 0; i < n; i++)
			buf_put(&b, STR(",\"output_index\":0"));
		buf_putc(&b, '}');
		assert_int_equal(realtime_scan_audio(ga, buf_str(&b), &ev), n < 11 ? 0 : -EAGAIN);
		assert_true(same_realtime(ga, buf_str(&b)));
	}
}

static void test_delta_with_any_byte_changed(void **state)
{
	char text[] = USUAL_DELTA;
	(void)state;
	for (size_t i = 0; i < (sizeof(text) - 1) * 256; i++) {
		char kept = text[i / 256];
		text[i / 256] = (char)(i % 256);
		if (!same_realtime(ga, (struct str){text, sizeof(text) - 1}))
			fail_msg("byte %zu as %zu", i / 256, i % 256);
		text[i / 256] = kept;
	}
}

static void test_delta_truncated(void **state)
{
	struct realtime_event ev;
	(void)state;
	for (size_t n = 0; n < sizeof(USUAL_DELTA) - 1; n++) {
		AUTO(auto_free) char *exact = exact_copy((struct str){USUAL_DELTA, n});
		assert_int_equal(realtime_scan_audio(ga, (struct str){exact, n}, &ev), -EAGAIN);
		assert_int_equal(realtime_parse(ga, (struct str){exact, n}, &ev), -EBADMSG);
	}
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
		cmocka_unit_test(test_usual_media),
		cmocka_unit_test(test_media_scanned_as_parsed),
		cmocka_unit_test(test_unusual_media_is_left_to_jansson),
		cmocka_unit_test(test_media_with_any_byte_changed),
		cmocka_unit_test(test_usual_delta),
		cmocka_unit_test(test_delta_scanned_as_parsed),
		cmocka_unit_test(test_unusual_delta_is_left_to_jansson),
		cmocka_unit_test(test_delta_of_many_members),
		cmocka_unit_test(test_delta_with_any_byte_changed),
		cmocka_unit_test(test_delta_truncated),
	};
	return cmocka_run_group_tests(tests, find_dialects, NULL);
}
