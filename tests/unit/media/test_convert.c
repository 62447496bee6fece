/* SPDX-License-Identifier: MIT */
#include "ringdown/media/convert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ringdown/base/mem.h"

enum { FROM_HZ = 44100, TO_HZ = 8000, PIECE = 441, TONE_HZ = 600 };

static double tone(size_t i, double rate_hz)
{
	return 9000 * sin(2 * M_PI * TONE_HZ * (double)i / rate_hz);
}

/* One second in pieces: all of it comes out, in place and in time. */
static void keeps_length_and_time(void **state)
{
	(void)state;
	static int16_t in[FROM_HZ], out[2 * TO_HZ];
	struct convert *c = convert_new(FROM_HZ, TO_HZ);
	size_t made = 0;
	double worst = 0;
	assert_non_null(c);
	for (size_t i = 0; i < FROM_HZ; i++)
		in[i] = (int16_t)lrint(tone(i, FROM_HZ));
	for (size_t at = 0; at < FROM_HZ; at += PIECE) {
		assert_true(made + convert_room(c, PIECE) <= 2 * TO_HZ);
		made += convert_run(c, in + at, PIECE, out + made);
	}
	made += convert_flush(c, out + made);
	(void)convert_free(c);
	assert_in_range(made, TO_HZ - 1, TO_HZ + 1);
	for (size_t i = 200; i < TO_HZ - 200; i++)
		worst = fmax(worst, fabs(out[i] - tone(i, TO_HZ)));
	assert_true(worst < 300);
}

static void refuses_what_cannot_be(void **state)
{
	(void)state;
	assert_null(convert_new(0, 8000));
	assert_null(convert_new(8000, 0));
	mem_fail_at(1);
	assert_null(convert_new(8000, 16000));
	mem_fail_at(0);
	assert_null(convert_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_length_and_time),
		cmocka_unit_test(refuses_what_cannot_be),
	};
	return cmocka_run_group_tests_name("media/convert", tests, NULL, NULL);
}
