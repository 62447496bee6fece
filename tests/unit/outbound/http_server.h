/* http_server.h - a false HTTP server on loopback, inside the test: a thread a connection, what it does is named by the
 * path.  It keeps the last request whole. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* SPDX-License-Identifier: MIT */

enum { SERVER_THREADS = 64 };

static struct {
	int fd;
	uint16_t port;
	pthread_t listener, threads[SERVER_THREADS];
	_Atomic int n_threads, n_connections, n_requests;
	_Atomic bool is_ending;
	pthread_mutex_t lock;
	char last[80000]; /* request, under the lock */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void server_send(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		text += sent;
		n -= (size_t)sent;
	}
}

static inline void server_pause(int ms)
{
	for (int at = 0; at < ms && !atomic_load(&server.is_ending); at += 10)
		(void)poll(NULL, 0, 10);
}

static inline void server_say(int fd, const char *head, const char *body)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
	server_send(fd, text, (size_t)n);
}

static inline void server_pour(int fd)
{
	static char block[70000];
	memset(block, 'a', sizeof(block));
	server_send(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 38);
	server_send(fd, block, sizeof(block));
}

static inline void server_drip(int fd)
{
	server_send(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 38);
	for (int i = 0; i < 100 && !atomic_load(&server.is_ending); i++) {
		server_send(fd, ".", 1);
		server_pause(50);
	}
}

/* 300,000 bytes, told before, after a 100 that has headers of its own. */
static inline void server_stream(int fd)
{
	char block[30000];
	memset(block, 'z', sizeof(block));
	static const char head[] = "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n"
		"HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg\r\nContent-Length: 300000\r\n"
		"Content-Range: bytes 0-299999/300000\r\nETag: \"e\"\r\n\r\n";
	server_send(fd, head, sizeof(head) - 1);
	for (int i = 0; i < 10; i++)
		server_send(fd, block, sizeof(block));
}

/* False: the connection ends with this answer. */
static inline bool server_answer(int fd, const char *path)
{
	if (strcmp(path, "/ok") == 0)
		server_say(fd, "200 OK\r\nContent-Type: application/json", "{\"ok\":true}");
	else if (strcmp(path, "/empty") == 0)
		server_say(fd, "204 No Content", "");
	else if (strcmp(path, "/error") == 0)
		server_say(fd, "500 Oh", "it went wrong");
	else if (strcmp(path, "/redirect") == 0)
		server_say(fd, "302 Found\r\nLocation: /ok", "elsewhere");
	else if (strcmp(path, "/slow") == 0)
		server_pause(10000);
	else if (strcmp(path, "/late") == 0)
		server_pause(300), server_say(fd, "200 OK", "{\"late\":true}");
	else if (strcmp(path, "/drip") == 0)
		server_drip(fd);
	else if (strcmp(path, "/pour") == 0)
		server_pour(fd);
	else if (strcmp(path, "/huge") == 0)
		server_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", 47);
	else if (strcmp(path, "/garbage") == 0)
		server_send(fd, "this is not HTTP\r\n\r\n", 20);
	else if (strcmp(path, "/later") == 0)
		server_say(fd, "429 Too Many\r\nRETRY-AFTER:  7 \r\nX-Other: 1\r\nLocation: /ok\r\nTwilio-Request-Id: RQ1", "wait");
	else if (strcmp(path, "/stream") == 0)
		server_stream(fd);
	else if (strcmp(path, "/upgrade") == 0)
		server_send(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nanother protocol", 65), server_pause(10000);
	return strcmp(path, "/ok") == 0 || strcmp(path, "/late") == 0 || strcmp(path, "/error") == 0;
}

/* Reads one request whole into text; 0: the peer is gone. */
static inline size_t server_read(int fd, char *text, size_t size)
{
	size_t n = 0, want = 0;
	while (n < size - 1) {
		ssize_t got = recv(fd, text + n, size - 1 - n, 0);
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

static inline void *server_serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *text = malloc(sizeof(server.last)), path[256];
	while (text && server_read(fd, text, sizeof(server.last)) > 0) {
		atomic_fetch_add(&server.n_requests, 1);
		pthread_mutex_lock(&server.lock);
		(void)snprintf(server.last, sizeof(server.last), "%s", text);
		pthread_mutex_unlock(&server.lock);
		if (sscanf(text, "%*s %255[^ ?]", path) != 1 || !server_answer(fd, path))
			break;
	}
	free(text);
	(void)close(fd);
	return NULL;
}

static inline void *server_listen(void *arg)
{
	(void)arg;
	while (!atomic_load(&server.is_ending)) {
		struct pollfd p = {.fd = server.fd, .events = POLLIN};
		if (poll(&p, 1, 20) <= 0)
			continue;
		int fd = accept(server.fd, NULL, NULL);
		int i = atomic_load(&server.n_threads);
		if (fd < 0 || i == SERVER_THREADS)
			continue;
		struct timeval limit = {.tv_sec = 1}; /* a kept connection does not keep the test */
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		atomic_fetch_add(&server.n_connections, 1);
		if (pthread_create(&server.threads[i], NULL, server_serve, (void *)(intptr_t)fd) == 0)
			atomic_fetch_add(&server.n_threads, 1);
	}
	return NULL;
}

static inline int server_start(void **state)
{
	(void)state;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server.fd < 0 || bind(server.fd, (struct sockaddr *)&a, n) < 0 || listen(server.fd, 64) < 0 ||
		getsockname(server.fd, (struct sockaddr *)&a, &n) < 0)
		return -1;
	server.port = ntohs(a.sin_port);
	atomic_store(&server.n_threads, 0);
	atomic_store(&server.n_connections, 0);
	atomic_store(&server.n_requests, 0);
	atomic_store(&server.is_ending, false);
	return pthread_create(&server.listener, NULL, server_listen, NULL);
}

static inline int server_end(void **state)
{
	(void)state;
	atomic_store(&server.is_ending, true);
	(void)pthread_join(server.listener, NULL);
	for (int i = 0; i < atomic_load(&server.n_threads); i++)
		(void)pthread_join(server.threads[i], NULL);
	return close(server.fd);
}

/* The last request, copied. */
static inline const char *server_last(void)
{
	static char text[sizeof(server.last)];
	pthread_mutex_lock(&server.lock);
	memcpy(text, server.last, sizeof(text));
	pthread_mutex_unlock(&server.lock);
	return text;
}

static inline const char *server_url(const char *path)
{
	static char url[256];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", server.port, path);
	return url;
}

#endif
