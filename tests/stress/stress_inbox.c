/* SPDX-License-Identifier: MIT */
/* stress_inbox - four threads post, one takes and sleeps until it is woken, across the wrap of the
 * tickets: nothing is lost, doubled or torn, each poster's messages stay in order, and no wake-up
 * goes missing (it would stand still, and the test's time limit tells). */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/inbox.h"

#include "check.h"

enum {
	SLOTS = 64,
	POSTERS = 4,
	EACH = 75000,
	WORDS = 12,
	BATCH = 20, /* the owner stops here now and then, as a loop with other work does */
};

struct message {
	uint32_t poster, number, words[WORDS];
};

struct poster {
	pthread_t thread;
	uint32_t id, full;
};

static struct inbox inbox;
static sem_t wakes;
static _Atomic uint32_t wake_count;

static void wake(void *arg)
{
	(void)arg;
	(void)atomic_fetch_add(&wake_count, 1);
	int err = sem_post(&wakes);
	CHECK(!err);
}

static struct message message_of(uint32_t poster, uint32_t number)
{
	struct message m = {.poster = poster, .number = number};
	for (uint32_t i = 0; i < WORDS; i++)
		m.words[i] = (number * POSTERS + poster) * UINT32_C(2654435761) + i;
	return m;
}

static void *post_all(void *arg)
{
	struct poster *p = arg;
	for (uint32_t n = 0; n < EACH; n++) {
		struct message m = message_of(p->id, n);
		while (inbox_post(&inbox, &m) < 0) {
			p->full++;
			(void)sched_yield();
		}
		if (n % (1 + n / 500 % 61) == 0)
			(void)sched_yield();
	}
	return NULL;
}

static uint32_t take_some(uint32_t *next)
{
	struct message m;
	uint32_t taken = 0;
	while (taken < BATCH && inbox_take(&inbox, &m)) {
		CHECK(m.poster < POSTERS);
		struct message want = message_of(m.poster, next[m.poster]++);
		CHECK(!memcmp(&m, &want, sizeof(m)));
		taken++;
	}
	return taken;
}

static void sleep_until_woken(void)
{
	while (sem_wait(&wakes) < 0)
		;
}

int main(void)
{
	struct poster posters[POSTERS] = {{.full = 0}};
	uint32_t next[POSTERS] = {0}, full = 0;
	int err = inbox_init(&inbox, SLOTS, sizeof(struct message), wake, NULL);
	CHECK(!err);
	err = sem_init(&wakes, 0, 0);
	CHECK(!err);
	for (uint32_t i = 0; i < POSTERS; i++) {
		posters[i].id = i;
		err = pthread_create(&posters[i].thread, NULL, post_all, &posters[i]);
		CHECK(!err);
	}
	for (uint32_t taken = 0; taken < POSTERS * EACH;) {
		uint32_t n = take_some(next);
		taken += n;
		if (n < BATCH && taken < POSTERS * EACH)
			sleep_until_woken();
	}
	for (uint32_t i = 0; i < POSTERS; i++) {
		err = pthread_join(posters[i].thread, NULL);
		CHECK(!err && next[i] == EACH);
		full += posters[i].full;
	}
	CHECK(!take_some(next) && inbox.tail < POSTERS * EACH); /* the tickets have wrapped */
	printf("%d messages, %u wake-ups, found full %u times\n", POSTERS * EACH,
		(unsigned)atomic_load(&wake_count), (unsigned)full);
	inbox_done(&inbox);
	(void)sem_destroy(&wakes);
	return 0;
}
