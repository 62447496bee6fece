/* SPDX-License-Identifier: MIT */
/* Frames and the handshake against the examples of RFC 6455 and against what must be refused. */
#include <errno.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/websocket.h"
#include "wire_test.h"

static int scan(const char *bytes, size_t n, struct ws_head *head)
{
	return ws_scan_head((const uint8_t *)bytes, n, head);
}

/* Section 5.7. */
static void test_heads_of_the_rfc(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int n_head;
		struct ws_head head;
	} table[] = {
		{"\x81\x05", 2, 2, {WS_TEXT, true, 5}},
		{"\x01\x03", 2, 2, {WS_TEXT, false, 3}},
		{"\x80\x02", 2, 2, {WS_CONTINUATION, true, 2}},
		{"\x89\x05", 2, 2, {WS_PING, true, 5}},
		{"\x8a\x00", 2, 2, {WS_PONG, true, 0}},
		{"\x88\x7d", 2, 2, {WS_CLOSE, true, 125}},
		{"\x82\x7e\x01\x00", 4, 4, {WS_BINARY, true, 256}},
		{"\x82\x7e\x00\x7e", 4, 4, {WS_BINARY, true, 126}},
		{"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10, 10, {WS_BINARY, true, 65536}},
		{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10, 10, {WS_BINARY, true, INT64_MAX}},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct ws_head head;
		assert_int_equal(scan(table[i].bytes, table[i].n, &head), table[i].n_head);
		assert_int_equal(head.opcode, table[i].head.opcode);
		assert_int_equal(head.is_final, table[i].head.is_final);
		assert_int_equal(head.n, table[i].head.n);
		for (size_t n = 0; n < table[i].n; n++)
			assert_int_equal(scan(table[i].bytes, n, &head), 0);
	}
}

static void test_heads_no_server_may_send(void **state)
{
	static const struct {
		const char *why, *bytes;
		size_t n;
	} table[] = {
		{"reserved bit", "\xc1\x05", 2},
		{"reserved opcode", "\x83\x05", 2},
		{"reserved control opcode", "\x8b\x05", 2},
		{"masked", "\x81\x85", 2},
		{"a ping in pieces", "\x09\x05", 2},
		{"a ping of 126 bytes", "\x89\x7e\x00\x7e", 4},
		{"125 in two bytes", "\x82\x7e\x00\x7d", 4},
		{"65535 in eight bytes", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10},
		{"2^63", "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct ws_head head;
		if (scan(table[i].bytes, table[i].n, &head) != -EPROTO)
			fail_msg("%s is taken", table[i].why);
	}
}

/* "Hello" with the mask 37 fa 21 3d: section 5.7. */
static void test_a_sealed_frame_is_that_of_the_rfc(void **state)
{
	static const uint8_t right[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
	static const uint8_t mask_bytes[] = {0x37, 0xfa, 0x21, 0x3d};
	uint8_t bytes[WS_HEAD_MAX + 5];
	uint32_t mask;
	size_t n;
	(void)state;
	memcpy(&mask, mask_bytes, sizeof(mask));
	memcpy(bytes + WS_HEAD_MAX, "Hello", 5);
	const uint8_t *frame = ws_seal(bytes + WS_HEAD_MAX, 5, WS_TEXT, mask, &n);
	assert_int_equal(n, sizeof(right));
	assert_memory_equal(frame, right, sizeof(right));
}

/* Sealed, read as its mirror (the mask bit is the client's), unmasked byte by byte: the same text again. */
static void test_every_length_survives_sealing(void **state)
{
	static const size_t lengths[] = {0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 70001};
	static uint8_t bytes[WS_HEAD_MAX + 70001];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		size_t n = lengths[i], n_frame;
		uint8_t *payload = bytes + WS_HEAD_MAX;
		for (size_t k = 0; k < n; k++)
			payload[k] = (uint8_t)(k * 7);
		uint8_t *frame = ws_seal(payload, n, WS_TEXT, 0xa1b2c3d4U, &n_frame);
		struct ws_head head;
		assert_int_not_equal(frame[1] & 0x80, 0);
		frame[1] &= 0x7f;
		int n_head = ws_scan_head(frame, n_frame, &head);
		assert_int_equal((size_t)n_head + 4 + n, n_frame);
		assert_int_equal(head.n, n);
		const uint8_t *mask = frame + n_head;
		for (size_t k = 0; k < n; k++)
			assert_int_equal(payload[k] ^ mask[k % 4], (uint8_t)(k * 7));
	}
}

static void test_close_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool is_good;
		unsigned code;
		const char *reason;
	} table[] = {
		{"", 0, true, WS_NO_CODE, ""},
		{"\x03", 1, false, WS_NO_CODE, ""},
		{"\x03\xe8", 2, true, 1000, ""},
		{"\x03\xf4try later", 11, true, 1012, "try later"},
		{"\x03\xf5later", 7, true, 1013, "later"},
		{"\x0f\xa0mine", 6, true, 4000, "mine"},
		{"\x03\xed", 2, false, 1005, ""},
		{"\x03\xee", 2, false, 1006, ""},
		{"\x03\xe7", 2, false, 999, ""},
		{"\x13\x88", 2, false, 5000, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		unsigned code;
		struct str reason;
		assert_int_equal(ws_scan_close((struct str){table[i].bytes, table[i].n}, &code, &reason), table[i].is_good);
		assert_int_equal(code, table[i].code);
		assert_view(reason, table[i].reason);
	}
}

