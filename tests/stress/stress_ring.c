/* SPDX-License-Identifier: MIT */
/* stress_ring - one thread fills, one empties, each now and then faster than the other, across the
 * wrap of the indices: every slot comes out once, in order and whole. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/ring.h"

#include "check.h"

enum {
	SLOTS = 64,
	WORDS = 240, /* 20 ms of PCM16 at 24 kHz is 960 bytes */
	MESSAGES = 400000,
	BEFORE_WRAP = 150000,
};

struct slot {
	uint32_t words[WORDS];
};

static struct slot slots[SLOTS];
static struct ring ring;

static uint32_t word_of(uint32_t message, uint32_t i)
{
	return message * UINT32_C(2654435761) + i;
}

/* Runs of a length that changes, so that full and empty both happen often. */
static void breathe(uint32_t i, uint32_t period)
{
	if (i % period == 0)
		(void)sched_yield();
}

static void *produce(void *arg)
{
	uint32_t *full = arg;
	for (uint32_t n = 0; n < MESSAGES; n++) {
		struct slot *slot;
		while (!(slot = ring_slot(&ring))) {
			++*full;
			(void)sched_yield();
		}
		for (uint32_t i = 0; i < WORDS; i++)
			slot->words[i] = word_of(n, i);
		ring_push(&ring);
		breathe(n, 1 + n / 1000 % 97);
	}
	return NULL;
}

static uint32_t consume(void)
{
	uint32_t empty = 0;
	for (uint32_t n = 0; n < MESSAGES; n++) {
		const struct slot *slot;
		while (!(slot = ring_front(&ring))) {
			empty++;
			(void)sched_yield();
		}
		for (uint32_t i = 0; i < WORDS; i++)
			CHECK(slot->words[i] == word_of(n, i));
		CHECK(ring_used(&ring) >= 1 && ring_used(&ring) <= SLOTS);
		ring_pop(&ring);
		breathe(n, 1 + n / 700 % 89);
	}
	return empty;
}

int main(void)
{
	pthread_t producer;
	uint32_t full = 0;
	int err = ring_init(&ring, slots, SLOTS, sizeof(slots[0]));
	CHECK(!err);
	atomic_store(&ring.head, 0U - BEFORE_WRAP);
	atomic_store(&ring.tail, 0U - BEFORE_WRAP);
	err = pthread_create(&producer, NULL, produce, &full);
	CHECK(!err);
	uint32_t empty = consume();
	err = pthread_join(producer, NULL);
	CHECK(!err && !ring_front(&ring));
	CHECK(atomic_load(&ring.head) == (uint32_t)MESSAGES - BEFORE_WRAP);
	printf("%d slots, found full %u times, empty %u times\n", MESSAGES, (unsigned)full,
		(unsigned)empty);
	return 0;
}
