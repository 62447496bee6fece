/* SPDX-License-Identifier: MIT */
/* How the model is reached: dialled by numeric address with the name for SNI and the certificate check
 * (LWS.md L-01), never followed elsewhere; addresses that do not answer and servers that refuse everybody are
 * remembered for all calls of the loop. */
#include <errno.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "session.h"

enum {
	HEADERS_MAX = 2048,
	ADDRESS_PATIENCE_US = 1500000, /* for the upgrade, when there is another address to try */
	SILENCE_US = 900000,           /* a dial given up after that says something of the address */
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

static void put_header(struct buf *b, struct str name, struct str value)
{
	const struct str parts[] = {name, STR(": "), value, STR("\r\n")};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		buf_put(b, parts[i]);
}

static void put_headers(const struct shard *shard, struct buf *b)
{
	const char *name, *value;
	put_header(b, STR("User-Agent"), STR("ringdown/" RINGDOWN_VERSION));
	realtime_dialect_header(shard->shared->dialect, &name, &value);
	if (name)
		put_header(b, str_of(name), str_of(value));
	if (!shard->api_key || !shard->api_key[0])
		return;
	buf_put(b, STR("Authorization: Bearer "));
	buf_put(b, str_of(shard->api_key));
	buf_put(b, STR("\r\n"));
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
	char text[HEADERS_MAX];
	struct buf headers;
	buf_init(&headers, text, sizeof(text));
	put_headers(shard, &headers);
	const struct model_dial dial = {&shard->shared->model, m->address, path, buf_str(&headers)};
	m->dialled_us = shard->now_us;
	m->is_open = false;
	m->session->totals.dials++;
	bool is_made = buf_ok(&headers) && model_socket_open(shard, &dial, &m->leg, &model_events, m);
	explicit_bzero(text, sizeof(text)); /* the key is in it */
	return is_made ? 0 : -ECONNREFUSED;
}

/* When none is left that answers, the name may have moved. */
static void note_dead_address(struct model_leg *m)
{
	struct shard *shard = m->session->shard;
	address_book_failed(&shard->addresses, m->address, shard->now_us);
	struct resolver *resolver = atomic_load(&shard->shared->resolver);
	if (resolver && !address_book_has_other(&shard->addresses, NULL, shard->now_us))
		resolver_ask(resolver);
}

void model_dial(struct model_leg *m)
{
	struct session *s = m->session;
	struct shard *shard = s->shard;
	const struct link_settings *ls = shard->shared->settings;
	char path[1024];
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
	m->n_dropped_told = 0;
	m->is_slow_told = false;
	leg_init(&m->leg, s->assistant->is_pcmu ? SESSION_MODEL_PCMU_MAX : SESSION_MODEL_SOUND_MAX,
		SESSION_MODEL_CONTROL_MAX);
	if (connect_to(m, path) == 0)
		return;
	note_dead_address(m);
	dial_failed(m, CALL_WHY_REFUSED, 0);
}

void model_note_failure(struct model_leg *m, int status, uint32_t retry_after_ms)
{
	struct shard *shard = m->session->shard;
	if (status == 0)
		note_dead_address(m);
	if (breaker_failed(&shard->breaker, retry_after_ms, shard->now_us))
		log_err("shard=%u model refuses everybody, dialling again in ms=%u", shard->index,
			breaker_wait_ms(&shard->breaker, shard->now_us));
}

static void cut_loose(struct model_leg *m)
{
	if (m->leg.socket)
		model_socket_drop(m->leg.socket);
	leg_done(&m->leg);
	m->dialled_us = 0;
	m->is_open = false;
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
	note_dead_address(m);
	cut_loose(m);
	model_dial(m);
}

/* F47: once for as long as it lasts. */
static void tell_drops(struct model_leg *m)
{
	if (m->is_slow_told && leg_is_idle(&m->leg)) {
		log_info("call=%llu model reads again dropped=%u", (unsigned long long)m->session->tag, m->leg.n_dropped);
		m->is_slow_told = false;
	}
	if (m->leg.n_dropped == m->n_dropped_told)
		return;
	m->n_dropped_told = m->leg.n_dropped;
	if (!m->is_slow_told)
		log_warning("call=%llu model does not read, dropping the oldest sound", (unsigned long long)m->session->tag);
	m->is_slow_told = true;
}

void model_tick(struct model_leg *m)
{
	try_other_address(m);
	tell_drops(m);
}

void model_drop(struct model_leg *m)
{
	struct session *s = m->session;
	bool has_waited = m->dialled_us && s->shard->now_us >= m->dialled_us + SILENCE_US; /* not: the caller hung up */
	if (has_waited && !m->is_open) {
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
