/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <stdio.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "websocket.h"

enum { HEAD_BYTES = 4096, STATUS_AT = 9 /* behind "HTTP/1.1 " */ };

static void finish(struct http *h, int status, struct str body)
{
	if (h->is_over)
		return;
	h->is_over = true;
	h->done(h, status, body);
}

/* Calls done when the answer is whole: by its length, or with is_closed by the connection's end. */
static void look(struct http *h, bool is_closed)
{
	struct str all = {(const char *)h->conn.in.p + h->conn.in.from, h->conn.in.n};
	const char *end = all.n ? memmem(all.p, all.n, "\r\n\r\n", 4) : NULL;
	if (!end || !str_starts(all, STR("HTTP/1."))) {
		if (is_closed)
			finish(h, 0, STR(""));
		return;
	}
	struct str head = {all.p, (size_t)(end - all.p) + 4}, body = str_skip(all, head.n);
	struct str code = str_skip(head, STATUS_AT);
	uint64_t status = 0, length = 0;
	code.n = 3;
	(void)str_u64(code, 999, &status);
	bool has_length = str_u64(ws_header(head, "content-length"), SIZE_MAX, &length) == 0;
	if (has_length ? body.n < length : !is_closed) {
		if (is_closed)
			finish(h, 0, STR(""));
		return;
	}
	if (has_length)
		body.n = (size_t)length;
	finish(h, (int)status, body);
}

static void on_bytes(struct conn *c)
{
	struct http *h = container_of(c, struct http, conn);
	look(h, false);
	if (h->is_over)
		conn_end(c);
}

static void on_end(struct conn *c)
{
	look(container_of(c, struct http, conn), true);
}

static void on_gone(struct conn *c)
{
	finish(container_of(c, struct http, conn), 0, STR(""));
}

static const struct conn_events events = {.on_bytes = on_bytes, .on_end = on_end, .on_gone = on_gone};

void http_post(struct http *h, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *extra_head, struct str body)
{
	char head[HEAD_BYTES];
	h->is_over = false;
	h->conn.events = &events;
	if (conn_connect(&h->conn, l, host, port, tls) < 0) {
		finish(h, 0, STR(""));
		return;
	}
	int n = snprintf(head, sizeof(head),
		"POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: %zu\r\nConnection: close\r\nAccept: */*\r\n%s\r\n",
		path, host, port, body.n, extra_head);
	if (n > 0 && (size_t)n < sizeof(head))
		bytes_put(&h->conn.out, head, (size_t)n);
	bytes_put(&h->conn.out, body.p, body.n);
}

void http_abort(struct http *h)
{
	h->is_over = true;
	conn_end(&h->conn);
}
