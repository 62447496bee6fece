/* mulaw.h - G.711 mu-law (ITU-T G.711, 11/1988, tables 2a and 2b) <-> 16-bit linear PCM.
 * Samples at 8 kHz.  Bit-exact with the ITU software tool library over all 256 codes and all
 * 65,536 samples.  Pure: any thread, no state. */
#ifndef RINGDOWN_MEDIA_MULAW_H
#define RINGDOWN_MEDIA_MULAW_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { MULAW_SILENCE = 0xFF, FRAME_MS = 20, FRAME_8K_SAMPLES = 160, FRAME_24K_SAMPLES = 480 };

void mulaw_decode(const uint8_t *codes, size_t n_samples, int16_t *ret_pcm);
void mulaw_encode(const int16_t *pcm, size_t n_samples, uint8_t *ret_codes);

#endif
