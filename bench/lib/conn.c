/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringdown/base/str.h"

enum { READ_BYTES = 65536 };

void conn_end(struct conn *c)
{
	if (c->state == CONN_GONE)
		return;
	c->state = CONN_GONE;
	io_set(c->loop, &c->io, 0);
	SSL_free(c->ssl);
	c->ssl = NULL;
	close(c->io.fd);
	bytes_done(&c->in);
	bytes_done(&c->out);
	c->events->on_gone(c);
}

void conn_reset(struct conn *c)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	if (c->state == CONN_GONE)
		return;
	setsockopt(c->io.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn_end(c);
}

/* What OpenSSL wants next, as epoll events; 0: the connection is over. */
static uint32_t tls_wants(const struct conn *c, int result)
{
	int err = SSL_get_error(c->ssl, result);
	ERR_clear_error();
	return err == SSL_ERROR_WANT_READ ? EPOLLIN : err == SSL_ERROR_WANT_WRITE ? EPOLLIN | EPOLLOUT : 0;
}

static ssize_t send_some(struct conn *c, uint32_t *ret_wants)
{
	const uint8_t *p = c->out.p + c->out.from;
	ssize_t n;
	if (c->ssl) {
		n = SSL_write(c->ssl, p, (int)c->out.n);
		*ret_wants = n > 0 ? EPOLLIN : tls_wants(c, (int)n);
	} else {
		n = send(c->io.fd, p, c->out.n, MSG_NOSIGNAL);
		*ret_wants = n > 0 ? EPOLLIN : errno == EAGAIN ? EPOLLIN | EPOLLOUT : 0;
	}
	return n;
}

void conn_flush(struct conn *c)
{
	uint32_t wants = EPOLLIN;
	if (c->state != CONN_UP)
		return;
	while (c->out.n > 0) {
		ssize_t n = send_some(c, &wants);
		if (n <= 0)
			break;
		bytes_drop(&c->out, (size_t)n);
	}
	if (!wants)
		conn_end(c);
	else
		io_set(c->loop, &c->io, wants);
}

static void read_all(struct conn *c)
{
	static uint8_t piece[READ_BYTES];
	while (c->state == CONN_UP) {
		ssize_t n = c->ssl ? SSL_read(c->ssl, piece, sizeof(piece)) : recv(c->io.fd, piece, sizeof(piece), 0);
		if (n > 0) {
			bytes_put(&c->in, piece, (size_t)n);
			c->events->on_bytes(c);
			if (!c->ssl && (size_t)n < sizeof(piece))
				return;
			continue;
		}
		if (c->ssl ? tls_wants(c, (int)n) != 0 : n < 0 && errno == EAGAIN)
			return;
		if (c->events->on_end)
			c->events->on_end(c);
		conn_end(c);
	}
}

static void shake_hands(struct conn *c)
{
	int r = SSL_do_handshake(c->ssl);
	if (r == 1) {
		c->state = CONN_UP;
		conn_flush(c);
		return;
	}
	uint32_t wants = tls_wants(c, r);
	if (wants)
		io_set(c->loop, &c->io, wants);
	else
		conn_end(c);
}

static void on_ready(struct io *io, uint32_t events)
{
	struct conn *c = (struct conn *)(void *)io;
	if (c->state == CONN_CONNECTING) {
		if (events & (EPOLLERR | EPOLLHUP)) {
			conn_end(c);
			return;
		}
		c->state = c->ssl ? CONN_TLS : CONN_UP;
	}
	if (c->state == CONN_TLS)
		shake_hands(c);
	if (c->state == CONN_UP && c->out.n > 0)
		conn_flush(c);
	if (c->state == CONN_UP && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_all(c);
}

static void begin(struct conn *c, struct loop *l, int fd, SSL_CTX *tls)
{
	int one = 1;
	c->loop = l;
	c->io = (struct io){.fd = fd, .ready = on_ready};
	c->ssl = tls ? SSL_new(tls) : NULL;
	if (c->ssl) {
		SSL_set_fd(c->ssl, fd);
		SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			SSL_MODE_RELEASE_BUFFERS);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void conn_accept(struct conn *c, struct loop *l, int fd, SSL_CTX *tls)
{
	begin(c, l, fd, tls);
	c->state = tls ? CONN_TLS : CONN_UP;
	if (c->ssl)
		SSL_set_accept_state(c->ssl);
	io_set(l, &c->io, EPOLLIN);
}

/* The certificate has to say so; a name goes into the hello as well. */
static void expect_host(SSL *ssl, const char *host, bool is_address)
{
	char name[256] = ""; /* OpenSSL's macro takes it without const */
	if (is_address) {
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	} else {
		SSL_set1_host(ssl, host);
		(void)str_copy(str_of(host), name, sizeof(name));
		SSL_set_tlsext_host_name(ssl, name);
	}
	SSL_set_connect_state(ssl);
}

int conn_connect(struct conn *c, struct loop *l, const char *host, int port, SSL_CTX *tls)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
		(connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)) {
		close(fd);
		return -1;
	}
	begin(c, l, fd, tls);
	c->state = CONN_CONNECTING;
	if (c->ssl)
		expect_host(c->ssl, host, address == host);
	io_set(l, &c->io, EPOLLIN | EPOLLOUT);
	return 0;
}
