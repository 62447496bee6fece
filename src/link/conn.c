/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include <stdint.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"
#include "session.h"

static struct conn *conn_of(struct lws *wsi)
{
	struct conn *c = lws_get_opaque_user_data(wsi);
	if (c)
		c->wsi = wsi;
	return c;
}

static struct conn **bucket_of(struct shard *s, uint64_t id)
{
	return &s->conns[id % SHARD_CONN_BUCKETS];
}

void conn_count(struct shard *s, int by)
{
	atomic_fetch_add_explicit(&s->shared->connections, (uint32_t)by, memory_order_relaxed);
	metric_add(METRIC_CONNECTIONS_LIVE, by);
}

static void conn_free(struct conn *c)
{
	admission_leave(&c->shard->admission, &c->pending);
	if (c->kind == CONN_STREAM)
		stream_on_closed(c);
	http_done(c);
	leg_done(&c->leg);
	bytes_drop(&c->shard->bytes, &c->part, c->part.n);
	if (c->prev)
		c->prev->next = c->next;
	else
		*bucket_of(c->shard, c->id) = c->next;
	if (c->next)
		c->next->prev = c->prev;
	conn_count(c->shard, -1);
	mem_free(c);
}

/* "h2c" in the clear is refused (its parsers are the vulnerable ones), everything but websocket too. */
static int conn_on_upgrade_wish(const char *to)
{
	return to && strcasecmp(to, "websocket") == 0 ? 0 : -1;
}

static int conn_on_receive(struct conn *c, const void *in, size_t n)
{
	c->shard->now_us = c->heard_us = clock_now_us();
	c->is_pinged = false;
	return stream_on_receive(c, in, n);
}

static int conn_on_writable(struct conn *c)
{
	int err = leg_on_lws_writable(&c->leg);
	if (err == 0 && c->session) {
		c->shard->now_us = clock_now_us();
		session_play(c->session);
	}
	return err;
}

static int conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	(void)user;
	struct conn *c = conn_of(wsi);
	if (!c) /* refused before it was ours, or being torn down */
		return reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE ? conn_on_upgrade_wish(in) : 0;
	switch ((int)reason) { /* lws has far more reasons than concern us: the rest is 0 */
	case LWS_CALLBACK_WSI_CREATE:
		c->wsi = wsi;
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return conn_on_upgrade_wish(in);
	case LWS_CALLBACK_HTTP:
		return http_on_request(c);
	case LWS_CALLBACK_HTTP_BODY:
		return http_on_body(c, in, n);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return http_on_body_complete(c);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http_on_writable(c);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return stream_on_upgrade(c);
	case LWS_CALLBACK_ESTABLISHED:
		return stream_on_established(c);
	case LWS_CALLBACK_RECEIVE:
		return conn_on_receive(c, in, n);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return conn_on_writable(c);
	case LWS_CALLBACK_RECEIVE_PONG:
		log_debug("conn=%llu pong", (unsigned long long)c->id);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		return leg_on_peer_close(&c->leg);
	case LWS_CALLBACK_WSI_DESTROY:
		lws_set_opaque_user_data(wsi, NULL);
		conn_free(c);
		return 0;
	}
	return 0;
}

const struct lws_protocols conn_protocols[] = {
	{.name = "ringdown",
		.callback = conn_callback,
		.rx_buffer_size = 2048,
		.tx_packet_size = SHARD_TX_BYTES},
	{0},
};

static void conn_kill(struct conn *c)
{
	c->deadline_us = INT64_MAX;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static void on_evict(struct pending *p)
{
	conn_kill(container_of(p, struct conn, pending));
}

void conn_adopt(struct shard *s, int fd, const struct arrival *arrival, int64_t deadline_us)
{
	struct conn *c = mem_alloc(sizeof(*c));
	if (!c) {
		auto_close(&fd);
		conn_count(s, -1);
		return;
	}
	c->shard = s;
	c->id = ++s->next_conn_id;
	c->deadline_us = deadline_us;
	struct conn **bucket = bucket_of(s, c->id);
	c->next = *bucket;
	if (c->next)
		c->next->prev = c;
	*bucket = c;
	c->arrival = *arrival;
	c->pending.place = arrival->place;
	c->pending.evict = on_evict;
	admission_enter(&s->admission, &s->admission.hall, &c->pending);
	uint64_t id = c->id;
	bool is_tls = s->shared->settings->tls_cert && !arrival->is_admin;
	lws_adopt_desc_t adopt = {
		.vh = s->server,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | (is_tls ? LWS_ADOPT_ALLOW_SSL : 0),
		.fd.sockfd = fd,
		.opaque = c,
	};
	(void)lws_adopt_descriptor_vhost_via_info(&adopt);
	/* A socket that is dead already is closed in there, and on libuv its WSI_DESTROY, which frees what is ours, comes
	 * in a later turn of the loop.  Only when no wsi was made at all nobody else does it. */
	c = conn_find(s, id);
	if (c && !c->wsi)
		conn_free(c);
}

struct conn *conn_find(struct shard *s, uint64_t id)
{
	for (struct conn *c = *bucket_of(s, id); c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static void on_deadline(struct conn *c)
{
	char tag[CONN_TAG_MAX];
	if (c->is_ending) {
		log_info("%s does not take its close, cutting it off", conn_tag(c, tag));
		conn_kill(c);
	} else if (c->kind != CONN_STREAM) {
		log_info("%s request not complete in %d ms, closing", conn_tag(c, tag), CONN_REQUEST_TIMEOUT_MS);
		conn_kill(c);
	} else {
		log_info("%s no start in %d ms, closing 1008", conn_tag(c, tag), CONN_START_TIMEOUT_MS);
		metric_add(METRIC_CALLS_REFUSED, 1);
		leg_close(&c->leg, LWS_CLOSE_STATUS_POLICY_VIOLATION, "no start");
	}
}

/* A caller's stream is never silent: its media comes whether anybody speaks or not.  The ping is for the log and for
 * what lies between; the call machine ends the call. */
static void ask_quiet(struct conn *c)
{
	char tag[CONN_TAG_MAX];
	if (!c->session || c->is_pinged || c->shard->now_us - c->heard_us < CONN_QUIET_PING_MS * 1000LL ||
		leg_ping(&c->leg) < 0)
		return;
	c->is_pinged = true;
	log_call("%s caller silent for %d ms, pinged", conn_tag(c, tag), CONN_QUIET_PING_MS);
}

static void conn_look(struct conn *c)
{
	int64_t now_us = c->shard->now_us;
	if (!c->wsi)
		return;
	if (c->leg.is_closing && !c->is_ending) {
		c->is_ending = true;
		c->deadline_us = now_us + CONN_CLOSE_TIMEOUT_MS * 1000LL;
	}
	if (now_us >= c->deadline_us)
		on_deadline(c);
	else if (c->kind == CONN_STREAM && !c->is_ending)
		ask_quiet(c);
}

void conn_tick(struct shard *s)
{
	enum { SHARE = 16 }; /* all of them every 16 ticks */
	for (uint32_t i = 0; i < SHARD_CONN_BUCKETS / SHARE; i++) {
		struct conn *c = s->conns[s->next_bucket++ % SHARD_CONN_BUCKETS];
		for (struct conn *next; c; c = next) {
			next = c->next;
			conn_look(c);
		}
	}
}
