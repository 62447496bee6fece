/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/websocket.h"

#include <errno.h>
#include <string.h>

enum {
	FINAL = 0x80,
	RESERVED = 0x70,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
};

static uint64_t big_endian(const uint8_t *p, int n)
{
	uint64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static bool is_control(enum ws_opcode opcode)
{
	return opcode >= WS_CLOSE;
}

static bool is_known(unsigned opcode)
{
	return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* The length has to stand in its shortest form, and its highest bit is always 0. */
static bool is_shortest(int n_bytes, uint64_t n)
{
	return n_bytes == 0 || (n_bytes == 2 ? n >= LENGTH_16 : n > UINT16_MAX && n <= INT64_MAX);
}

int ws_scan_head(const uint8_t *in, size_t n, struct ws_head *ret_head)
{
	if (n < 2)
		return 0;
	if ((in[0] & RESERVED) || !is_known(in[0] & OPCODE) || (in[1] & MASKED))
		return -EPROTO;
	struct ws_head head = {
		.opcode = (enum ws_opcode)(in[0] & OPCODE), .is_final = in[0] & FINAL, .n = in[1] & LENGTH};
	if (is_control(head.opcode) && (!head.is_final || head.n > WS_CONTROL_MAX))
		return -EPROTO;
	int n_length = head.n == LENGTH_16 ? 2 : head.n == LENGTH_64 ? 8 : 0;
	if (n < 2 + (size_t)n_length)
		return 0;
	if (n_length)
		head.n = big_endian(in + 2, n_length);
	if (!is_shortest(n_length, head.n))
		return -EPROTO;
	*ret_head = head;
	return 2 + n_length;
}

/* Eight bytes a turn; the compiler makes more of them. */
static void mask_bytes(uint8_t *p, size_t n, uint32_t mask)
{
	const uint64_t wide = (uint64_t)mask << 32 | mask;
	size_t i = 0;
	for (; i + sizeof(wide) <= n; i += sizeof(wide)) {
		uint64_t v;
		memcpy(&v, p + i, sizeof(v));
		v ^= wide;
		memcpy(p + i, &v, sizeof(v));
	}
	const uint8_t *bytes = (const uint8_t *)&mask;
	for (; i < n; i++)
		p[i] ^= bytes[i % 4];
}

static size_t put_length(uint8_t *out, size_t n)
{
	int n_bytes = n < LENGTH_16 ? 0 : n <= UINT16_MAX ? 2 : 8;
	out[0] = (uint8_t)(MASKED | (n_bytes == 0 ? n : n_bytes == 2 ? LENGTH_16 : LENGTH_64));
	for (int i = 0; i < n_bytes; i++)
		out[1 + i] = (uint8_t)((uint64_t)n >> (8 * (n_bytes - 1 - i)));
	return 1 + (size_t)n_bytes;
}

uint8_t *ws_seal(uint8_t *payload, size_t n, enum ws_opcode opcode, uint32_t mask, size_t *ret_n)
{
	uint8_t head[WS_HEAD_MAX];
	head[0] = (uint8_t)(FINAL | opcode);
	size_t n_head = 1 + put_length(head + 1, n);
	memcpy(head + n_head, &mask, sizeof(mask));
	n_head += sizeof(mask);
	mask_bytes(payload, n, mask);
	memcpy(payload - n_head, head, n_head);
	*ret_n = n_head + n;
	return payload - n_head;
}

/* 7.4: these are never on the wire. */
static bool is_sendable(unsigned code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
		(code >= 3000 && code <= 4999);
}

bool ws_scan_close(struct str payload, unsigned *ret_code, struct str *ret_reason)
{
	*ret_code = WS_NO_CODE;
	*ret_reason = STR("");
	if (payload.n == 0)
		return true;
	if (payload.n == 1)
		return false;
	*ret_code = (unsigned)big_endian((const uint8_t *)payload.p, 2);
	*ret_reason = str_skip(payload, 2);
	return is_sendable(*ret_code);
}
