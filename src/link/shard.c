/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"
#include "ringdown/jobs/tools.h"
#include "ringdown/plane/plane.h"
#include "session.h"

enum { INBOX_SLOTS = 4096, HEADER_BYTES_MAX = 16384, SERVICE_BUFFER_BYTES = 65536 };

/* Twilio's answer to pings is not documented: silence of its media is what we go by.  Only a PONG counts for lws, so
 * its own time must be longer than any call: 4 hours is Twilio's limit, 18 the field's. */
static const lws_retry_bo_t caller_policy = {.secs_since_valid_ping = 65000, .secs_since_valid_hangup = 65535};

static void on_http_reply(struct shard *s, const struct shard_message *m)
{
	struct conn *c = conn_find(s, m->id);
	if (c)
		http_on_reply(c, m->ptr);
	else
		plane_request_free(m->ptr);
}

static void on_http_more(struct shard *s, const struct shard_message *m)
{
	struct conn *c = conn_find(s, m->id);
	if (c)
		lws_callback_on_writable(c->wsi);
}

static void on_claim_done(struct shard *s, const struct shard_message *m)
{
	struct plane_claim *claim = m->ptr;
	struct session *session = session_find(s, m->id);
	if (session) {
		session_on_claim(session, claim);
		return;
	}
	assistant_set_unref(claim->set);
	plane_claim_free(claim);
}

static void on_replaced(struct shard *s, const struct shard_message *m)
{
	struct session *session = session_find(s, m->id);
	if (!session)
		return;
	session->has_result = true; /* the newer stream speaks for the call now */
	leg_close(&session->conn->leg, LWS_CLOSE_STATUS_POLICY_VIOLATION, "replaced by a newer stream of this call");
	session_step(session, &(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_REPLACED});
}

static void on_tool_done(struct shard *s, const struct shard_message *m)
{
	struct tool_job *job = m->ptr;
	struct session *session = session_find(s, m->id);
	if (!job->is_ok)
		metric_add(METRIC_TOOL_FAILURES, 1);
	latency_record_us(LATENCY_TOOL, job->took_us);
	if (session)
		session_on_tool(session, job->call_id, job->is_ok, job->output);
	tool_job_free(job);
}

static void on_model_lost(struct shard *s, const struct shard_message *m)
{
	struct session *session = session_find(s, m->id);
	struct model_leg *leg = m->ptr;
	if (session && !leg->leg.via)
		model_lost(leg, (enum call_why)m->arg, m->retry_after_ms);
}

static void on_addresses(struct shard *s, const struct shard_message *m)
{
	address_book_set(&s->addresses, m->ptr);
	mem_free(m->ptr);
}

static void on_api_key(struct shard *s, const struct shard_message *m)
{
	if (s->api_key)
		explicit_bzero(s->api_key, strlen(s->api_key));
	mem_free(s->api_key);
	s->api_key = m->ptr;
}

static void on_certificate(struct shard *s, const struct shard_message *m)
{
	(void)m;
	const struct link_settings *ls = s->shared->settings;
	if (ls->tls_cert && lws_tls_cert_updated(s->context, ls->tls_cert, ls->tls_key, NULL, 0, NULL, 0))
		log_err("shard=%u certificate could not be loaded again, ignoring", s->index);
}

static void on_close_calls(struct shard *s, const struct shard_message *m)
{
	(void)m;
	for (uint32_t i = 0; i < s->n_slots; i++) {
		if (!s->sessions[i])
			continue;
		session_step(s->sessions[i], &(struct call_event){.kind = CALL_EV_DRAIN});
		if (!s->sessions[i]->is_claimed)
			leg_close(&s->sessions[i]->conn->leg, LWS_CLOSE_STATUS_GOINGAWAY, "draining");
	}
}

static void on_exit_wish(struct shard *s, const struct shard_message *m)
{
	(void)m;
	s->is_exiting = true;
	uv_stop(&s->loop);
}

