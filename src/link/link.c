/* SPDX-License-Identifier: MIT */
#include "ringdown/link/link.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/plane/plane.h"
#include "ringdown/wire/realtime.h"
#include "shard.h"

struct link {
	struct link_settings settings;
	struct link_shared shared;
	struct shard *shards;
	uint32_t n_shards;
	int fds[LINK_LISTEN_MAX * LINK_LOOPS_MAX + 1]; /* our own listeners */
	uint32_t n_fds;
	uint32_t port, admin_port;
};

enum { MAX_CONNECTIONS_DEFAULT = 4096, MAX_PENDING_DEFAULT = 1024, MAX_CALLS_DEFAULT = 500 };

static int fail(char **ret_error, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int fail(char **ret_error, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(ret_error, fmt, ap) < 0)
		*ret_error = NULL;
	va_end(ap);
	return err;
}

/* lws words its own errors; one at a time is enough (LWS.md L-08, L-23). */
static void emit_lws(int level, const char *line)
{
	struct str text = str_trim(str_of(line));
	while (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (level & LLL_ERR)
		log_warning("lws \"" STR_FMT "\"", STR_ARG(text));
	else
		log_debug("lws \"" STR_FMT "\"", STR_ARG(text));
}

static void post_all(struct link *l, enum shard_message_kind kind)
{
	struct shard_message m = {.kind = kind};
	for (uint32_t i = 0; i < l->n_shards; i++)
		shard_post(&l->shards[i], &m);
}

static void on_addresses(const struct address_list *list, void *arg) /* resolver thread */
{
	struct link *l = arg;
	for (uint32_t i = 0; i < l->n_shards; i++) {
		struct shard_message m = {.kind = SHARD_ADDRESSES, .ptr = mem_alloc(sizeof(*list))};
		if (!m.ptr)
			continue; /* the next look-up is 30 s away; the old set serves until then */
		memcpy(m.ptr, list, sizeof(*list));
		shard_post(&l->shards[i], &m);
	}
}

static int check_settings(struct link *l, char **ret_error)
{
	struct link_settings *s = &l->settings;
	l->shared.dialect = realtime_dialect_find(str_of(s->dialect));
	if (!l->shared.dialect)
		return fail(ret_error, -EINVAL, "[model] dialect = %s: must be ga or beta", s->dialect);
	if (model_url_parse(s->model_url, &l->shared.model) < 0)
		return fail(ret_error, -EINVAL, "[model] url = %s: must be ws://host[:port]/path or wss://...", s->model_url);
	if (!s->loops) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		s->loops = cores > 0 ? (uint32_t)cores : 1;
	}
	if (s->loops > LINK_LOOPS_MAX)
		s->loops = LINK_LOOPS_MAX;
	if (!s->max_connections)
		s->max_connections = MAX_CONNECTIONS_DEFAULT;
	if (!s->max_pending_per_address)
		s->max_pending_per_address = MAX_PENDING_DEFAULT;
	if (!s->max_calls)
		s->max_calls = MAX_CALLS_DEFAULT;
	return 0;
}

static int listen_on(struct link *l, struct shard *s, int fd, const char *address, char **ret_error)
{
	int err = listener_start(&s->listeners[s->n_listeners], s, fd);
	if (err < 0)
		return fail(ret_error, err, "[server] listen = %s: %s", address, strerror(-err));
	s->n_listeners++;
	(void)l;
	return 0;
}

/* Each loop has a socket of its own on the address (SO_REUSEPORT): the kernel deals out the calls. */
static int bind_shard(struct link *l, struct shard *s, char **ret_error)
{
	for (uint32_t i = 0; i < l->settings.n_listen; i++) {
		char address[300];
		snprintf(address, sizeof(address), "%s", l->settings.listen[i]);
		char *zero = strrchr(address, ':');
		if (s->index > 0 && i == 0 && zero && strcmp(zero, ":0") == 0)
			snprintf(zero, sizeof(address) - (size_t)(zero - address), ":%u", l->port);
		uint32_t port = 0;
		int fd = listener_bind(address, &port);
		if (fd < 0)
			return fail(ret_error, fd, "[server] listen = %s: %s", address, strerror(-fd));
		l->fds[l->n_fds++] = fd;
		if (!l->port)
			l->port = port;
		int err = listen_on(l, s, fd, address, ret_error);
		if (err < 0)
			return err;
	}
	for (uint32_t i = 0; i < l->settings.n_listen_fds; i++) {
		if (!l->port)
			l->port = listener_port(l->settings.listen_fds[i]);
		int err = listen_on(l, s, l->settings.listen_fds[i], "systemd", ret_error);
		if (err < 0)
			return err;
	}
	return 0;
}

