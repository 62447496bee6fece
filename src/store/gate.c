/* SPDX-License-Identifier: MIT */
/* SQLite has one writer.  Its own wait sleeps up to a tenth of a second between looks, so within this process writers
 * queue here, where each is woken by the one before; only other programs are waited for by looking. */
#include <errno.h>
#include <time.h>

#include "engine.h"
#include "ringdown/base/clock.h"

/* CLOCK_MONOTONIC, as the condition was made for: store_open. */
static struct timespec deadline_after(int wait_ms)
{
	int64_t us = clock_now_us() + (int64_t)wait_ms * 1000;
	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

int gate_take(struct gate *g, int wait_ms)
{
	struct timespec until = deadline_after(wait_ms);
	int err = 0;
	pthread_mutex_lock(&g->mutex);
	while (g->is_taken && err == 0)
		err = pthread_cond_timedwait(&g->is_free, &g->mutex, &until);
	bool is_mine = !g->is_taken;
	g->is_taken = true;
	pthread_mutex_unlock(&g->mutex);
	return is_mine ? 0 : -EAGAIN;
}

void gate_leave(struct gate *g)
{
	pthread_mutex_lock(&g->mutex);
	g->is_taken = false;
	pthread_cond_signal(&g->is_free);
	pthread_mutex_unlock(&g->mutex);
}
