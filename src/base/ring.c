/* SPDX-License-Identifier: MIT */
#include "ringdown/base/ring.h"

#include <errno.h>
#include <stddef.h>

/* head and tail run freely and wrap at 2^32; a power of two divides that, so `index & mask` stays
 * right across the wrap, and head - tail is the number of slots in use by unsigned arithmetic. */

int ring_init(struct ring *r, void *slots, uint32_t count, uint32_t size)
{
	if (!count || (count & (count - 1)) || !size || !slots)
		return -EINVAL;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	r->slots = slots;
	r->mask = count - 1;
	r->size = size;
	return 0;
}

static unsigned char *slot_at(const struct ring *r, uint32_t index)
{
	return r->slots + (size_t)(index & r->mask) * r->size;
}

void *ring_slot(struct ring *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	/* pairs with the release in ring_pop: the consumer has done reading before we write over it
	 */
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	return head - tail > r->mask ? NULL : slot_at(r, head);
}

void ring_push(struct ring *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	atomic_store_explicit(&r->head, head + 1, memory_order_release); /* pairs with ring_front */
}

const void *ring_front(struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	/* pairs with the release in ring_push: what the producer wrote is seen with its index */
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	return head == tail ? NULL : slot_at(r, tail);
}

void ring_pop(struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release); /* pairs with ring_slot */
}

/* Tail first: a pop between the two loads then makes the answer too large, which is clamped; the
 * other way round the difference would wrap. */
uint32_t ring_used(struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint32_t used = head - tail;
	return used > r->mask ? r->mask + 1 : used;
}
