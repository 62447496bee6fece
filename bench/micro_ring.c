/* SPDX-License-Identifier: MIT */
/* micro_ring - what does it cost to hand a 20 ms frame of PCM16 at 24 kHz from one thread to
 * another? Two threads as fast as they go; and one thread that pushes and pops, which is the ring
 * without the traffic between caches.  Prints one line of JSON. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/ring.h"

enum { SLOTS = 64, SLOT_BYTES = 968, MESSAGES = 2000000 };

static unsigned char slots[SLOTS * SLOT_BYTES];
static unsigned char frame[SLOT_BYTES];
static unsigned char heard[SLOT_BYTES];
static struct ring ring;

static void fill(void)
{
	void *slot;
	while (!(slot = ring_slot(&ring)))
		(void)sched_yield();
	memcpy(slot, frame, sizeof(frame));
	ring_push(&ring);
}

static void drain(void)
{
	const void *slot;
	while (!(slot = ring_front(&ring)))
		(void)sched_yield();
	memcpy(heard, slot, sizeof(heard));
	ring_pop(&ring);
}

static void *produce(void *arg)
{
	for (int n = 0; n < MESSAGES; n++)
		fill();
	return arg;
}

static double ns_of_two_threads(void)
{
	pthread_t producer;
	int64_t began_us = clock_now_us();
	if (pthread_create(&producer, NULL, produce, NULL))
		exit(1);
	for (int n = 0; n < MESSAGES; n++)
		drain();
	if (pthread_join(producer, NULL))
		exit(1);
	return (double)(clock_now_us() - began_us) * 1000.0 / MESSAGES;
}

static double ns_of_one_thread(void)
{
	int64_t began_us = clock_now_us();
	for (int n = 0; n < MESSAGES; n++) {
		fill();
		drain();
	}
	return (double)(clock_now_us() - began_us) * 1000.0 / MESSAGES;
}

int main(void)
{
	if (ring_init(&ring, slots, SLOTS, SLOT_BYTES))
		return 1;
	memset(frame, 0x5a, sizeof(frame));
	double two = ns_of_two_threads();
	double one = ns_of_one_thread();
	if (memcmp(frame, heard, sizeof(frame)) != 0 || ring_used(&ring) != 0)
		return 1;
	printf("{\"bench\":\"ring\",\"ns_per_slot\":%.1f,\"ns_per_slot_one_thread\":%.1f,"
	       "\"slot_bytes\":%d,\"slots\":%d,\"messages\":%d}\n",
		two, one, SLOT_BYTES, SLOTS, MESSAGES);
	return 0;
}