typedef void message_fn(struct shard *s, const struct shard_message *m);
static message_fn *const handlers[] = {
	[SHARD_HTTP_REPLY] = on_http_reply,
	[SHARD_HTTP_MORE] = on_http_more,
	[SHARD_CLAIM_DONE] = on_claim_done,
	[SHARD_REPLACED] = on_replaced,
	[SHARD_TOOL_DONE] = on_tool_done,
	[SHARD_MODEL_LOST] = on_model_lost,
	[SHARD_ADDRESSES] = on_addresses,
	[SHARD_API_KEY] = on_api_key,
	[SHARD_CERTIFICATE] = on_certificate,
	[SHARD_CLOSE_CALLS] = on_close_calls,
	[SHARD_EXIT] = on_exit_wish,
};

static void on_wake(uv_async_t *wake)
{
	struct shard *s = container_of(wake, struct shard, wake);
	struct shard_message m;
	s->now_us = clock_now_us();
	while (inbox_take(&s->inbox, &m))
		handlers[m.kind](s, &m);
}

static void wake_shard(void *arg) /* any thread */
{
	struct shard *s = arg;
	uv_async_send(&s->wake);
}

void shard_post(struct shard *s, const struct shard_message *m)
{
	const struct timespec a_while = {.tv_nsec = 1000000};
	while (inbox_post(&s->inbox, m) < 0)
		nanosleep(&a_while, NULL);
}

static void on_tick(uv_timer_t *timer)
{
	struct shard *s = container_of(timer, struct shard, tick);
	int64_t last_us = atomic_load_explicit(&s->tick_us, memory_order_relaxed);
	s->now_us = clock_now_us();
	atomic_store_explicit(&s->tick_us, s->now_us, memory_order_relaxed);
	latency_record_us(LATENCY_LOOP_LAG, s->now_us - last_us - SHARD_TICK_MS * 1000);
	for (uint32_t i = 0; i < s->n_slots; i++)
		if (s->sessions[i])
			session_tick(s->sessions[i]);
	model_sockets_tick(s);
	conn_tick(s);
	porch_tick(s);
	admission_tick(&s->admission, s->index, s->now_us);
	for (uint32_t i = 0; i < s->n_listeners; i++)
		listener_tick(&s->listeners[i], s->now_us);
}

static void *shard_main(void *arg)
{
	struct shard *s = arg;
	while (!s->is_exiting)
		uv_run(&s->loop, UV_RUN_DEFAULT);
	return NULL;
}

static void vhost_names(struct lws_context_creation_info *info, const char *name, const struct lws_protocols *protocols)
{
	info->vhost_name = name;
	info->protocols = protocols;
	info->alpn = "http/1.1";
	info->timeout_secs = 5;
	info->extensions = NULL;
}

static int make_vhosts(struct shard *s, const char **ret_error)
{
	const struct link_settings *ls = s->shared->settings;
	struct lws_context_creation_info server = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.ssl_cert_filepath = ls->tls_cert,
		.ssl_private_key_filepath = ls->tls_key,
		.options = ls->tls_cert ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
		.retry_and_idle_policy = &caller_policy,
		.keepalive_timeout = 10,
	};
	vhost_names(&server, "server", conn_protocols);
	*ret_error = "the TLS certificate or key cannot be used";
	s->server = lws_create_vhost(s->context, &server);
	if (!s->server)
		return -EINVAL;
	*ret_error = "the client's TLS cannot be set up: is [model] ca_file readable?";
	return s->shared->model.is_tls ? model_tls_init(&s->tls, ls->ca_file) : 0;
}

static int make_context(struct shard *s, const char **ret_error)
{
	void *loops[1] = {&s->loop};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.max_http_header_data = HEADER_BYTES_MAX,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.gid = -1,
		.uid = -1,
	};
	*ret_error = "libwebsockets cannot start: is libwebsockets-evlib-uv installed?";
	s->context = lws_create_context(&info);
	return s->context ? make_vhosts(s, ret_error) : -EINVAL;
}

