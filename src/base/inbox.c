/* SPDX-License-Identifier: MIT */
/* Bounded queue after Dmitry Vyukov (1024cores.net, "Bounded MPMC queue"), with one taker.  Each
 * slot has a sequence number that says whose turn it is, for the ticket t that maps to it: t free:
 * the poster that wins ticket t may fill it t + 1      filled: the owner may take it t + count
 * taken: free for the ticket one lap later */
#include "ringdown/base/inbox.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "ringdown/base/mem.h"

enum {
	INBOX_COUNT_MAX = 1 << 24,
	INBOX_SIZE_MAX = 1 << 24,
	SLOT_ALIGN = 16,
};

struct inbox_slot {
	_Atomic uint32_t seq;
	alignas(SLOT_ALIGN) unsigned char msg[];
};

static struct inbox_slot *slot_at(const struct inbox *in, uint32_t ticket)
{
	return (struct inbox_slot *)(void *)(in->slots + (size_t)(ticket & in->mask) * in->stride);
}

int inbox_init(struct inbox *in, uint32_t count, uint32_t size, inbox_wake_fn *wake, void *arg)
{
	/* with one slot "filled" and "free one lap later" would be the same number */
	if (count < 2 || (count & (count - 1)) || count > INBOX_COUNT_MAX || !size ||
		size > INBOX_SIZE_MAX)
		return -EINVAL;
	uint32_t stride = (uint32_t)sizeof(struct inbox_slot) +
			  (size + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
	unsigned char *slots = mem_alloc((size_t)count * stride);
	if (!slots)
		return -ENOMEM;
	/* Two laps before the wrap of 2^32, so that every process crosses it early and no bug can
	 * wait there for a year (as Linux starts its jiffies). */
	uint32_t first = 0U - 2 * count;
	*in = (struct inbox){
		.tail = first,
		.slots = slots,
		.mask = count - 1,
		.size = size,
		.stride = stride,
		.wake = wake,
		.wake_arg = arg,
	};
	atomic_init(&in->head, first);
	atomic_init(&in->woken, false);
	for (uint32_t i = 0; i < count; i++)
		atomic_init(&slot_at(in, i)->seq, first + i);
	return 0;
}

void inbox_done(struct inbox *in)
{
	in->slots = mem_free(in->slots);
}

/* Wins a ticket, or NULL when the slot whose turn it is has not been taken yet. */
static struct inbox_slot *slot_claim(struct inbox *in, uint32_t *ret_ticket)
{
	uint32_t ticket = atomic_load_explicit(&in->head, memory_order_relaxed);
	for (;;) {
		struct inbox_slot *slot = slot_at(in, ticket);
		/* pairs with the release in inbox_take: the owner has done reading this slot */
		uint32_t seq = atomic_load_explicit(&slot->seq, memory_order_acquire);
		int32_t ahead = (int32_t)(seq - ticket);
		if (ahead < 0)
			return NULL;
		if (ahead > 0) { /* another poster has had this ticket */
			ticket = atomic_load_explicit(&in->head, memory_order_relaxed);
			continue;
		}
		*ret_ticket = ticket;
		if (atomic_compare_exchange_weak_explicit(&in->head, &ticket, ticket + 1,
			    memory_order_relaxed, memory_order_relaxed))
			return slot;
	}
}

int inbox_post(struct inbox *in, const void *msg)
{
	uint32_t ticket = 0;
	struct inbox_slot *slot = slot_claim(in, &ticket);
	if (!slot)
		return -EAGAIN;
	memcpy(slot->msg, msg, in->size);
	atomic_store_explicit(
		&slot->seq, ticket + 1, memory_order_release); /* pairs with inbox_take */
	/* Both sides exchange the flag.  Whoever comes second sees the other: either we find it
	 * lowered and wake, or the owner's exchange acquires ours and with it the message. */
	if (!atomic_exchange_explicit(&in->woken, true, memory_order_acq_rel) && in->wake)
		in->wake(in->wake_arg);
	return 0;
}

bool inbox_take(struct inbox *in, void *ret_msg)
{
	/* Reading it first spares the locked instruction for all but the first message of a batch.
	 * A stale `false` is harmless: whoever raises the flag wakes us after. */
	if (atomic_load_explicit(&in->woken, memory_order_relaxed))
		(void)atomic_exchange_explicit(&in->woken, false, memory_order_acq_rel);
	struct inbox_slot *slot = slot_at(in, in->tail);
	/* pairs with the release in inbox_post */
	if (atomic_load_explicit(&slot->seq, memory_order_acquire) != in->tail + 1)
		return false;
	memcpy(ret_msg, slot->msg, in->size);
	/* pairs with slot_claim: free for the ticket one lap on */
	atomic_store_explicit(&slot->seq, in->tail + in->mask + 1, memory_order_release);
	in->tail++;
	return true;
}
