/* SPDX-License-Identifier: MIT */
/* The simulators' WebSocket: its server side against raw bytes of a socket pair, then both sides together. */
#include "../../../bench/lib/websocket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

enum { BIG = 200000, TURN_US = 300000 };

static const char request[] =
	"GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"; /* RFC 6455, 1.3 */
static const char accept_line[] = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

static struct loop *loop;
static struct websocket server;
static int raw = -1; /* the other end of the server's socket */
static struct {
	unsigned opened, closed, code, messages;
	bool is_binary;
	struct bytes last;
} seen;

static void on_open(struct websocket *w)
{
	(void)w;
	seen.opened++;
}

static void on_message(struct websocket *w, struct str text)
{
	seen.messages++;
	seen.is_binary = w->is_binary;
	seen.last.n = seen.last.from = 0;
	bytes_put(&seen.last, text.p, text.n);
}

static void on_close(struct websocket *w, unsigned code)
{
	(void)w;
	seen.closed++;
	seen.code = code;
}

static const struct websocket_events events = {.on_open = on_open, .on_message = on_message, .on_close = on_close};

static void on_turn(struct timer *t)
{
	(void)t;
	loop_stop(loop);
}

/* Until claim() or, when it never comes, a while. */
static void turn(bool (*claim)(void))
{
	for (int i = 0; i < 100 && !claim(); i++) {
		struct timer end = {.fire = on_turn};
		timer_arm(loop, &end, loop_touch(loop) + TURN_US / 100);
		loop_run(loop);
	}
}

static bool has_message(void)
{
	return seen.messages > 0;
}

static bool is_closed(void)
{
	return seen.closed > 0;
}

static bool has_opened(void)
{
	return seen.opened > 0;
}

static bool no_more_to_read(void)
{
	static int calls;
	return ++calls % 2 == 0;
}

static bool never(void)
{
	return false;
}

static int begin(void **state)
{
	int ends[2];
	(void)state;
	memset(&seen, 0, sizeof(seen));
	loop = loop_new();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	raw = ends[1];
	server = (struct websocket){.events = &events};
	ws_accept(&server, loop, ends[0], NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ws_reset(&server);
	close(raw);
	bytes_done(&seen.last);
	loop_free(loop);
	return 0;
}

static void put(const void *p, size_t n)
{
	assert_int_equal(write(raw, p, n), n);
}

static void open_server(void)
{
	char got[1024];
	put(request, sizeof(request) - 1);
	turn(has_opened);
	assert_int_equal(seen.opened, 1);
	ssize_t n = read(raw, got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_non_null(strstr(got, "HTTP/1.1 101 "));
	assert_non_null(strstr(got, accept_line));
}

/* A client's frame, masked. */
static size_t frame(uint8_t *dst, uint8_t first, const void *payload, size_t n)
{
	static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
	size_t h = 2;
	dst[0] = first;
	dst[1] = (uint8_t)(0x80 | (n < 126 ? n : 126));
	if (n >= 126) {
		dst[2] = (uint8_t)(n >> 8);
		dst[3] = (uint8_t)n;
		h = 4;
	}
	memcpy(dst + h, mask, 4);
	for (size_t i = 0; i < n; i++)
		dst[h + 4 + i] = (uint8_t)(((const uint8_t *)payload)[i] ^ mask[i & 3]);
	return h + 4 + n;
}

static void assert_last(const char *text)
{
	assert_int_equal(seen.last.n, strlen(text));
	assert_memory_equal(seen.last.p + seen.last.from, text, strlen(text));
}

static void test_a_message_byte_by_byte(void **state)
{
	uint8_t f[256];
	(void)state;
	open_server();
	size_t n = frame(f, 0x81, "hello", 5);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(seen.messages, 0);
		put(f + i, 1);
		turn(i + 1 < n ? no_more_to_read : has_message);
	}
	assert_int_equal(seen.messages, 1);
	assert_last("hello");
}

static void test_fragments_with_a_ping_between(void **state)
{
	uint8_t f[512];
	char got[64];
	(void)state;
	open_server();
	size_t n = frame(f, 0x01, "one ", 4);
	n += frame(f + n, 0x89, "beat", 4);
	n += frame(f + n, 0x00, "two ", 4);
	n += frame(f + n, 0x80, "three", 5);
	put(f, n);
	turn(has_message);
	assert_int_equal(seen.messages, 1);
	assert_last("one two three");
	assert_int_equal(read(raw, got, sizeof(got)), 6);
	assert_memory_equal(got, "\x8a\x04" "beat", 6);
}

static void test_binary_is_told_apart(void **state)
{
	uint8_t f[64];
	(void)state;
	open_server();
	put(f, frame(f, 0x82, "{}", 2));
	turn(has_message);
	assert_true(seen.is_binary);
	put(f, frame(f, 0x81, "{}", 2));
	seen.messages = 0;
	turn(has_message);
	assert_false(seen.is_binary);
}

static void test_lengths_are_written_in_three_ways(void **state)
{
	static const struct {
		size_t n;
		uint8_t head[10];
		size_t n_head;
	} cases[] = {
		{125, {0x81, 125}, 2},
		{126, {0x81, 126, 0, 126}, 4},
		{65535, {0x81, 126, 0xff, 0xff}, 4},
		{65536, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10},
	};
	static char text[65536], got[65536 + 10];
	(void)state;
	open_server();
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = 0, all = cases[i].n_head + cases[i].n;
		ws_send(&server, text, cases[i].n);
		for (int k = 0; k < 100 && n < all; k++) {
			ssize_t r = read(raw, got + n, sizeof(got) - n);
			n += r > 0 ? (size_t)r : 0;
			if (r <= 0) {
				struct timer t = {.fire = on_turn};
				timer_arm(loop, &t, loop_touch(loop) + 1000);
				loop_run(loop);
					}
		}
		assert_int_equal(n, all);
		assert_memory_equal(got, cases[i].head, cases[i].n_head);
	}
}

