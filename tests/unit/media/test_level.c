/* SPDX-License-Identifier: MIT */
#include "ringdown/media/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/media/mulaw.h"

enum { N = 8000 };

static int16_t pcm[N];
static uint8_t codes[N];

static void assert_near(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("%.3f, not %.3f", got, want);
}

static void make_sine(double amplitude)
{
	for (size_t i = 0; i < N; i++)
		pcm[i] = (int16_t)lrint(amplitude * sin(2 * M_PI * 1000 * (double)i / 8000 + 0.1));
}

static void tells_known_levels(void **state)
{
	(void)state;
	struct level l;
	level_init(&l);
	make_sine(32767);
	level_add_pcm(&l, pcm, N);
	assert_near(level_take_dbfs(&l), -3.01, 0.01);
	make_sine(327.67);
	level_add_pcm(&l, pcm, N);
	assert_near(level_take_dbfs(&l), -43.01, 0.05);
	for (size_t i = 0; i < N; i++)
		pcm[i] = i % 2 ? INT16_MIN : -INT16_MAX;
	level_add_pcm(&l, pcm, N);
	assert_near(level_take_dbfs(&l), 0, 0.001);
}

static void mulaw_agrees_with_pcm(void **state)
{
	(void)state;
	struct level l;
	level_init(&l);
	make_sine(10000);
	mulaw_encode(pcm, N, codes);
	level_add_mulaw(&l, codes, 1234);
	level_add_mulaw(&l, codes + 1234, N - 1234);
	assert_near(level_take_dbfs(&l), 20 * log10(10000 / 32768.0) - 3.01, 0.1);
}

static void silence_is_the_floor(void **state)
{
	(void)state;
	struct level l;
	level_init(&l);
	assert_near(level_take_dbfs(&l), LEVEL_FLOOR_DBFS, 0);
	memset(codes, MULAW_SILENCE, N);
	level_add_mulaw(&l, codes, N);
	assert_near(level_take_dbfs(&l), LEVEL_FLOOR_DBFS, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_known_levels),
		cmocka_unit_test(mulaw_agrees_with_pcm),
		cmocka_unit_test(silence_is_the_floor),
	};
	return cmocka_run_group_tests_name("media/level", tests, NULL, NULL);
}