static int make_memory(struct shard *s)
{
	const struct link_settings *ls = s->shared->settings;
	s->n_slots = ls->max_calls;
	s->sessions = mem_alloc(s->n_slots * sizeof(struct session *));
	s->tx = mem_alloc(LWS_PRE + SHARD_TX_BYTES);
	s->rx = mem_alloc(SHARD_RX_BYTES);
	s->scratch = mem_alloc(SHARD_SCRATCH_BYTES);
	s->scratch_out = mem_alloc(SHARD_SCRATCH_BYTES);
	s->api_key = mem_alloc(ls->api_key.n + 1);
	if (!s->sessions || !s->tx || !s->rx || !s->scratch || !s->scratch_out || !s->api_key)
		return -ENOMEM;
	(void)str_copy(ls->api_key, s->api_key, ls->api_key.n + 1);
	return inbox_init(&s->inbox, INBOX_SLOTS, sizeof(struct shard_message), wake_shard, s);
}

int shard_init(struct shard *s, struct link_shared *shared, uint32_t index, const char **ret_error)
{
	s->shared = shared;
	s->index = index;
	*ret_error = "no memory";
	admission_init(&s->admission);
	if (uv_loop_init(&s->loop) || uv_timer_init(&s->loop, &s->tick) || uv_async_init(&s->loop, &s->wake, on_wake))
		return -ENOMEM;
	int err = make_memory(s);
	if (err < 0)
		return err;
	err = make_context(s, ret_error);
	if (err < 0)
		return err;
	s->now_us = clock_now_us();
	atomic_store(&s->tick_us, s->now_us);
	return -uv_timer_start(&s->tick, on_tick, SHARD_TICK_MS, SHARD_TICK_MS);
}

int shard_start(struct shard *s)
{
	int err = pthread_create(&s->thread, NULL, shard_main, s);
	s->is_running = err == 0;
	return -err;
}

static void drain_inbox(struct shard *s)
{
	struct shard_message m;
	while (s->inbox.slots && inbox_take(&s->inbox, &m))
		if (m.kind != SHARD_EXIT)
			handlers[m.kind](s, &m);
}

static void close_leftover(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* lws gives a foreign loop's handles back through the loop itself: run it until nothing is left. */
static void shard_destroy_context(struct shard *s)
{
	for (uint32_t i = 0; i < s->n_listeners; i++)
		listener_stop(&s->listeners[i]);
	porch_done(s);
	uv_timer_stop(&s->tick);
	uv_close((uv_handle_t *)&s->tick, NULL);
	uv_close((uv_handle_t *)&s->wake, NULL);
	model_sockets_close(s);
	if (s->context)
		lws_context_destroy(s->context);
	for (int turns = 0; turns < 1000 && uv_run(&s->loop, UV_RUN_NOWAIT); turns++)
		;
	if (s->context)
		lws_context_destroy(s->context); /* once more: a context on a foreign loop is freed by the second call */
	uv_walk(&s->loop, close_leftover, NULL);
	while (uv_run(&s->loop, UV_RUN_NOWAIT))
		;
	uv_loop_close(&s->loop);
}

void shard_done(struct shard *s)
{
	if (s->is_running)
		pthread_join(s->thread, NULL);
	s->now_us = clock_now_us();
	drain_inbox(s);
	shard_destroy_context(s);
	drain_inbox(s);
	sound_pool_done(&s->pool);
	bytes_pool_done(&s->bytes);
	model_tls_done(&s->tls);
	inbox_done(&s->inbox);
	if (s->api_key)
		explicit_bzero(s->api_key, strlen(s->api_key));
	mem_free(s->api_key);
	mem_free(s->sessions);
	mem_free(s->tx);
	mem_free(s->rx);
	mem_free(s->scratch);
	mem_free(s->scratch_out);
}
