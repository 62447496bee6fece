/* websocket.h - RFC 6455, both sides, non-blocking, plain or TLS: one connection, whole messages
 * in, whole messages out.  It copies what it must and trusts its peer no further than a bench has to. */
#ifndef BENCH_WEBSOCKET_H
#define BENCH_WEBSOCKET_H

#include <openssl/ssl.h>

#include "bytes.h"
#include "loop.h"
#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum ws_state { WS_CONNECTING, WS_TLS, WS_HEAD, WS_OPEN, WS_CLOSED };

struct websocket;
struct websocket_events {
	/* Server: the request's head; writes the answer unless it returns 0 (then 101 is sent).
	 * Client: the answer's head when it is not 101. */
	int (*on_head)(struct websocket *w, struct str head);
	void (*on_open)(struct websocket *w);
	void (*on_message)(struct websocket *w, struct str text); /* text may be changed in place */
	void (*on_close)(struct websocket *w, unsigned code);	  /* last event; 1006: without a close frame */
};

struct websocket {
	struct io io;
	struct loop *loop;
	const struct websocket_events *events;
	SSL *ssl;
	enum ws_state state;
	bool is_server, is_closing;
	bool is_binary; /* the message being given to on_message */
	unsigned close_code;
	struct bytes in, out;
	struct bytes message; /* fragments put together */
	char key[32];	      /* Sec-WebSocket-Key */
	void *arg;
};

/* request_head: extra header lines, each with \r\n, may be "". */
int ws_connect(struct websocket *w, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *request_head);
int ws_accept(struct websocket *w, struct loop *l, int fd, SSL_CTX *tls);
/* Text message of n bytes; at once when nothing waits. */
void ws_send(struct websocket *w, const char *text, size_t n);
void ws_answer(struct websocket *w, const char *raw, size_t n); /* plain HTTP bytes, from on_head */
void ws_close(struct websocket *w, unsigned code, const char *reason);
void ws_reset(struct websocket *w); /* RST */
/* Value of a header in a head, without blanks; empty: none. */
struct str ws_header(struct str head, const char *name);

#endif
