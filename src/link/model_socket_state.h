/* model_socket_state.h - what a model's socket is made of: for model_socket.c (its life), model_io.c (bytes) and
 * model_frames.c (messages). */
#ifndef RINGDOWN_LINK_MODEL_SOCKET_STATE_H
#define RINGDOWN_LINK_MODEL_SOCKET_STATE_H

#include <openssl/ssl.h>
#include <uv.h>

#include "bytes.h"
#include "model_socket.h"
#include "ringdown/wire/websocket.h"
#include "shard.h"

/* SPDX-License-Identifier: MIT */

enum {
	SOCKET_READS_A_TURN = 64,    /* of up to SHARD_RX_BYTES: then others have their turn */
	SOCKET_PING_US = 10000000,   /* silence of the peer before it is pinged (LWS.md L-17) */
	SOCKET_LOST_US = 20000000,   /* and before it is given up */
	SOCKET_GOODBYE_US = 2000000, /* for the peer's half of the closing handshake */
};

enum socket_state {
	SOCKET_CONNECTING, /* TCP */
	SOCKET_SECURING,   /* TLS */
	SOCKET_UPGRADING,  /* HTTP */
	SOCKET_OPEN,
	SOCKET_CLOSING,    /* our close frame is out, nobody listens any more */
	SOCKET_GONE,       /* memory waits for the loop to let go */
};

struct model_socket {
	struct model_socket *next, *prev; /* all of the shard */
	struct shard *shard;
	const struct model_socket_events *events;
	void *owner;       /* NULL: dropped */
	struct leg *leg;   /* NULL: dropped */
	uv_poll_t poll;
	int polled;        /* UV_* asked for */
	int fd;
	SSL *ssl;          /* NULL: plain */
	enum socket_state state;
	bool is_pinged, has_more, is_killed;
	bool reads_on_writable;  /* TLS wants to write before it can read on */
	bool is_skipping;  /* the rest of a fragmented message is thrown away */
	int64_t rx_us;     /* when the peer was heard last */
	int64_t end_us;    /* CLOSING: not after this */
	char key[WS_KEY_TEXT];
	char *request;     /* until it is sent */
	struct bytes in;   /* received, its frame not whole */
	struct bytes out;  /* sealed, not taken by the kernel */
	struct bytes message; /* fragments put together */
	uint64_t skip_n;   /* bytes of an oversize frame still to come */
};

/* model_socket.c */
void socket_fail(struct model_socket *m, const char *why);           /* ends it: the leg hears of it */
void socket_ended(struct model_socket *m, const struct socket_end *end);
void socket_poll(struct model_socket *m, int events);                /* UV_* to wait for */

/* model_io.c */
ssize_t io_read(struct model_socket *m, void *dst, size_t n);        /* 0: nothing there now; -1: it is over */
/* Sends a frame of n sealed bytes, what the kernel does not take waits in `out`.  -EPIPE: the socket is dead. */
int io_write(struct model_socket *m, const uint8_t *frame, size_t n);
int io_flush(struct model_socket *m);                                /* 1: all is out; 0: not yet; -EPIPE */
int io_control(struct model_socket *m, enum ws_opcode opcode, const void *payload, size_t n); /* n <= 125 */
extern const struct leg_transport model_transport;

/* model_frames.c */
/* The messages in n bytes at p, handed over where they lie.  How many bytes were used; m may be GONE or
 * dropped after it. */
size_t frames_take(struct model_socket *m, uint8_t *p, size_t n);

#endif
