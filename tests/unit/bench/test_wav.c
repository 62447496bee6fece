/* SPDX-License-Identifier: MIT */
#include "../../../bench/lib/wav.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"

enum { N = 8000, HEADER = 44 };

static char path[] = "/tmp/ringdown-wav-XXXXXX";

static int make_path(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int drop_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void make_tone(int16_t *pcm, size_t n, unsigned rate_hz)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 440 * (double)i / rate_hz));
}

static void write_bytes(const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void test_what_is_written_is_read(void **state)
{
	int16_t pcm[N];
	size_t n = 0;
	(void)state;
	make_tone(pcm, N, 8000);
	assert_int_equal(wav_write(path, 8000, pcm, N), 0);
	AUTO(auto_free) int16_t *got = wav_read(path, 8000, &n);
	assert_non_null(got);
	assert_int_equal(n, N);
	assert_memory_equal(got, pcm, sizeof(pcm));
}

/* What of a tone of 440 Hz is no tone of 440 Hz, whatever its phase: 6,000 samples are whole periods of it. */
static double impurity(const int16_t *pcm)
{
	double c = 0, q = 0, power = 0;
	for (int i = 0; i < 6000; i++) {
		double w = 2 * M_PI * 440 * i / 8000;
		c += pcm[i] * cos(w) / 3000;
		q += pcm[i] * sin(w) / 3000;
		power += (double)pcm[i] * pcm[i] / 6000;
	}
	assert_true(sqrt(c * c + q * q) > 7900);
	return 1 - (c * c + q * q) / 2 / power;
}

static void test_another_rate_is_resampled(void **state)
{
	int16_t pcm[3 * N];
	size_t n = 0;
	(void)state;
	make_tone(pcm, (size_t)3 * N, 24000);
	assert_int_equal(wav_write(path, 24000, pcm, (size_t)3 * N), 0);
	AUTO(auto_free) int16_t *got = wav_read(path, 8000, &n);
	assert_non_null(got);
	assert_in_range(n, N - 2, N);
	assert_true(impurity(got + 1000) < 1e-5);
}

static void put_le(uint8_t *p, unsigned v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* "LIST" before the format, two channels of mu-law, a length in the header that is not true. */
static void test_a_stranger_form(void **state)
{
	static const uint8_t list[] = "LIST\x03\0\0\0abc"; /* three bytes, padded to four by its NUL */
	uint8_t file[256] = "RIFF\xff\xff\xff\xffWAVE";
	size_t at = 12, n = 0;
	(void)state;
	memcpy(file + at, list, sizeof(list));
	at += sizeof(list);
	memcpy(file + at, "fmt \x10\0\0\0", 8);
	put_le(file + at + 8, 7, 2);
	put_le(file + at + 10, 2, 2);
	put_le(file + at + 12, 8000, 4);
	put_le(file + at + 22, 8, 2);
	memcpy(file + at + 24, "data\xff\xff\xff\x7f", 8);
	at += 32;
	for (unsigned i = 0; i < 40; i++) {
		file[at++] = (uint8_t)(0x80 + i);
		file[at++] = 0;
	}
	write_bytes(file, at);
	AUTO(auto_free) int16_t *got = wav_read(path, 8000, &n);
	assert_non_null(got);
	assert_int_equal(n, 40);
	for (unsigned i = 0; i < 40; i++) {
		int16_t want;
		uint8_t code = (uint8_t)(0x80 + i);
		mulaw_decode(&code, 1, &want);
		assert_int_equal(got[i], want);
	}
}

static void test_what_is_no_wav(void **state)
{
	int16_t pcm[N] = {0};
	uint8_t file[HEADER + 100];
	size_t n;
	(void)state;
	assert_null(wav_read("/nonexistent.wav", 8000, &n));
	write_bytes("RIFF", 4);
	assert_null(wav_read(path, 8000, &n));
	assert_int_equal(wav_write(path, 8000, pcm, 50), 0);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fread(file, 1, sizeof(file), f), sizeof(file));
	fclose(f);
	static const struct {
		size_t at;
		uint8_t v;
	} wrong[] = {{0, 'X'}, {8, 'X'}, {20, 3}, {34, 24}, {22, 0}, {36, 'X'}};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		uint8_t bad[sizeof(file)];
		memcpy(bad, file, sizeof(bad));
		bad[wrong[i].at] = wrong[i].v;
		write_bytes(bad, sizeof(bad));
		assert_null(wav_read(path, 8000, &n));
	}
	assert_int_equal(wav_write("/nonexistent/x.wav", 8000, pcm, 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_another_rate_is_resampled),
		cmocka_unit_test(test_a_stranger_form),
		cmocka_unit_test(test_what_is_no_wav),
	};
	return cmocka_run_group_tests(tests, make_path, drop_path);
}
