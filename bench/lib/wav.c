/* SPDX-License-Identifier: MIT */
#include "wav.h"

#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/media/mulaw.h"

enum { WAV_MAX_BYTES = 256 << 20, PCM = 1, MULAW = 7, HEADER_BYTES = 44, RESAMPLE_QUALITY = 8 };

struct format {
	unsigned kind, channels, rate_hz, bits;
};

static void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static uint32_t le(const uint8_t *p, int n)
{
	uint32_t v = 0;
	for (int i = 0; i < n; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

static uint8_t *slurp(const char *path, size_t *ret_n)
{
	AUTO(close_file) FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0)
		return NULL;
	long n = ftell(f);
	rewind(f);
	if (n < HEADER_BYTES || n > WAV_MAX_BYTES)
		return NULL;
	uint8_t *p = malloc((size_t)n);
	if (p && fread(p, 1, (size_t)n, f) == (size_t)n) {
		*ret_n = (size_t)n;
		return p;
	}
	free(p);
	return NULL;
}

/* Finds the two chunks that matter. */
static const uint8_t *find_data(const uint8_t *p, size_t n, struct format *ret_format, size_t *ret_n)
{
	*ret_format = (struct format){0};
	if (memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
		return NULL;
	for (size_t at = 12; at + 8 <= n;) {
		size_t size = le(p + at + 4, 4);
		const uint8_t *body = p + at + 8;
		if (size > n - at - 8)
			size = n - at - 8; /* a stream's header has no true length */
		if (memcmp(p + at, "fmt ", 4) == 0 && size >= 16)
			*ret_format = (struct format){le(body, 2), le(body + 2, 2), le(body + 4, 4), le(body + 14, 2)};
		if (memcmp(p + at, "data", 4) == 0) {
			*ret_n = size;
			return body;
		}
		at += 8 + size + (size & 1);
	}
	return NULL;
}

static int16_t *first_channel(const uint8_t *data, size_t bytes, const struct format *f, size_t *ret_n)
{
	size_t step = (size_t)f->channels * f->bits / 8;
	size_t n = bytes / step;
	int16_t *pcm = malloc((n + 1) * sizeof(*pcm));
	for (size_t i = 0; pcm && i < n; i++) {
		if (f->kind == MULAW)
			mulaw_decode(data + i * step, 1, &pcm[i]);
		else
			pcm[i] = (int16_t)le(data + i * step, 2);
	}
	*ret_n = n;
	return pcm;
}

static int16_t *resampled(int16_t *in, size_t n, unsigned from_hz, unsigned to_hz, size_t *ret_n)
{
	spx_uint32_t n_in = (spx_uint32_t)n, n_out = (spx_uint32_t)((uint64_t)n * to_hz / from_hz);
	int err = 0;
	SpeexResamplerState *s = speex_resampler_init(1, from_hz, to_hz, RESAMPLE_QUALITY, &err);
	int16_t *out = malloc((n_out + 1) * sizeof(*out));
	if (s && out)
		speex_resampler_process_int(s, 0, in, &n_in, out, &n_out);
	if (s)
		speex_resampler_destroy(s);
	free(in);
	*ret_n = n_out;
	return out;
}

int16_t *wav_read(const char *path, unsigned rate_hz, size_t *ret_n)
{
	struct format f;
	size_t file_n = 0, data_n = 0, n;
	AUTO(auto_free) uint8_t *file = slurp(path, &file_n);
	const uint8_t *data = file ? find_data(file, file_n, &f, &data_n) : NULL;
	bool is_good = data && f.channels > 0 && f.rate_hz > 0 &&
		((f.kind == PCM && f.bits == 16) || (f.kind == MULAW && f.bits == 8));
	if (!is_good) {
		fprintf(stderr, "%s: not a WAV file of 16-bit PCM or mu-law\n", path);
		return NULL;
	}
	int16_t *pcm = first_channel(data, data_n, &f, &n);
	if (pcm && f.rate_hz != rate_hz)
		pcm = resampled(pcm, n, f.rate_hz, rate_hz, &n);
	*ret_n = n;
	return pcm;
}

static void put_le(uint8_t *p, uint32_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

int wav_write(const char *path, unsigned rate_hz, const int16_t *pcm, size_t n)
{
	uint8_t h[HEADER_BYTES] = "RIFF....WAVEfmt ....................data....";
	uint32_t bytes = (uint32_t)(n * 2);
	put_le(h + 4, 36 + bytes, 4);
	put_le(h + 16, 16, 4);
	put_le(h + 20, PCM, 2);
	put_le(h + 22, 1, 2);
	put_le(h + 24, rate_hz, 4);
	put_le(h + 28, rate_hz * 2, 4);
	put_le(h + 32, 2, 2);
	put_le(h + 34, 16, 2);
	put_le(h + 40, bytes, 4);
	AUTO(close_file) FILE *f = fopen(path, "wb");
	if (f && fwrite(h, 1, sizeof(h), f) == sizeof(h) && fwrite(pcm, 2, n, f) == n)
		return 0;
	perror(path);
	return -1;
}
