/* wav.h - PCM16 and mu-law WAV files, read to and written from 16-bit mono. */
#ifndef BENCH_WAV_H
#define BENCH_WAV_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

/* The file's first channel at rate_hz (resampled by speexdsp when it has another).  NULL and a
 * message on stderr.  The caller frees. */
int16_t *wav_read(const char *path, unsigned rate_hz, size_t *ret_n);
int wav_write(const char *path, unsigned rate_hz, const int16_t *pcm, size_t n); /* 0, or -1 and a message */

#endif
