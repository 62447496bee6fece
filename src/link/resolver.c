/* SPDX-License-Identifier: MIT */
#include "resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"

struct resolver {
	pthread_t thread;
	pthread_mutex_t lock; /* between resolver_free and the thread only */
	pthread_cond_t stop;
	bool is_stopping;
	_Atomic int owners; /* the thread and the maker; the last one frees */
	char host[256];
	resolver_found_fn *found;
	void *arg;
};

static void resolver_drop(struct resolver *r)
{
	if (atomic_fetch_sub(&r->owners, 1) != 1)
		return;
	pthread_cond_destroy(&r->stop);
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

/* False: told to stop. */
static bool resolver_sleep(struct resolver *r, int seconds)
{
	struct timespec until = {.tv_sec = clock_wall_ms() / 1000 + seconds};
	pthread_mutex_lock(&r->lock);
	while (!r->is_stopping)
		if (pthread_cond_timedwait(&r->stop, &r->lock, &until) == ETIMEDOUT)
			break;
	bool goes_on = !r->is_stopping;
	pthread_mutex_unlock(&r->lock);
	return goes_on;
}

/* Under the lock, so that resolver_free returns only when `found` can no longer be called. */
static void resolver_tell(struct resolver *r, const struct address_list *list)
{
	pthread_mutex_lock(&r->lock);
	if (!r->is_stopping)
		r->found(list, r->arg);
	pthread_mutex_unlock(&r->lock);
}

static void *resolver_main(void *arg)
{
	struct resolver *r = arg;
	bool has_any = false;
	int wait_s;
	do {
		struct address_list list;
		int err = resolve(r->host, &list);
		if (!err)
			resolver_tell(r, &list);
		else
			log_warning("model host=%s lookup failed: %s, %s", r->host, gai_strerror(err),
				has_any ? "ignoring, keeping the last addresses" : "trying again");
		has_any |= !err;
		wait_s = err ? RESOLVER_RETRY_S : RESOLVER_REFRESH_S;
	} while (resolver_sleep(r, wait_s));
	resolver_drop(r);
	return NULL;
}

struct resolver *resolver_new(const char *host, resolver_found_fn *found, void *arg)
{
	struct resolver *r = mem_alloc(sizeof(*r));
	if (!r)
		return NULL;
	snprintf(r->host, sizeof(r->host), "%s", host);
	r->found = found;
	r->arg = arg;
	atomic_init(&r->owners, 2);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->stop, NULL);
	if (pthread_create(&r->thread, NULL, resolver_main, r) == 0) {
		pthread_detach(r->thread);
		return r;
	}
	pthread_cond_destroy(&r->stop);
	pthread_mutex_destroy(&r->lock);
	return mem_free(r);
}

struct resolver *resolver_free(struct resolver *r)
{
	if (!r)
		return NULL;
	pthread_mutex_lock(&r->lock);
	r->is_stopping = true;
	pthread_cond_signal(&r->stop);
	pthread_mutex_unlock(&r->lock);
	resolver_drop(r);
	return NULL;
}
