/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/base64.h"

#include <errno.h>
#include <string.h>

#include "base64_simd.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { BAD = 0xFF };

/* Value of each character, BAD for what is not in the alphabet. */
static const uint8_t values[256] = {
#define ROW BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD
	ROW, ROW, /* 00..1F */
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,  /* + / */
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, BAD, BAD, BAD,          /* 0-9 */
	BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,                         /* A-O */
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, BAD,           /* P-Z */
	BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,               /* a-o */
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,           /* p-z */
	ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, /* 80..FF */
#undef ROW
};

size_t base64_encode(const uint8_t *src, size_t n, char *ret_text)
{
	char *out = ret_text;
	size_t done = base64_encode_simd(src, n, out);
	src += done;
	n -= done;
	out += done / 3 * 4;
	for (; n >= 3; n -= 3, src += 3, out += 4) {
		uint32_t v = (uint32_t)src[0] << 16 | (uint32_t)src[1] << 8 | src[2];
		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = alphabet[v >> 6 & 63];
		out[3] = alphabet[v & 63];
	}
	if (n > 0) {
		uint32_t v = (uint32_t)src[0] << 16 | (n > 1 ? (uint32_t)src[1] << 8 : 0);
		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
		out[3] = '=';
		out += 4;
	}
	return (size_t)(out - ret_text);
}

/* The last group, which may be padded.  Bytes, or -EBADMSG: also for bits that belong to no byte. */
static ssize_t decode_last(const uint8_t *in, uint8_t *out)
{
	size_t pad = (in[3] == '=') + (size_t)(in[3] == '=' && in[2] == '=');
	uint8_t a = values[in[0]], b = values[in[1]];
	uint8_t c = pad > 1 ? 0 : values[in[2]];
	uint8_t d = pad > 0 ? 0 : values[in[3]];
	if ((a | b | c | d) & 0x80)
		return -EBADMSG;
	if ((pad == 2 && (b & 15)) || (pad == 1 && (c & 3)))
		return -EBADMSG;
	uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
	out[0] = (uint8_t)(v >> 16);
	if (pad < 2)
		out[1] = (uint8_t)(v >> 8);
	if (pad < 1)
		out[2] = (uint8_t)v;
	return (ssize_t)(3 - pad);
}

ssize_t base64_decode(const char *text, size_t n, uint8_t *ret_bytes)
{
	const uint8_t *in = (const uint8_t *)text;
	uint8_t *out = ret_bytes;
	if (n % 4)
		return -EBADMSG;
	if (n == 0)
		return 0;
	size_t done = base64_decode_simd(in, n - 4, out);
	in += done;
	out += done / 4 * 3;
	for (size_t left = n - 4 - done; left > 0; left -= 4, in += 4, out += 3) {
		uint8_t a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];
		if ((a | b | c | d) & 0x80)
			return -EBADMSG;
		uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
		out[0] = (uint8_t)(v >> 16);
		out[1] = (uint8_t)(v >> 8);
		out[2] = (uint8_t)v;
	}
	ssize_t last = decode_last(in, out);
	return last < 0 ? last : (out - ret_bytes) + last;
}