/* The first loop has it alone. */
static int bind_admin(struct link *l, struct shard *s, char **ret_error)
{
	const char *address = l->settings.admin_listen;
	if (!address || s->index > 0)
		return 0;
	int fd = listener_bind(address, &l->admin_port);
	if (fd < 0)
		return fail(ret_error, fd, "[server] admin_listen = %s: %s", address, strerror(-fd));
	l->fds[l->n_fds++] = fd;
	s->listeners[s->n_listeners].is_admin = true;
	return listen_on(l, s, fd, address, ret_error);
}

static int start_shards(struct link *l, char **ret_error)
{
	const char *why = "no memory";
	l->shards = mem_alloc(l->settings.loops * sizeof(*l->shards));
	if (!l->shards)
		return fail(ret_error, -ENOMEM, "%s", why);
	for (uint32_t i = 0; i < l->settings.loops; i++) {
		l->n_shards++;
		int err = shard_init(&l->shards[i], &l->shared, i, &why);
		if (err < 0)
			return fail(ret_error, err, "%s", why);
		err = bind_shard(l, &l->shards[i], ret_error);
		if (err == 0)
			err = bind_admin(l, &l->shards[i], ret_error);
		if (err < 0)
			return err;
	}
	for (uint32_t i = 0; i < l->n_shards; i++) {
		int err = shard_start(&l->shards[i]);
		if (err < 0)
			return fail(ret_error, err, "a loop's thread cannot be started: %s", strerror(-err));
	}
	return 0;
}

struct link *link_new(const struct link_settings *settings, char **ret_error)
{
	struct link *l = mem_alloc(sizeof(*l));
	*ret_error = NULL;
	if (!l) {
		fail(ret_error, -ENOMEM, "no memory");
		return NULL;
	}
	l->settings = *settings;
	l->shared.settings = &l->settings;
	signal(SIGPIPE, SIG_IGN);
	lws_set_log_level(LLL_ERR | LLL_WARN, emit_lws);
	if (check_settings(l, ret_error) < 0 || start_shards(l, ret_error) < 0)
		return link_free(l);
	const struct resolver_times times = {0};
	struct resolver *resolver = resolver_new(l->shared.model.host, &times, on_addresses, l);
	atomic_store(&l->shared.resolver, resolver);
	if (resolver)
		return l;
	fail(ret_error, -ENOMEM, "no memory for the resolver");
	return link_free(l);
}

struct link *link_free(struct link *l)
{
	if (!l)
		return NULL;
	struct resolver *resolver = atomic_load(&l->shared.resolver);
	if (resolver)
		resolver_stop(resolver); /* shards may still ask it */
	post_all(l, SHARD_CLOSE_CALLS);
	post_all(l, SHARD_EXIT);
	for (uint32_t i = 0; i < l->n_shards; i++)
		shard_done(&l->shards[i]);
	resolver_free(resolver);
	for (uint32_t i = 0; i < l->n_fds; i++)
		auto_close(&l->fds[i]);
	mem_free(l->shards);
	return mem_free(l);
}

void link_drain(struct link *l)
{
	plane_set_draining(l->settings.plane, true); /* it decides over new streams, too */
}

void link_close_calls(struct link *l)
{
	post_all(l, SHARD_CLOSE_CALLS);
}

uint32_t link_calls(const struct link *l)
{
	return atomic_load_explicit(&l->shared.calls, memory_order_relaxed);
}

int64_t link_oldest_tick_us(const struct link *l)
{
	int64_t oldest_us = INT64_MAX;
	for (uint32_t i = 0; i < l->n_shards; i++) {
		int64_t us = atomic_load_explicit(&l->shards[i].tick_us, memory_order_relaxed);
		if (us < oldest_us)
			oldest_us = us;
	}
	return oldest_us;
}

void link_reload_certificate(struct link *l)
{
	post_all(l, SHARD_CERTIFICATE);
}

int link_set_api_key(struct link *l, struct str api_key)
{
	for (uint32_t i = 0; i < l->n_shards; i++) {
		struct shard_message m = {.kind = SHARD_API_KEY, .ptr = mem_alloc(api_key.n + 1)};
		if (!m.ptr)
			return -ENOMEM;
		(void)str_copy(api_key, m.ptr, api_key.n + 1);
		shard_post(&l->shards[i], &m);
	}
	return 0;
}

uint32_t link_port(const struct link *l)
{
	return l->port;
}

uint32_t link_admin_port(const struct link *l)
{
	return l->admin_port;
}
