/* ring.h - hand fixed slots (a 20 ms frame each) from one thread to one other, without locks.
 * Producer calls ring_slot, ring_push; consumer ring_front, ring_pop.  Nothing here allocates,
 * waits or logs.  The caller owns the slot memory and keeps it as long as the ring. */
#ifndef RINGDOWN_BASE_RING_H
#define RINGDOWN_BASE_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct ring {
	alignas(64) _Atomic uint32_t head; /* slots ever pushed; only the producer writes it */
	alignas(64) _Atomic uint32_t tail; /* slots ever popped; only the consumer writes it */
	alignas(64) unsigned char *slots;  /* borrowed: mask + 1 slots of `size` bytes */
	uint32_t mask, size;
};

/* -EINVAL: count is not a power of two, or size is 0. */
int ring_init(struct ring *r, void *slots, uint32_t count, uint32_t size);
void *ring_slot(struct ring *r);        /* next slot to fill, or NULL: full (drop, count, go on) */
void ring_push(struct ring *r);         /* publish it */
const void *ring_front(struct ring *r); /* oldest slot, good until ring_pop(), or NULL: empty */
void ring_pop(struct ring *r);          /* give it back */
uint32_t ring_used(struct ring *r);     /* 0..count, already old when read: for gauges, not for logic */

#endif
