/* leg.h - one WebSocket of a call, on either side: messages in (put together from fragments) and out
 * (written at once when the socket takes it, else queued, bounded).  Loop thread only.
 * Every remedy here has its fact in LWS.md: one frame a write, LWS_PRE headroom (L-11), no guess at
 * choked sockets (lws_partial_buffered is a field, lws_send_pipe_choked a system call), caps (L-12). */
#ifndef RINGDOWN_LINK_LEG_H
#define RINGDOWN_LINK_LEG_H

#include <libwebsockets.h>

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { CLOSE_TEXT_MAX = 63 };

enum tx_class {
	TX_CONTROL, /* never dropped: configuration, marks, clear, replayed sound */
	TX_SOUND,   /* dropped, oldest first, when more than the leg's limit waits */
};

struct tx_message;
struct leg {
	struct lws *wsi;           /* NULL: not open */
	struct tx_message *head;   /* waiting, oldest first */
	struct tx_message *tail;
	uint32_t waiting_bytes;    /* of all classes */
	uint32_t sound_bytes;      /* of TX_SOUND among them */
	uint32_t sound_max_bytes;  /* above it the oldest sound is dropped */
	uint32_t control_max_bytes; /* above it the leg is lost: the peer does not read */
	bool is_choked;            /* the kernel took only part of the last write: wait for WRITEABLE */
	bool is_closing;           /* close as soon as the queue is empty */
	uint16_t close_code;
	bool is_goodbye_said;      /* the close frame is out: the peer's ends the socket */
	char close_text[CLOSE_TEXT_MAX + 1];
	unsigned char *part;       /* a message whose end has not come yet */
	size_t part_n, part_cap;
	bool is_skipping;          /* the message is over the cap: throw the rest of it away */
};

void leg_init(struct leg *l, uint32_t sound_max_bytes, uint32_t control_max_bytes);
void leg_done(struct leg *l); /* frees what waits; the wsi is somebody else's */

/* text: n bytes with LWS_PRE writable bytes before them; destroyed by the call.
 * -EPIPE: the leg is lost (the socket is told to close); -ENOBUFS: dropped. */
int leg_write(struct leg *l, unsigned char *text, size_t n, enum tx_class cls);
bool leg_is_idle(const struct leg *l); /* open, nothing waits, nothing half sent */
void leg_drop_sound(struct leg *l);    /* what of TX_SOUND waits is void */
/* Close with a reason, after what waits has gone out; WRITEABLE carries it out. */
void leg_close(struct leg *l, uint16_t code, const char *text);
int leg_ping(struct leg *l); /* -EAGAIN: something waits, and that is as good */
/* LWS_CALLBACK_*_WRITEABLE: returns what the callback returns (-1 closes). */
int leg_on_writable(struct leg *l);
/* Writes the close frame; the socket ends with the peer's answer or a time limit.  Returns what the callback returns. */
int leg_say_goodbye(struct lws *wsi, uint16_t code, const char *text);
/* LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: -1 when it is the answer to ours, 0 lets lws answer. */
int leg_on_peer_close(const struct leg *l);
/* LWS_CALLBACK_*_RECEIVE: 1 and *ret_message complete (call leg_taken after use); 0: more to come;
 * -EMSGSIZE: over the cap, the message is thrown away (told once a message). */
int leg_collect(struct leg *l, const void *in, size_t n, size_t cap, struct str *ret_message);
void leg_taken(struct leg *l);

#endif
