/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/realtime.h"

#include "wire_test.h"

static void test_find(void **state)
{
	static const char *const unknown[] = {"", "GA", "g", "ga ", "gaa", "xai", "live"};
	(void)state;
	assert_string_equal(realtime_dialect_name(realtime_dialect_find(STR("ga"))), "ga");
	assert_string_equal(realtime_dialect_name(realtime_dialect_find(STR("beta"))), "beta");
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_null(realtime_dialect_find(str_of(unknown[i])));
	assert_null(realtime_dialect_find((struct str){NULL, 0}));
}

static void test_header(void **state)
{
	const char *name, *value;
	(void)state;
	realtime_dialect_header(realtime_dialect_find(STR("ga")), &name, &value);
	assert_null(name); /* GA must not be sent it */
	assert_null(value);
	realtime_dialect_header(realtime_dialect_find(STR("beta")), &name, &value);
	assert_string_equal(name, "OpenAI-Beta");
	assert_string_equal(value, "realtime=v1");
}

static void check_session(const char *dialect, const struct realtime_session *s, const char *want)
{
	char text[2048], whole[2048];
	struct buf b, w;
	buf_init(&b, text, sizeof(text));
	realtime_put_session_update(realtime_dialect_find(str_of(dialect)), &b, s);
	buf_init(&w, whole, sizeof(whole));
	buf_printf(&w, "{\"type\":\"session.update\",\"session\":%s}", want);
	assert_true(buf_ok(&w));
	assert_written(&b, whole);
}

#define GA_PCM	"\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}"
#define GA_PCMU "\"format\":{\"type\":\"audio/pcmu\"}"
#define GA_HEAD "{\"type\":\"realtime\",\"output_modalities\":[\"audio\"],"
#define BETA_PCM                                                                                   \
	"{\"modalities\":[\"audio\",\"text\"],\"input_audio_format\":\"pcm16\",\"output_audio_"    \
	"format\":\"pcm16\""

static const struct realtime_session full = {
	.model = {"gpt-realtime-2.1", 16},
	.instructions = {"Say \"hello\".\n", 13},
	.voice = {"marin", 5},
	.audio = REALTIME_PCM24K,
	.turn_detection = {"{\"type\":\"semantic_vad\"}", 23},
	.noise_reduction = {"{\"type\":\"far_field\"}", sizeof("{'type':'far_field'}") - 1},
	.transcription_model = {"gpt-4o-mini-transcribe", 22},
	.tools = {"[]", 2},
};

static void test_ga_session(void **state)
{
	struct realtime_session minimal = full,
				bare = {.audio = REALTIME_PCMU, .noise_reduction = {"null", 4}};
	(void)state;
	check_session("ga", &full,
		GA_HEAD
		"\"instructions\":\"Say \\\"hello\\\".\\n\",\"audio\":{\"input\":{" GA_PCM
		",\"turn_detection\":{\"type\":\"semantic_vad\"},\"noise_reduction\":{\"type\":"
		"\"far_field\"},"
		"\"transcription\":{\"model\":\"gpt-4o-mini-transcribe\"}},\"output\":{" GA_PCM
		",\"voice\":\"marin\"}},\"tools\":[],\"tool_choice\":\"auto\"}");
	minimal.is_minimal = true;
	check_session("ga", &minimal,
		GA_HEAD "\"instructions\":\"Say \\\"hello\\\".\\n\",\"audio\":{\"input\":{" GA_PCM
			"},\"output\":{" GA_PCM "}}}");
	check_session("ga", &bare,
		GA_HEAD "\"audio\":{\"input\":{" GA_PCMU "},\"output\":{" GA_PCMU "}}}");
}

static void test_beta_session(void **state)
{
	struct realtime_session minimal = full,
				bare = {.audio = REALTIME_PCMU, .noise_reduction = {"null", 4}};
	(void)state;
	check_session("beta", &full,
		BETA_PCM ",\"instructions\":\"Say "
			 "\\\"hello\\\".\\n\",\"voice\":\"marin\",\"turn_detection\":{\"type\":"
			 "\"semantic_vad\"},\"input_audio_noise_reduction\":{\"type\":\"far_"
			 "field\"},\"input_audio_"
			 "transcription\":{\"model\":"
			 "\"gpt-4o-mini-transcribe\"},\"tools\":[],\"tool_choice\":\"auto\"}");
	minimal.is_minimal = true;
	check_session("beta", &minimal, BETA_PCM ",\"instructions\":\"Say \\\"hello\\\".\\n\"}");
	check_session("beta", &bare,
		"{\"modalities\":[\"audio\",\"text\"],\"input_audio_format\":\"g711_ulaw\","
		"\"output_audio_format\":\"g711_ulaw\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_ga_session),
		cmocka_unit_test(test_beta_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
