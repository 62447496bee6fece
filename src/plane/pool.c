/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <errno.h>
#include <sched.h>

#include "ringdown/twilio/twilio.h"


int pool_post(struct pool *p, struct plane_request *r)
{
	if (!p->is_made || atomic_load(&p->is_stopped))
		return -EAGAIN;
	int err = inbox_post(&p->queue, &r);
	if (err == 0)
		sem_post(&p->n_waiting);
	return err;
}

/* n_waiting was taken for it, so it is there or about to be: its poster may not have filled the slot yet, or one before it. */
static struct plane_request *take(struct pool *p)
{
	struct plane_request *r = NULL;
	bool is_taken = false;
	while (!is_taken) {
		pthread_mutex_lock(&p->taking);
		is_taken = inbox_take(&p->queue, &r);
		pthread_mutex_unlock(&p->taking);
		if (!is_taken)
			sched_yield();
	}
	return r;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	for (;;) {
		while (sem_wait(&p->n_waiting) < 0 && errno == EINTR)
			;
		if (atomic_load(&p->is_stopped))
			return NULL;
		struct plane_request *r = take(p);
		p->work(w, r);
		r->done(r);
	}
}

static int start_worker(struct pool *p, const struct pool_settings *s)
{
	struct worker *w = &p->workers[p->n_workers];
	w->pool = p;
	int err = s->store ? store_connect(s->store, &w->store) : 0;
	if (err < 0)
		return err;
	p->n_workers++; /* has a connection to close, thread or not */
	if (s->twilio) {
		struct twilio_settings ts = *s->twilio;
		ts.is_cancelled = &p->is_stopped;
		w->twilio = twilio_new(&ts);
		if (!w->twilio)
			return -ENOMEM;
	}
	err = -pthread_create(&w->thread, NULL, worker_main, w);
	w->is_running = err == 0;
	return err;
}

int pool_start(struct pool *p, const struct pool_settings *s)
{
	p->plane = s->plane;
	p->work = s->work;
	int err = inbox_init(&p->queue, POOL_QUEUE_SLOTS, sizeof(struct plane_request *), NULL, NULL);
	if (err < 0)
		return err;
	pthread_mutex_init(&p->taking, NULL);
	sem_init(&p->n_waiting, 0, 0);
	p->is_made = true;
	while (err == 0 && p->n_workers < s->n_workers && p->n_workers < POOL_WORKERS_MAX)
		err = start_worker(p, s);
	return err;
}

void pool_stop(struct pool *p)
{
	if (!p->is_made || atomic_exchange(&p->is_stopped, true))
		return;
	for (uint32_t i = 0; i < p->n_workers; i++)
		sem_post(&p->n_waiting);
	for (uint32_t i = 0; i < p->n_workers; i++) {
		if (p->workers[i].is_running)
			pthread_join(p->workers[i].thread, NULL);
		p->workers[i].store = store_disconnect(p->workers[i].store);
		p->workers[i].twilio = twilio_free(p->workers[i].twilio);
	}
}

void pool_done(struct pool *p)
{
	struct plane_request *r;
	if (!p->is_made)
		return;
	pool_stop(p);
	while (inbox_take(&p->queue, &r))
		plane_request_free(r);
	inbox_done(&p->queue);
	sem_destroy(&p->n_waiting);
	pthread_mutex_destroy(&p->taking);
	p->is_made = false;
}
