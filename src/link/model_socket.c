/* SPDX-License-Identifier: MIT */
#include "model_socket.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "model_socket_state.h"
#include "model_tls.h"
#include "random.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "socket_options.h"

enum { REQUEST_MAX = 4096, RESPONSE_MAX = 16384 };

static void on_poll(uv_poll_t *poll, int status, int events);

void socket_poll(struct model_socket *m, int events)
{
	if (m->polled == events || m->state == SOCKET_GONE)
		return;
	m->polled = events;
	(void)uv_poll_start(&m->poll, events, on_poll);
}

static void forget_request(struct model_socket *m)
{
	if (m->request)
		explicit_bzero(m->request, strlen(m->request)); /* the key is in it */
	m->request = mem_free(m->request);
}

static void on_let_go(uv_handle_t *handle)
{
	struct model_socket *m = container_of((uv_poll_t *)handle, struct model_socket, poll);
	struct bytes_pool *pool = &m->shard->bytes;
	bytes_drop(pool, &m->in, m->in.n);
	bytes_drop(pool, &m->message, m->message.n);
	bytes_drop(pool, &m->out, m->out.n);
	SSL_free(m->ssl);
	auto_close(&m->fd);
	mem_free(m);
}

/* The memory stays until the loop has let go of the handle: whoever is on the stack above may look at it. */
static void socket_destroy(struct model_socket *m)
{
	if (m->state == SOCKET_GONE)
		return;
	if (m->ssl && m->state >= SOCKET_UPGRADING) {
		(void)SSL_shutdown(m->ssl); /* a word of goodbye, if it goes out at once */
		ERR_clear_error();
	}
	m->state = SOCKET_GONE;
	forget_request(m);
	if (m->prev)
		m->prev->next = m->next;
	else
		m->shard->sockets = m->next;
	if (m->next)
		m->next->prev = m->prev;
	uv_close((uv_handle_t *)&m->poll, on_let_go);
}

void socket_ended(struct model_socket *m, const struct socket_end *end)
{
	void *owner = m->owner;
	m->owner = NULL;
	if (m->leg)
		leg_done(m->leg);
	m->leg = NULL;
	socket_destroy(m);
	if (owner)
		m->events->ended(owner, end);
}

void socket_fail(struct model_socket *m, const char *why)
{
	const struct socket_end end = {.was_open = m->state >= SOCKET_OPEN, .close_code = WS_NO_FRAME, .text = str_of(why)};
	socket_ended(m, &end);
}

/* ---- opening ---- */

static void send_request(struct model_socket *m)
{
	m->state = SOCKET_UPGRADING;
	socket_poll(m, UV_READABLE);
	int err = io_write(m, (const uint8_t *)m->request, strlen(m->request));
	forget_request(m);
	if (err < 0)
		socket_fail(m, "closed before the request was out");
}

static void on_securing(struct model_socket *m)
{
	struct socket_end end = {.close_code = WS_NO_FRAME};
	int r = SSL_do_handshake(m->ssl);
	switch (model_tls_result(m->ssl, r)) {
	case TLS_DONE:
		send_request(m);
		return;
	case TLS_WANTS_READ:
		socket_poll(m, UV_READABLE);
		return;
	case TLS_WANTS_WRITE:
		socket_poll(m, UV_WRITABLE);
		return;
	case TLS_FAILED:
		end.text = str_of(model_tls_why(m->ssl, &end.is_untrusted));
		socket_ended(m, &end);
		return;
	}
}

