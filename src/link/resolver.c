/* SPDX-License-Identifier: MIT */
#include "resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"

struct resolver {
	pthread_t thread;
	pthread_mutex_t lock; /* between resolver_stop and `found` only */
	sem_t wake;
	_Atomic bool is_stopping, is_asked;
	_Atomic int owners; /* the thread and the maker; the last one frees */
	struct resolver_times times;
	char host[256];
	resolver_found_fn *found;
	void *arg;
};

static void resolver_drop(struct resolver *r)
{
	if (atomic_fetch_sub(&r->owners, 1) != 1)
		return;
	sem_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
}

static void address_add(struct address_list *list, const struct sockaddr *sa)
{
	const void *raw = sa->sa_family == AF_INET
		? (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr
		: (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	char *text = list->text[list->n];
	if (!inet_ntop(sa->sa_family, raw, text, ADDRESS_TEXT_MAX))
		return;
	for (uint32_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return;
	list->n++;
}

static int resolve(const char *host, struct address_list *ret_list)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int err = getaddrinfo(host, NULL, &hints, &found);
	if (err)
		return err;
	struct address_list list = {0};
	for (const struct addrinfo *a = found; a && list.n < ADDRESSES_MAX; a = a->ai_next)
		if (a->ai_family == AF_INET || a->ai_family == AF_INET6)
			address_add(&list, a->ai_addr);
	freeaddrinfo(found);
	if (list.n == 0)
		return EAI_NONAME;
	*ret_list = list;
	return 0;
}

static void sleep_until(struct resolver *r, int64_t until_us)
{
	const struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
	while (sem_clockwait(&r->wake, CLOCK_MONOTONIC, &until) < 0 && errno == EINTR)
		;
}

/* Until the next look-up is due; whoever asks for one gets it no sooner than after retry_ms. */
static void resolver_sleep(struct resolver *r, bool has_failed)
{
	int64_t now_us = clock_now_us();
	int64_t earliest_us = now_us + r->times.retry_ms * 1000LL;
	int64_t due_us = has_failed ? earliest_us : now_us + r->times.refresh_ms * 1000LL;
	while (!atomic_load(&r->is_stopping)) {
		int64_t until_us = atomic_load(&r->is_asked) ? earliest_us : due_us;
		if (clock_now_us() >= until_us)
			break;
		sleep_until(r, until_us);
	}
	atomic_store(&r->is_asked, false);
}

static void resolver_tell(struct resolver *r, const struct address_list *list)
{
	pthread_mutex_lock(&r->lock);
	if (!atomic_load(&r->is_stopping))
		r->found(list, r->arg);
	pthread_mutex_unlock(&r->lock);
}

/* The first failure, the second, the fourth ...: a server of names that is down for an hour fills no log. */
static void log_failure(const struct resolver *r, int err, uint32_t n_failed, bool has_any)
{
	if ((n_failed & (n_failed - 1)) == 0)
		log_warning("model host=%s lookup failed times=%u: %s, %s", r->host, n_failed, gai_strerror(err),
			has_any ? "ignoring, keeping the last addresses" : "trying again");
}

static void *resolver_main(void *arg)
{
	struct resolver *r = arg;
	struct address_list list;
	bool has_any = false;
	uint32_t n_failed = 0;
	while (!atomic_load(&r->is_stopping)) {
		int err = resolve(r->host, &list);
		if (err) {
			log_failure(r, err, ++n_failed, has_any);
		} else {
			if (n_failed > 0)
				log_notice("model host=%s is found again addresses=%u", r->host, list.n);
			resolver_tell(r, &list);
			has_any = true;
			n_failed = 0;
		}
		resolver_sleep(r, err != 0);
	}
	resolver_drop(r);
	return NULL;
}

struct resolver *resolver_new(const char *host, const struct resolver_times *times, resolver_found_fn *found, void *arg)
{
	struct resolver *r = mem_alloc(sizeof(*r));
	if (!r)
		return NULL;
	snprintf(r->host, sizeof(r->host), "%s", host);
	r->times.refresh_ms = times->refresh_ms ? times->refresh_ms : RESOLVER_REFRESH_MS;
	r->times.retry_ms = times->retry_ms ? times->retry_ms : RESOLVER_RETRY_MS;
	r->found = found;
	r->arg = arg;
	atomic_init(&r->owners, 2);
	pthread_mutex_init(&r->lock, NULL);
	sem_init(&r->wake, 0, 0);
	if (pthread_create(&r->thread, NULL, resolver_main, r) == 0) {
		pthread_detach(r->thread);
		return r;
	}
	atomic_store(&r->owners, 1);
	resolver_drop(r);
	return NULL;
}

void resolver_ask(struct resolver *r)
{
	if (!atomic_exchange(&r->is_asked, true))
		sem_post(&r->wake);
}

void resolver_stop(struct resolver *r)
{
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->is_stopping, true);
	pthread_mutex_unlock(&r->lock);
	sem_post(&r->wake);
}

struct resolver *resolver_free(struct resolver *r)
{
	if (!r)
		return NULL;
	resolver_stop(r);
	resolver_drop(r);
	return NULL;
}
