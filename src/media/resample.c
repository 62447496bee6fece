/* SPDX-License-Identifier: MIT */
/* Each output is one dot product of 16-bit integers: the form both compilers turn into pmaddwd, and
 * whose sum does not depend on the order of its terms, hence not on the split or the vector width.
 */
#include "ringdown/media/resample.h"

#include <string.h>

#include "resample_taps.h"

#include "hot.h"

enum {
	UP_SHIFT = 14, /* units of the taps: resample_taps.c */
	DOWN_SHIFT = 15,
	UP_KEPT = RESAMPLE_UP_TAPS - 1,
	DOWN_KEPT = RESAMPLE_DOWN_TAPS - 3, /* what the next output needs besides its own three */
	DOWN_CHUNK = 3 * RESAMPLE_CHUNK_SAMPLES,
};

/* Inlined into a copy with and one without AVX2: half the time of SSE2, at run time, without an
 * ifunc (thread sanitizer and musl do not get on with those). */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE int32_t dot(const int16_t *a, const int16_t *b, int n)
{
	int32_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

ALWAYS_INLINE int16_t narrow(int32_t sum, int shift)
{
	int32_t v = (sum + (1 << (shift - 1))) >> shift;
	return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

ALWAYS_INLINE void filter_up(const int16_t *x, size_t n, int16_t *out)
{
	for (size_t i = 0; i < n; i++)
		for (int p = 0; p < 3; p++)
			*out++ = narrow(
				dot(x + i, resample_taps_up[p], RESAMPLE_UP_TAPS), UP_SHIFT);
}

ALWAYS_INLINE void filter_down(const int16_t *x, size_t n, int16_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = narrow(dot(x + 3 * i, resample_taps_down, RESAMPLE_DOWN_TAPS), DOWN_SHIFT);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void filter_up_avx2(const int16_t *x, size_t n, int16_t *out)
{
	filter_up(x, n, out);
}

__attribute__((target("avx2"))) static void filter_down_avx2(
	const int16_t *x, size_t n, int16_t *out)
{
	filter_down(x, n, out);
}
#endif

static void filter_up_any(const int16_t *x, size_t n, int16_t *out)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		filter_up_avx2(x, n, out);
		return;
	}
#endif
	filter_up(x, n, out);
}

static void filter_down_any(const int16_t *x, size_t n, int16_t *out)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		filter_down_avx2(x, n, out);
		return;
	}
#endif
	filter_down(x, n, out);
}

void resample_up_init(struct resample_up *r)
{
	*r = (struct resample_up){0};
}

void resample_up_run(struct resample_up *r, const int16_t *in, size_t n_samples, int16_t *ret_out)
{
	int16_t x[UP_KEPT + RESAMPLE_CHUNK_SAMPLES];
	while (n_samples) {
		size_t n = n_samples < RESAMPLE_CHUNK_SAMPLES ? n_samples : RESAMPLE_CHUNK_SAMPLES;
		memcpy(x, r->history, sizeof(r->history));
		memcpy(x + UP_KEPT, in, n * sizeof(*in));
		filter_up_any(x, n, ret_out);
		memcpy(r->history, x + n, sizeof(r->history));
		in += n;
		ret_out += 3 * n;
		n_samples -= n;
	}
}

void resample_down_init(struct resample_down *r)
{
	*r = (struct resample_down){0};
}

size_t resample_down_run(
	struct resample_down *r, const int16_t *in, size_t n_samples, int16_t *ret_out)
{
	int16_t x[DOWN_KEPT + DOWN_CHUNK + 2];
	size_t n_out = 0;
	while (n_samples) {
		size_t n = n_samples < DOWN_CHUNK ? n_samples : DOWN_CHUNK;
		size_t kept = DOWN_KEPT + r->phase;
		memcpy(x, r->history, kept * sizeof(*x));
		memcpy(x + kept, in, n * sizeof(*in));
		size_t made = (r->phase + n) / 3;
		filter_down_any(x, made, ret_out + n_out);
		r->phase = (uint8_t)((r->phase + n) % 3);
		memcpy(r->history, x + 3 * made, (DOWN_KEPT + r->phase) * sizeof(*x));
		in += n;
		n_samples -= n;
		n_out += made;
	}
	return n_out;
}
