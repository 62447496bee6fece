/* opus_file.h - one two-channel Ogg Opus file, written page by page (RFC 7845), about one a second.
 * Sound goes in at 8 kHz and is encoded at 8 kHz.  After the first failure the file is cut back to
 * its last whole page and takes nothing more.  The recorder's thread only. */
#ifndef RINGDOWN_RECORD_OPUS_FILE_H
#define RINGDOWN_RECORD_OPUS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct opus_file;

/* Fails with -EEXIST rather than write over a file.  0 or -errno. */
int opus_file_new(
	const char *path, struct str title, uint32_t bitrate, struct opus_file **ret_file);
/* n samples of each channel, interleaved.  0 or -errno. */
int opus_file_write(struct opus_file *f, const int16_t *stereo, size_t n_samples);
/* Writes what is still inside, ends the stream, fsyncs and frees.  0 or -errno; *ret_has_sound is
 * told either way. */
int opus_file_close(struct opus_file *f, bool *ret_has_sound);
bool opus_file_has_sound(const struct opus_file *f); /* a page of sound lies in the file */

#endif
