/* SPDX-License-Identifier: MIT */
#include "ringdown/media/enhance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"
#include "ringdown/media/level.h"
#include "ringdown/media/mulaw.h"

static int16_t frame[FRAME_8K_SAMPLES];

static void make_noise(uint32_t *seed, int amplitude)
{
	for (size_t i = 0; i < FRAME_8K_SAMPLES; i++) {
		*seed = *seed * 1664525 + 1013904223;
		frame[i] = (int16_t)((int)(*seed >> 16) % (2 * amplitude + 1) - amplitude);
	}
}

/* Harmonics of 140 Hz in syllables of a third of a second: enough of a voice for the detector. */
static void make_voice(size_t frame_no, double amplitude)
{
	for (size_t i = 0; i < FRAME_8K_SAMPLES; i++) {
		double t = (double)(frame_no * FRAME_8K_SAMPLES + i) / 8000, sum = 0;
		for (int k = 1; k <= 12; k++)
			sum += sin(2 * M_PI * 140 * k * t) / k;
		frame[i] = (int16_t)lrint(amplitude * sum * fabs(sin(2 * M_PI * 1.5 * t)));
	}
}

/* Level of the last of three seconds. */
static double settled_dbfs(const struct enhance_settings *s, bool is_voice, int amplitude)
{
	struct enhance *e = enhance_new(s);
	struct level level;
	uint32_t seed = 3;
	assert_non_null(e);
	level_init(&level);
	for (size_t i = 0; i < 150; i++) {
		if (is_voice)
			make_voice(i, amplitude);
		else
			make_noise(&seed, amplitude);
		(void)enhance_run(e, frame);
		if (i >= 100)
			level_add_pcm(&level, frame, FRAME_8K_SAMPLES);
	}
	(void)enhance_free(e);
	return level_take_dbfs(&level);
}

static void nothing_on_is_nothing(void **state)
{
	(void)state;
	const struct enhance_settings off = {0};
	assert_null(enhance_new(&off));
	assert_null(enhance_free(NULL));
}

static void no_memory_is_nothing(void **state)
{
	(void)state;
	const struct enhance_settings on = {.denoise = true};
	mem_fail_at(1);
	assert_null(enhance_new(&on));
	mem_fail_at(0);
}

static void denoise_lowers_steady_noise(void **state)
{
	(void)state;
	const struct enhance_settings vad = {.vad = true}, denoise = {.denoise = true};
	double before = settled_dbfs(&vad, false, 800);
	double after = settled_dbfs(&denoise, false, 800);
	assert_true(after < before - 8);
}

static void agc_lifts_a_quiet_voice(void **state)
{
	(void)state;
	const struct enhance_settings vad = {.vad = true}, agc = {.agc = true};
	double before = settled_dbfs(&vad, true, 400);
	double after = settled_dbfs(&agc, true, 400);
	assert_true(after > before + 6);
	assert_true(after < -3);
}

static void vad_tells_voice_from_noise(void **state)
{
	(void)state;
	const struct enhance_settings s = {.vad = true};
	struct enhance *e = enhance_new(&s);
	uint32_t seed = 5;
	int in_noise = 0, in_voice = 0;
	assert_non_null(e);
	for (size_t i = 0; i < 250; i++) {
		make_noise(&seed, 100);
		in_noise += enhance_run(e, frame) && i >= 150;
	}
	for (size_t i = 0; i < 100; i++) {
		make_voice(i, 8000);
		in_voice += enhance_run(e, frame);
	}
	(void)enhance_free(e);
	assert_true(in_noise < 10);
	assert_true(in_voice > 60);
}

static void without_vad_all_is_voice(void **state)
{
	(void)state;
	const struct enhance_settings s = {.denoise = true};
	struct enhance *e = enhance_new(&s);
	assert_non_null(e);
	for (size_t i = 0; i < FRAME_8K_SAMPLES; i++)
		frame[i] = 0;
	assert_true(enhance_run(e, frame));
	(void)enhance_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_on_is_nothing),
		cmocka_unit_test(no_memory_is_nothing),
		cmocka_unit_test(denoise_lowers_steady_noise),
		cmocka_unit_test(agc_lifts_a_quiet_voice),
		cmocka_unit_test(vad_tells_voice_from_noise),
		cmocka_unit_test(without_vad_all_is_voice),
	};
	return cmocka_run_group_tests_name("media/enhance", tests, NULL, NULL);
}
