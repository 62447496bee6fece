/* conn.h - one stream socket, non-blocking, plain or TLS, either side: bytes in, bytes out.  Embedded first in what
 * speaks a protocol over it. */
#ifndef BENCH_CONN_H
#define BENCH_CONN_H

#include <openssl/ssl.h>

#include "bytes.h"
#include "loop.h"

/* SPDX-License-Identifier: MIT */

enum conn_state { CONN_GONE, CONN_CONNECTING, CONN_TLS, CONN_UP };

struct conn;
struct conn_events {
	void (*on_bytes)(struct conn *c); /* more is in `in`; drop what was read */
	void (*on_end)(struct conn *c);	  /* may be NULL: no more will come, and on_gone is next */
	void (*on_gone)(struct conn *c);  /* last event: the socket is closed, the buffers are empty */
};

struct conn {
	struct io io;
	struct loop *loop;
	const struct conn_events *events;
	SSL *ssl;
	enum conn_state state;
	struct bytes in, out;
};

/* Numeric IPv4 address or "localhost".  -1: no such address; later failures come by on_gone. */
int conn_connect(struct conn *c, struct loop *l, const char *host, int port, SSL_CTX *tls);
void conn_accept(struct conn *c, struct loop *l, int fd, SSL_CTX *tls);
void conn_flush(struct conn *c); /* sends `out`, now or when it can be; may call on_gone */
void conn_end(struct conn *c);	 /* FIN; calls on_gone */
void conn_reset(struct conn *c); /* RST; calls on_gone */

#endif
