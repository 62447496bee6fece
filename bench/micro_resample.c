/* SPDX-License-Identifier: MIT */
/* micro_resample - what does it cost to turn a 20 ms frame of a call from 8 to 24 kHz and back,
 * beside speexdsp's resampler at quality 3?  Prints one line of JSON; times in ns a frame. */
#include <speex/speex_resampler.h>
#include <stdio.h>
#include <stdlib.h>

#include "ringdown/base/clock.h"
#include "ringdown/media/pipe.h"

enum { FRAMES_A_ROUND = 2000, ROUNDS = 25, SPEEX_QUALITY = 3 };

struct bench {
	struct resample_up up;
	struct resample_down down;
	struct uplink uplink;
	struct downlink downlink;
	SpeexResamplerState *speex_up, *speex_down;
	uint8_t mulaw[FRAME_8K_SAMPLES];
	int16_t pcm8[FRAME_8K_SAMPLES + 1], pcm24[FRAME_24K_SAMPLES];
	uint8_t bytes24[2 * FRAME_24K_SAMPLES];
};
typedef void frame_fn(struct bench *b);

static void run_up(struct bench *b)
{
	resample_up_run(&b->up, b->pcm8, FRAME_8K_SAMPLES, b->pcm24);
}

static void run_down(struct bench *b)
{
	(void)resample_down_run(&b->down, b->pcm24, FRAME_24K_SAMPLES, b->pcm8);
}

static void run_speex(
	SpeexResamplerState *s, const int16_t *in, uint32_t n_in, int16_t *out, uint32_t n_out)
{
	(void)speex_resampler_process_int(s, 0, in, &n_in, out, &n_out);
}

static void run_speex_up(struct bench *b)
{
	run_speex(b->speex_up, b->pcm8, FRAME_8K_SAMPLES, b->pcm24, FRAME_24K_SAMPLES);
}

static void run_speex_down(struct bench *b)
{
	run_speex(b->speex_down, b->pcm24, FRAME_24K_SAMPLES, b->pcm8, FRAME_8K_SAMPLES);
}

static void run_decode(struct bench *b)
{
	mulaw_decode(b->mulaw, FRAME_8K_SAMPLES, b->pcm8);
}

static void run_encode(struct bench *b)
{
	mulaw_encode(b->pcm8, FRAME_8K_SAMPLES, b->mulaw);
}

static void run_uplink(struct bench *b)
{
	uplink_run(&b->uplink, b->mulaw, FRAME_8K_SAMPLES, b->bytes24);
}

static void run_downlink(struct bench *b)
{
	(void)downlink_run(&b->downlink, b->bytes24, sizeof(b->bytes24), b->mulaw);
}

/* The least of many rounds: what the code costs when nobody else has the core. */
static double measure_ns(struct bench *b, frame_fn *fn)
{
	double best_ns = 1e9;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t start_us = clock_now_us();
		for (int i = 0; i < FRAMES_A_ROUND; i++) {
			fn(b);
			__asm__ volatile("" ::: "memory");
		}
		double ns = (double)(clock_now_us() - start_us) * 1000 / FRAMES_A_ROUND;
		best_ns = ns < best_ns ? ns : best_ns;
	}
	return best_ns;
}

int main(void)
{
	static struct bench b;
	int error = 0;
	resample_up_init(&b.up);
	resample_down_init(&b.down);
	uplink_init(&b.uplink, NULL);
	downlink_init(&b.downlink);
	b.speex_up = speex_resampler_init(1, 8000, 24000, SPEEX_QUALITY, &error);
	b.speex_down = speex_resampler_init(1, 24000, 8000, SPEEX_QUALITY, &error);
	if (!b.speex_up || !b.speex_down)
		return EXIT_FAILURE;
	for (size_t i = 0; i < FRAME_8K_SAMPLES; i++)
		b.mulaw[i] = (uint8_t)(i * 37);
	run_decode(&b);
	double up = measure_ns(&b, run_up), speex_up = measure_ns(&b, run_speex_up);
	double down = measure_ns(&b, run_down), speex_down = measure_ns(&b, run_speex_down);
	printf("{\"bench\":\"resample\",\"up_ns\":%.0f,\"speex_q%d_up_ns\":%.0f,\"up_ratio\":%.1f,"
	       "\"down_ns\":%.0f,\"speex_q%d_down_ns\":%.0f,\"down_ratio\":%.1f,"
	       "\"mulaw_decode_ns\":%.0f,\"mulaw_encode_ns\":%.0f,\"uplink_ns\":%.0f,\"downlink_ns\":%.0f}\n",
		up, SPEEX_QUALITY, speex_up, speex_up / up, down, SPEEX_QUALITY, speex_down,
		speex_down / down, measure_ns(&b, run_decode), measure_ns(&b, run_encode),
		measure_ns(&b, run_uplink), measure_ns(&b, run_downlink));
	speex_resampler_destroy(b.speex_up);
	speex_resampler_destroy(b.speex_down);
	return EXIT_SUCCESS;
}
