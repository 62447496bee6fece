/* SPDX-License-Identifier: MIT */
#include "porch.h"

#include <errno.h>
#include <uv.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "socket_options.h"

enum {
	QUIET_MAX = 8,       /* that wait of one address; with more it is a crowd */
	CROWD_TURN = 4,
	BUDGET_A_TICK = 128, /* in closes of a socket, some 30 us each */
	COST_CLOSE = 1,
	COST_PLAIN = 2,
	COST_TLS = 32,       /* a TLS accept costs 1.7 ms of CPU (LWS.md L-25); most of it comes later */
};

struct guest {
	struct pending pending;
	uv_poll_t poll;
	struct shard *shard;
	struct guest *before, *after; /* in the queue of those that have spoken, or gone */
	int fd;
	struct arrival arrival;
	struct guest_queue *queue; /* NULL: silent */
	int64_t deadline_us;
};

static void on_gone(uv_handle_t *handle)
{
	mem_free(container_of(handle, struct guest, poll));
}

static void queue_in(struct guest *g)
{
	struct shard *s = g->shard;
	struct guest_queue *q = s->admission.per_place[g->pending.place] <= QUIET_MAX ? &s->porch.quiet : &s->porch.crowd;
	g->queue = q;
	g->before = q->last;
	*(q->last ? &q->last->after : &q->first) = g;
	q->last = g;
}

static void unqueue(struct guest *g)
{
	struct guest_queue *q = g->queue;
	if (!q)
		return;
	*(g->before ? &g->before->after : &q->first) = g->after;
	*(g->after ? &g->after->before : &q->last) = g->before;
	g->before = g->after = NULL;
	g->queue = NULL;
}

/* Off the porch; the descriptor is the caller's.  libuv forgets it at once: lws polls it next. */
static int guest_leave(struct guest *g)
{
	int fd = g->fd;
	unqueue(g);
	admission_leave(&g->shard->admission, &g->pending);
	uv_close((uv_handle_t *)&g->poll, on_gone);
	return fd;
}

static void guest_out(struct guest *g)
{
	struct shard *s = g->shard;
	int fd = guest_leave(g);
	auto_close(&fd);
	conn_count(s, -1);
}

static void on_evict(struct pending *p)
{
	guest_out(container_of(p, struct guest, pending));
}

static bool is_gone(const struct guest *g)
{
	char byte;
	ssize_t n = recv(g->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* A flood has its turns, but nobody waits behind all of it. */
static struct guest *next_guest(struct porch *p)
{
	bool is_crowds_turn = p->turn++ % CROWD_TURN == 0;
	struct guest *first = is_crowds_turn ? p->crowd.first : p->quiet.first;
	return first ? first : is_crowds_turn ? p->quiet.first : p->crowd.first;
}

/* In, or out when it has gone without a word. */
static void take_in(struct guest *g)
{
	struct shard *s = g->shard;
	struct admission *a = &s->admission;
	struct arrival arrival = g->arrival;
	int64_t deadline_us = g->deadline_us;
	if (is_gone(g)) {
		s->porch.budget -= COST_CLOSE;
		guest_out(g);
		return;
	}
	if (a->hall.n >= ADMISSION_HALL_MAX)
		(void)admission_evict(a, &a->hall);
	int fd = guest_leave(g);
	socket_set_options(fd);
	s->porch.budget -= s->shared->settings->tls_cert && !arrival.is_admin ? COST_TLS : COST_PLAIN;
	conn_adopt(s, fd, &arrival, deadline_us);
}

static void on_spoken(uv_poll_t *poll, int status, int events)
{
	struct guest *g = container_of(poll, struct guest, poll);
	struct shard *s = g->shard;
	(void)status;
	(void)events;
	s->now_us = clock_now_us();
	uv_poll_stop(poll);
	queue_in(g);
	if (s->porch.budget > 0)
		take_in(next_guest(&s->porch));
}

void porch_take(struct shard *s, int fd, const struct arrival *arrival)
{
	struct guest *g = mem_alloc(sizeof(*g));
	if (!g || uv_poll_init_socket(&s->loop, &g->poll, fd) != 0) {
		mem_free(g);
		auto_close(&fd);
		return;
	}
	g->shard = s;
	g->fd = fd;
	g->deadline_us = s->now_us + CONN_REQUEST_TIMEOUT_MS * 1000LL;
	g->arrival = *arrival;
	g->pending.place = arrival->place;
	g->pending.evict = on_evict;
	admission_enter(&s->admission, &s->admission.porch, &g->pending);
	conn_count(s, 1);
	if (uv_poll_start(&g->poll, UV_READABLE, on_spoken) != 0)
		guest_out(g);
}

static struct guest *oldest(struct shard *s)
{
	struct pending *p = s->admission.porch.oldest;
	return p ? container_of(p, struct guest, pending) : NULL;
}

void porch_tick(struct shard *s)
{
	uint32_t silent = 0;
	struct guest *g;
	s->porch.budget = BUDGET_A_TICK;
	while (s->porch.budget > 0 && (g = next_guest(&s->porch)))
		take_in(g);
	for (; (g = oldest(s)) && g->deadline_us <= s->now_us; silent++)
		guest_out(g);
	if (silent > 0)
		log_info("shard=%u sockets=%u said nothing in %d ms, closed", s->index, silent, CONN_REQUEST_TIMEOUT_MS);
}

void porch_done(struct shard *s)
{
	struct guest *g;
	while ((g = oldest(s)))
		guest_out(g);
}
