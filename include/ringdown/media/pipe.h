/* pipe.h - the two chains of DESIGN.md 5: mu-law 8 kHz from the caller to PCM16 24 kHz for the
 * model, and back.  One owner, one thread; no allocation after init. */
#ifndef RINGDOWN_MEDIA_PIPE_H
#define RINGDOWN_MEDIA_PIPE_H

#include "ringdown/media/mulaw.h"
#include "ringdown/media/resample.h"

/* SPDX-License-Identifier: MIT */

struct enhance; /* enhance.h: optional denoise, AGC, voice activity */

enum { PIPE_CHUNK_SAMPLES = 160 };

struct uplink { /* caller -> model */
	struct resample_up up;
	struct enhance *enhance; /* borrowed, or NULL */
};
struct downlink { /* model -> caller */
	struct resample_down down;
	uint8_t odd;	 /* first byte of a sample whose second byte is in the next delta */
	uint8_t has_odd; /* 0 or 1 */
};

void uplink_init(struct uplink *u, struct enhance *enhance);
/* n mu-law samples in (any n), 3 n PCM16 little-endian samples at 24 kHz out: 6 n bytes. */
void uplink_run(struct uplink *u, const uint8_t *mulaw, size_t n_samples, uint8_t *ret_pcm24);
void downlink_init(struct downlink *d);
/* Any number of bytes of PCM16 little-endian 24 kHz in, split anywhere, even inside a sample.
 * Returns mu-law samples written: at most n_bytes / 6 + 1. */
size_t downlink_run(struct downlink *d, const uint8_t *pcm24, size_t n_bytes, uint8_t *ret_mulaw);
void downlink_reset(struct downlink *d); /* a new item begins: no carry from the last one */

#endif
