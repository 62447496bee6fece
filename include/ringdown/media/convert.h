/* convert.h - any sample rate to any other, by speexdsp at its best quality: for files and tests.
 * For the two rates of a call use resample.h.  One owner, one thread. */
#ifndef RINGDOWN_MEDIA_CONVERT_H
#define RINGDOWN_MEDIA_CONVERT_H

#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct convert;

struct convert *convert_new(uint32_t from_hz, uint32_t to_hz); /* NULL: no memory, or a rate is 0 */
struct convert *convert_free(struct convert *c);	       /* NULL is fine; returns NULL */
/* Room that convert_run() wants for n samples. */
size_t convert_room(const struct convert *c, size_t n_samples);
/* Takes all n samples and returns how many were written.  The filter's delay is taken off the
 * front, so the last few samples stay inside until convert_flush(). */
size_t convert_run(struct convert *c, const int16_t *in, size_t n_samples, int16_t *ret_out);
/* What is still inside; ret_out has convert_room(c, 0).  Ends the stream. */
size_t convert_flush(struct convert *c, int16_t *ret_out);

#endif
