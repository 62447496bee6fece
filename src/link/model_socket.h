/* model_socket.h - the model's socket: TCP, TLS and WebSocket on the shard's own loop, without lws (its client
 * reads byte by byte, rewrites close codes and asks the kernel for every mask: docs/adr/0020).
 * Never blocks: an address is numeric, connect, handshake and writes go on when the socket is ready.
 * Loop thread only.  Order of events: opened once, text, ended once; none after model_socket_drop. */
#ifndef RINGDOWN_LINK_MODEL_SOCKET_H
#define RINGDOWN_LINK_MODEL_SOCKET_H

#include "leg.h"
#include "model_url.h"

/* SPDX-License-Identifier: MIT */

struct shard;
struct model_socket;

struct socket_end { /* why it ended; the text is good during the event */
	bool was_open;         /* the WebSocket had been opened */
	bool is_untrusted;     /* the certificate is not one for this host */
	int status;            /* of the HTTP answer that refused it; 0: none */
	uint32_t retry_after_s;
	unsigned close_code;   /* of the close frame: 1005 none in it, 1006 no frame at all */
	struct str text;       /* the frame's reason, or what went wrong */
};

struct model_socket_events {
	void (*opened)(void *owner);
	void (*text)(void *owner, struct str message);
	void (*dropped)(void *owner, const char *why); /* a message was thrown away: too large, or binary */
	void (*ended)(void *owner, const struct socket_end *end); /* the leg is closed, the socket is gone */
};

struct model_dial {
	const struct model_url *url;
	const char *address; /* numeric */
	const char *path;    /* with its query */
	struct str headers;  /* whole lines, each with its CRLF */
};

/* Dials and makes itself the leg's way out.  NULL: it failed at once, there will be no event. */
struct model_socket *model_socket_open(struct shard *s, const struct model_dial *d, struct leg *leg,
	const struct model_socket_events *events, void *owner);
/* Of no interest any more: says goodbye, and ends by itself within two seconds. */
void model_socket_drop(struct model_socket *m);

/* Of the shard: silent peers are pinged and given up, dropped ones ended in time, reading goes on where one
 * turn's share was used up. */
void model_sockets_tick(struct shard *s);
void model_sockets_close(struct shard *s); /* all, at once: the shard ends */

#endif
