/* SPDX-License-Identifier: MIT */
/* Bytes in and out of a model's socket, plain or TLS. */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

#include "model_socket_state.h"
#include "model_tls.h"
#include "random.h"

static ssize_t read_plain(struct model_socket *m, void *dst, size_t n)
{
	ssize_t got = recv(m->fd, dst, n, 0);
	if (got > 0)
		return got;
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t read_tls(struct model_socket *m, void *dst, size_t n)
{
	size_t got = 0;
	ERR_clear_error();
	int r = SSL_read_ex(m->ssl, dst, n, &got);
	if (r == 1)
		return (ssize_t)got;
	enum tls_result result = model_tls_result(m->ssl, r);
	m->reads_on_writable = result == TLS_WANTS_WRITE;
	if (m->reads_on_writable)
		socket_poll(m, UV_READABLE | UV_WRITABLE);
	return result == TLS_FAILED ? -1 : 0;
}

ssize_t io_read(struct model_socket *m, void *dst, size_t n)
{
	return m->ssl ? read_tls(m, dst, n) : read_plain(m, dst, n);
}

static ssize_t write_plain(struct model_socket *m, const uint8_t *p, size_t n)
{
	ssize_t sent = send(m->fd, p, n, MSG_NOSIGNAL);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

static ssize_t write_tls(struct model_socket *m, const uint8_t *p, size_t n)
{
	size_t sent = 0;
	ERR_clear_error();
	int r = SSL_write_ex(m->ssl, p, n, &sent);
	if (r == 1)
		return (ssize_t)sent;
	return model_tls_result(m->ssl, r) == TLS_FAILED ? -1 : 0;
}

/* How many were taken: all, or as many as there is room for.  -EPIPE. */
static ssize_t write_some(struct model_socket *m, const uint8_t *p, size_t n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t sent = m->ssl ? write_tls(m, p + done, n - done) : write_plain(m, p + done, n - done);
		if (sent < 0)
			return -EPIPE;
		if (sent == 0)
			break;
		done += (size_t)sent;
	}
	return (ssize_t)done;
}

static int wait_for_room(struct model_socket *m, const uint8_t *p, size_t n)
{
	unsigned char *to = bytes_room(&m->shard->bytes, &m->out, n);
	if (!to)
		return -EPIPE; /* half a frame is out: what follows could not be read */
	memcpy(to, p, n);
	m->out.n += n;
	if (m->leg)
		m->leg->is_choked = true;
	socket_poll(m, UV_READABLE | UV_WRITABLE);
	return 0;
}

int io_write(struct model_socket *m, const uint8_t *frame, size_t n)
{
	if (m->out.n)
		return wait_for_room(m, frame, n);
	ssize_t sent = write_some(m, frame, n);
	if (sent < 0)
		return -EPIPE;
	return (size_t)sent < n ? wait_for_room(m, frame + sent, n - (size_t)sent) : 0;
}

int io_flush(struct model_socket *m)
{
	if (!m->out.n)
		return 1;
	ssize_t sent = write_some(m, m->out.p, m->out.n);
	if (sent < 0)
		return -EPIPE;
	if (sent > 0)
		bytes_drop(&m->shard->bytes, &m->out, (size_t)sent);
	return m->out.n == 0;
}

static int seal_and_write(struct model_socket *m, uint8_t *payload, size_t n, enum ws_opcode opcode)
{
	uint32_t mask;
	size_t n_frame;
	if (random_take(&mask, sizeof(mask)) < 0)
		return -EPIPE;
	const uint8_t *frame = ws_seal(payload, n, opcode, mask, &n_frame);
	return io_write(m, frame, n_frame);
}

int io_control(struct model_socket *m, enum ws_opcode opcode, const void *payload, size_t n)
{
	uint8_t bytes[WS_HEAD_MAX + WS_CONTROL_MAX];
	memcpy(bytes + WS_HEAD_MAX, payload, n);
	return seal_and_write(m, bytes + WS_HEAD_MAX, n, opcode);
}

_Static_assert(LWS_PRE >= WS_HEAD_MAX, "a leg's messages have room for our heads as well");

static void kill_socket(struct leg *l)
{
	l->socket->is_killed = true;
	socket_poll(l->socket, UV_READABLE | UV_WRITABLE); /* it is told from the loop, not from within a call */
}

static int send_text(struct leg *l, unsigned char *text, size_t n)
{
	return l->socket->state == SOCKET_OPEN ? seal_and_write(l->socket, text, n, WS_TEXT) : -EPIPE;
}

static void want_writable(struct leg *l)
{
	socket_poll(l->socket, UV_READABLE | UV_WRITABLE);
}

const struct leg_transport model_transport = {
	.send = send_text,
	.want_writable = want_writable,
	.kill = kill_socket,
};