static void test_cork_sends_in_one_piece(void **state)
{
	char got[64];
	(void)state;
	open_server();
	ws_cork(&server);
	ws_send(&server, "a", 1);
	ws_send(&server, "b", 1);
	assert_int_equal(read(raw, got, sizeof(got)), -1);
	ws_uncork(&server);
	assert_int_equal(read(raw, got, sizeof(got)), 6);
	assert_memory_equal(got, "\x81\x01" "a\x81\x01" "b", 6);
}

static void assert_refused(const void *p, size_t n)
{
	uint8_t got[64];
	open_server();
	put(p, n);
	turn(is_closed);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.messages, 0);
	assert_true(read(raw, got, sizeof(got)) >= 4);
	assert_memory_equal(got + 2, "\x03\xea", 2); /* 1002 */
}

static void test_a_client_must_mask(void **state)
{
	(void)state;
	assert_refused("\x81\x02hi", 4);
}

static void test_reserved_bits_are_refused(void **state)
{
	uint8_t f[64];
	(void)state;
	assert_refused(f, frame(f, 0xc1, "hi", 2));
}

static void test_the_other_side_closes(void **state)
{
	uint8_t f[64];
	char got[64];
	(void)state;
	open_server();
	put(f, frame(f, 0x88, "\x03\xf5why", 5));
	turn(is_closed);
	assert_int_equal(seen.code, 1013);
	assert_int_equal(read(raw, got, sizeof(got)), 7);
	assert_memory_equal(got, "\x88\x05\x03\xf5why", 7);
}

static void test_the_line_breaks(void **state)
{
	(void)state;
	open_server();
	shutdown(raw, SHUT_RDWR);
	turn(is_closed);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.code, 1006);
	ws_send(&server, "x", 1); /* nobody is there: nothing happens */
	ws_close(&server, 1000, "");
	assert_int_equal(seen.closed, 1);
}

static void test_a_head_without_end_is_cut(void **state)
{
	char junk[20000];
	(void)state;
	memset(junk, 'x', sizeof(junk));
	put(junk, sizeof(junk));
	turn(is_closed);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.opened, 0);
}

