/* SPDX-License-Identifier: MIT */
/* stress_feed - a writer that waits and a reader that sleeps until it is woken, over hundreds of feeds: every byte comes
 * once and in order, nobody sleeps for ever, and either may be the last to leave. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/feed.h"

#include "check.h"

enum { FEEDS = 300, PATIENCE_MS = 20000 };

static sem_t woken;

static void wake(void *owner, uint64_t id)
{
	(void)owner;
	(void)id;
	sem_post(&woken);
}

static uint8_t byte_of(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8));
}

struct job {
	struct feed *feed;
	uint64_t n;
	bool is_whole;
};

static void *write_all(void *arg)
{
	const struct job *j = arg;
	static uint8_t piece[20000];
	int err = 0;
	for (uint64_t at = 0; at < j->n && err == 0;) {
		size_t n = (size_t)(1 + at * 7919 % sizeof(piece));
		if (n > j->n - at)
			n = (size_t)(j->n - at);
		for (size_t i = 0; i < n; i++)
			piece[i] = byte_of(at + i);
		err = feed_put(j->feed, (struct str){(const char *)piece, n}, PATIENCE_MS, NULL);
		at += n;
	}
	CHECK(err == 0 || err == -EPIPE);
	feed_end(j->feed, j->is_whole);
	return NULL;
}

/* until: the reader leaves after so many bytes. */
static void read_all(const struct job *j, uint64_t until)
{
	static uint8_t piece[65536];
	uint64_t at = 0;
	ssize_t n = 0;
	while (at < until) {
		n = feed_take(j->feed, piece, 1 + at * 104729 % sizeof(piece));
		if (n == 0)
			sem_wait(&woken);
		if (n < 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			CHECK(piece[i] == byte_of(at + (uint64_t)i));
		at += (uint64_t)n;
	}
	if (at < until) {
		CHECK(at == j->n);
		CHECK(n == (j->is_whole ? -ENODATA : -EPIPE));
	}
	feed_leave(j->feed);
}

int main(void)
{
	sem_init(&woken, 0, 0);
	for (uint32_t i = 0; i < FEEDS; i++) {
		struct job j = {feed_new(wake, NULL, i), i % 3 == 0 ? i : (uint64_t)i * 10007, i % 5 != 0};
		pthread_t writer;
		CHECK(j.feed != NULL);
		CHECK(pthread_create(&writer, NULL, write_all, &j) == 0);
		read_all(&j, i % 4 == 1 ? j.n / 2 : UINT64_MAX);
		CHECK(pthread_join(writer, NULL) == 0);
		while (sem_trywait(&woken) == 0)
			;
	}
	printf("feed: %d feeds, every byte in its place\n", FEEDS);
	return 0;
}
