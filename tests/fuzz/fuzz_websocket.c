/* fuzz: links wire */
/* SPDX-License-Identifier: MIT */
/* Whatever a server sends: a head that is taken says a length in its shortest form and no more than came is
 * read; a response that is taken ends with an empty line, and no part of it is taken. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void check_heads(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct ws_head head;
		int n = ws_scan_head(data + at, size - at, &head);
		require(n == 0 || n == -EPROTO || n == 2 || n == 4 || n == 10);
		if (n <= 0)
			return;
		require(head.n <= INT64_MAX && (head.opcode < WS_CLOSE || (head.is_final && head.n <= WS_CONTROL_MAX)));
		at += (size_t)n;
		size_t payload = head.n < size - at ? (size_t)head.n : size - at;
		if (head.opcode == WS_CLOSE) {
			unsigned code;
			struct str reason;
			(void)ws_scan_close((struct str){(const char *)data + at, payload}, &code, &reason);
			require(reason.n <= payload);
		}
		at += payload;
	}
}

static void check_seal(const uint8_t *data, size_t size)
{
	AUTO(auto_free) uint8_t *room = malloc(WS_HEAD_MAX + size);
	uint32_t mask = (uint32_t)size * 2654435761U;
	size_t n;
	if (!room)
		return;
	memcpy(room + WS_HEAD_MAX, data, size);
	const uint8_t *frame = ws_seal(room + WS_HEAD_MAX, size, WS_TEXT, mask, &n);
	require(frame >= room && n > size && frame + n == room + WS_HEAD_MAX + size);
	for (size_t i = 0; i < size; i++)
		require((room[WS_HEAD_MAX + i] ^ ((const uint8_t *)&mask)[i % 4]) == data[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ws_response r;
	struct str text = {(const char *)data, size};
	check_heads(data, size);
	check_seal(data, size);
	int n = ws_scan_response(text, &r);
	require(n == -EBADMSG || n >= 0);
	if (n <= 0)
		return 0;
	require((size_t)n <= size && data[n - 1] == '\n' && r.status >= 100 && r.status <= 599);
	(void)ws_is_accepted(&r, "dGhlIHNhbXBsZSBub25jZQ==");
	struct ws_response part;
	require(ws_scan_response((struct str){text.p, (size_t)n - 1}, &part) == 0);
	return 0;
}
