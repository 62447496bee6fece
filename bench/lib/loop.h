/* loop.h - the loop of the two simulators: epoll and a heap of timers, one thread. */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct loop;

struct timer { /* embedded in its owner, zeroed at first; fires once */
	int64_t at_us;
	size_t place; /* in the heap, from 1; 0: not armed */
	void (*fire)(struct timer *t);
};

struct io { /* embedded in its owner */
	int fd;
	uint32_t events; /* EPOLL* asked for */
	void (*ready)(struct io *io, uint32_t events);
};

struct loop *loop_new(void);
void loop_free(struct loop *l);
int64_t loop_now_us(const struct loop *l); /* read once a turn */
int64_t loop_touch(struct loop *l);	   /* read it again */
void loop_run(struct loop *l);		   /* until loop_stop, SIGTERM or SIGINT; may be run again */
void loop_stop(struct loop *l);
void timer_arm(struct loop *l, struct timer *t, int64_t at_us);
void timer_disarm(struct loop *l, struct timer *t);
void io_set(struct loop *l, struct io *io, uint32_t events); /* 0 takes it out */

#endif
