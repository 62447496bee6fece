/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/twilio_stream.h"

#include "ringdown/wire/base64.h"
#include "wire_test.h"

static int parse(struct str message, struct twilio_event *ev)
{
	AUTO(auto_free) char *exact = exact_copy(message);
	return twilio_parse((struct str){exact, message.n}, ev);
}

#define START_HEAD                                                                                 \
	"{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{\"accountSid\":\"AC1\","         \
	"\"streamSid\":\"MZ1\","

static void test_connected(void **state)
{
	struct twilio_event ev;
	(void)state;
	assert_int_equal(
		parse(STR("{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}"),
			&ev),
		0);
	assert_int_equal(ev.kind, TWILIO_CONNECTED);
	assert_int_equal(ev.sequence, 0);
	twilio_event_done(&ev);
	twilio_event_done(&ev); /* done is done */
}

static void test_start(void **state)
{
	struct twilio_event ev;
	(void)state;
	struct str message = STR(
		START_HEAD "\"callSid\":\"CA1\",\"tracks\":[\"inbound\"],\"mediaFormat\":{"
			   "\"encoding\":\"audio/x-mulaw\","
			   "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{\"token\":"
			   "\"v1.2\",\"b\":\"\",\"n\":7}},"
			   "\"streamSid\":\"MZ1\"}");
	assert_int_equal(parse(message, &ev), 0);
	assert_int_equal(ev.kind, TWILIO_START);
	assert_int_equal(ev.sequence, 1);
	assert_view(ev.account_sid, "AC1");
	assert_view(ev.call_sid, "CA1");
	assert_view(ev.stream_sid, "MZ1");
	assert_view(ev.encoding, "audio/x-mulaw");
	assert_int_equal(ev.sample_hz, 8000);
	assert_int_equal(ev.channels, 1);
	assert_int_equal(ev.n_parameters, 2); /* the number is no text, left out */
	assert_view(ev.parameters[0].name, "token");
	assert_view(ev.parameters[0].value, "v1.2");
	assert_view(ev.parameters[1].name, "b");
	assert_view(ev.parameters[1].value, "");
	twilio_event_done(&ev);
}

static void test_start_of_fewer_words(void **state)
{
	struct twilio_event ev;
	(void)state;
	assert_int_equal(
		parse(STR("{\"event\":\"start\",\"start\":{\"streamSid\":\"MZ2\",\"mediaFormat\":{"
			  "\"sampleRate\":\"16000\"},\"customParameters\":null}}"),
			&ev),
		0);
	assert_view(ev.stream_sid, "MZ2"); /* from within, where it is not without */
	assert_int_equal(ev.sample_hz, 16000);
	assert_int_equal(ev.n_parameters, 0);
	assert_int_equal(ev.call_sid.n, 0);
	twilio_event_done(&ev);
}

static void test_parameters_beyond_the_limit(void **state)
{
	static char text[1 << 20];
	struct twilio_event ev;
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	buf_put(&b, STR(START_HEAD "\"customParameters\":{"));
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%s\"p%d\":\"%d\"", i ? "," : "", i, i);
	buf_put(&b, STR("}}}"));
	assert_int_equal(parse(buf_str(&b), &ev), 0);
	assert_int_equal(ev.n_parameters, TWILIO_PARAMETERS_MAX);
	assert_view(ev.parameters[TWILIO_PARAMETERS_MAX - 1].name, "p31");
	twilio_event_done(&ev);
}

static void test_media(void **state)
{
	struct twilio_event ev;
	(void)state;
	struct str message = STR("{\"streamSid\":\"MZ1\",\"media\":{\"payload\":\"//"
				 "8=\",\"timestamp\":40,\"chunk\":\"2\"},"
				 "\"sequenceNumber\":4,\"event\":\"media\",\"new\":[{}]}");
	assert_int_equal(parse(message, &ev), 0);
	assert_int_equal(ev.kind, TWILIO_MEDIA);
	assert_int_equal(ev.sequence, 4);
	assert_int_equal(ev.chunk, 2);
	assert_int_equal(ev.timestamp_ms, 40);
	assert_true(ev.is_inbound); /* no track is the caller's */
	assert_view(ev.payload, "//8=");
	twilio_event_done(&ev);
	assert_int_equal(parse(STR("{\"event\":\"media\",\"media\":{\"track\":\"outbound\","
				   "\"payload\":\"\"}}"),
				 &ev),
		0);
	assert_false(ev.is_inbound);
	assert_int_equal(ev.payload.n, 0);
	twilio_event_done(&ev);
}