static void on_connected(struct model_socket *m)
{
	int err = 0;
	socklen_t n = sizeof(err);
	if (getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	if (err) {
		socket_fail(m, strerror(err));
		return;
	}
	if (!m->ssl) {
		send_request(m);
		return;
	}
	m->state = SOCKET_SECURING;
	on_securing(m);
}

static void refuse(struct model_socket *m, const struct ws_response *r)
{
	uint64_t seconds = 0;
	struct socket_end end = {
		.status = r->status, .close_code = WS_NO_FRAME, .text = STR("the upgrade was refused")};
	if (r->status == 101)
		end = (struct socket_end){.close_code = WS_NO_FRAME, .text = STR("101 without a right Sec-WebSocket-Accept")};
	if (str_u64(r->retry_after, 3600, &seconds) == 0)
		end.retry_after_s = (uint32_t)seconds;
	socket_ended(m, &end);
}

static void on_response(struct model_socket *m)
{
	struct ws_response r;
	int n = ws_scan_response((struct str){(const char *)m->in.p, m->in.n}, &r);
	if (n == 0 && m->in.n >= RESPONSE_MAX)
		n = -EMSGSIZE;
	if (n < 0)
		socket_fail(m, n == -EMSGSIZE ? "the answer's head is over 16 KiB" : "the answer is not HTTP/1.1");
	if (n <= 0)
		return;
	if (!ws_is_accepted(&r, m->key)) {
		refuse(m, &r);
		return;
	}
	bytes_drop(&m->shard->bytes, &m->in, (size_t)n);
	m->state = SOCKET_OPEN;
	m->events->opened(m->owner);
}

/* ---- reading ---- */

static void take_carried(struct model_socket *m)
{
	if (m->state == SOCKET_UPGRADING)
		on_response(m);
	if (m->state == SOCKET_OPEN && m->in.n)
		bytes_drop(&m->shard->bytes, &m->in, frames_take(m, m->in.p, m->in.n));
}

static void carry(struct model_socket *m, const uint8_t *p, size_t n)
{
	unsigned char *to = bytes_room(&m->shard->bytes, &m->in, n);
	if (!to) {
		socket_fail(m, "no memory");
		return;
	}
	memcpy(to, p, n);
	m->in.n += n;
}

/* Into the shard's buffer while nothing is carried, so that whole messages are never copied.  False: nothing
 * more to read now. */
static bool read_once(struct model_socket *m)
{
	struct shard *s = m->shard;
	bool is_fresh = m->in.n == 0 && m->state != SOCKET_UPGRADING;
	uint8_t *to = is_fresh ? s->rx : bytes_room(&s->bytes, &m->in, BYTES_BLOCK / 2);
	size_t room = is_fresh ? SHARD_RX_BYTES : to ? m->in.cap - m->in.n : 0;
	ssize_t n = room ? io_read(m, to, room) : -1;
	if (n < 0)
		socket_fail(m, "closed without a word");
	if (n <= 0)
		return false;
	m->rx_us = s->now_us;
	m->is_pinged = false;
	if (is_fresh) {
		size_t used = frames_take(m, to, (size_t)n);
		if (used < (size_t)n && m->state == SOCKET_OPEN)
			carry(m, to + used, (size_t)n - used);
	} else {
		m->in.n += (size_t)n;
		take_carried(m);
	}
	/* A plain socket that gave less than was asked for is empty; TLS has to be asked. */
	return m->state != SOCKET_GONE && (m->ssl || (size_t)n == room);
}

static void on_readable(struct model_socket *m)
{
	int turns = SOCKET_READS_A_TURN;
	while (turns > 0 && read_once(m))
		turns--;
	m->has_more = turns == 0;
}

/* Dropped: only the end is waited for. */
static void on_closing(struct model_socket *m)
{
	ssize_t n = 0;
	int turns = SOCKET_READS_A_TURN;
	while (turns-- > 0 && (n = io_read(m, m->shard->rx, SHARD_RX_BYTES)) > 0)
		;
	if (io_flush(m) < 0 || n < 0)
		socket_destroy(m);
	else
		socket_poll(m, m->out.n ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void on_writable(struct model_socket *m)
{
	int done = io_flush(m);
	if (done < 0) {
		socket_fail(m, "closed while we wrote");
		return;
	}
	if (done == 0)
		return;
	if (m->state == SOCKET_OPEN && leg_on_writable(m->leg) < 0)
		return; /* killed: the next turn ends it */
	if (m->state != SOCKET_GONE && !m->out.n && (!m->leg || leg_is_idle(m->leg)))
		socket_poll(m, UV_READABLE);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct model_socket *m = container_of(poll, struct model_socket, poll);
	m->shard->now_us = clock_now_us();
	if (m->is_killed) {
		socket_fail(m, "it takes nothing more");
		return;
	}
	if (status < 0 && m->state > SOCKET_CONNECTING) { /* reset: libuv has stopped looking at it */
		if (m->state < SOCKET_CLOSING)
			on_readable(m); /* what came before that, then the error */
		if (m->state != SOCKET_GONE)
			socket_fail(m, "reset");
		return;
	}
	switch (m->state) {
	case SOCKET_CONNECTING:
		on_connected(m);
		return;
	case SOCKET_SECURING:
		on_securing(m);
		return;
	case SOCKET_CLOSING:
		on_closing(m);
		return;
	case SOCKET_UPGRADING:
	case SOCKET_OPEN:
		if (events & UV_READABLE || m->reads_on_writable)
			on_readable(m);
		if (events & UV_WRITABLE && m->state < SOCKET_CLOSING)
			on_writable(m);
		return;
	case SOCKET_GONE:
		return;
	}
}

/* ---- dialling ---- */

static int make_request(struct model_socket *m, const struct model_dial *d)
{
	uint8_t random[WS_KEY_BYTES];
	struct buf b;
	m->request = mem_alloc(REQUEST_MAX);
	if (!m->request || random_take(random, sizeof(random)) < 0)
		return -ENOMEM;
	ws_key(random, m->key);
	buf_init(&b, m->request, REQUEST_MAX - 1); /* mem_alloc zeroes: it is terminated */
	ws_put_request(&b, str_of(d->url->host_header), str_of(d->path), m->key, d->headers);
	return buf_ok(&b) ? 0 : -E2BIG;
}

static int start_connect(struct model_socket *m, const struct model_dial *d)
{
	char port[8];
	struct addrinfo *list = NULL;
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	snprintf(port, sizeof(port), "%u", d->url->port);
	if (getaddrinfo(d->address, port, &hints, &list)) /* numeric: nobody is asked */
		return -EINVAL;
	m->fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err = m->fd < 0 ? -errno : 0;
	if (err == 0) {
		socket_set_options(m->fd);
		if (connect(m->fd, list->ai_addr, list->ai_addrlen) < 0 && errno != EINPROGRESS)
			err = -errno;
	}
	freeaddrinfo(list);
	return err;
}

static int start_tls(struct model_socket *m, const struct model_dial *d)
{
	if (!d->url->is_tls)
		return 0;
	m->ssl = model_tls_new(&m->shard->tls, m->fd, d->url->host);
	return m->ssl ? 0 : -ENOMEM;
}

struct model_socket *model_socket_open(struct shard *s, const struct model_dial *d, struct leg *leg,
	const struct model_socket_events *events, void *owner)
{
	struct model_socket *m = mem_alloc(sizeof(*m));
	if (!m)
		return NULL;
	*m = (struct model_socket){.shard = s, .events = events, .owner = owner, .leg = leg, .fd = -1, .rx_us = s->now_us};
	if (make_request(m, d) < 0 || start_connect(m, d) < 0 || start_tls(m, d) < 0 ||
		uv_poll_init_socket(&s->loop, &m->poll, m->fd)) {
		forget_request(m);
		SSL_free(m->ssl);
		auto_close(&m->fd);
		return mem_free(m);
	}
	m->next = s->sockets;
	if (m->next)
		m->next->prev = m;
	s->sockets = m;
	leg->via = &model_transport;
	leg->socket = m;
	socket_poll(m, UV_WRITABLE);
	return m;
}

void model_socket_drop(struct model_socket *m)
{
	const uint8_t code[2] = {1000 >> 8, 1000 & 0xff};
	if (m->leg)
		leg_done(m->leg);
	m->owner = NULL;
	m->leg = NULL;
	if (m->state != SOCKET_OPEN || m->is_killed || io_control(m, WS_CLOSE, code, sizeof(code)) < 0) {
		socket_destroy(m);
		return;
	}
	m->state = SOCKET_CLOSING;
	m->end_us = m->shard->now_us + SOCKET_GOODBYE_US;
}

static void socket_tick(struct model_socket *m, int64_t now_us)
{
	if (m->state == SOCKET_CLOSING && now_us >= m->end_us)
		socket_destroy(m);
	if (m->state != SOCKET_OPEN) /* GONE: dropped by one before it in this very walk */
		return;
	if (m->has_more)
		on_readable(m);
	if (m->state != SOCKET_OPEN || now_us - m->rx_us < SOCKET_PING_US)
		return;
	if (now_us - m->rx_us >= SOCKET_LOST_US)
		socket_fail(m, "silent for 20 s, pings and all");
	else if (!m->is_pinged)
		m->is_pinged = io_control(m, WS_PING, "", 0) == 0;
}

void model_sockets_tick(struct shard *s)
{
	struct model_socket *next;
	for (struct model_socket *m = s->sockets; m; m = next) {
		next = m->next;
		socket_tick(m, s->now_us);
	}
}

void model_sockets_close(struct shard *s)
{
	while (s->sockets)
		socket_destroy(s->sockets);
}
