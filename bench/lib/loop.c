/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "ringdown/base/clock.h"

enum { EVENTS_A_TURN = 256, HEAP_FIRST = 1024, TURN_MAX_US = 50000, SLACK_NS = 1000 };

struct loop {
	int epoll;
	int64_t now_us;
	bool is_stopping;
	struct timer **heap; /* [1..n], the earliest first */
	size_t n, cap;
};

static volatile sig_atomic_t is_told_to_stop;

static void on_signal(int sig)
{
	(void)sig;
	is_told_to_stop = 1;
}

static void *must(void *p)
{
	if (p)
		return p;
	perror("memory");
	exit(3);
}

struct loop *loop_new(void)
{
	struct loop *l = must(calloc(1, sizeof(*l)));
	struct sigaction stop = {.sa_handler = on_signal};
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->cap = HEAP_FIRST;
	l->heap = must(calloc(l->cap, sizeof(*l->heap)));
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, SLACK_NS); /* a frame that leaves late would be charged to the bridge */
	loop_touch(l);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	close(l->epoll);
	free(l->heap);
	free(l);
}

int64_t loop_now_us(const struct loop *l)
{
	return l->now_us;
}

int64_t loop_touch(struct loop *l)
{
	return l->now_us = clock_now_us();
}

static void put(struct loop *l, struct timer *t, size_t at)
{
	l->heap[at] = t;
	t->place = at;
}

static void rise(struct loop *l, struct timer *t, size_t at)
{
	while (at > 1 && l->heap[at / 2]->at_us > t->at_us) {
		put(l, l->heap[at / 2], at);
		at /= 2;
	}
	put(l, t, at);
}

static void sink(struct loop *l, struct timer *t, size_t at)
{
	for (;;) {
		size_t child = 2 * at;
		if (child < l->n && l->heap[child + 1]->at_us < l->heap[child]->at_us)
			child++;
		if (child > l->n || l->heap[child]->at_us >= t->at_us)
			break;
		put(l, l->heap[child], at);
		at = child;
	}
	put(l, t, at);
}

void timer_disarm(struct loop *l, struct timer *t)
{
	size_t at = t->place;
	if (!at)
		return;
	struct timer *last = l->heap[l->n--];
	t->place = 0;
	if (last == t)
		return;
	if (at > 1 && l->heap[at / 2]->at_us > last->at_us)
		rise(l, last, at);
	else
		sink(l, last, at);
}

void timer_arm(struct loop *l, struct timer *t, int64_t at_us)
{
	timer_disarm(l, t);
	if (l->n + 2 > l->cap) {
		l->cap *= 2;
		l->heap = must(realloc(l->heap, l->cap * sizeof(*l->heap)));
	}
	t->at_us = at_us;
	rise(l, t, ++l->n);
}

void io_set(struct loop *l, struct io *io, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = io};
	if (events == io->events)
		return;
	int op = !io->events ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
	if (epoll_ctl(l->epoll, op, io->fd, &ev) < 0)
		perror("epoll_ctl");
	io->events = events;
}

void loop_stop(struct loop *l)
{
	l->is_stopping = true;
}

/* Microseconds until the next timer. */
static int64_t fire_timers(struct loop *l)
{
	while (l->n > 0 && l->heap[1]->at_us <= l->now_us) {
		struct timer *t = l->heap[1];
		timer_disarm(l, t);
		t->fire(t);
	}
	loop_touch(l);
	int64_t wait_us = l->n > 0 ? l->heap[1]->at_us - l->now_us : TURN_MAX_US;
	return wait_us < 0 || l->is_stopping ? 0 : wait_us > TURN_MAX_US ? TURN_MAX_US : wait_us;
}

void loop_run(struct loop *l)
{
	struct epoll_event events[EVENTS_A_TURN];
	l->is_stopping = false;
	while (!l->is_stopping && !is_told_to_stop) {
		loop_touch(l);
		struct timespec wait = {.tv_nsec = (long)fire_timers(l) * 1000};
		int n = epoll_pwait2(l->epoll, events, EVENTS_A_TURN, &wait, NULL);
		loop_touch(l);
		for (int i = 0; i < n && !l->is_stopping; i++) {
			struct io *io = events[i].data.ptr;
			if (io->events)
				io->ready(io, events[i].events);
		}
	}
}
