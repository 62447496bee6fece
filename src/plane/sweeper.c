/* SPDX-License-Identifier: MIT */
#include "sweeper.h"

#include <errno.h>
#include <time.h>

#include "api_private.h"
#include "numbers.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/twilio/twilio.h"

enum { TICK_S = 1, ARENA_BYTES = 8 << 20, SWEEPS_MAX = 16 };

static const struct {
	int64_t every_ms;
	void (*run)(struct api *a);
} sweeps[] = {
	{5000, numbers_sweep},
};
_Static_assert(ARRAY_LEN(sweeps) <= SWEEPS_MAX, "a due time each");

static void run_sweep(struct sweeper *s, void (*run)(struct api *a))
{
	AUTO(arena_done) struct arena arena;
	arena_init(&arena, ARENA_BYTES);
	struct api a = {.arena = &arena, .plane = s->plane, .store = s->store, .twilio = s->twilio, .now_ms = clock_wall_ms()};
	a.scope = (struct store_scope){.conn = s->store, .author = STR("sweep"), .now_ms = a.now_ms};
	run(&a);
	api_done(&a);
}

/* False: the thread is to end. */
static bool wait_a_moment(struct sweeper *s)
{
	struct timespec until;
	int64_t ms = clock_wall_ms() + 1000LL * TICK_S;
	until.tv_sec = (time_t)(ms / 1000);
	until.tv_nsec = (long)(ms % 1000 * 1000000);
	pthread_mutex_lock(&s->lock);
	if (!s->is_stopped)
		pthread_cond_timedwait(&s->wake, &s->lock, &until);
	bool goes_on = !s->is_stopped;
	pthread_mutex_unlock(&s->lock);
	return goes_on;
}

static void *sweeper_main(void *arg)
{
	struct sweeper *s = arg;
	int64_t due_us[SWEEPS_MAX] = {0};
	while (wait_a_moment(s))
		for (size_t i = 0; i < ARRAY_LEN(sweeps); i++)
			if (clock_now_us() >= due_us[i]) {
				run_sweep(s, sweeps[i].run);
				due_us[i] = clock_now_us() + sweeps[i].every_ms * 1000;
			}
	return NULL;
}

int sweeper_start(struct sweeper *s, struct plane *p, struct store *store, const struct twilio_settings *twilio)
{
	struct twilio_settings own = *twilio;
	own.is_cancelled = &s->is_leaving;
	s->plane = p;
	s->twilio = twilio_new(&own);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	int err = s->twilio ? store_connect(store, &s->store) : -ENOMEM;
	if (err == 0)
		err = -pthread_create(&s->thread, NULL, sweeper_main, s);
	s->is_running = err == 0;
	if (err < 0) {
		s->store = store_disconnect(s->store);
		s->twilio = twilio_free(s->twilio);
	}
	return err;
}

void sweeper_stop(struct sweeper *s)
{
	if (!s->is_running)
		return;
	atomic_store(&s->is_leaving, true);
	pthread_mutex_lock(&s->lock);
	s->is_stopped = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->is_running = false;
	s->store = store_disconnect(s->store);
	s->twilio = twilio_free(s->twilio);
}
