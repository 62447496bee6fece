/* SPDX-License-Identifier: MIT */
#include "ringdown/base/feed.h"

#include <errno.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "ringdown/base/mem.h"

enum { SLICE_MS = 200 };
enum feed_end { FEED_OPEN, FEED_WHOLE, FEED_BROKEN };

struct feed {
	alignas(64) _Atomic uint64_t head; /* bytes ever put; only the writer writes it */
	alignas(64) _Atomic uint64_t tail; /* bytes ever taken; only the reader */
	_Atomic int end;                   /* enum feed_end, the writer's last word */
	_Atomic bool has_left;             /* the reader */
	_Atomic bool is_hungry;            /* the reader found nothing: to be woken once */
	_Atomic uint32_t refs;
	sem_t room;                        /* posted when something was taken, or the reader left */
	feed_wake_fn *wake;
	void *owner;
	uint64_t id;
	uint8_t bytes[FEED_BYTES];
};

struct feed *feed_new(feed_wake_fn *wake, void *owner, uint64_t id)
{
	struct feed *f = mem_alloc(sizeof(*f));
	if (!f)
		return NULL;
	f->wake = wake;
	f->owner = owner;
	f->id = id;
	atomic_init(&f->refs, 2);
	sem_init(&f->room, 0, 0);
	return f;
}

static struct feed *unref(struct feed *f)
{
	if (atomic_fetch_sub(&f->refs, 1) > 1)
		return NULL;
	sem_destroy(&f->room);
	return mem_free(f);
}

/* Pairs with the reader, which says that it is hungry and then looks once more. */
static void wake_reader(struct feed *f)
{
	if (atomic_exchange(&f->is_hungry, false))
		f->wake(f->owner, f->id);
}

/* For a slice of its patience at most. */
static bool wait_for_room(struct feed *f, uint32_t patience_ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += patience_ms / 1000;
	until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (sem_clockwait(&f->room, CLOCK_MONOTONIC, &until) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

static size_t copy_in(struct feed *f, struct str bytes)
{
	uint64_t head = atomic_load_explicit(&f->head, memory_order_relaxed);
	size_t room = FEED_BYTES - (size_t)(head - atomic_load_explicit(&f->tail, memory_order_acquire));
	size_t n = bytes.n < room ? bytes.n : room, at = (size_t)(head % FEED_BYTES);
	size_t first = n < FEED_BYTES - at ? n : FEED_BYTES - at;
	if (n == 0)
		return 0;
	memcpy(f->bytes + at, bytes.p, first);
	memcpy(f->bytes, bytes.p + first, n - first);
	atomic_store(&f->head, head + n); /* seq_cst, as is_hungry: one of both sides sees the other's */
	wake_reader(f);
	return n;
}

int feed_put(struct feed *f, struct str bytes, uint32_t patience_ms, const _Atomic bool *is_cancelled)
{
	uint32_t left_ms = patience_ms;
	while (bytes.n > 0) {
		if (atomic_load(&f->has_left))
			return -EPIPE;
		if (is_cancelled && atomic_load(is_cancelled))
			return -ECANCELED;
		size_t n = copy_in(f, bytes);
		bytes = str_skip(bytes, n);
		uint32_t slice_ms = left_ms < SLICE_MS ? left_ms : SLICE_MS;
		if (n > 0 || wait_for_room(f, slice_ms))
			left_ms = patience_ms;
		else if (left_ms -= slice_ms, left_ms == 0)
			return -ETIMEDOUT;
	}
	return atomic_load(&f->has_left) ? -EPIPE : 0;
}

struct feed *feed_end(struct feed *f, bool is_whole)
{
	atomic_store(&f->end, is_whole ? FEED_WHOLE : FEED_BROKEN);
	wake_reader(f);
	return unref(f);
}

static size_t copy_out(struct feed *f, void *dst, size_t max)
{
	uint64_t tail = atomic_load_explicit(&f->tail, memory_order_relaxed);
	size_t used = (size_t)(atomic_load(&f->head) - tail);
	size_t n = max < used ? max : used, at = (size_t)(tail % FEED_BYTES);
	size_t first = n < FEED_BYTES - at ? n : FEED_BYTES - at;
	memcpy(dst, f->bytes + at, first);
	memcpy((uint8_t *)dst + first, f->bytes, n - first);
	atomic_store_explicit(&f->tail, tail + n, memory_order_release);
	if (n > 0)
		sem_post(&f->room);
	return n;
}

ssize_t feed_take(struct feed *f, void *dst, size_t max)
{
	size_t n = copy_out(f, dst, max);
	if (n > 0)
		return (ssize_t)n;
	/* The end is read before the bytes: what was put before it is not missed. */
	atomic_store(&f->is_hungry, true);
	int end = atomic_load(&f->end);
	n = copy_out(f, dst, max);
	if (n > 0 || end != FEED_OPEN)
		atomic_store(&f->is_hungry, false);
	if (n > 0)
		return (ssize_t)n;
	return end == FEED_OPEN ? 0 : end == FEED_WHOLE ? -ENODATA : -EPIPE;
}

struct feed *feed_leave(struct feed *f)
{
	if (!f)
		return NULL;
	atomic_store(&f->has_left, true);
	atomic_store(&f->is_hungry, false);
	sem_post(&f->room);
	return unref(f);
}
