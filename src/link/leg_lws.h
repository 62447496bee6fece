/* leg_lws.h - a leg over a WebSocket of lws: writes, pings, close frames.  Loop thread only.  Every remedy here has
 * its fact in LWS.md: one frame a write, LWS_PRE headroom (L-11), no guess at choked sockets (lws_partial_buffered
 * is a field, lws_send_pipe_choked a system call). */
#ifndef RINGDOWN_LINK_LEG_LWS_H
#define RINGDOWN_LINK_LEG_LWS_H

#include <libwebsockets.h>

#include "leg.h"

/* SPDX-License-Identifier: MIT */

void leg_open_lws(struct leg *l, struct lws *wsi);
/* Close with a reason, after what waits has gone out; WRITEABLE carries it out. */
void leg_close(struct leg *l, uint16_t code, const char *text);
int leg_ping(struct leg *l); /* -EAGAIN: something waits, and that is as good */
/* LWS_CALLBACK_*_WRITEABLE: returns what the callback returns (-1 closes). */
int leg_on_lws_writable(struct leg *l);
/* Writes the close frame; the socket ends with the peer's answer or a time limit.  Returns what the callback returns. */
int leg_say_goodbye(struct lws *wsi, uint16_t code, const char *text);
/* LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: -1 when it is the answer to ours, 0 lets lws answer. */
int leg_on_peer_close(const struct leg *l);

#endif
