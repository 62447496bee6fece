/* SPDX-License-Identifier: MIT */
#include "websocket.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"

enum {
	HEAD_MAX = 16384,
	MESSAGE_MAX = 16 << 20,
	OP_CONTINUE = 0,
	OP_TEXT = 1,
	OP_BINARY = 2,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
	FIN = 0x80,
	RESERVED = 0x70,
	MASKED = 0x80,
	CODE_NONE = 1005,
	CODE_ABNORMAL = 1006,
	CODE_PROTOCOL = 1002,
};

static void on_gone(struct conn *c)
{
	struct websocket *w = container_of(c, struct websocket, conn);
	w->state = WS_CLOSED;
	bytes_done(&w->message);
	w->events->on_close(w, w->close_code ? w->close_code : CODE_ABNORMAL);
}

static void apply_mask(uint8_t *p, size_t n, uint32_t mask)
{
	uint64_t wide = (uint64_t)mask << 32 | mask, v;
	size_t i = 0;
	for (; i + sizeof(v) <= n; i += sizeof(v)) {
		memcpy(&v, p + i, sizeof(v));
		v ^= wide;
		memcpy(p + i, &v, sizeof(v));
	}
	for (; i < n; i++)
		p[i] ^= ((const uint8_t *)&wide)[i & 7];
}

/* xorshift32: whoever sees the loopback sees the sound anyway, but the bridge must take every mask. */
static uint32_t next_mask(void)
{
	static uint32_t state;
	if (!state && RAND_bytes((uint8_t *)&state, sizeof(state)) != 1)
		state = 1;
	state ^= state << 13;
	state ^= state >> 17;
	return state ^= state << 5;
}

static void put_masked(struct bytes *out, const void *p, size_t n)
{
	uint32_t mask = next_mask();
	bytes_put(out, &mask, sizeof(mask));
	bytes_put(out, p, n);
	apply_mask(out->p + out->from + out->n - n, n, mask);
}

static void put_frame(struct websocket *w, unsigned op, const void *p, size_t n)
{
	uint8_t head[10];
	size_t h = 2;
	head[0] = (uint8_t)(FIN | op);
	if (n < 126) {
		head[1] = (uint8_t)n;
	} else if (n < 65536) {
		head[1] = 126;
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		h = 4;
	} else {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
		h = 10;
	}
	if (!w->is_server)
		head[1] |= MASKED;
	bytes_put(&w->conn.out, head, h);
	if (w->is_server)
		bytes_put(&w->conn.out, p, n);
	else
		put_masked(&w->conn.out, p, n);
}

static void send_frame(struct websocket *w, unsigned op, const char *p, size_t n)
{
	if (w->state != WS_OPEN || w->is_closing)
		return;
	bool was_idle = w->conn.out.n == 0;
	put_frame(w, op, p, n);
	if (was_idle && !w->is_corked)
		conn_flush(&w->conn);
}

void ws_send(struct websocket *w, const char *text, size_t n)
{
	send_frame(w, OP_TEXT, text, n);
}

void ws_send_binary(struct websocket *w, const char *p, size_t n)
{
	send_frame(w, OP_BINARY, p, n);
}

void ws_cork(struct websocket *w)
{
	w->is_corked = w->conn.out.n == 0;
}

void ws_uncork(struct websocket *w)
{
	if (w->is_corked)
		conn_flush(&w->conn);
	w->is_corked = false;
}

void ws_refuse(struct websocket *w, const char *raw, size_t n)
{
	bytes_put(&w->conn.out, raw, n);
	conn_flush(&w->conn);
	conn_end(&w->conn);
}

void ws_close(struct websocket *w, unsigned code, const char *reason)
{
	uint8_t body[125];
	size_t n = strnlen(reason, sizeof(body) - 2);
	if (w->state != WS_OPEN || w->is_closing)
		return;
	body[0] = (uint8_t)(code >> 8);
	body[1] = (uint8_t)code;
	memcpy(body + 2, reason, n);
	put_frame(w, OP_CLOSE, body, n + 2);
	w->is_closing = true;
	conn_flush(&w->conn);
}

void ws_reset(struct websocket *w)
{
	conn_reset(&w->conn);
}

struct str ws_header(struct str head, const char *name)
{
	size_t k = strlen(name);
	while (head.n > 0) {
		struct str line = str_split(&head, '\n');
		if (line.n > k && line.p[k] == ':' && strncasecmp(line.p, name, k) == 0) {
			line = str_skip(line, k + 1);
			if (line.n > 0 && line.p[line.n - 1] == '\r')
				line.n--;
			return str_trim(line);
		}
	}
	return STR("");
}

static void accept_of(struct str key, char ret_text[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
	char text[128];
	uint8_t digest[SHA_DIGEST_LENGTH];
	int n = snprintf(text, sizeof(text), STR_FMT "%s", STR_ARG(key), guid);
	SHA1((const unsigned char *)text, (size_t)n, digest);
	ret_text[base64_encode(digest, sizeof(digest), ret_text)] = '\0';
}

static void on_server_head(struct websocket *w, struct str head)
{
	(void)str_copy(ws_header(head, "sec-websocket-key"), w->key, sizeof(w->key));
	if (!w->events->on_head || w->events->on_head(w, head) == 0)
		ws_agree(w);
}

void ws_agree(struct websocket *w)
{
	char accept[29], text[256];
	accept_of(str_of(w->key), accept);
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		accept);
	w->state = WS_OPEN;
	bytes_put(&w->conn.out, text, (size_t)n);
	conn_flush(&w->conn);
	if (w->state == WS_OPEN)
		w->events->on_open(w);
}

