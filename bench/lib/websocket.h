/* websocket.h - RFC 6455, both sides, non-blocking, plain or TLS: one connection, whole messages
 * in, whole messages out.  It copies what it must and trusts its peer no further than a bench has to. */
#ifndef BENCH_WEBSOCKET_H
#define BENCH_WEBSOCKET_H

#include "conn.h"
#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

enum ws_state { WS_CLOSED, WS_HEAD, WS_OPEN }; /* WS_HEAD: until the upgrade is agreed on */

struct websocket;
struct websocket_events {
	/* Server: the request's head; 0: 101 is sent; else it has refused, or agrees later.
	 * Client: the answer's head when it is not 101. */
	int (*on_head)(struct websocket *w, struct str head);
	void (*on_open)(struct websocket *w);
	void (*on_message)(struct websocket *w, struct str text); /* text may be changed in place */
	void (*on_close)(struct websocket *w, unsigned code);	  /* last event; 1006: without a close frame */
};

struct websocket {
	struct conn conn;
	const struct websocket_events *events;
	enum ws_state state;
	bool is_server, is_closing, is_corked;
	bool is_binary; /* the message being given to on_message */
	unsigned close_code;
	struct bytes message; /* fragments put together */
	char key[32];	      /* Sec-WebSocket-Key */
	void *arg;
};

/* request_head: extra header lines, each with \r\n, may be "". */
int ws_connect(struct websocket *w, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *request_head);
void ws_accept(struct websocket *w, struct loop *l, int fd, SSL_CTX *tls);
void ws_agree(struct websocket *w); /* the 101 that on_head put off */
/* Text message of n bytes; at once when nothing waits. */
void ws_send(struct websocket *w, const char *text, size_t n);
void ws_send_binary(struct websocket *w, const char *p, size_t n);
/* What is sent in between goes out in one piece. */
void ws_cork(struct websocket *w);
void ws_uncork(struct websocket *w);
void ws_refuse(struct websocket *w, const char *raw, size_t n); /* from on_head: plain HTTP bytes, and the end */
void ws_close(struct websocket *w, unsigned code, const char *reason);
void ws_reset(struct websocket *w); /* RST */
/* Value of a header in a head, without blanks; empty: none. */
struct str ws_header(struct str head, const char *name);

#endif
