/* SPDX-License-Identifier: MIT */
/* The model's socket at work: every way of failing leads to one event (LWS.md L-02). */
#include <errno.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "session.h"

/* A refused handshake: worth another try, or not? */
static const struct {
	int low, high;
	enum call_why why;
} status_whys[] = {
	{401, 404, CALL_WHY_UNAUTHORIZED},
	{429, 429, CALL_WHY_BUSY},
	{300, 399, CALL_WHY_UNAUTHORIZED},
};

static enum call_why why_of(int status, struct str text)
{
	static const char *const hopeless[] = {"verif", "certificate", "hostname mismatch", "invalid CA"};
	for (size_t i = 0; i < ARRAY_LEN(status_whys); i++)
		if (status >= status_whys[i].low && status <= status_whys[i].high)
			return status_whys[i].why;
	for (size_t i = 0; i < ARRAY_LEN(hopeless); i++)
		if (text.n > 0 && memmem(text.p, text.n, hopeless[i], strlen(hopeless[i])))
			return CALL_WHY_UNAUTHORIZED;
	return CALL_WHY_REFUSED;
}

static uint32_t retry_after_ms(struct lws *wsi)
{
	char text[16];
	uint64_t seconds;
	int n = lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_RETRY_AFTER);
	if (n <= 0 || str_u64((struct str){text, (size_t)n}, 3600, &seconds) < 0)
		return 0;
	return (uint32_t)seconds * 1000;
}

static int on_connect_error(struct model_leg *m, struct lws *wsi, const char *in, size_t n)
{
	int status = (int)lws_http_client_http_response(wsi);
	if (status < 300 || status > 599)
		status = 0; /* not the answer of a refused upgrade */
	struct str text = {in, in ? n : 0};
	enum call_why why = why_of(status, text);
	uint32_t wait_ms = status == 429 || status == 503 ? retry_after_ms(wsi) : 0;
	metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
	LOG_AT(why == CALL_WHY_UNAUTHORIZED ? LOG_LEVEL_ERR : LOG_LEVEL_WARNING,
		"call=%llu model connect failed address=%s status=%d why=%s reason=\"" STR_FMT "\"",
		(unsigned long long)m->session->tag, m->address, status, call_why_name(why), STR_ARG(text));
	if (why != CALL_WHY_UNAUTHORIZED)
		model_note_failure(m, status, wait_ms);
	model_lost(m, why, wait_ms);
	return 0;
}

static int on_established(struct model_leg *m)
{
	struct session *s = m->session;
	m->is_open = true;
	address_book_worked(&s->shard->addresses, m->address);
	breaker_worked(&s->shard->breaker);
	metric_add(METRIC_MODEL_CONNECTS, 1);
	session_step(s, &(struct call_event){.kind = CALL_EV_MODEL_OPEN, .is_next = m == s->next});
	return 0;
}

static int on_receive(struct model_leg *m, struct lws *wsi, const void *in, size_t n)
{
	struct str message;
	if (lws_frame_is_binary(wsi)) {
		metric_add(METRIC_MODEL_BAD, 1);
		return 0;
	}
	int err = leg_collect(&m->leg, in, n, MODEL_MESSAGE_MAX, &message);
	if (err == -EMSGSIZE) {
		metric_add(METRIC_MODEL_BAD, 1);
		log_warning("call=%llu model message over %d bytes, dropping it", (unsigned long long)m->session->tag,
			MODEL_MESSAGE_MAX);
	}
	if (err <= 0)
		return 0;
	model_on_message(m, message);
	if (m->leg.wsi == wsi) /* still this leg: a session ends only when its caller's socket does */
		leg_taken(&m->leg);
	return 0;
}

static int on_closed(struct model_leg *m, struct lws *wsi)
{
	lws_set_opaque_user_data(wsi, NULL);
	if (!m->has_closed)
		log_warning("call=%llu model socket ended without a word", (unsigned long long)m->session->tag);
	model_lost(m, CALL_WHY_CLOSED, 0);
	return 0;
}

static void on_peer_close(struct model_leg *m, const unsigned char *in, size_t n)
{
	unsigned code = n >= 2 ? (unsigned)in[0] << 8 | in[1] : 1005;
	struct str text = {(const char *)in + 2, n >= 2 ? n - 2 : 0};
	m->has_closed = true;
	log_warning("call=%llu model closed code=%u reason=\"" STR_FMT "\"", (unsigned long long)m->session->tag, code,
		STR_ARG(text));
}

/* A socket cut loose by model_drop: say goodbye properly, then end. */
static int on_orphan(struct lws *wsi, enum lws_callback_reasons reason)
{
	if (reason == LWS_CALLBACK_CLIENT_WRITEABLE)
		return leg_say_goodbye(wsi, LWS_CLOSE_STATUS_NORMAL, "");
	return reason == LWS_CALLBACK_CLIENT_ESTABLISHED || reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE ? -1 : 0;
}

static int model_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	(void)user;
	struct model_leg *m = lws_get_opaque_user_data(wsi);
	if (!m)
		return on_orphan(wsi, reason);
	m->leg.wsi = wsi;
	m->session->shard->now_us = clock_now_us();
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lws_set_opaque_user_data(wsi, NULL);
		return on_connect_error(m, wsi, in, n);
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return model_put_headers(m, wsi, in, n);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return on_established(m);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return on_receive(m, wsi, in, n);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return leg_on_writable(&m->leg);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(m, in, n);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		return on_closed(m, wsi);
	}
	return 0;
}

const struct lws_protocols model_protocols[] = {
	{.name = "model",
		.callback = model_callback,
		.rx_buffer_size = MODEL_MESSAGE_PIECE,
		.tx_packet_size = SHARD_TX_BYTES},
	{0},
};

struct buf model_buf(struct session *s)
{
	struct buf b;
	buf_init(&b, s->shard->tx + LWS_PRE, SHARD_TX_BYTES);
	return b;
}

int model_send(struct model_leg *m, struct buf *b, enum tx_class cls)
{
	struct session *s = m->session;
	if (!buf_ok(b)) {
		log_err("call=%llu message to the model over %d bytes, dropping it", (unsigned long long)s->tag,
			SHARD_TX_BYTES);
		return -EMSGSIZE;
	}
	return leg_write(&m->leg, s->shard->tx + LWS_PRE, b->n, cls);
}
