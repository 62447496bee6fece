/* SPDX-License-Identifier: MIT */
/* The model's socket: dialled by numeric address with the name for SNI and the certificate check
 * (LWS.md L-01), every way of failing led to one event (L-02), never followed elsewhere. */
#include <errno.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "session.h"

enum { DROP_TIMEOUT_S = 3 };

static void model_lost(struct session *s, enum call_why why, uint32_t retry_after_ms)
{
	leg_done(&s->model);
	s->is_live = false;
	s->dialled_us = 0;
	session_step(s, &(struct call_event){.kind = CALL_EV_MODEL_LOST, .why = why, .retry_after_ms = retry_after_ms});
}

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

static int on_connect_error(struct session *s, struct lws *wsi, const char *in, size_t n)
{
	int status = (int)lws_http_client_http_response(wsi);
	if (status < 300 || status > 599)
		status = 0; /* not the answer of a refused upgrade */
	struct str text = {in, in ? n : 0};
	enum call_why why = why_of(status, text);
	metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
	log_warning("call=%llu model connect failed status=%d why=%s reason=\"" STR_FMT "\"",
		(unsigned long long)s->tag, status, call_why_name(why), STR_ARG(text));
	model_lost(s, why, status == 429 || status == 503 ? retry_after_ms(wsi) : 0);
	return 0;
}

static int on_handshake_header(struct session *s, struct lws *wsi, void *in, size_t n)
{
	unsigned char **p = in;
	unsigned char *end = *p + n;
	char bearer[1024];
	const char *name, *value;
	const char *key = s->shard->api_key;
	if (key && key[0]) {
		int k = snprintf(bearer, sizeof(bearer), "Bearer %s", key);
		int err = k < 0 || (size_t)k >= sizeof(bearer) ||
			lws_add_http_header_by_name(wsi, (const unsigned char *)"authorization:",
				(const unsigned char *)bearer, k, p, end);
		explicit_bzero(bearer, sizeof(bearer));
		if (err)
			return -1;
	}
	realtime_dialect_header(s->shard->shared->dialect, &name, &value);
	if (name) {
		char with_colon[64];
		snprintf(with_colon, sizeof(with_colon), "%s:", name);
		if (lws_add_http_header_by_name(wsi, (const unsigned char *)with_colon,
			    (const unsigned char *)value, (int)strlen(value), p, end))
			return -1;
	}
	static const char agent[] = "ringdown/" RINGDOWN_VERSION;
	return lws_add_http_header_by_name(wsi, (const unsigned char *)"user-agent:",
		(const unsigned char *)agent, sizeof(agent) - 1, p, end);
}

static int on_established(struct session *s)
{
	metric_add(METRIC_MODEL_CONNECTS, 1);
	s->model_rx_us = s->shard->now_us;
	session_step(s, &(struct call_event){.kind = CALL_EV_MODEL_OPEN});
	return 0;
}

static int on_receive(struct session *s, struct lws *wsi, const void *in, size_t n)
{
	struct str message;
	s->model_rx_us = s->shard->now_us;
	if (lws_frame_is_binary(wsi)) {
		metric_add(METRIC_MODEL_BAD, 1);
		return 0;
	}
	int err = leg_collect(&s->model, in, n, MODEL_MESSAGE_MAX, &message);
	if (err == -EMSGSIZE) {
		metric_add(METRIC_MODEL_BAD, 1);
		log_warning("call=%llu model message over %d bytes, dropping it", (unsigned long long)s->tag,
			MODEL_MESSAGE_MAX);
	}
	if (err <= 0)
		return 0;
	model_on_message(s, message);
	if (s->model.wsi == wsi) /* still this leg: a session ends only when its caller's socket does */
		leg_taken(&s->model);
	return 0;
}

static int on_closed(struct session *s, struct lws *wsi)
{
	lws_set_opaque_user_data(wsi, NULL);
	model_lost(s, CALL_WHY_CLOSED, 0);
	return 0;
}

static void on_peer_close(struct session *s, const unsigned char *in, size_t n)
{
	unsigned code = n >= 2 ? (unsigned)in[0] << 8 | in[1] : 1005;
	struct str text = {(const char *)in + 2, n >= 2 ? n - 2 : 0};
	log_info("call=%llu model closed code=%u reason=\"" STR_FMT "\"", (unsigned long long)s->tag, code,
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
	struct session *s = lws_get_opaque_user_data(wsi);
	if (!s)
		return on_orphan(wsi, reason);
	s->model.wsi = wsi;
	s->shard->now_us = clock_now_us();
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lws_set_opaque_user_data(wsi, NULL);
		return on_connect_error(s, wsi, in, n);
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return on_handshake_header(s, wsi, in, n);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return on_established(s);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return on_receive(s, wsi, in, n);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return leg_on_writable(&s->model);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(s, in, n);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		return on_closed(s, wsi);
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

static void dial_failed(struct session *s, enum call_why why)
{
	struct shard_message m = {.kind = SHARD_MODEL_LOST, .arg = (int32_t)why, .id = s->id};
	metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
	(void)inbox_post(&s->shard->inbox, &m); /* full: the machine's own deadline will tell */
}

void model_dial(struct session *s)
{
	struct shard *shard = s->shard;
	const struct model_url *url = &shard->shared->model;
	char path[1024];
	s->dial_at_us = 0;
	struct str model = s->assistant->model.n ? s->assistant->model : shard->shared->settings->model;
	if (!shard->addresses || model_url_path(url, model, path, sizeof(path)) < 0) {
		log_warning("call=%llu model host=%s has no address yet", (unsigned long long)s->tag, url->host);
		dial_failed(s, CALL_WHY_REFUSED);
		return;
	}
	const char *address = shard->addresses->text[s->dials++ % shard->addresses->n];
	leg_init(&s->model, SESSION_MODEL_SOUND_MAX, SESSION_MODEL_CONTROL_MAX);
	struct lws *wsi = NULL;
	struct lws_client_connect_info info = {
		.context = shard->context,
		.vhost = shard->client,
		.address = address,
		.port = url->port,
		.path = path,
		.host = url->host_header,
		.ssl_connection = (url->is_tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.alpn = "http/1.1",
		.local_protocol_name = model_protocols[0].name,
		.ietf_version_or_minus_one = -1,
		.opaque_user_data = s,
		.pwsi = &wsi,
	};
	s->dialled_us = shard->now_us;
	struct lws *made = lws_client_connect_via_info(&info);
	if (!made) {
		bool was_told = !s->dialled_us;
		s->model.wsi = NULL;
		if (!was_told)
			dial_failed(s, CALL_WHY_REFUSED);
		return;
	}
	s->model.wsi = made;
}

void model_drop(struct session *s)
{
	struct lws *wsi = s->model.wsi;
	s->is_live = false;
	s->dialled_us = 0;
	s->dial_at_us = 0;
	leg_done(&s->model);
	if (!wsi)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, DROP_TIMEOUT_S);
	lws_callback_on_writable(wsi);
}

struct buf model_buf(struct session *s)
{
	struct buf b;
	buf_init(&b, s->shard->tx + LWS_PRE, SHARD_TX_BYTES);
	return b;
}

int model_send(struct session *s, struct buf *b, enum tx_class cls)
{
	if (!buf_ok(b)) {
		log_err("call=%llu message to the model over %d bytes, dropping it", (unsigned long long)s->tag,
			SHARD_TX_BYTES);
		return -EMSGSIZE;
	}
	return leg_write(&s->model, s->shard->tx + LWS_PRE, b->n, cls);
}
