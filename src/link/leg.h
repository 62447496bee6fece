/* leg.h - how a call's messages leave, on either side: at once when the socket takes them, else queued,
 * bounded.  Loop thread only.  What the socket is, the transport knows: lws for callers (leg_lws.h), our own
 * for the model (model_socket.h). */
#ifndef RINGDOWN_LINK_LEG_H
#define RINGDOWN_LINK_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { CLOSE_TEXT_MAX = 63 };

enum tx_class {
	TX_CONTROL, /* never dropped: configuration, marks, clear, replayed sound */
	TX_SOUND,   /* dropped, oldest first, when more than the leg's limit waits */
};

struct lws;
struct model_socket;
struct tx_message;
struct leg;

struct leg_transport {
	/* Text of n bytes, destroyed by the call; room for a head before it.  All of it is taken; is_choked tells
	 * that the kernel has not.  -EPIPE: the socket is broken. */
	int (*send)(struct leg *l, unsigned char *text, size_t n);
	void (*want_writable)(struct leg *l); /* leg_on_writable is to be called when there is room */
	void (*kill)(struct leg *l);          /* ends it from the loop, not from within a call */
};

struct leg {
	const struct leg_transport *via; /* NULL: not open */
	struct lws *wsi;                 /* of leg_lws.c */
	struct model_socket *socket;     /* of model_socket.c */
	struct tx_message *head;         /* waiting, oldest first */
	struct tx_message *tail;
	uint32_t waiting_bytes;          /* of all classes */
	uint32_t sound_bytes;            /* of TX_SOUND among them */
	uint32_t sound_max_bytes;        /* above it the oldest sound is dropped */
	uint32_t control_max_bytes;      /* above it the leg is lost: the peer does not read */
	uint32_t n_dropped;              /* messages of sound that were dropped for it */
	bool is_choked;                  /* the kernel took only part of the last write: wait for leg_on_writable */
	bool is_closing;                 /* close as soon as the queue is empty */
	uint16_t close_code;
	bool is_goodbye_said;            /* the close frame is out: the peer's ends the socket */
	char close_text[CLOSE_TEXT_MAX + 1];
};

void leg_init(struct leg *l, uint32_t sound_max_bytes, uint32_t control_max_bytes);
void leg_done(struct leg *l); /* frees what waits; the socket is somebody else's */

/* text: n bytes with LWS_PRE writable bytes before them; destroyed by the call.
 * -EPIPE: the leg is lost (the socket is told to close); -ENOBUFS: dropped. */
int leg_write(struct leg *l, unsigned char *text, size_t n, enum tx_class cls);
bool leg_is_idle(const struct leg *l); /* open, nothing waits, nothing half sent */
void leg_drop_sound(struct leg *l);    /* what of TX_SOUND waits is void */
/* There is room again: sends the oldest message.  0, or -EPIPE: the leg is lost. */
int leg_on_writable(struct leg *l);
int leg_lost(struct leg *l); /* -EPIPE: it is killed, and takes nothing more */

#endif