static void test_mark_dtmf_stop(void **state)
{
	struct twilio_event ev;
	(void)state;
	assert_int_equal(
		parse(STR("{\"event\":\"mark\",\"sequenceNumber\":\"4\",\"streamSid\":\"MZ1\","
			  "\"mark\":{\"name\":\"my \\u00fcber label\"}}"),
			&ev),
		0);
	assert_int_equal(ev.kind, TWILIO_MARK);
	assert_view(ev.mark, "my \xc3\xbc"
			     "ber label");
	twilio_event_done(&ev);
	static const char digits[] = "0123456789*#ABCD";
	for (const char *d = digits; *d; d++) {
		char text[128];
		struct buf b;
		buf_init(&b, text, sizeof(text));
		buf_printf(&b,
			"{\"event\":\"dtmf\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"%"
			"c\"}}",
			*d);
		assert_int_equal(parse(buf_str(&b), &ev), 0);
		assert_int_equal(ev.kind, TWILIO_DTMF);
		assert_int_equal(ev.digit, *d);
		twilio_event_done(&ev);
	}
	assert_int_equal(parse(STR("{\"event\":\"stop\",\"sequenceNumber\":\"5\",\"stop\":{"
				   "\"callSid\":\"CA1\"},"
				   "\"streamSid\":\"MZ1\"}"),
				 &ev),
		0);
	assert_int_equal(ev.kind, TWILIO_STOP);
	assert_int_equal(ev.sequence, 5);
	twilio_event_done(&ev);
}

static void test_unknown_is_ignored(void **state)
{
	static const char *const unknown[] = {"{\"event\":\"clear\"}", "{\"event\":\"MEDIA\"}",
		"{\"event\":\"media \"}", "{\"event\":\"x\",\"media\":7}",
		"{\"event\":\"stop\",\"event\":\"later\"}"};
	struct twilio_event ev;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		assert_int_equal(parse(str_of(unknown[i]), &ev), 0);
		assert_int_equal(ev.kind, TWILIO_UNKNOWN);
		twilio_event_done(&ev);
	}
}

/* FAULTS.md 3A 1 to 4, 11, 20, 21. */
static void test_refused(void **state)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "{\"event\":null}", "{\"event\":1}",
		"{\"event\":\"\"}", "{\"event\":\"media\"}", "{\"event\":\"media\",\"media\":null}",
		"{\"event\":\"media\",\"media\":\"x\"}", "{\"event\":\"media\",\"media\":{}}",
		"{\"event\":\"media\",\"media\":{\"payload\":null}}",
		"{\"event\":\"media\",\"media\":{\"payload\":7}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"chunk\":\"-1\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"chunk\":\"x\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"timestamp\":-10}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"timestamp\":"
		"\"9223372036854775808\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"timestamp\":"
		"9223372036854775808}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\",\"timestamp\":1.5}}",
		"{\"event\":\"media\",\"sequenceNumber\":[],\"media\":{\"payload\":\"\"}}",
		"{\"event\":\"stop\",\"sequenceNumber\":\"\"}", "{\"event\":\"mark\"}",
		"{\"event\":\"mark\",\"mark\":\"x\"}",
		"{\"event\":\"mark\",\"mark\":{\"name\":\"\"}}",
		"{\"event\":\"mark\",\"mark\":{\"name\":7}}", "{\"event\":\"dtmf\"}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"\"}}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"12\"}}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"<\"}}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"a\"}}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":1}}",
		"{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"\\u0000\"}}", "{\"event\":\"start\"}",
		"{\"event\":\"start\",\"start\":[]}",
		"{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"sampleRate\":-8000}}}",
		"{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"sampleRate\":4294967296}}}",
		"{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"channels\":\"one\"}}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\xc3\"}}",
		"{\"event\":\"x\\ud800\"}"};
	struct twilio_event ev;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (parse(str_of(bad[i]), &ev) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_null(ev.doc);
		assert_null(ev.payload.p); /* no view of what is gone */
		assert_null(ev.stream_sid.p);
	}
}

