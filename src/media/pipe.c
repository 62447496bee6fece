/* SPDX-License-Identifier: MIT */
#include "ringdown/media/pipe.h"

#include <endian.h>
#include <string.h>

#include "ringdown/media/enhance.h"

#include "hot.h"

enum { CHUNK_24K = 3 * PIPE_CHUNK_SAMPLES };

static void put_samples(const int16_t *pcm, size_t n, uint8_t *ret_bytes)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t v = htole16((uint16_t)pcm[i]);
		memcpy(ret_bytes + 2 * i, &v, sizeof(v));
	}
}

static void get_samples(const uint8_t *bytes, size_t n, int16_t *ret_pcm)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t v;
		memcpy(&v, bytes + 2 * i, sizeof(v));
		ret_pcm[i] = (int16_t)le16toh(v);
	}
}

void uplink_init(struct uplink *u, struct enhance *enhance)
{
	*u = (struct uplink){.enhance = enhance};
	resample_up_init(&u->up);
}

void uplink_run(struct uplink *u, const uint8_t *mulaw, size_t n_samples, uint8_t *ret_pcm24)
{
	int16_t pcm8[PIPE_CHUNK_SAMPLES], pcm24[CHUNK_24K];
	while (n_samples) {
		size_t n = n_samples < PIPE_CHUNK_SAMPLES ? n_samples : PIPE_CHUNK_SAMPLES;
		mulaw_decode(mulaw, n, pcm8);
		if (u->enhance && n == FRAME_8K_SAMPLES)
			(void)enhance_run(u->enhance, pcm8);
		resample_up_run(&u->up, pcm8, n, pcm24);
		put_samples(pcm24, 3 * n, ret_pcm24);
		mulaw += n;
		ret_pcm24 += 6 * n;
		n_samples -= n;
	}
}

void downlink_init(struct downlink *d)
{
	*d = (struct downlink){0};
	resample_down_init(&d->down);
}

void downlink_reset(struct downlink *d)
{
	downlink_init(d);
}

static size_t run_samples(struct downlink *d, const int16_t *pcm24, size_t n, uint8_t *ret_mulaw)
{
	int16_t pcm8[PIPE_CHUNK_SAMPLES + 1];
	size_t made = resample_down_run(&d->down, pcm24, n, pcm8);
	mulaw_encode(pcm8, made, ret_mulaw);
	return made;
}

/* The sample that was split between two deltas, once its second byte is there. */
static size_t run_split(struct downlink *d, uint8_t second, uint8_t *ret_mulaw)
{
	const uint8_t bytes[2] = {d->odd, second};
	int16_t sample;
	d->has_odd = 0;
	get_samples(bytes, 1, &sample);
	return run_samples(d, &sample, 1, ret_mulaw);
}

size_t downlink_run(struct downlink *d, const uint8_t *pcm24, size_t n_bytes, uint8_t *ret_mulaw)
{
	int16_t x[CHUNK_24K];
	size_t made = 0;
	if (d->has_odd && n_bytes) {
		made = run_split(d, *pcm24++, ret_mulaw);
		n_bytes--;
	}
	while (n_bytes >= 2) {
		size_t n = n_bytes / 2 < CHUNK_24K ? n_bytes / 2 : CHUNK_24K;
		get_samples(pcm24, n, x);
		made += run_samples(d, x, n, ret_mulaw + made);
		pcm24 += 2 * n;
		n_bytes -= 2 * n;
	}
	if (n_bytes) {
		d->odd = *pcm24;
		d->has_odd = 1;
	}
	return made;
}
