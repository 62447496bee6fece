/* SPDX-License-Identifier: MIT */
/* The arithmetic of W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
 * Instructions" (ACM TWEB 12(3), 2018), written for SSSE3: 12 bytes to 16 characters a turn.  A
 * call's messages are 214 to 13,000 characters, so 128 bits are wide enough. */
#include "base64_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SSSE3 __attribute__((target("ssse3")))

/* Twelve bytes in the low part of v become sixteen values of six bits, one a byte. */
SSSE3 static __m128i spread(__m128i v)
{
	v = _mm_shuffle_epi8(v, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
	__m128i high = _mm_mulhi_epu16(_mm_and_si128(v, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
	__m128i low = _mm_mullo_epi16(_mm_and_si128(v, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
	return _mm_or_si128(high, low);
}

/* Each six-bit value becomes its character: an offset by range, looked up. */
SSSE3 static __m128i to_characters(__m128i v)
{
	const __m128i offsets = _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
		'0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
	__m128i range = _mm_subs_epu8(v, _mm_set1_epi8(51));
	__m128i is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), v);
	range = _mm_or_si128(range, _mm_and_si128(is_upper, _mm_set1_epi8(13)));
	return _mm_add_epi8(v, _mm_shuffle_epi8(offsets, range));
}

SSSE3 static size_t encode_ssse3(const uint8_t *src, size_t n, char *out)
{
	size_t done = 0;
	for (; done + 16 <= n; done += 12, out += 16) /* reads 16, uses 12 */
		_mm_storeu_si128((__m128i *)(void *)out,
			to_characters(spread(_mm_loadu_si128((const __m128i *)(const void *)(src + done)))));
	return done;
}

/* Characters to values of six bits; *ret_is_bad tells of any that is not in the alphabet. */
SSSE3 static __m128i to_values(__m128i v, int *ret_is_bad)
{
	const __m128i low_table = _mm_setr_epi8(
		0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
	const __m128i high_table = _mm_setr_epi8(
		0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
	const __m128i roll = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	__m128i high = _mm_and_si128(_mm_srli_epi32(v, 4), _mm_set1_epi8(0x0f));
	__m128i low = _mm_and_si128(v, _mm_set1_epi8(0x0f));
	__m128i clash = _mm_and_si128(_mm_shuffle_epi8(low_table, low), _mm_shuffle_epi8(high_table, high));
	*ret_is_bad = _mm_movemask_epi8(_mm_cmpgt_epi8(clash, _mm_setzero_si128()));
	__m128i is_slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('/'));
	return _mm_add_epi8(v, _mm_shuffle_epi8(roll, _mm_add_epi8(is_slash, high)));
}

SSSE3 static size_t decode_ssse3(const uint8_t *in, size_t n, uint8_t *out)
{
	size_t done = 0;
	for (; done + 32 <= n; done += 16, out += 12) { /* writes 16, of which 12 stay */
		int is_bad;
		__m128i v = to_values(_mm_loadu_si128((const __m128i *)(const void *)(in + done)), &is_bad);
		if (is_bad)
			break;
		v = _mm_maddubs_epi16(v, _mm_set1_epi32(0x01400140));
		v = _mm_madd_epi16(v, _mm_set1_epi32(0x00011000));
		v = _mm_shuffle_epi8(v, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
		_mm_storeu_si128((__m128i *)(void *)out, v);
	}
	return done;
}

size_t base64_encode_simd(const uint8_t *src, size_t n, char *out)
{
	return __builtin_cpu_supports("ssse3") ? encode_ssse3(src, n, out) : 0;
}

size_t base64_decode_simd(const uint8_t *in, size_t n, uint8_t *out)
{
	return __builtin_cpu_supports("ssse3") ? decode_ssse3(in, n, out) : 0;
}

#else

size_t base64_encode_simd(const uint8_t *src, size_t n, char *out)
{
	(void)src;
	(void)n;
	(void)out;
	return 0;
}

size_t base64_decode_simd(const uint8_t *in, size_t n, uint8_t *out)
{
	(void)in;
	(void)n;
	(void)out;
	return 0;
}

#endif
