/* SPDX-License-Identifier: MIT */
#include "admission.h"

#include <netinet/in.h>
#include <openssl/rand.h>
#include <string.h>

#include "conn.h"
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

bool admission_allows(struct admission *a, const struct sockaddr_storage *peer, uint32_t max, uint16_t *ret_place)
{
	uint64_t key = address_key(peer);
	*ret_place = place_of(a, key);
	if (key == 0 || a->per_place[*ret_place] < max)
		return true;
	a->refused++;
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
	return false;
}

void admission_enter(struct admission *a, struct conn *c, uint16_t place)
{
	a->per_place[place]++;
	c->place = place;
	c->is_pending = true;
	c->older = a->newest;
	*(a->newest ? &a->newest->newer : &a->oldest) = c;
	a->newest = c;
}

void admission_leave(struct admission *a, struct conn *c)
{
	if (!c->is_pending)
		return;
	c->is_pending = false;
	a->per_place[c->place]--;
	*(c->older ? &c->older->newer : &a->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &a->newest) = c->older;
	c->older = c->newer = NULL;
}

bool admission_evict(struct admission *a)
{
	struct conn *c = a->oldest;
	if (!c)
		return false;
	admission_leave(a, c);
	a->evicted++;
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
	c->deadline_us = INT64_MAX;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	return true;
}

void admission_tick(struct admission *a, uint32_t shard_index, int64_t now_us)
{
	if ((a->refused == 0 && a->evicted == 0) || now_us - a->told_us < TELL_EVERY_US)
		return;
	log_warning("shard=%u flood: refused=%u (too many of one address wait) evicted=%u (no room)", shard_index, a->refused,
		a->evicted);
	a->refused = a->evicted = 0;
	a->told_us = now_us;
}
