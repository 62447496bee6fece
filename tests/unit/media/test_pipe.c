/* SPDX-License-Identifier: MIT */
#include "ringdown/media/pipe.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/media/enhance.h"

enum { N8 = 4000, BYTES24 = 6 * N8 };

static uint8_t mulaw[N8], back[N8 + 1], bytes24[BYTES24 + 1], split24[BYTES24 + 1];

static int16_t sample_at(const uint8_t *bytes, size_t i)
{
	return (int16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
}

static void make_caller(void)
{
	int16_t pcm[N8];
	for (size_t i = 0; i < N8; i++)
		pcm[i] = (int16_t)lrint(8000 * sin((double)i * 0.4) + 5000 * sin((double)i * 1.3));
	mulaw_encode(pcm, N8, mulaw);
}

static size_t next_piece(size_t left)
{
	size_t n = rand() % 4 ? (size_t)rand() % 9 : (size_t)rand() % 2000;
	return n < left ? n : left;
}

static void uplink_is_decode_and_resample(void **state)
{
	(void)state;
	static int16_t pcm8[N8], pcm24[3 * N8];
	struct resample_up r;
	struct uplink u;
	make_caller();
	mulaw_decode(mulaw, N8, pcm8);
	resample_up_init(&r);
	resample_up_run(&r, pcm8, N8, pcm24);
	uplink_init(&u, NULL);
	uplink_run(&u, mulaw, N8, bytes24 + 1); /* unaligned on purpose */
	for (size_t i = 0; i < 3 * N8; i++)
		assert_int_equal(sample_at(bytes24 + 1, i), pcm24[i]);
}

static void uplink_does_not_mind_the_split(void **state)
{
	(void)state;
	struct uplink u;
	make_caller();
	uplink_init(&u, NULL);
	uplink_run(&u, mulaw, N8, bytes24);
	for (unsigned seed = 1; seed <= 20; seed++) {
		srand(seed);
		uplink_init(&u, NULL);
		for (size_t at = 0, n; at < N8; at += n) {
			n = next_piece(N8 - at);
			uplink_run(&u, mulaw + at, n, split24 + 6 * at);
		}
		assert_memory_equal(split24, bytes24, BYTES24);
	}
}

static void downlink_does_not_mind_odd_bytes(void **state)
{
	(void)state;
	static uint8_t whole[N8 + 1];
	struct uplink u;
	struct downlink d;
	make_caller();
	uplink_init(&u, NULL);
	uplink_run(&u, mulaw, N8, bytes24);
	downlink_init(&d);
	assert_int_equal(downlink_run(&d, bytes24, BYTES24, whole), N8);
	for (unsigned seed = 1; seed <= 30; seed++) {
		size_t made = 0;
		srand(seed);
		downlink_init(&d);
		for (size_t at = 0, n; at < BYTES24; at += n) {
			n = next_piece(BYTES24 - at);
			size_t got = downlink_run(&d, bytes24 + at, n, back + made);
			assert_true(got <= n / 6 + 1);
			made += got;
		}
		assert_int_equal(made, N8);
		assert_memory_equal(back, whole, N8);
	}
}

static void downlink_takes_single_bytes(void **state)
{
	(void)state;
	static uint8_t whole[N8 + 1];
	struct downlink d;
	size_t made = 0;
	for (size_t i = 0; i < BYTES24; i++)
		bytes24[i] = (uint8_t)(i * 7 ^ i >> 3);
	downlink_init(&d);
	(void)downlink_run(&d, bytes24, BYTES24, whole);
	downlink_init(&d);
	for (size_t i = 0; i < BYTES24; i++)
		made += downlink_run(&d, bytes24 + i, 1, back + made);
	assert_int_equal(made, N8);
	assert_memory_equal(back, whole, N8);
}

static void reset_forgets_the_last_item(void **state)
{
	(void)state;
	uint8_t first[40], again[40];
	struct downlink d;
	memset(bytes24, 0x33, 240);
	downlink_init(&d);
	size_t made = downlink_run(&d, bytes24, 240, first);
	memset(split24, 0x5A, 101); /* ends inside a sample and inside a group of three */
	(void)downlink_run(&d, split24, 101, back);
	downlink_reset(&d);
	assert_int_equal(downlink_run(&d, bytes24, 240, again), made);
	assert_memory_equal(again, first, made);
}

/* Silence stays silence to the last bit: no offset, no idle noise. */
static void silence_stays_silence(void **state)
{
	(void)state;
	static const uint8_t zeros[BYTES24];
	struct uplink u;
	struct downlink d;
	memset(mulaw, MULAW_SILENCE, N8);
	uplink_init(&u, NULL);
	uplink_run(&u, mulaw, N8, bytes24);
	assert_memory_equal(bytes24, zeros, BYTES24);
	downlink_init(&d);
	assert_int_equal(downlink_run(&d, bytes24, BYTES24, back), N8);
	assert_memory_equal(back, mulaw, N8);
}

/* A caller's voice there and back: the codec's own noise is all that is added. */
static void there_and_back_keeps_the_sound(void **state)
{
	(void)state;
	static int16_t sent[N8], got[N8];
	const size_t delay = 2 * RESAMPLE_DELAY_24K_SAMPLES / 3;
	struct uplink u;
	struct downlink d;
	double signal = 0, noise = 0;
	make_caller();
	uplink_init(&u, NULL);
	downlink_init(&d);
	uplink_run(&u, mulaw, N8, bytes24);
	(void)downlink_run(&d, bytes24, BYTES24, back);
	mulaw_decode(mulaw, N8, sent);
	mulaw_decode(back, N8, got);
	for (size_t i = 200; i < N8; i++) {
		double error = got[i] - sent[i - delay];
		signal += (double)sent[i - delay] * sent[i - delay];
		noise += error * error;
	}
	assert_true(10 * log10(signal / noise) > 30);
}

static void enhance_touches_whole_frames_only(void **state)
{
	(void)state;
	const struct enhance_settings settings = {.denoise = true};
	struct enhance *e = enhance_new(&settings);
	struct uplink plain, with;
	assert_non_null(e);
	make_caller();
	uplink_init(&plain, NULL);
	uplink_init(&with, e);
	uplink_run(&plain, mulaw, 159, bytes24);
	uplink_run(&with, mulaw, 159, split24);
	assert_memory_equal(bytes24, split24, 6 * 159);
	uplink_run(&plain, mulaw, 1600, bytes24);
	uplink_run(&with, mulaw, 1600, split24);
	assert_memory_not_equal(bytes24, split24, 6 * 1600);
	(void)enhance_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uplink_is_decode_and_resample),
		cmocka_unit_test(uplink_does_not_mind_the_split),
		cmocka_unit_test(downlink_does_not_mind_odd_bytes),
		cmocka_unit_test(downlink_takes_single_bytes),
		cmocka_unit_test(reset_forgets_the_last_item),
		cmocka_unit_test(silence_stays_silence),
		cmocka_unit_test(there_and_back_keeps_the_sound),
		cmocka_unit_test(enhance_touches_whole_frames_only),
	};
	return cmocka_run_group_tests_name("media/pipe", tests, NULL, NULL);
}
