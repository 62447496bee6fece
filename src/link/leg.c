/* SPDX-License-Identifier: MIT */
#include "leg.h"

#include <errno.h>
#include <libwebsockets.h>
#include <string.h>

#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"

struct tx_message {
	struct tx_message *next;
	size_t n;
	enum tx_class cls;
	unsigned char bytes[]; /* LWS_PRE, then n */
};

void leg_init(struct leg *l, uint32_t sound_max_bytes, uint32_t control_max_bytes)
{
	*l = (struct leg){.sound_max_bytes = sound_max_bytes, .control_max_bytes = control_max_bytes};
}

static void leg_unlink(struct leg *l, struct tx_message *before, struct tx_message *m)
{
	if (before)
		before->next = m->next;
	else
		l->head = m->next;
	if (l->tail == m)
		l->tail = before;
	l->waiting_bytes -= (uint32_t)m->n;
	if (m->cls == TX_SOUND)
		l->sound_bytes -= (uint32_t)m->n;
	mem_free(m);
}

void leg_done(struct leg *l)
{
	while (l->head)
		leg_unlink(l, NULL, l->head);
	l->via = NULL;
	l->wsi = NULL;
	l->socket = NULL;
}

int leg_lost(struct leg *l)
{
	l->is_closing = true;
	l->via->kill(l);
	return -EPIPE;
}

static int leg_send(struct leg *l, unsigned char *text, size_t n)
{
	return l->via->send(l, text, n) < 0 ? leg_lost(l) : 0;
}

static void leg_drop_oldest_sound(struct leg *l)
{
	struct tx_message *before = NULL;
	for (struct tx_message *m = l->head; m; before = m, m = m->next) {
		if (m->cls != TX_SOUND)
			continue;
		leg_unlink(l, before, m);
		l->n_dropped++;
		metric_add(METRIC_QUEUE_DROPS, 1);
		return;
	}
}

static int leg_queue(struct leg *l, const unsigned char *text, size_t n, enum tx_class cls)
{
	while (cls == TX_SOUND && l->sound_bytes > 0 && l->sound_bytes + n > l->sound_max_bytes)
		leg_drop_oldest_sound(l);
	if (cls == TX_CONTROL && l->waiting_bytes - l->sound_bytes + n > l->control_max_bytes)
		return leg_lost(l);
	struct tx_message *m = mem_alloc(sizeof(*m) + LWS_PRE + n);
	if (!m) {
		metric_add(METRIC_QUEUE_DROPS, 1);
		return -ENOBUFS;
	}
	m->n = n;
	m->cls = cls;
	memcpy(m->bytes + LWS_PRE, text, n);
	if (l->tail)
		l->tail->next = m;
	else
		l->head = m;
	l->tail = m;
	l->waiting_bytes += (uint32_t)n;
	if (cls == TX_SOUND)
		l->sound_bytes += (uint32_t)n;
	l->via->want_writable(l);
	return 0;
}

int leg_write(struct leg *l, unsigned char *text, size_t n, enum tx_class cls)
{
	if (!l->via || l->is_closing)
		return -EPIPE;
	if (leg_is_idle(l))
		return leg_send(l, text, n);
	return leg_queue(l, text, n, cls);
}

bool leg_is_idle(const struct leg *l)
{
	return l->via && !l->head && !l->is_choked;
}

void leg_drop_sound(struct leg *l)
{
	struct tx_message *before = NULL;
	struct tx_message *m = l->head;
	while (m) {
		struct tx_message *next = m->next;
		if (m->cls == TX_SOUND)
			leg_unlink(l, before, m);
		else
			before = m;
		m = next;
	}
}

int leg_on_writable(struct leg *l)
{
	l->is_choked = false;
	struct tx_message *m = l->head;
	if (!m)
		return 0;
	int err = leg_send(l, m->bytes + LWS_PRE, m->n);
	leg_unlink(l, NULL, m);
	if (err == 0 && l->head)
		l->via->want_writable(l);
	return err;
}
