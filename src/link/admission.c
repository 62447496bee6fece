/* SPDX-License-Identifier: MIT */
#include "admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <string.h>

#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"

enum { TELL_EVERY_US = 1000000 };

void admission_init(struct admission *a)
{
	*a = (struct admission){0};
	(void)RAND_bytes((unsigned char *)&a->seed, sizeof(a->seed)); /* without it places are only guessable */
}

/* An IPv4 address, the /64 of an IPv6 one (a single host has all of it); 0: neither, as with a socket of this machine. */
static uint64_t address_key(const struct sockaddr_storage *peer)
{
	uint64_t key = 0;
	if (peer->ss_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)peer)->sin_addr.s_addr | 1ULL << 32;
	if (peer->ss_family != AF_INET6)
		return 0;
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(six)) {
		uint32_t four;
		memcpy(&four, six->s6_addr + 12, sizeof(four));
		return four | 1ULL << 32;
	}
	memcpy(&key, six->s6_addr, sizeof(key));
	return key;
}

/* The finalizer of splitmix64: every bit of the key moves every bit of the place. */
static uint16_t place_of(const struct admission *a, uint64_t key)
{
	uint64_t h = key ^ a->seed;
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 27) * 0x94d049bb133111ebULL;
	return (uint16_t)((h ^ h >> 31) % ADMISSION_PLACES);
}

bool admission_is_loopback(const struct sockaddr_storage *peer)
{
	if (peer->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)peer)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (peer->ss_family != AF_INET6)
		return true; /* a socket of the file system */
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET);
}

void admission_refuse(struct admission *a)
{
	a->refused++;
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
}

bool admission_allows(struct admission *a, const struct sockaddr_storage *peer, uint32_t max, uint16_t *ret_place)
{
	uint64_t key = address_key(peer);
	*ret_place = place_of(a, key);
	if (key == 0 || a->per_place[*ret_place] < max)
		return true;
	admission_refuse(a);
	return false;
}

void admission_enter(struct admission *a, struct pending_list *list, struct pending *p)
{
	a->per_place[p->place]++;
	p->list = list;
	p->newer = NULL;
	p->older = list->newest;
	*(list->newest ? &list->newest->newer : &list->oldest) = p;
	list->newest = p;
	list->n++;
}

void admission_leave(struct admission *a, struct pending *p)
{
	struct pending_list *list = p->list;
	if (!list)
		return;
	a->per_place[p->place]--;
	*(p->older ? &p->older->newer : &list->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &list->newest) = p->older;
	p->older = p->newer = NULL;
	p->list = NULL;
	list->n--;
}

bool admission_evict(struct admission *a, const struct pending_list *list)
{
	struct pending *p = list->oldest;
	if (!p)
		return false;
	admission_leave(a, p);
	a->evicted++;
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
	p->evict(p);
	return true;
}

bool admission_make_room(struct admission *a)
{
	return admission_evict(a, &a->porch) || admission_evict(a, &a->hall);
}

void admission_tick(struct admission *a, uint32_t shard_index, int64_t now_us)
{
	if ((a->refused == 0 && a->evicted == 0) || now_us - a->told_us < TELL_EVERY_US)
		return;
	log_warning("shard=%u flood: refused=%u at the door, evicted=%u for newer ones", shard_index, a->refused, a->evicted);
	a->refused = a->evicted = 0;
	a->told_us = now_us;
}
