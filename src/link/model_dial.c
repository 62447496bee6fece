/* SPDX-License-Identifier: MIT */
/* How the model is reached: dialled by numeric address with the name for SNI and the certificate check
 * (LWS.md L-01), never followed elsewhere; addresses that do not answer and servers that refuse everybody are
 * remembered for all calls of the loop. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "session.h"

enum {
	DROP_TIMEOUT_S = 3,
	ADDRESS_PATIENCE_US = 1500000, /* for the upgrade, when there is another address to try */
};

void model_init(struct session *s)
{
	s->model = &s->models[0];
	s->next = &s->models[1];
	for (int i = 0; i < 2; i++) {
		s->models[i].session = s;
		leg_init(&s->models[i].leg, SESSION_MODEL_SOUND_MAX, SESSION_MODEL_CONTROL_MAX);
	}
}

static int put_bearer(struct lws *wsi, const char *key, unsigned char **p, unsigned char *end)
{
	char bearer[1024];
	int n = snprintf(bearer, sizeof(bearer), "Bearer %s", key);
	int err = n < 0 || (size_t)n >= sizeof(bearer) ||
		lws_add_http_header_by_name(wsi, (const unsigned char *)"authorization:", (const unsigned char *)bearer, n,
			p, end);
	explicit_bzero(bearer, sizeof(bearer));
	return err ? -1 : 0;
}

int model_put_headers(struct model_leg *m, struct lws *wsi, void *in, size_t n)
{
	struct shard *shard = m->session->shard;
	unsigned char **p = in;
	unsigned char *end = *p + n;
	const char *name, *value;
	if (shard->api_key && shard->api_key[0] && put_bearer(wsi, shard->api_key, p, end) < 0)
		return -1;
	realtime_dialect_header(shard->shared->dialect, &name, &value);
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

/* Told through the inbox: the machine is in the middle of the step that asked for this dial. */
static void dial_failed(struct model_leg *m, enum call_why why, uint32_t retry_after_ms)
{
	struct session *s = m->session;
	struct shard_message message = {
		.kind = SHARD_MODEL_LOST,
		.arg = (int32_t)why,
		.retry_after_ms = retry_after_ms,
		.id = s->id,
		.ptr = m,
	};
	m->dialled_us = 0;
	metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
	(void)inbox_post(&s->shard->inbox, &message); /* full: the machine's own deadline will tell */
}

static int connect_to(struct model_leg *m, const char *path)
{
	struct shard *shard = m->session->shard;
	const struct model_url *url = &shard->shared->model;
	struct lws *wsi = NULL;
	struct lws_client_connect_info info = {
		.context = shard->context,
		.vhost = shard->client,
		.address = m->address,
		.port = url->port,
		.path = path,
		.host = url->host_header,
		.ssl_connection = (url->is_tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.alpn = "http/1.1",
		.local_protocol_name = model_protocols[0].name,
		.ietf_version_or_minus_one = -1,
		.opaque_user_data = m,
		.pwsi = &wsi,
	};
	m->dialled_us = shard->now_us;
	m->is_open = m->has_closed = false;
	uint32_t serial = ++m->session->totals.dials;
	struct lws *made = lws_client_connect_via_info(&info);
	if (made)
		m->leg.wsi = made;
	bool was_told = !m->dialled_us || serial != m->session->totals.dials; /* by a callback, within the call (L-02) */
	return made || was_told ? 0 : -ECONNREFUSED;
}

void model_dial(struct model_leg *m)
{
	struct session *s = m->session;
	struct shard *shard = s->shard;
	const struct link_settings *ls = shard->shared->settings;
	char path[1024];
	m->dial_at_us = 0;
	uint32_t wait_ms = breaker_wait_ms(&shard->breaker, shard->now_us);
	if (wait_ms > 0) {
		dial_failed(m, CALL_WHY_BUSY, wait_ms);
		return;
	}
	int i = address_book_pick(&shard->addresses, shard->now_us);
	struct str model = s->assistant->model.n ? s->assistant->model : ls->model;
	if (i < 0 || model_url_path(&shard->shared->model, model, path, sizeof(path)) < 0) {
		log_warning("call=%llu model host=%s has no address yet", (unsigned long long)s->tag,
			shard->shared->model.host);
		dial_failed(m, CALL_WHY_REFUSED, 0);
		return;
	}
	memcpy(m->address, shard->addresses.list.text[i], sizeof(m->address));
	leg_init(&m->leg, s->assistant->is_pcmu ? SESSION_MODEL_PCMU_MAX : SESSION_MODEL_SOUND_MAX,
		SESSION_MODEL_CONTROL_MAX);
	if (connect_to(m, path) == 0)
		return;
	address_book_failed(&shard->addresses, m->address, shard->now_us);
	dial_failed(m, CALL_WHY_REFUSED, 0);
}

void model_note_failure(struct model_leg *m, int status, uint32_t retry_after_ms)
{
	struct shard *shard = m->session->shard;
	if (status == 0)
		address_book_failed(&shard->addresses, m->address, shard->now_us);
	if (breaker_failed(&shard->breaker, retry_after_ms, shard->now_us))
		log_err("shard=%u model refuses everybody, dialling again in ms=%u", shard->index,
			breaker_wait_ms(&shard->breaker, shard->now_us));
}

static void cut_loose(struct model_leg *m)
{
	struct lws *wsi = m->leg.wsi;
	leg_done(&m->leg);
	m->dialled_us = 0;
	m->dial_at_us = 0;
	m->is_open = false;
	if (!wsi)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, DROP_TIMEOUT_S);
	lws_callback_on_writable(wsi);
}

/* One address that does not answer costs no call its life while there is another. */
static void try_other_address(struct model_leg *m)
{
	struct session *s = m->session;
	struct shard *shard = s->shard;
	if (!m->dialled_us || m->is_open || shard->now_us < m->dialled_us + ADDRESS_PATIENCE_US ||
		!address_book_has_other(&shard->addresses, m->address, shard->now_us))
		return;
	log_warning("call=%llu model address=%s does not answer, trying another", (unsigned long long)s->tag, m->address);
	address_book_failed(&shard->addresses, m->address, shard->now_us);
	cut_loose(m);
	model_dial(m);
}

void model_tick(struct model_leg *m)
{
	if (m->dial_at_us && m->session->shard->now_us >= m->dial_at_us)
		model_dial(m);
	else
		try_other_address(m);
}

void model_drop(struct model_leg *m)
{
	struct session *s = m->session;
	if (m->dialled_us && !m->is_open) {
		metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
		log_warning("call=%llu model address=%s gives no answer, giving up", (unsigned long long)s->tag, m->address);
		model_note_failure(m, 0, 0);
	}
	cut_loose(m);
	if (m != s->model)
		return;
	s->is_live = false;
	session_sound_ends(s);
}

void model_lost(struct model_leg *m, enum call_why why, uint32_t retry_after_ms)
{
	struct session *s = m->session;
	bool is_next = m == s->next;
	leg_done(&m->leg);
	m->dialled_us = 0;
	m->is_open = false;
	if (!is_next)
		s->is_live = false;
	session_step(s, &(struct call_event){
			       .kind = CALL_EV_MODEL_LOST,
			       .why = why,
			       .retry_after_ms = retry_after_ms,
			       .is_next = is_next,
		       });
	if (!is_next)
		session_sound_ends(s);
}

void model_swap(struct session *s)
{
	struct model_leg *old = s->model;
	s->model = s->next;
	s->next = old;
	cut_loose(old);
	s->is_live = false;
	session_sound_ends(s);
}
