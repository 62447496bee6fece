/* SPDX-License-Identifier: MIT */
#include "ringdown/media/enhance.h"

#include <speex/speex_preprocess.h>

#include "ringdown/base/mem.h"
#include "ringdown/media/mulaw.h"

enum {
	RATE_HZ = 8000,
	NOISE_SUPPRESS_DB = -15,
	AGC_TARGET = 16384,   /* -6 dBFS */
	AGC_GAIN_MAX_DB = 24, /* more only lifts the noise of a silent line */
	/* Steady noise settles at 20 to 50, a voice lies above 90; speexdsp's own 35 and 20 take
	 * noise for voice. */
	VOICE_BEGINS_PERCENT = 80,
	VOICE_LASTS_PERCENT = 65,
};

struct enhance {
	SpeexPreprocessState *state;
	bool has_vad;
	bool is_voice; /* with vad: the last frame was */
};

static void set(struct enhance *e, int request, spx_int32_t value)
{
	(void)speex_preprocess_ctl(e->state, request, &value);
}

static void configure(struct enhance *e, const struct enhance_settings *s)
{
	set(e, SPEEX_PREPROCESS_SET_DENOISE, s->denoise);
	set(e, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, NOISE_SUPPRESS_DB);
	set(e, SPEEX_PREPROCESS_SET_AGC, s->agc);
	set(e, SPEEX_PREPROCESS_SET_AGC_TARGET, AGC_TARGET);
	set(e, SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, AGC_GAIN_MAX_DB);
	e->has_vad = s->vad;
}

struct enhance *enhance_new(const struct enhance_settings *s)
{
	if (!s->denoise && !s->agc && !s->vad)
		return NULL;
	struct enhance *e = mem_alloc(sizeof(*e));
	if (!e)
		return NULL;
	e->state = speex_preprocess_state_init(FRAME_8K_SAMPLES, RATE_HZ);
	if (!e->state)
		return enhance_free(e);
	configure(e, s);
	return e;
}

struct enhance *enhance_free(struct enhance *e)
{
	if (e && e->state)
		speex_preprocess_state_destroy(e->state);
	return mem_free(e);
}

/* SET_VAD would do the same comparison, but writes a line to stderr each time it is switched on. */
bool enhance_run(struct enhance *e, int16_t *frame)
{
	spx_int32_t percent = 0;
	(void)speex_preprocess_run(e->state, frame);
	if (!e->has_vad)
		return true;
	(void)speex_preprocess_ctl(e->state, SPEEX_PREPROCESS_GET_PROB, &percent);
	e->is_voice = percent > (e->is_voice ? VOICE_LASTS_PERCENT : VOICE_BEGINS_PERCENT);
	return e->is_voice;
}
