/* SPDX-License-Identifier: MIT */
#include "ringdown/media/convert.h"

#include <speex/speex_resampler.h>

#include "ringdown/base/mem.h"

enum { SILENCE_SAMPLES = 256 };

struct convert {
	SpeexResamplerState *state;
	uint32_t from_hz, to_hz;
	size_t latency_samples; /* input */
};

struct convert *convert_new(uint32_t from_hz, uint32_t to_hz)
{
	int error = 0;
	if (!from_hz || !to_hz)
		return NULL;
	struct convert *c = mem_alloc(sizeof(*c));
	if (!c)
		return NULL;
	c->state = speex_resampler_init(1, from_hz, to_hz, SPEEX_RESAMPLER_QUALITY_MAX, &error);
	if (!c->state)
		return convert_free(c);
	c->from_hz = from_hz;
	c->to_hz = to_hz;
	c->latency_samples = (size_t)speex_resampler_get_input_latency(c->state);
	(void)speex_resampler_skip_zeros(c->state);
	return c;
}

struct convert *convert_free(struct convert *c)
{
	if (c && c->state)
		speex_resampler_destroy(c->state);
	return mem_free(c);
}

size_t convert_room(const struct convert *c, size_t n_samples)
{
	return ((n_samples + c->latency_samples) * c->to_hz) / c->from_hz + 2;
}

size_t convert_run(struct convert *c, const int16_t *in, size_t n_samples, int16_t *ret_out)
{
	size_t room = convert_room(c, n_samples), made = 0;
	while (n_samples) {
		spx_uint32_t taken = n_samples < UINT32_MAX ? (spx_uint32_t)n_samples : UINT32_MAX;
		spx_uint32_t written = room - made < UINT32_MAX ? (spx_uint32_t)(room - made)
								: UINT32_MAX;
		(void)speex_resampler_process_int(
			c->state, 0, in, &taken, ret_out + made, &written);
		made += written;
		in += taken;
		n_samples -= taken;
		if (!taken && !written)
			break; /* cannot be: it would wait for ever */
	}
	return made;
}

size_t convert_flush(struct convert *c, int16_t *ret_out)
{
	static const int16_t silence[SILENCE_SAMPLES];
	size_t left = c->latency_samples, made = 0;
	c->latency_samples = 0;
	while (left) {
		size_t n = left < SILENCE_SAMPLES ? left : SILENCE_SAMPLES;
		made += convert_run(c, silence, n, ret_out + made);
		left -= n;
	}
	return made;
}
