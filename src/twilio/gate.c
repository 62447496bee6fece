/* SPDX-License-Identifier: MIT */
/* A list of the accounts in use, under one mutex that is held for microseconds: there are few, and they stay. */
#include "gate.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "ringdown/base/mem.h"

enum { SID_MAX = 40 };

struct account_state {
	struct account_state *next;
	char sid[SID_MAX];
	uint32_t under_way, refusals; /* refusals: of the credentials, in a row */
	bool is_open;
	int64_t probe_ms; /* open: when the next probe may go */
};

struct twilio_gate {
	pthread_mutex_t lock;
	struct account_state *accounts;
};

struct twilio_gate *twilio_gate_new(void)
{
	struct twilio_gate *g = mem_alloc(sizeof(*g));
	if (g)
		pthread_mutex_init(&g->lock, NULL);
	return g;
}

struct twilio_gate *twilio_gate_free(struct twilio_gate *g)
{
	if (!g)
		return NULL;
	while (g->accounts) {
		struct account_state *a = g->accounts;
		g->accounts = a->next;
		mem_free(a);
	}
	pthread_mutex_destroy(&g->lock);
	return mem_free(g);
}

static struct account_state *find(struct twilio_gate *g, struct str sid)
{
	for (struct account_state *a = g->accounts; a; a = a->next)
		if (str_is(str_of(a->sid), sid))
			return a;
	return NULL;
}

static struct account_state *find_or_add(struct twilio_gate *g, struct str sid)
{
	struct account_state *a = find(g, sid);
	if (a)
		return a;
	a = mem_alloc(sizeof(*a));
	if (!a || !str_copy(sid, a->sid, sizeof(a->sid)))
		return mem_free(a);
	a->next = g->accounts;
	g->accounts = a;
	return a;
}

static int enter(struct account_state *a, bool is_check, int64_t now_ms)
{
	if (!a)
		return -ENOMEM;
	if (a->under_way >= TWILIO_PARALLEL_MAX)
		return -EAGAIN;
	if (a->is_open && !is_check) {
		if (now_ms < a->probe_ms)
			return -EACCES;
		a->probe_ms = now_ms + TWILIO_PROBE_EVERY_MS;
	}
	a->under_way++;
	return 0;
}

int gate_enter(struct twilio_gate *g, struct str account_sid, bool is_check, int64_t now_ms)
{
	pthread_mutex_lock(&g->lock);
	int err = enter(find_or_add(g, account_sid), is_check, now_ms);
	pthread_mutex_unlock(&g->lock);
	return err;
}

static enum gate_news judge(struct account_state *a, enum gate_outcome outcome, int64_t now_ms)
{
	if (outcome == GATE_NO_ANSWER) /* says nothing about credentials */
		return GATE_SAME;
	if (outcome == GATE_GOOD) {
		bool was_open = a->is_open;
		a->refusals = 0;
		a->is_open = false;
		return was_open ? GATE_CLOSED : GATE_SAME;
	}
	if (++a->refusals < TWILIO_BREAKER_AFTER || a->is_open)
		return GATE_SAME;
	a->is_open = true;
	a->probe_ms = now_ms + TWILIO_PROBE_EVERY_MS;
	return GATE_OPENED;
}

enum gate_news gate_release(struct twilio_gate *g, struct str account_sid, bool is_check, enum gate_outcome outcome,
	int64_t now_ms)
{
	pthread_mutex_lock(&g->lock);
	struct account_state *a = find(g, account_sid);
	assert(a); /* since gate_enter() */
	a->under_way--;
	enum gate_news news = is_check ? GATE_SAME : judge(a, outcome, now_ms);
	pthread_mutex_unlock(&g->lock);
	return news;
}

void twilio_gate_forget(struct twilio_gate *g, struct str account_sid)
{
	pthread_mutex_lock(&g->lock);
	struct account_state *a = find(g, account_sid);
	if (a) {
		a->refusals = 0;
		a->is_open = false;
	}
	pthread_mutex_unlock(&g->lock);
}

bool twilio_gate_is_open(struct twilio_gate *g, struct str account_sid)
{
	pthread_mutex_lock(&g->lock);
	const struct account_state *a = find(g, account_sid);
	bool is_open = a && a->is_open;
	pthread_mutex_unlock(&g->lock);
	return is_open;
}
