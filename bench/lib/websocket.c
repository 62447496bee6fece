/* SPDX-License-Identifier: MIT */
#include "websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringdown/wire/base64.h"

enum {
	READ_BYTES = 65536,
	HEAD_MAX = 16384,
	MESSAGE_MAX = 16 << 20,
	OP_CONTINUE = 0,
	OP_TEXT = 1,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
	FIN = 0x80,
	MASKED = 0x80,
};

static void die(struct websocket *w)
{
	if (w->state == WS_CLOSED)
		return;
	w->state = WS_CLOSED;
	io_set(w->loop, &w->io, 0);
	SSL_free(w->ssl);
	w->ssl = NULL;
	close(w->io.fd);
	bytes_done(&w->in);
	bytes_done(&w->out);
	bytes_done(&w->message);
	w->events->on_close(w, w->close_code ? w->close_code : 1006);
}

/* What OpenSSL wants next, as epoll events; 0: the connection is over. */
static uint32_t tls_wants(const struct websocket *w, int result)
{
	int err = SSL_get_error(w->ssl, result);
	ERR_clear_error();
	return err == SSL_ERROR_WANT_READ ? EPOLLIN : err == SSL_ERROR_WANT_WRITE ? EPOLLIN | EPOLLOUT : 0;
}

static void flush(struct websocket *w)
{
	uint32_t wants = EPOLLIN;
	while (w->out.n > 0 && w->state != WS_CLOSED) {
		const uint8_t *p = w->out.p + w->out.from;
		ssize_t n;
		if (w->ssl) {
			n = SSL_write(w->ssl, p, (int)w->out.n);
			wants = n > 0 ? EPOLLIN : tls_wants(w, (int)n);
		} else {
			n = send(w->io.fd, p, w->out.n, MSG_NOSIGNAL);
			wants = n > 0 ? EPOLLIN : errno == EAGAIN ? EPOLLIN | EPOLLOUT : 0;
		}
		if (n <= 0)
			break;
		bytes_drop(&w->out, (size_t)n);
	}
	if (!wants)
		die(w);
	else
		io_set(w->loop, &w->io, wants);
}

static void put_frame(struct websocket *w, unsigned op, const void *p, size_t n)
{
	uint8_t head[14];
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
	if (!w->is_server) { /* a mask of zeros: nobody between us and the bridge needs protection */
		head[1] |= MASKED;
		memset(head + h, 0, 4);
		h += 4;
	}
	bytes_put(&w->out, head, h);
	bytes_put(&w->out, p, n);
}

void ws_send(struct websocket *w, const char *text, size_t n)
{
	if (w->state != WS_OPEN || w->is_closing)
		return;
	bool was_idle = w->out.n == 0;
	put_frame(w, OP_TEXT, text, n);
	if (was_idle)
		flush(w);
}

void ws_answer(struct websocket *w, const char *raw, size_t n)
{
	bytes_put(&w->out, raw, n);
	flush(w);
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
	flush(w);
}

void ws_reset(struct websocket *w)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	if (w->state == WS_CLOSED)
		return;
	setsockopt(w->io.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	die(w);
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
	char accept[29], text[256];
	if (w->events->on_head && w->events->on_head(w, head) != 0)
		return;
	accept_of(ws_header(head, "sec-websocket-key"), accept);
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		accept);
	w->state = WS_OPEN;
	ws_answer(w, text, (size_t)n);
	w->events->on_open(w);
}

static void on_client_head(struct websocket *w, struct str head)
{
	char accept[29];
	accept_of(str_of(w->key), accept);
	if (!str_starts(head, STR("HTTP/1.1 101")) || !str_is(ws_header(head, "sec-websocket-accept"), str_of(accept))) {
		if (w->events->on_head)
			(void)w->events->on_head(w, head);
		die(w);
		return;
	}
	w->state = WS_OPEN;
	w->events->on_open(w);
}

/* False: more bytes are needed. */
static bool take_head(struct websocket *w)
{
	const char *p = (const char *)w->in.p + w->in.from;
	const char *end = memmem(p, w->in.n, "\r\n\r\n", 4);
	if (!end) {
		if (w->in.n > HEAD_MAX)
			die(w);
		return false;
	}
	char head[HEAD_MAX];
	size_t n = (size_t)(end - p) + 4;
	if (n > sizeof(head)) {
		die(w);
		return false;
	}
	memcpy(head, p, n);
	bytes_drop(&w->in, n);
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
		flush(w);
	}
	if (op != OP_CLOSE)
		return;
	w->close_code = n >= 2 ? (unsigned)p[0] << 8 | p[1] : 1005;
	if (!w->is_closing) {
		put_frame(w, OP_CLOSE, p, n);
		flush(w);
	}
	die(w);
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

