/* SPDX-License-Identifier: MIT */
/* The model's socket at work: what it tells becomes events of the machine. */
#include <errno.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/wire/websocket.h"
#include "session.h"

/* A refused handshake: worth another try, or not? */
static const struct {
	int low, high;
	enum call_why why;
} status_whys[] = {
	{400, 407, CALL_WHY_UNAUTHORIZED},
	{429, 429, CALL_WHY_BUSY},
	{300, 399, CALL_WHY_UNAUTHORIZED},
};

static enum call_why why_of(const struct socket_end *end)
{
	for (size_t i = 0; i < ARRAY_LEN(status_whys); i++)
		if (end->status >= status_whys[i].low && end->status <= status_whys[i].high)
			return status_whys[i].why;
	return end->is_untrusted ? CALL_WHY_UNAUTHORIZED : CALL_WHY_REFUSED;
}

static void on_refused(struct model_leg *m, const struct socket_end *end)
{
	enum call_why why = why_of(end);
	uint32_t wait_ms = end->status == 429 || end->status == 503 ? end->retry_after_s * 1000 : 0;
	metric_add(METRIC_MODEL_CONNECT_FAILURES, 1);
	LOG_AT(why == CALL_WHY_UNAUTHORIZED ? LOG_LEVEL_ERR : LOG_LEVEL_WARNING,
		"call=%llu model connect failed address=%s status=%d why=%s reason=\"" STR_FMT "\"",
		(unsigned long long)m->session->tag, m->address, end->status, call_why_name(why), STR_ARG(end->text));
	if (why != CALL_WHY_UNAUTHORIZED)
		model_note_failure(m, end->status, wait_ms);
	model_lost(m, why, wait_ms);
}

static void on_ended(void *owner, const struct socket_end *end)
{
	struct model_leg *m = owner;
	if (!end->was_open) {
		on_refused(m, end);
		return;
	}
	unsigned long long tag = (unsigned long long)m->session->tag;
	if (end->close_code == WS_NO_FRAME)
		log_warning("call=%llu model socket ended: " STR_FMT, tag, STR_ARG(end->text));
	else
		log_warning("call=%llu model closed code=%u reason=\"" STR_FMT "\"", tag, end->close_code, STR_ARG(end->text));
	model_lost(m, CALL_WHY_CLOSED, 0);
}

static void on_opened(void *owner)
{
	struct model_leg *m = owner;
	struct session *s = m->session;
	m->is_open = true;
	address_book_worked(&s->shard->addresses, m->address);
	breaker_worked(&s->shard->breaker);
	metric_add(METRIC_MODEL_CONNECTS, 1);
	session_step(s, &(struct call_event){.kind = CALL_EV_MODEL_OPEN, .is_next = m == s->next});
}

static void on_text(void *owner, struct str message)
{
	model_on_message(owner, message);
}

static void on_dropped(void *owner, const char *why)
{
	const struct model_leg *m = owner;
	metric_add(METRIC_MODEL_BAD, 1);
	log_warning("call=%llu model message %s, dropping it", (unsigned long long)m->session->tag, why);
}

const struct model_socket_events model_events = {
	.opened = on_opened,
	.text = on_text,
	.dropped = on_dropped,
	.ended = on_ended,
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
