/* SPDX-License-Identifier: MIT */
#include "ringdown/base/utf8.h"

#include "ringdown/base/auto.h"

/* RFC 3629 section 4: what the first byte may be, and the narrowed range of the second; every byte
 * after the second is 80..BF. */
struct lead {
	unsigned char first, last, low, high, length;
};

static const struct lead leads[] = {
	{0x00, 0x7f, 0x00, 0x00, 1},
	{0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct lead *lead_find(unsigned char c)
{
	for (size_t i = 0; i < ARRAY_LEN(leads); i++)
		if (c >= leads[i].first && c <= leads[i].last)
			return &leads[i];
	return NULL;
}

int utf8_scan(struct str s, uint32_t *ret_code)
{
	if (!s.n)
		return 0;
	unsigned char c = (unsigned char)s.p[0];
	const struct lead *lead = lead_find(c);
	if (!lead)
		return -1;
	uint32_t code = lead->length == 1 ? c : c & (0x7fU >> lead->length);
	for (int i = 1; i < lead->length; i++) {
		unsigned char low = i == 1 ? lead->low : 0x80;
		unsigned char high = i == 1 ? lead->high : 0xbf;
		unsigned char next = (size_t)i < s.n ? (unsigned char)s.p[i] : 0;
		if (next < low || next > high)
			return -i;
		code = code << 6 | (next & 0x3fU);
	}
	*ret_code = code;
	return lead->length;
}
