/* enhance.h - optional stages on the caller's sound at 8 kHz, by speexdsp: denoise, automatic gain,
 * voice activity.  Works on whole 20 ms frames, in place.  One owner, one thread. */
#ifndef RINGDOWN_MEDIA_ENHANCE_H
#define RINGDOWN_MEDIA_ENHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct enhance;
struct enhance_settings {
	bool denoise; /* noise suppression, -15 dB */
	bool agc;     /* automatic gain towards -6 dBFS */
	bool vad;     /* voice activity, told by enhance_run */
};

struct enhance *enhance_new(
	const struct enhance_settings *s);	 /* NULL: no memory, or nothing switched on */
struct enhance *enhance_free(struct enhance *e); /* NULL is fine; returns NULL */
bool enhance_run(struct enhance *e,
	int16_t *frame); /* 160 samples in place; true: voice (always, without vad) */

#endif