static void test_limits(void **state)
{
	static char text[1 << 20];
	struct twilio_event ev;
	struct buf b;
	(void)state;
	for (int n = 1; n <= TWILIO_MARK_NAME_MAX + 1; n++) {
		buf_init(&b, text, sizeof(text));
		buf_printf(&b, "{\"event\":\"mark\",\"mark\":{\"name\":\"%0*d\"}}", n, 0);
		assert_int_equal(parse(buf_str(&b), &ev), n <= TWILIO_MARK_NAME_MAX ? 0 : -EBADMSG);
		twilio_event_done(&ev);
	}
	for (int n = TWILIO_DEPTH_MAX - 1; n <= TWILIO_DEPTH_MAX; n++) {
		buf_init(&b, text, sizeof(text));
		buf_put(&b, STR("{\"event\":\"x\",\"a\":"));
		for (int i = 0; i < n; i++)
			buf_putc(&b, '[');
		for (int i = 0; i < n; i++)
			buf_putc(&b, ']');
		buf_putc(&b, '}');
		assert_int_equal(parse(buf_str(&b), &ev), n < TWILIO_DEPTH_MAX ? 0 : -EBADMSG);
		twilio_event_done(&ev);
	}
	memset(text, '[', sizeof(text));
	assert_int_equal(parse((struct str){text, sizeof(text)}, &ev), -EBADMSG);
}

/* Byte by byte: no beginning of a message is a message. */
static void test_truncated(void **state)
{
	static const char whole[] =
		"{\"event\":\"media\",\"sequenceNumber\":\"4\",\"media\":{\"track\":\"inbound\","
		"\"chunk\":\"2\",\"timestamp\":\"5\",\"payload\":\"//8=\"},\"streamSid\":\"MZ1\"}";
	struct twilio_event ev;
	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		AUTO(auto_free) char *exact = exact_copy((struct str){whole, n});
		assert_int_equal(twilio_scan_media((struct str){exact, n}, &ev), -EAGAIN);
		assert_int_equal(twilio_parse((struct str){exact, n}, &ev), -EBADMSG);
	}
	assert_int_equal(twilio_scan_media(str_of(whole), &ev), 0);
	assert_null(ev.doc);
}

static void test_put(void **state)
{
	static const uint8_t sound[4] = {0xff, 0x7f, 0x00, 0x80};
	char text[256];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	twilio_put_media(&b, STR("MZ1"), sound, sizeof(sound));
	assert_written(&b,
		"{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{\"payload\":\"/38AgA==\"}}");
	buf_clear(&b);
	twilio_put_media(&b, STR("MZ1"), NULL, 0);
	assert_written(
		&b, "{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{\"payload\":\"\"}}");
	buf_clear(&b);
	twilio_put_mark(&b, STR("MZ\"1"), STR("e3:7\n"));
	assert_written(&b,
		"{\"event\":\"mark\",\"streamSid\":\"MZ\\\"1\",\"mark\":{\"name\":\"e3:7\\n\"}}");
	buf_clear(&b);
	twilio_put_clear(&b, STR("MZ1"));
	assert_written(&b, "{\"event\":\"clear\",\"streamSid\":\"MZ1\"}");
}

static void test_put_into_too_little(void **state)
{
	static const uint8_t sound[160];
	char text[512];
	struct buf whole;
	(void)state;
	buf_init(&whole, text, sizeof(text));
	twilio_put_media(&whole, STR("MZ1"), sound, sizeof(sound));
	size_t n = buf_str(&whole).n;
	for (size_t size = 0; size <= n; size++) {
		struct buf b;
		AUTO(auto_free) char *exact = exact_copy((struct str){text, size});
		buf_init(&b, exact, size);
		twilio_put_media(&b, STR("MZ1"), sound, sizeof(sound));
		assert_int_equal(buf_ok(&b), size == n);
	}
}

/* What we write, a peer such as our own simulator reads. */
static void test_round_trip(void **state)
{
	uint8_t sound[400], back[BASE64_DECODED(BASE64_ENCODED(400))];
	char text[1024];
	struct twilio_event ev;
	uint32_t seed = 3;
	(void)state;
	for (size_t n = 0; n < sizeof(sound); n++) {
		struct buf b;
		sound[n] = (uint8_t)next_random(&seed);
		buf_init(&b, text, sizeof(text));
		twilio_put_media(&b, STR("MZ1"), sound, n);
		assert_int_equal(parse(buf_str(&b), &ev), 0);
		assert_int_equal(base64_decode(ev.payload.p, ev.payload.n, back), n);
		assert_memory_equal(back, sound, n);
		twilio_event_done(&ev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connected),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_start_of_fewer_words),
		cmocka_unit_test(test_parameters_beyond_the_limit),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_mark_dtmf_stop),
		cmocka_unit_test(test_unknown_is_ignored),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_into_too_little),
		cmocka_unit_test(test_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
