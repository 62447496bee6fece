/* script_server.h - a false Twilio inside the test: it gives one answer after the other as a script says, and keeps
 * what it was asked. */
#ifndef SCRIPT_SERVER_H
#define SCRIPT_SERVER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* SPDX-License-Identifier: MIT */

enum { SCRIPT_MAX = 32, SCRIPT_TEXT_MAX = 8192 };

struct step { /* of the script: an answer; CUT: the connection ends without one */
	const char *head, *body; /* "200 OK\r\nName: value" without the length */
};
#define CUT ((struct step){"", ""})

static struct {
	int fd;
	uint16_t port;
	pthread_t thread;
	_Atomic bool is_ending;
	_Atomic int n_requests;
	struct step steps[SCRIPT_MAX];
	int n_steps;
	char requests[SCRIPT_MAX][SCRIPT_TEXT_MAX]; /* read by the test when their answer has come */
} script;

static inline size_t script_read(int fd, char *text, size_t size)
{
	size_t n = 0, want = 0;
	while (n < size - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, 20) == 0 && !atomic_load(&script.is_ending))
			continue;
		ssize_t got = recv(fd, text + n, size - 1 - n, MSG_DONTWAIT);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		text[n] = '\0';
		const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");
		if (end && !want)
			want = (size_t)(end - text) + 4 + (length ? strtoul(length + 15, NULL, 10) : 0);
		if (want && n >= want)
			return n;
	}
	return n;
}

static inline bool script_answer(int fd, const struct step *s)
{
	char text[SCRIPT_TEXT_MAX];
	if (!s->head[0])
		return false;
	int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n\r\n%s",
		s->head, strlen(s->body), s->body);
	return send(fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

/* One connection at a time is enough: a client has one. */
static inline void script_serve(int fd)
{
	for (;;) {
		int i = atomic_load(&script.n_requests);
		if (i == SCRIPT_MAX || script_read(fd, script.requests[i], SCRIPT_TEXT_MAX) == 0)
			return;
		atomic_fetch_add(&script.n_requests, 1);
		static const struct step beyond = {"599 The script is over", ""};
		if (!script_answer(fd, i < script.n_steps ? &script.steps[i] : &beyond))
			return;
		struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = script.fd, .events = POLLIN}};
		while (poll(p, 2, 20) == 0 && !atomic_load(&script.is_ending))
			;
		if (!p[0].revents) /* somebody new, who wants a connection of their own */
			return;
	}
}

static inline void *script_listen(void *arg)
{
	(void)arg;
	while (!atomic_load(&script.is_ending)) {
		struct pollfd p = {.fd = script.fd, .events = POLLIN};
		if (poll(&p, 1, 20) <= 0)
			continue;
		int fd = accept(script.fd, NULL, NULL);
		if (fd < 0)
			continue;
		script_serve(fd);
		(void)close(fd);
	}
	return NULL;
}

static inline int script_start(void **state)
{
	(void)state;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	memset(&script, 0, sizeof(script));
	script.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (script.fd < 0 || bind(script.fd, (struct sockaddr *)&a, n) < 0 || listen(script.fd, 16) < 0 ||
		getsockname(script.fd, (struct sockaddr *)&a, &n) < 0)
		return -1;
	script.port = ntohs(a.sin_port);
	return pthread_create(&script.thread, NULL, script_listen, NULL);
}

static inline int script_end(void **state)
{
	(void)state;
	atomic_store(&script.is_ending, true);
	(void)pthread_join(script.thread, NULL);
	return close(script.fd);
}

/* From now on, and from the first request counted anew. */
static inline void script_set(int n, const struct step *steps)
{
	memcpy(script.steps, steps, sizeof(*steps) * (size_t)n);
	script.n_steps = n;
	atomic_store(&script.n_requests, 0);
}
#define SCRIPT(...) \
	script_set((int)(sizeof((struct step[]){__VA_ARGS__}) / sizeof(struct step)), (struct step[]){__VA_ARGS__})

#endif
