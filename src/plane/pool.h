/* pool.h - workers: threads that take requests from one bounded queue and answer them one at a time, blocking.  Each has
 * a store connection and a Twilio client of its own.  Posting takes no lock: loops do it. */
#ifndef POOL_H
#define POOL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "ringdown/base/inbox.h"
#include "ringdown/plane/plane.h"
#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

enum { POOL_WORKERS_MAX = 64, POOL_QUEUE_SLOTS = 256 };

struct twilio;
struct twilio_settings;
struct worker {
	struct pool *pool;
	struct store_conn *store;
	struct twilio *twilio;
	pthread_t thread;
	bool is_running;
};

typedef void pool_work_fn(struct worker *w, struct plane_request *r); /* answers it: r->done is called afterwards */
struct pool {
	struct plane *plane;
	pool_work_fn *work;
	struct inbox queue;
	pthread_mutex_t taking;   /* the queue has one taker at a time; posting needs none */
	sem_t n_waiting;          /* requests posted and not yet taken */
	_Atomic bool is_stopped;
	struct worker workers[POOL_WORKERS_MAX];
	uint32_t n_workers;
	bool is_made;
};

struct pool_settings {
	struct plane *plane;
	pool_work_fn *work;
	uint32_t n_workers;
	struct store *store;                 /* or NULL */
	const struct twilio_settings *twilio; /* or NULL; is_cancelled is the pool's own */
};
int pool_start(struct pool *p, const struct pool_settings *s);
int pool_post(struct pool *p, struct plane_request *r); /* any thread, never blocks; -EAGAIN: full, or stopped */
void pool_stop(struct pool *p); /* joins; a pool of zeros is fine, and so is twice */
void pool_done(struct pool *p); /* stops it first; what still waits is freed unanswered; nobody may post any more */

#endif
