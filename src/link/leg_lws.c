/* SPDX-License-Identifier: MIT */
#include "leg_lws.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	CLOSE_ACK_TIMEOUT_S = 2, /* for the peer's half of the closing handshake */
	WRITE_CLOSE = 4,	 /* lws's own name for it stays out of its public lws-write.h, which leaves 4 free */
};

static void lws_leg_kill(struct leg *l)
{
	lws_set_timeout(l->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static int lws_leg_send(struct leg *l, unsigned char *text, size_t n)
{
	if (lws_write(l->wsi, text, n, LWS_WRITE_TEXT) < 0)
		return -EPIPE;
	if (lws_partial_buffered(l->wsi)) {
		l->is_choked = true;
		lws_callback_on_writable(l->wsi);
	}
	return 0;
}

static void lws_leg_want_writable(struct leg *l)
{
	lws_callback_on_writable(l->wsi);
}

static const struct leg_transport lws_transport = {
	.send = lws_leg_send,
	.want_writable = lws_leg_want_writable,
	.kill = lws_leg_kill,
};

void leg_open_lws(struct leg *l, struct lws *wsi)
{
	l->via = &lws_transport;
	l->wsi = wsi;
}

void leg_close(struct leg *l, uint16_t code, const char *text)
{
	if (!l->wsi || l->is_closing)
		return;
	l->is_closing = true;
	l->close_code = code;
	snprintf(l->close_text, sizeof(l->close_text), "%s", text);
	lws_callback_on_writable(l->wsi);
}

int leg_ping(struct leg *l)
{
	unsigned char frame[LWS_PRE];
	if (!leg_is_idle(l) || l->is_closing)
		return -EAGAIN;
	return lws_write(l->wsi, frame + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? leg_lost(l) : 0;
}

int leg_on_lws_writable(struct leg *l)
{
	if (l->head) {
		if (leg_on_writable(l) < 0)
			return -1;
		if (l->is_closing)
			lws_callback_on_writable(l->wsi);
		return 0;
	}
	l->is_choked = false;
	if (!l->is_closing)
		return 0;
	if (!l->close_code)
		return -1;
	if (l->is_goodbye_said)
		return 0;
	l->is_goodbye_said = true;
	return leg_say_goodbye(l->wsi, l->close_code, l->close_text);
}

/* Not lws_close_reason and -1: on a libuv loop Debian's build (_DEBUG is defined) closes a second time at once, which
 * kills the socket before the close frame is out. */
int leg_say_goodbye(struct lws *wsi, uint16_t code, const char *text)
{
	unsigned char frame[LWS_PRE + 2 + CLOSE_TEXT_MAX];
	size_t n = strnlen(text, CLOSE_TEXT_MAX);
	frame[LWS_PRE] = (unsigned char)(code >> 8);
	frame[LWS_PRE + 1] = (unsigned char)code;
	memcpy(frame + LWS_PRE + 2, text, n);
	if (lws_write(wsi, frame + LWS_PRE, 2 + n, (enum lws_write_protocol)WRITE_CLOSE) < 0)
		return -1;
	lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_ACK_TIMEOUT_S);
	return 0;
}

int leg_on_peer_close(const struct leg *l)
{
	return l->is_goodbye_said ? -1 : 0;
}
