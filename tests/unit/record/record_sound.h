/* record_sound.h - tones into a tap, and the recording decoded by opusdec (package opus-tools). */
#ifndef RINGDOWN_TESTS_RECORD_SOUND_H
#define RINGDOWN_TESTS_RECORD_SOUND_H

#include <math.h>
#include <spawn.h>
#include <sys/wait.h>

#include "record_help.h"

/* SPDX-License-Identifier: MIT */

enum {
	SOUND_RATE_HZ = 48000,
	SOUND_SECONDS_MAX = 30,
	SOUND_BLOCK_MS = 5,
	SOUND_BLOCK = SOUND_RATE_HZ / 1000 * SOUND_BLOCK_MS,
	SOUND_HEADER = 44,
	SOUND_SLOT_MS = 20,
};

struct sound { /* what opusdec made of it */
	size_t n_samples;
	int16_t stereo[2 * SOUND_RATE_HZ * SOUND_SECONDS_MAX];
};

static HELP_UNUSED void sound_tone(uint8_t *mulaw, uint32_t at_sample, double hz)
{
	int16_t pcm[FRAME_8K_SAMPLES];
	for (uint32_t i = 0; i < FRAME_8K_SAMPLES; i++)
		pcm[i] = (int16_t)lrint(12000 * sin(2 * M_PI * hz * (at_sample + i) / 8000));
	mulaw_encode(pcm, FRAME_8K_SAMPLES, mulaw);
}

static HELP_UNUSED void sound_decode(const char *name, struct sound *s)
{
	char in[HELP_PATH], out[HELP_PATH + sizeof(".wav")];
	(void)snprintf(in, sizeof(in), "%s", help_path(name));
	(void)snprintf(out, sizeof(out), "%s.wav", in);
	char program[] = "opusdec", quiet[] = "--quiet", rate[] = "--rate", hz[] = "48000",
	     plain[] = "--no-dither";
	char *argv[] = {program, quiet, rate, hz, plain, in, out, NULL};
	pid_t child;
	int status = -1;
	if (posix_spawnp(&child, program, NULL, NULL, argv, environ) != 0)
		fail_msg("opusdec is missing: apt-get install opus-tools");
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0)
		fail_msg("opusdec cannot read %s", name);
	FILE *f = fopen(out, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, SOUND_HEADER, SEEK_SET), 0);
	s->n_samples = fread(s->stereo, 4, sizeof(s->stereo) / 4, f);
	(void)fclose(f);
	(void)unlink(out);
}

static HELP_UNUSED double sound_rms(const struct sound *s, size_t from, size_t n, int channel)
{
	double sum = 0;
	for (size_t i = from; i < from + n && i < s->n_samples; i++)
		sum += (double)s->stereo[2 * i + (size_t)channel] *
		       s->stereo[2 * i + (size_t)channel];
	return sqrt(sum / (double)n);
}

/* The first and the last block louder than a third of the tone: where it begins and where it ends.
 */
static HELP_UNUSED void sound_span_ms(
	const struct sound *s, int channel, long *ret_from_ms, long *ret_to_ms)
{
	*ret_from_ms = *ret_to_ms = -1;
	for (size_t at = 0; at + SOUND_BLOCK <= s->n_samples; at += SOUND_BLOCK) {
		if (sound_rms(s, at, SOUND_BLOCK, channel) < 12000 * 0.7071 / 3)
			continue;
		long ms = (long)(at / SOUND_BLOCK) * SOUND_BLOCK_MS;
		if (*ret_from_ms < 0)
			*ret_from_ms = ms;
		*ret_to_ms = ms + SOUND_BLOCK_MS;
	}
}

static HELP_UNUSED void sound_assert_span(
	const struct sound *s, int channel, long from_ms, long to_ms)
{
	long from, to;
	sound_span_ms(s, channel, &from, &to);
	if (labs(from - from_ms) > 2 * SOUND_BLOCK_MS || labs(to - to_ms) > 2 * SOUND_BLOCK_MS)
		fail_msg(
			"channel %d: %ld..%ld ms, not %ld..%ld", channel, from, to, from_ms, to_ms);
}

#endif
