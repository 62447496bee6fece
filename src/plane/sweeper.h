/* sweeper.h - one thread that looks, now and then, after what nobody asks about: purchases without an answer, and whatever
 * else has a row in the table of sweeper.c.  A store connection and a Twilio client of its own. */
#ifndef SWEEPER_H
#define SWEEPER_H

#include <pthread.h>
#include <stdatomic.h>

#include "ringdown/plane/plane.h"
#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

struct twilio;
struct twilio_settings;
struct sweeper {
	struct plane *plane;
	struct store_conn *store;
	struct twilio *twilio;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_stopped, is_running; /* is_stopped: under the lock */
	_Atomic bool is_leaving;     /* requests to Twilio end */
};

int sweeper_start(struct sweeper *s, struct plane *p, struct store *store, const struct twilio_settings *twilio); /* -errno, -ENOMEM */
void sweeper_stop(struct sweeper *s); /* joins; what is under way is finished; one of zeros is fine */

#endif