static void test_headers_are_found_whatever_their_case(void **state)
{
	struct str head = STR("GET / HTTP/1.1\r\nOne: 1\r\ntwo:2 \r\nTwo-more: 3\r\n\r\n");
	(void)state;
	assert_true(str_is(ws_header(head, "one"), STR("1")));
	assert_true(str_is(ws_header(head, "TWO"), STR("2")));
	assert_true(str_is(ws_header(head, "two-more"), STR("3")));
	assert_int_equal(ws_header(head, "three").n, 0);
}

/* ---- both sides, over TCP */

static void echo(struct websocket *w, struct str text)
{
	ws_send(w, text.p, text.n);
}

static const struct websocket_events echo_events = {.on_open = on_open, .on_message = echo, .on_close = on_close};
static struct websocket echo_server;

static void on_accept(struct io *io, uint32_t ready)
{
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	(void)ready;
	assert_true(fd >= 0);
	echo_server = (struct websocket){.events = &echo_events};
	ws_accept(&echo_server, loop, fd, NULL);
}

static int listen_at(struct io *listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	*listener = (struct io){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .ready = on_accept};
	assert_int_equal(bind(listener->fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(listener->fd, 1), 0);
	assert_int_equal(getsockname(listener->fd, (struct sockaddr *)&at, &n), 0);
	io_set(loop, listener, EPOLLIN);
	return ntohs(at.sin_port);
}

static bool both_open(void)
{
	return seen.opened == 2;
}

static void test_client_and_server(void **state)
{
	struct io listener;
	struct websocket client = {.events = &events};
	static char big[BIG];
	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	int port = listen_at(&listener);
	assert_int_equal(ws_connect(&client, loop, "127.0.0.1", port, NULL, "/p", "X-More: 1\r\n"), 0);
	turn(both_open);
	assert_int_equal(seen.opened, 2);
	static const size_t sizes[] = {0, 1, 7, 8, 9, 125, 126, 4000, 65535, 65536, BIG};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		seen.messages = 0;
		ws_send(&client, big, sizes[i]);
		turn(has_message);
		assert_int_equal(seen.messages, 1);
		assert_int_equal(seen.last.n, sizes[i]);
		if (sizes[i])
			assert_memory_equal(seen.last.p + seen.last.from, big, sizes[i]);
	}
	ws_close(&client, 1000, "done");
	turn(is_closed);
	turn(never);
	assert_int_equal(seen.closed, 2);
	assert_int_equal(seen.code, 1000);
	io_set(loop, &listener, 0);
	close(listener.fd);
}

static void test_nobody_listens(void **state)
{
	struct io listener;
	struct websocket client = {.events = &events};
	(void)state;
	int port = listen_at(&listener);
	io_set(loop, &listener, 0);
	close(listener.fd);
	if (ws_connect(&client, loop, "127.0.0.1", port, NULL, "/", "") == 0) {
		turn(is_closed);
		assert_int_equal(seen.closed, 1);
	}
	assert_int_equal(ws_connect(&client, loop, "no.address", port, NULL, "/", ""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_message_byte_by_byte, begin, end),
		cmocka_unit_test_setup_teardown(test_fragments_with_a_ping_between, begin, end),
		cmocka_unit_test_setup_teardown(test_binary_is_told_apart, begin, end),
		cmocka_unit_test_setup_teardown(test_lengths_are_written_in_three_ways, begin, end),
		cmocka_unit_test_setup_teardown(test_cork_sends_in_one_piece, begin, end),
		cmocka_unit_test_setup_teardown(test_a_client_must_mask, begin, end),
		cmocka_unit_test_setup_teardown(test_reserved_bits_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_the_other_side_closes, begin, end),
		cmocka_unit_test_setup_teardown(test_the_line_breaks, begin, end),
		cmocka_unit_test_setup_teardown(test_a_head_without_end_is_cut, begin, end),
		cmocka_unit_test(test_headers_are_found_whatever_their_case),
		cmocka_unit_test_setup_teardown(test_client_and_server, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_listens, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