/* One frame of what has come; false: not whole yet. */
static bool take_frame(struct websocket *w)
{
	uint8_t *p = w->in.p + w->in.from;
	size_t have = w->in.n, h = 2;
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
	const uint8_t *mask = p[1] & MASKED ? p + h : NULL;
	h += mask ? 4 : 0;
	if (n > MESSAGE_MAX) {
		die(w);
		return false;
	}
	if (have < h + n)
		return false;
	for (uint64_t i = 0; mask && i < n; i++)
		p[h + i] ^= mask[i & 3];
	unsigned op = p[0] & 15;
	bool is_final = p[0] & FIN;
	if (op >= OP_CLOSE)
		on_control(w, op, p + h, (size_t)n);
	else
		on_data(w, op, is_final, p + h, (size_t)n);
	if (w->state == WS_CLOSED)
		return false;
	bytes_drop(&w->in, h + (size_t)n);
	return true;
}

static void take_input(struct websocket *w)
{
	if (w->state == WS_HEAD && !take_head(w))
		return;
	while (w->state == WS_OPEN && take_frame(w))
		;
}

static void read_all(struct websocket *w)
{
	static uint8_t piece[READ_BYTES];
	while (w->state != WS_CLOSED) {
		ssize_t n = w->ssl ? SSL_read(w->ssl, piece, sizeof(piece)) : recv(w->io.fd, piece, sizeof(piece), 0);
		if (n > 0) {
			bytes_put(&w->in, piece, (size_t)n);
			take_input(w);
			if (!w->ssl && (size_t)n < sizeof(piece))
				return;
			continue;
		}
		if (w->ssl ? tls_wants(w, (int)n) != 0 : n < 0 && errno == EAGAIN)
			return;
		die(w);
	}
}

static void shake_hands(struct websocket *w)
{
	int r = SSL_do_handshake(w->ssl);
	if (r != 1) {
		uint32_t wants = tls_wants(w, r);
		if (wants)
			io_set(w->loop, &w->io, wants);
		else
			die(w);
		return;
	}
	w->state = WS_HEAD;
	flush(w);
}

static void on_ready(struct io *io, uint32_t events)
{
	struct websocket *w = (struct websocket *)(void *)io;
	if (w->state == WS_CONNECTING) {
		if (events & (EPOLLERR | EPOLLHUP)) {
			die(w);
			return;
		}
		w->state = w->ssl ? WS_TLS : WS_HEAD;
	}
	if (w->state == WS_TLS)
		shake_hands(w);
	if (w->state == WS_HEAD || w->state == WS_OPEN) {
		if (w->out.n > 0)
			flush(w);
		if (w->state != WS_CLOSED && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
			read_all(w);
	}
}

static void begin(struct websocket *w, struct loop *l, int fd, SSL_CTX *tls)
{
	int one = 1;
	w->loop = l;
	w->io = (struct io){.fd = fd, .ready = on_ready};
	w->ssl = tls ? SSL_new(tls) : NULL;
	if (w->ssl)
		SSL_set_fd(w->ssl, fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

int ws_accept(struct websocket *w, struct loop *l, int fd, SSL_CTX *tls)
{
	begin(w, l, fd, tls);
	w->is_server = true;
	w->state = tls ? WS_TLS : WS_HEAD;
	if (w->ssl)
		SSL_set_accept_state(w->ssl);
	io_set(l, &w->io, EPOLLIN);
	return 0;
}

int ws_connect(struct websocket *w, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *request_head)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	uint8_t nonce[16];
	char text[4096];
	const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
		(connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	begin(w, l, fd, tls);
	w->state = WS_CONNECTING;
	if (w->ssl) {
		SSL_set_tlsext_host_name(w->ssl, host);
		SSL_set1_host(w->ssl, host);
		SSL_set_connect_state(w->ssl);
	}
	RAND_bytes(nonce, sizeof(nonce));
	w->key[base64_encode(nonce, sizeof(nonce), w->key)] = '\0';
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
		path, host, port, w->key, request_head);
	bytes_put(&w->out, text, (size_t)n);
	io_set(l, &w->io, EPOLLIN | EPOLLOUT);
	return 0;
}
