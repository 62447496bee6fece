/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "ringdown/wire/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

size_t base64url_encode(const uint8_t *src, size_t n, char *ret_text)
{
	char *out = ret_text;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | src[i];
		for (n_bits += 8; n_bits >= 6; n_bits -= 6)
			*out++ = alphabet[bits >> (n_bits - 6) & 63];
	}
	if (n_bits > 0)
		*out++ = alphabet[bits << (6 - n_bits) & 63];
	return (size_t)(out - ret_text);
}

ssize_t base64url_decode(const char *text, size_t n, uint8_t *ret_bytes)
{
	uint8_t *out = ret_bytes;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	if (n % 4 == 1)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		int v = value_of(text[i]);
		if (v < 0)
			return -EBADMSG;
		bits = bits << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		*out++ = (uint8_t)(bits >> n_bits);
	}
	if (bits & ((1u << n_bits) - 1)) /* bits that belong to no byte */
		return -EBADMSG;
	return out - ret_bytes;
}
