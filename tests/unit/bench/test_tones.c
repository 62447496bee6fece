/* SPDX-License-Identifier: MIT */
#include "../../../bench/lib/tones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/media/mulaw.h"
#include "ringdown/media/resample.h"

enum { FRAME_24K = 480, PASSES = 3 };

static void through_mulaw(int16_t pcm[TONES_FRAME])
{
	uint8_t codes[TONES_FRAME];
	mulaw_encode(pcm, TONES_FRAME, codes);
	mulaw_decode(codes, TONES_FRAME, pcm);
}

static void test_every_code_is_read_after_mulaw(void **state)
{
	int16_t pcm[TONES_FRAME];
	(void)state;
	for (unsigned code = 0; code < TONES_CODES; code++) {
		tones_make(code, pcm);
		through_mulaw(pcm);
		assert_int_equal(tones_read(pcm), code);
	}
}

/* As the sound comes back from the bridge: mu-law, up, down, mu-law, each frame with its neighbours' tails. */
static void test_every_code_is_read_after_the_bridge(void **state)
{
	struct resample_up up;
	struct resample_down down;
	int16_t pcm[TONES_FRAME], wide[FRAME_24K];
	unsigned n_read = 0;
	(void)state;
	resample_up_init(&up);
	resample_down_init(&down);
	for (unsigned i = 0; i < PASSES * TONES_CODES; i++) {
		unsigned code = i * 37 % TONES_CODES; /* each next to many others */
		tones_make(code, pcm);
		through_mulaw(pcm);
		resample_up_run(&up, pcm, TONES_FRAME, wide);
		assert_int_equal(resample_down_run(&down, wide, FRAME_24K, pcm), TONES_FRAME);
		through_mulaw(pcm);
		n_read += tones_read(pcm) == (int)code;
	}
	assert_int_equal(n_read, PASSES * TONES_CODES);
}

static void test_silence_and_noise_are_no_codes(void **state)
{
	int16_t pcm[TONES_FRAME] = {0};
	unsigned codes_found = 0;
	(void)state;
	assert_int_equal(tones_read(pcm), TONES_SILENT);
	memset(pcm, 1, sizeof(pcm)); /* 257 everywhere: not silent, and no tone */
	assert_int_equal(tones_read(pcm), TONES_NONE);
	srand(1);
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < TONES_FRAME; i++)
			pcm[i] = (int16_t)(rand() % 16000 - 8000);
		codes_found += tones_read(pcm) >= 0;
	}
	assert_int_equal(codes_found, 0);
}

static void test_one_tone_alone_is_no_code(void **state)
{
	int16_t a[TONES_FRAME], b[TONES_FRAME];
	(void)state;
	tones_make(0x35, a);
	tones_make(0x37, b);
	for (int i = 0; i < TONES_FRAME; i++)
		a[i] = (int16_t)((a[i] + b[i]) / 2); /* two low tones, one high one */
	assert_int_equal(tones_read(a), TONES_NONE);
}

static void place_all(struct tones_order *o, const unsigned *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(tones_place(o, numbers[i] % TONES_CODES), numbers[i]);
}

static void assert_order(const struct tones_order *o, unsigned lost, unsigned doubled, unsigned reordered)
{
	assert_int_equal(o->lost, lost);
	assert_int_equal(o->doubled, doubled);
	assert_int_equal(o->reordered, reordered);
}

static void test_order_names_what_went_wrong(void **state)
{
	struct tones_order o = {.next = 1000};
	(void)state;
	place_all(&o, (const unsigned[]){1000, 1001, 1002}, 3);
	assert_order(&o, 0, 0, 0);
	place_all(&o, (const unsigned[]){1005, 1006}, 2);
	assert_order(&o, 2, 0, 0);
	place_all(&o, (const unsigned[]){1006}, 1);
	assert_order(&o, 2, 1, 0);
	place_all(&o, (const unsigned[]){1003}, 1); /* late: not lost after all */
	assert_order(&o, 1, 1, 1);
	place_all(&o, (const unsigned[]){1003}, 1); /* and again */
	assert_order(&o, 1, 2, 1);
	place_all(&o, (const unsigned[]){1008, 1007, 1009}, 3); /* swapped */
	assert_order(&o, 1, 2, 2);
	assert_int_equal(o.next, 1010);
}

static void test_order_over_many_rounds(void **state)
{
	struct tones_order o = {0};
	(void)state;
	for (int64_t i = 0; i < 100000; i++)
		if (i % 1000 != 7)
			assert_int_equal(tones_place(&o, (unsigned)i % TONES_CODES), i);
	assert_order(&o, 100, 0, 0);
}

static void test_a_gap_as_long_as_can_be_told(void **state)
{
	struct tones_order o = {0};
	(void)state;
	assert_int_equal(tones_place(&o, 0), 0);
	assert_int_equal(tones_place(&o, 128), 128);
	assert_order(&o, 127, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_is_read_after_mulaw),
		cmocka_unit_test(test_every_code_is_read_after_the_bridge),
		cmocka_unit_test(test_silence_and_noise_are_no_codes),
		cmocka_unit_test(test_one_tone_alone_is_no_code),
		cmocka_unit_test(test_order_names_what_went_wrong),
		cmocka_unit_test(test_order_over_many_rounds),
		cmocka_unit_test(test_a_gap_as_long_as_can_be_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