/* Section 1.3. */
static void test_key_and_accept_of_the_rfc(void **state)
{
	char key[WS_KEY_TEXT], accept[WS_ACCEPT_TEXT];
	(void)state;
	ws_key((const uint8_t *)"the sample nonce", key);
	assert_string_equal(key, "dGhlIHNhbXBsZSBub25jZQ==");
	ws_accept(key, accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void test_the_request(void **state)
{
	char text[512];
	struct buf b;
	(void)state;
	buf_init(&b, text, sizeof(text));
	ws_put_request(&b, STR("api.example.com"), STR("/v1/realtime?model=m"), "KEY", STR("X-A: b\r\n"));
	assert_view(buf_str(&b),
		"GET /v1/realtime?model=m HTTP/1.1\r\nHost: api.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\nX-A: b\r\n\r\n");
}

#define ACCEPTED "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define UPGRADED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"

static void test_responses(void **state)
{
	static const struct {
		const char *text;
		int status;
		bool is_accepted;
	} table[] = {
		{UPGRADED ACCEPTED "\r\n", 101, true},
		{UPGRADED "sec-websocket-ACCEPT:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", 101, true},
		{UPGRADED "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n\r\n", 101, false},
		{UPGRADED "\r\n", 101, false},
		{UPGRADED ACCEPTED "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 101, false},
		{UPGRADED ACCEPTED "Sec-WebSocket-Protocol: realtime\r\n\r\n", 101, false},
		{"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPTED "\r\n", 101, false},
		{"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n" ACCEPTED "\r\n", 101, false},
		{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}", 401, false},
		{"HTTP/1.1 200\r\n\r\n", 200, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct ws_response r;
		struct str text = str_of(table[i].text);
		const char *end = strstr(table[i].text, "\r\n\r\n");
		int n = (int)(end - table[i].text) + 4;
		assert_int_equal(ws_scan_response(text, &r), n);
		assert_int_equal(r.status, table[i].status);
		assert_int_equal(ws_is_accepted(&r, "dGhlIHNhbXBsZSBub25jZQ=="), table[i].is_accepted);
		for (size_t part = 0; part < (size_t)n; part++)
			assert_int_equal(ws_scan_response((struct str){text.p, part}, &r), 0);
	}
}

static void test_retry_after_and_what_is_no_response(void **state)
{
	static const char *const bad[] = {"HTTP/2 101 X\r\n\r\n", "HTTP/1.1 99 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n",
		"HTTP/1.1 abc\r\n\r\n", "\r\n\r\n", "SSH-2.0-x\r\n"};
	struct ws_response r;
	(void)state;
	assert_true(ws_scan_response(STR("HTTP/1.1 429 Busy\r\nRetry-After:  7 \r\n\r\n"), &r) > 0);
	assert_view(r.retry_after, "7");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(ws_scan_response(str_of(bad[i]), &r), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads_of_the_rfc),
		cmocka_unit_test(test_heads_no_server_may_send),
		cmocka_unit_test(test_a_sealed_frame_is_that_of_the_rfc),
		cmocka_unit_test(test_every_length_survives_sealing),
		cmocka_unit_test(test_close_frames),
		cmocka_unit_test(test_key_and_accept_of_the_rfc),
		cmocka_unit_test(test_the_request),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_retry_after_and_what_is_no_response),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
