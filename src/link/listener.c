/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "shard.h"

enum {
	LISTEN_BACKLOG = 1024,
	ACCEPT_A_TICK = 128,
	PAUSE_US = 100000, /* no descriptors left: look again after this */
	EVICT_AT_ONCE = 8, /* and meanwhile so many that only wait make room */
};

/* "host:port", "[v6]:port" or "port" in two parts. */
static bool split_address(const char *address, char host[256], char port[8])
{
	const char *colon = strrchr(address, ':');
	struct str h = colon ? (struct str){address, (size_t)(colon - address)} : STR("");
	if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = (struct str){h.p + 1, h.n - 2};
	return str_copy(h, host, 256) && str_copy(str_of(colon ? colon + 1 : address), port, 8);
}

static int bind_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	const int on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
		int err = -errno;
		auto_close(&fd);
		return err;
	}
	return fd;
}

uint32_t listener_port(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t n = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		return 0;
	if (ss.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)(void *)&ss)->sin6_port);
	return ntohs(((struct sockaddr_in *)(void *)&ss)->sin_port);
}

int listener_bind(const char *address, uint32_t *ret_port)
{
	char host[256], port[8];
	if (!split_address(address, host, port))
		return -EINVAL;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *found = NULL;
	if (getaddrinfo(host[0] ? host : NULL, port, &hints, &found) != 0)
		return -EINVAL;
	int fd = -EADDRNOTAVAIL;
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
		fd = bind_one(a);
	freeaddrinfo(found);
	if (fd >= 0)
		*ret_port = listener_port(fd);
	return fd;
}

static void listener_pause(struct listener *l, int64_t until_us)
{
	l->paused_until_us = until_us;
	if (l->is_polling)
		uv_poll_stop(&l->poll);
	l->is_polling = false;
}

/* In, or closed again: too many of its address wait, or there is no room and none that waits to make it. */
static void listener_admit(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct shard *s = l->shard;
	const struct link_settings *ls = s->shared->settings;
	struct arrival arrival = {.is_admin = l->is_admin, .is_local = admission_is_loopback(peer)};
	bool is_in = admission_allows(&s->admission, peer, ls->max_pending_per_address, &arrival.place);
	if (is_in && atomic_load_explicit(&s->shared->connections, memory_order_relaxed) >= ls->max_connections) {
		is_in = admission_make_room(&s->admission);
		if (!is_in)
			admission_refuse(&s->admission);
	}
	if (is_in)
		porch_take(s, fd, &arrival);
	else
		auto_close(&fd);
}

/* False: nothing more to take now. */
static bool listener_accept(struct listener *l)
{
	struct shard *s = l->shard;
	struct sockaddr_storage peer = {0};
	socklen_t n = sizeof(peer);
	int fd = accept4(l->fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		l->budget--;
		listener_admit(l, fd, &peer);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_err("shard=%u accept: %s, pausing", s->index, strerror(errno));
		metric_add(METRIC_ACCEPT_PAUSES, 1);
		for (int i = 0; i < EVICT_AT_ONCE && admission_make_room(&s->admission); i++)
			;
		listener_pause(l, s->now_us + PAUSE_US);
	}
	return errno == ECONNABORTED || errno == EINTR;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	struct listener *l = container_of(poll, struct listener, poll);
	l->shard->now_us = clock_now_us();
	while (l->budget > 0)
		if (!listener_accept(l))
			return;
	listener_pause(l, 0); /* the rest of the backlog waits for the next tick */
}

static void listener_resume(struct listener *l)
{
	l->budget = ACCEPT_A_TICK;
	if (!l->is_polling)
		l->is_polling = uv_poll_start(&l->poll, UV_READABLE, on_readable) == 0;
}

int listener_start(struct listener *l, struct shard *s, int fd)
{
	l->shard = s;
	l->fd = fd;
	int err = uv_poll_init_socket(&s->loop, &l->poll, fd);
	if (err)
		return err;
	listener_resume(l);
	return 0;
}

void listener_tick(struct listener *l, int64_t now_us)
{
	if (now_us >= l->paused_until_us)
		listener_resume(l);
}

void listener_stop(struct listener *l)
{
	if (l->is_polling)
		uv_poll_stop(&l->poll);
	l->is_polling = false;
	uv_close((uv_handle_t *)&l->poll, NULL);
}
