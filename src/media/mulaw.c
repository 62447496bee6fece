/* SPDX-License-Identifier: MIT */
/* Mu-law is a small floating-point format: sign, three bits of exponent, four of mantissa, biased
 * by 33 and inverted.  A binary32 float carries just these fields, so both directions are one
 * conversion and a shift, without tables or branches, and the compiler runs them eight at a time.
 * Exact: biased magnitudes have 13 bits, a float holds 24. */
#include "ringdown/media/mulaw.h"

#include <float.h>

#include "hot.h"

_Static_assert(FLT_RADIX == 2 && FLT_MANT_DIG == 24, "IEEE 754 binary32");

enum {
	BIAS = 33,			/* G.711: makes each segment start at a power of two */
	MAGNITUDE_MAX = 8158,		/* 8191, 13 bits, with the bias */
	CODE_SHIFT = 23 - 4,		/* keeps four of the float's 23 bits of mantissa */
	EXPONENT_BASE = (127 + 5) << 4, /* segment 0 begins at 2^5 */
};

union float_bits {
	float value;
	uint32_t bits;
};

/* A code stands for the middle of its interval: the bit below the mantissa is set. */
static inline int16_t decode(uint8_t code)
{
	uint32_t c = ~(uint32_t)code;
	union float_bits f = {
		.bits = ((c & 0x7F) + EXPONENT_BASE) << CODE_SHIFT | 1U << (CODE_SHIFT - 1)};
	int32_t magnitude = ((int32_t)f.value - BIAS) * 4;
	int32_t sign = -(int32_t)(c >> 7 & 1);
	return (int16_t)((magnitude ^ sign) - sign);
}

/* G.191 takes the one's complement of negative samples, so that -1 becomes -0. */
static inline uint8_t encode(int16_t sample)
{
	int32_t sign = sample >> 15;
	int32_t magnitude = (sample ^ sign) >> 2;
	magnitude = magnitude < MAGNITUDE_MAX ? magnitude : MAGNITUDE_MAX;
	union float_bits f = {.value = (float)(magnitude + BIAS)};
	uint32_t code = (f.bits >> CODE_SHIFT) - EXPONENT_BASE;
	return (uint8_t) ~(code | ((uint32_t)sign & 0x80));
}

void mulaw_decode(const uint8_t *codes, size_t n_samples, int16_t *ret_pcm)
{
	for (size_t i = 0; i < n_samples; i++)
		ret_pcm[i] = decode(codes[i]);
}

void mulaw_encode(const int16_t *pcm, size_t n_samples, uint8_t *ret_codes)
{
	for (size_t i = 0; i < n_samples; i++)
		ret_codes[i] = encode(pcm[i]);
}
