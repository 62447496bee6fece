/* SPDX-License-Identifier: MIT */
/* The disk is full, the directory goes away: nothing ends, what is lost is counted, and all goes on
 * by itself when there is room again. */
#include "record_sound.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "ringdown/base/metrics.h"

static struct sound sound;

/* A full disk for want of one: no file may grow beyond this. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* In the time the recorder needs to take it. */
static void feed_second(struct record_tap *t, uint32_t second)
{
	uint8_t mulaw[FRAME_8K_SAMPLES];
	for (uint32_t i = 0; i < 50; i++) {
		uint32_t ms = second * 1000 + i * SOUND_SLOT_MS;
		sound_tone(mulaw, ms * 8, 1000);
		record_caller(t, ms, mulaw, FRAME_8K_SAMPLES);
	}
	help_pause(120);
}

/* Sound goes on until something has happened; returns the second it stopped at. */
static uint32_t feed_until(
	struct record_tap *t, uint32_t second, bool (*has_happened)(int64_t), int64_t arg)
{
	for (int i = 0; i < HELP_WAIT_ROUNDS; i++) {
		if (has_happened(arg))
			return second;
		feed_second(t, second++);
	}
	fail_msg("it never happened");
	return second;
}

static bool is_failing(int64_t errors_before)
{
	return metric_get(METRIC_RECORD_ERRORS) > errors_before;
}

static bool is_losing(int64_t drops_before)
{
	return metric_get(METRIC_RECORD_DROPS) > drops_before;
}

static bool has_second_file(int64_t unused)
{
	(void)unused;
	struct stat st;
	return stat(help_path("CA1-2.opus"), &st) == 0 && st.st_size > 1000;
}

static void a_full_disk_loses_sound_and_recovers(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	int64_t errors = metric_get(METRIC_RECORD_ERRORS);
	uint32_t second = 0;
	for (; second < 6; second++)
		feed_second(t, second);
	limit_files(8000);
	second = feed_until(t, second, is_failing, errors);
	second = feed_until(t, second, is_losing, metric_get(METRIC_RECORD_DROPS));
	limit_files(RLIM_INFINITY);
	second = feed_until(t, second, has_second_file, 0);
	record_close(t, STR("complete"));
	(void)recorder_free(r);

	sound_decode("CA1-1.opus", &sound); /* what came before is whole */
	assert_true(sound.n_samples > 0);
	json_t *root = help_json("CA1");
	json_t *stream = json_array_get(json_object_get(root, "streams"), 0);
	json_t *parts = json_object_get(stream, "recordings");
	assert_int_equal(json_array_size(parts), 2);
	assert_string_equal(help_text(json_array_get(parts, 1), "file"), "CA1-2.opus");
	json_int_t start_ms = json_integer_value(
		json_object_get(json_array_get(parts, 1), "start_ms"));
	sound_decode("CA1-2.opus", &sound);
	json_int_t length_ms = (json_int_t)(sound.n_samples / (SOUND_RATE_HZ / 1000));
	assert_in_range(start_ms + length_ms, second * 1000 - 5, second * 1000 + 5);
	json_decref(root);
}

static void a_full_disk_delays_a_transcript(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	int64_t errors = metric_get(METRIC_RECORD_ERRORS);
	limit_files(10);
	struct record_tap *t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("hello"));
	record_close(t, STR("complete"));
	for (int i = 0; i < HELP_WAIT_ROUNDS && !is_failing(errors); i++)
		help_pause(HELP_WAIT_MS);
	limit_files(RLIM_INFINITY);
	help_wait_turns("CA1", 1); /* it was kept, though its call is over */
	(void)recorder_free(r);
	assert_true(is_failing(errors));
	assert_int_equal(help_turns("CA1"), 1);
}

/* The directory is a file for a while, then it is there again. */
static void a_lost_directory_comes_back(void **state)
{
	(void)state;
	char away[HELP_PATH];
	(void)snprintf(away, sizeof(away), "%s.away", help_dir);
	struct recorder *r = help_recorder();
	int64_t errors = metric_get(METRIC_RECORD_ERRORS);
	assert_int_equal(rename(help_dir, away), 0);
	int fd = open(help_dir, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	struct record_tap *t = help_open(r, "CA1", true);
	help_turn(t, "caller", STR("hello"));
	uint32_t second = feed_until(t, 0, is_failing, errors);
	assert_int_equal(unlink(help_dir), 0);
	assert_int_equal(rename(away, help_dir), 0);
	for (int i = 0; i < HELP_WAIT_ROUNDS && !help_exists("CA1-1.opus"); i++)
		feed_second(t, second++);
	help_wait_turns("CA1", 1);
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	sound_decode("CA1-1.opus", &sound);
	assert_true(sound.n_samples > 0);
}

/* Somebody deletes the file while it is written: a new one is begun. */
static void a_deleted_file_is_begun_anew(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", true);
	uint32_t second = 0;
	for (; second < 5; second++)
		feed_second(t, second);
	assert_true(help_exists("CA1-1.opus"));
	assert_int_equal(unlink(help_path("CA1-1.opus")), 0);
	second = feed_until(t, second, has_second_file, 0);
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	sound_decode("CA1-2.opus", &sound);
	assert_true(sound.n_samples > 0);
}

/* More turns than the inbox takes at once, and more than a document holds: bounded, counted. */
static void too_many_turns_are_counted(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	int64_t drops = metric_get(METRIC_RECORD_DROPS);
	for (uint32_t i = 0; i < 20000; i++)
		help_turn(t, "note", STR("x"));
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	assert_in_range(help_turns("CA1"), 1000, 10000);
	assert_int_equal(
		metric_get(METRIC_RECORD_DROPS) - drops, 20000 - (int64_t)help_turns("CA1"));
}

static int ignore_sigxfsz(void **state)
{
	(void)state;
	return signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_full_disk_loses_sound_and_recovers, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_full_disk_delays_a_transcript, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_lost_directory_comes_back, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_deleted_file_is_begun_anew, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			too_many_turns_are_counted, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("record/faults", tests, ignore_sigxfsz, NULL);
}
