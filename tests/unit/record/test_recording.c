/* SPDX-License-Identifier: MIT */
/* What was said when, held against the recording as a player decodes it. */
#include "record_sound.h"

#include "ringdown/base/metrics.h"

static struct sound sound;
static uint8_t silence[FRAME_8K_SAMPLES];

static void feed_caller(
	struct record_tap *t, uint32_t from_ms, uint32_t to_ms, uint32_t beep_ms, uint32_t end_ms)
{
	uint8_t mulaw[FRAME_8K_SAMPLES];
	for (uint32_t ms = from_ms; ms < to_ms; ms += SOUND_SLOT_MS) {
		if (ms % (HELP_SLOTS_AT_ONCE * SOUND_SLOT_MS) == 0)
			help_pause(150); /* the recorder looks every 100 ms */
		sound_tone(mulaw, ms * 8, 1000);
		record_caller(
			t, ms, ms >= beep_ms && ms < end_ms ? mulaw : silence, FRAME_8K_SAMPLES);
	}
}

static void feed_assistant(struct record_tap *t, uint32_t from_ms, uint32_t to_ms)
{
	uint8_t mulaw[FRAME_8K_SAMPLES];
	for (uint32_t ms = from_ms; ms < to_ms; ms += SOUND_SLOT_MS) {
		sound_tone(mulaw, ms * 8, 600);
		record_voice(t, ms, mulaw, FRAME_8K_SAMPLES);
	}
}

static void close_and_decode(struct recorder *r, struct record_tap *t, const char *name)
{
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	sound_decode(name, &sound);
}

/* Left beeps from 1.0 to 1.2 s; right from 2.0, meant to last to 2.9, cut at 2.5 when it had been
 * handed over ahead of time. */
static void puts_both_where_they_were_heard(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	feed_caller(t, 0, 2000, 1000, 1200);
	feed_assistant(t, 2000, 2900);
	feed_caller(t, 2000, 2500, 0, 0);
	record_cut(t, 2500);
	feed_caller(t, 2500, 4000, 0, 0);
	close_and_decode(r, t, "CA1-1.opus");
	assert_in_range(sound.n_samples, 4 * SOUND_RATE_HZ - 48, 4 * SOUND_RATE_HZ + 48);
	sound_assert_span(&sound, 0, 1000, 1200);
	sound_assert_span(&sound, 1, 2000, 2500);
	double left = sound_rms(&sound, SOUND_RATE_HZ * 105 / 100, SOUND_RATE_HZ / 10, 0);
	double across = sound_rms(&sound, SOUND_RATE_HZ * 105 / 100, SOUND_RATE_HZ / 10, 1);
	assert_true(across < left / 100); /* 40 dB */
	json_t *root = help_json("CA1");
	json_t *stream = json_array_get(json_object_get(root, "streams"), 0);
	assert_string_equal(help_text(stream, "recording"), "CA1-1.opus");
	assert_int_equal(json_array_size(json_object_get(stream, "recordings")), 1);
	json_decref(root);
}

/* After a cut the next answer begins where it is heard, not where the last one would have ended. */
static void an_answer_after_a_cut_is_in_time(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	feed_assistant(t, 0, 800);
	record_cut(t, 0);
	feed_assistant(t, 700, 1000);
	feed_caller(t, 0, 1500, 0, 0);
	close_and_decode(r, t, "CA1-1.opus");
	sound_assert_span(&sound, 1, 700, 1000);
}

/* Messages come early, late, and after a stall all at once: the sound has no holes. */
static void jitter_makes_no_gaps(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	uint8_t mulaw[FRAME_8K_SAMPLES];
	for (uint32_t i = 0; i < 200; i++) {
		uint32_t ms = i * SOUND_SLOT_MS;
		uint32_t seen_ms = i >= 80 && i < 110
					   ? 2200
					   : ms + i * 7 % 15; /* stall from 1.6 to 2.2 s */
		sound_tone(mulaw, ms * 8, 1000);
		record_caller(t, seen_ms, mulaw, FRAME_8K_SAMPLES);
	}
	close_and_decode(r, t, "CA1-1.opus");
	sound_assert_span(&sound, 0, 0, 4000);
	for (size_t at = SOUND_BLOCK; at + 2 * SOUND_BLOCK < sound.n_samples; at += SOUND_BLOCK)
		assert_true(sound_rms(&sound, at, SOUND_BLOCK, 0) > 12000 * 0.7071 * 0.7);
}

/* Sound far ahead of the last: the time between is silence. */
static void a_long_pause_is_silence(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	feed_assistant(t, 20000, 20500);
	close_and_decode(r, t, "CA1-1.opus");
	assert_in_range(
		sound.n_samples, 205 * SOUND_RATE_HZ / 10 - 48, 205 * SOUND_RATE_HZ / 10 + 48);
	sound_assert_span(&sound, 1, 20000, 20500);
}

/* A full ring loses sound, is counted, and what follows is still in its place. */
static void a_full_ring_drops_and_counts(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	int64_t before = metric_get(METRIC_RECORD_DROPS);
	for (uint32_t i = 0; i < 1000; i++) /* 20 s in no time; the ring holds 256 slots */
		record_caller(t, i * SOUND_SLOT_MS, silence, FRAME_8K_SAMPLES);
	assert_true(metric_get(METRIC_RECORD_DROPS) > before);
	help_pause(300);
	feed_caller(t, 20000, 21000, 20400, 20600);
	close_and_decode(r, t, "CA1-1.opus");
	sound_assert_span(&sound, 0, 20400, 20600);
}

/* Each stream of a call has its own file. */
static void a_second_stream_has_a_second_file(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct recorder *r = help_recorder();
		struct record_tap *t = help_open(r, "CA1", true);
		feed_caller(t, 0, 500, 100, 300);
		close_and_decode(r, t, i ? "CA1-2.opus" : "CA1-1.opus");
		sound_assert_span(&sound, 0, 100, 300);
	}
	json_t *root = help_json("CA1"), *streams = json_object_get(root, "streams");
	assert_string_equal(help_text(json_array_get(streams, 1), "recording"), "CA1-2.opus");
	json_decref(root);
}

static void a_call_without_sound_leaves_no_file(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	record_close(help_open(r, "CA1", true), STR("complete"));
	(void)recorder_free(r);
	assert_false(help_exists("CA1-1.opus"));
	json_t *root = help_json("CA1");
	json_t *stream = json_array_get(json_object_get(root, "streams"), 0);
	assert_true(json_is_null(json_object_get(stream, "recording")));
	json_decref(root);
}

static void times_that_cannot_be_are_ignored(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	feed_caller(t, 0, 500, 100, 300);
	record_caller(t, UINT32_MAX, silence, FRAME_8K_SAMPLES);
	record_voice(t, UINT32_MAX / 8, silence, FRAME_8K_SAMPLES);
	record_cut(t, UINT32_MAX);
	close_and_decode(r, t, "CA1-1.opus");
	assert_in_range(sound.n_samples, SOUND_RATE_HZ / 2 - 48, SOUND_RATE_HZ / 2 + 48);
	sound_assert_span(&sound, 0, 100, 300);
}

static int make_silence(void **state)
{
	(void)state;
	memset(silence, MULAW_SILENCE, sizeof(silence));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			puts_both_where_they_were_heard, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			an_answer_after_a_cut_is_in_time, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(jitter_makes_no_gaps, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_long_pause_is_silence, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_full_ring_drops_and_counts, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_second_stream_has_a_second_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_call_without_sound_leaves_no_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			times_that_cannot_be_are_ignored, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("record/recording", tests, make_silence, NULL);
}