static void on_client_head(struct websocket *w, struct str head)
{
	char accept[29];
	accept_of(str_of(w->key), accept);
	if (!str_starts(head, STR("HTTP/1.1 101")) || !str_is(ws_header(head, "sec-websocket-accept"), str_of(accept))) {
		if (w->events->on_head)
			(void)w->events->on_head(w, head);
		conn_end(&w->conn);
		return;
	}
	w->state = WS_OPEN;
	w->events->on_open(w);
}

/* False: more bytes are needed. */
static bool take_head(struct websocket *w)
{
	const char *p = (const char *)w->conn.in.p + w->conn.in.from;
	const char *end = memmem(p, w->conn.in.n, "\r\n\r\n", 4);
	if (!end) {
		if (w->conn.in.n > HEAD_MAX)
			conn_end(&w->conn);
		return false;
	}
	char head[HEAD_MAX];
	size_t n = (size_t)(end - p) + 4;
	if (n > sizeof(head)) {
		conn_end(&w->conn);
		return false;
	}
	memcpy(head, p, n);
	bytes_drop(&w->conn.in, n);
	if (w->is_server)
		on_server_head(w, (struct str){head, n});
	else
		on_client_head(w, (struct str){head, n});
	return w->state == WS_OPEN;
}

static void on_control(struct websocket *w, unsigned op, const uint8_t *p, size_t n)
{
	if (op == OP_PING) {
		put_frame(w, OP_PONG, p, n);
		conn_flush(&w->conn);
	}
	if (op != OP_CLOSE)
		return;
	w->close_code = n >= 2 ? (unsigned)p[0] << 8 | p[1] : CODE_NONE;
	if (!w->is_closing) {
		put_frame(w, OP_CLOSE, p, n);
		conn_flush(&w->conn);
	}
	conn_end(&w->conn);
}

static void on_data(struct websocket *w, unsigned op, bool is_final, uint8_t *p, size_t n)
{
	if (op != OP_CONTINUE)
		w->is_binary = op != OP_TEXT;
	if (is_final && op != OP_CONTINUE) {
		w->events->on_message(w, (struct str){(const char *)p, n});
		return;
	}
	if (op != OP_CONTINUE)
		w->message.n = w->message.from = 0;
	bytes_put(&w->message, p, n);
	if (is_final)
		w->events->on_message(w, (struct str){(const char *)w->message.p + w->message.from, w->message.n});
}

/* RFC 6455, 5.1: clients mask, servers do not; 5.2: no extension was agreed on. */
static void refuse(struct websocket *w)
{
	ws_close(w, CODE_PROTOCOL, "not a frame of ours");
	conn_end(&w->conn);
}

static void unmask(uint8_t *p, size_t n, bool is_masked)
{
	uint32_t mask;
	if (!is_masked)
		return;
	memcpy(&mask, p - sizeof(mask), sizeof(mask));
	apply_mask(p, n, mask);
}

/* One frame of what has come; false: not whole yet. */
static bool take_frame(struct websocket *w)
{
	uint8_t *p = w->conn.in.p + w->conn.in.from;
	size_t have = w->conn.in.n, h = 2;
	if (have < 2)
		return false;
	uint64_t n = p[1] & 0x7F;
	h += n == 126 ? 2 : n == 127 ? 8 : 0;
	if (have < h)
		return false;
	if (h > 2) {
		n = 0;
		for (size_t i = 2; i < h; i++)
			n = n << 8 | p[i];
	}
	bool is_masked = p[1] & MASKED;
	h += is_masked ? 4 : 0;
	if (n > MESSAGE_MAX || is_masked != w->is_server || (p[0] & RESERVED)) {
		refuse(w);
		return false;
	}
	if (have < h + n)
		return false;
	unmask(p + h, (size_t)n, is_masked);
	unsigned op = p[0] & 15;
	bool is_final = p[0] & FIN;
	if (op >= OP_CLOSE)
		on_control(w, op, p + h, (size_t)n);
	else
		on_data(w, op, is_final, p + h, (size_t)n);
	if (w->state == WS_CLOSED)
		return false;
	bytes_drop(&w->conn.in, h + (size_t)n);
	return true;
}

static void on_bytes(struct conn *c)
{
	struct websocket *w = container_of(c, struct websocket, conn);
	if (w->state == WS_HEAD && !take_head(w))
		return;
	while (w->state == WS_OPEN && take_frame(w))
		;
}

static const struct conn_events conn_events = {.on_bytes = on_bytes, .on_gone = on_gone};

void ws_accept(struct websocket *w, struct loop *l, int fd, SSL_CTX *tls)
{
	w->conn.events = &conn_events;
	w->is_server = true;
	w->state = WS_HEAD;
	conn_accept(&w->conn, l, fd, tls);
}

int ws_connect(struct websocket *w, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *request_head)
{
	uint8_t nonce[16];
	char text[4096];
	w->conn.events = &conn_events;
	if (conn_connect(&w->conn, l, host, port, tls) < 0)
		return -1;
	w->state = WS_HEAD;
	RAND_bytes(nonce, sizeof(nonce));
	w->key[base64_encode(nonce, sizeof(nonce), w->key)] = '\0';
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
		path, host, port, w->key, request_head);
	bytes_put(&w->conn.out, text, (size_t)n);
	return 0;
}
