/* inbox.h - messages from any thread into one thread, without locks: a bounded ring of fixed slots.
 * inbox_post from any thread; inbox_take only from the owner.  The owner is woken through `wake`,
 * once for many posts: it is called again only after the owner has begun to take. */
#ifndef RINGDOWN_BASE_INBOX_H
#define RINGDOWN_BASE_INBOX_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

typedef void inbox_wake_fn(void *arg); /* any thread; must not block */

struct inbox {
	alignas(64) _Atomic uint32_t head; /* next ticket to post */
	alignas(64) uint32_t tail;         /* next to take; the owner's */
	alignas(64) _Atomic bool woken;    /* a wake-up is under way */
	unsigned char *slots;              /* owned: mask + 1 slots of sequence number + message */
	uint32_t mask, size, stride;       /* size: bytes of one message */
	inbox_wake_fn *wake;
	void *wake_arg;
};

/* Allocates count slots (a power of two, at least 2) of size bytes.  wake may be NULL: the owner polls.
 * -EINVAL, -ENOMEM. */
int inbox_init(struct inbox *in, uint32_t count, uint32_t size, inbox_wake_fn *wake, void *arg);
void inbox_done(struct inbox *in);
int inbox_post(struct inbox *in, const void *msg); /* copies size bytes; -EAGAIN: full */
bool inbox_take(struct inbox *in, void *ret_msg);  /* false: nothing there */

#endif
