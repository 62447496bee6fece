/* SPDX-License-Identifier: MIT */
#include "ringdown/media/mulaw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ITU-T G.711 (11/1988), tables 2a and 2b: 8 segments of 16 intervals, in units of a 14-bit sample.
 * Interval n of segment s is 2^(s + 1) wide; only the first of all is half as wide, so that the
 * decision values are 0, 1, 3, 5 ... 31, 35 ... 95, 103 ... 7903, 8159, and the value at the
 * decoder output is the middle: 0, 2, 4 ... 30, 33, 37 ... 8031. */
enum { INTERVALS = 128, DECISION_MAX = 8159 };

static int decisions[INTERVALS + 1];

static int make_decisions(void **state)
{
	(void)state;
	int value = 1;
	for (int n = 1; n <= INTERVALS; n++) {
		decisions[n] = value;
		value += 2 << (n / 16);
	}
	return decisions[INTERVALS] == DECISION_MAX ? 0 : -1;
}

static int middle(int n)
{
	return n ? (decisions[n] + decisions[n + 1]) / 2 : 0;
}

/* Searches the table, in units of a 16-bit sample.  On a decision value the ITU's library (G.191,
 * ulaw_compress) takes the outer interval for positive and the inner one for negative samples. */
static uint8_t reference_encode(int sample)
{
	int n = 0;
	while (n + 1 < INTERVALS &&
		(sample < 0 ? -sample > 4 * decisions[n + 1] : sample >= 4 * decisions[n + 1]))
		n++;
	return (uint8_t)((sample < 0 ? 0x7F : 0xFF) - n);
}

static void decodes_every_code(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++) {
		uint8_t byte = (uint8_t)code;
		int16_t pcm = 1;
		int n = code < 0x80 ? 0x7F - code : 0xFF - code;
		mulaw_decode(&byte, 1, &pcm);
		assert_int_equal(pcm, (code < 0x80 ? -4 : 4) * middle(n));
	}
}

/* Values printed in the recommendation, times four. */
static void decodes_known_values(void **state)
{
	(void)state;
	static const uint8_t codes[] = {0x80, 0x8F, 0x9F, 0xEF, 0xF0, 0xFE, 0xFF, 0x7F, 0x7E, 0x00};
	static const int16_t want[] = {32124, 16764, 8316, 132, 120, 8, 0, 0, -8, -32124};
	int16_t pcm[10];
	mulaw_decode(codes, 10, pcm);
	assert_memory_equal(pcm, want, sizeof(want));
}

static void encodes_every_sample(void **state)
{
	(void)state;
	static int16_t pcm[65536];
	static uint8_t codes[65536];
	for (int i = 0; i < 65536; i++)
		pcm[i] = (int16_t)(i - 32768);
	mulaw_encode(pcm, 65536, codes);
	for (int i = 0; i < 65536; i++) {
		if (codes[i] != reference_encode(i - 32768))
			fail_msg("%d: %02x, not %02x", i - 32768, codes[i],
				reference_encode(i - 32768));
	}
}

static void encodes_known_values(void **state)
{
	(void)state;
	static const int16_t pcm[] = {0, 3, 4, -1, -4, -5, 32767, -32768, 32636, 31611};
	static const uint8_t want[] = {0xFF, 0xFF, 0xFE, 0x7F, 0x7F, 0x7E, 0x80, 0x00, 0x80, 0x81};
	uint8_t codes[10];
	mulaw_encode(pcm, 10, codes);
	assert_memory_equal(codes, want, sizeof(want));
}

/* What has been through the codec once passes unchanged, but for -0. */
static void survives_a_round_trip(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++) {
		uint8_t byte = (uint8_t)code, back = 0;
		int16_t pcm = 0;
		mulaw_decode(&byte, 1, &pcm);
		mulaw_encode(&pcm, 1, &back);
		assert_int_equal(back, code == 0x7F ? 0xFF : code);
	}
}

/* Vector and scalar parts of the loops agree: every length and alignment. */
static void does_not_mind_the_length(void **state)
{
	(void)state;
	uint8_t codes[80], back[80];
	int16_t pcm[80];
	for (size_t i = 0; i < 80; i++)
		codes[i] = (uint8_t)(i * 3);
	for (size_t at = 0; at < 16; at++) {
		for (size_t n = 0; n <= 64; n++) {
			mulaw_decode(codes + at, n, pcm + at);
			mulaw_encode(pcm + at, n, back + at);
			assert_memory_equal(codes + at, back + at, n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_every_code),
		cmocka_unit_test(decodes_known_values),
		cmocka_unit_test(encodes_every_sample),
		cmocka_unit_test(encodes_known_values),
		cmocka_unit_test(survives_a_round_trip),
		cmocka_unit_test(does_not_mind_the_length),
	};
	return cmocka_run_group_tests_name("media/mulaw", tests, make_decisions, NULL);
}
