/* SPDX-License-Identifier: MIT */
/* An HTTP request: collected here with every limit lws 4.1.6 does not keep (LWS.md L-21, L-22),
 * handled by the plane, answered here.  The connection always ends with the answer:
 * keep-alive is what makes CVE-2025-11677 reachable. */
#include <string.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/plane/plane.h"

enum {
	HEADERS_MAX = 8192,
	PIECE_BYTES = 65536,
	FEED_TIMEOUT_MS = 60000, /* a player takes some seconds of sound, and then nothing for a while */
};

static void on_done(struct plane_request *r) /* the plane's thread, or a worker */
{
	struct shard_message m = {.kind = SHARD_HTTP_REPLY, .id = r->connection_id, .ptr = r};
	shard_post(r->owner, &m);
}

static void on_more(void *owner, uint64_t id) /* whoever feeds a reply */
{
	struct shard_message m = {.kind = SHARD_HTTP_MORE, .id = id};
	shard_post(owner, &m);
}

/* The deadline is ours from here on (conn_tick): lws would cut a request off 5 s after its head, whether the plane still
 * works on it or the peer reads the answer slowly. */
static void set_deadline(struct conn *c, int64_t until_us)
{
	c->deadline_us = until_us;
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
}

/* Answers without the plane: what is wrong with the request itself. */
static int refuse(struct conn *c, int status, const char *detail)
{
	struct plane_request *r = c->request ? c->request : plane_request_new();
	c->request = NULL;
	if (!r)
		return -1;
	plane_refuse(c->shard->shared->settings->plane, r, status, detail);
	log_info("conn=%llu request refused status=%d: %s", (unsigned long long)c->id, status, detail);
	http_on_reply(c, r);
	return 0;
}

static int submit(struct conn *c)
{
	struct plane_request *r = c->request;
	r->body.n = c->body_n;
	r->received_us = clock_now_us();
	r->done = on_done;
	r->more = on_more;
	r->owner = c->shard;
	r->connection_id = c->id;
	r->is_admin = c->arrival.is_admin;
	r->is_local = c->arrival.is_local;
	set_deadline(c, INT64_MAX); /* now it is the plane's to be quick */
	if (plane_submit(c->shard->shared->settings->plane, r) < 0)
		return refuse(c, 503, "too many requests wait; try again later");
	c->request = NULL;
	return 0;
}

int http_on_request(struct conn *c)
{
	const char *why;
	if (c->kind != CONN_FRESH) /* a second request on this connection: never */
		return -1;
	c->kind = CONN_HTTP;
	c->request = plane_request_new();
	if (!c->request)
		return -1;
	if (http_copy_head(c) < 0)
		return refuse(c, 400, "the request line is not understood");
	int status = http_body_length(c, &c->body_expected, &why);
	if (status)
		return refuse(c, status, why);
	if (c->body_expected == 0)
		return submit(c);
	c->body = arena_alloc(&c->request->arena, c->body_expected + 1);
	if (!c->body)
		return refuse(c, 503, "no memory for the body");
	c->request->body = (struct str){c->body, 0};
	return 0;
}

int http_on_body(struct conn *c, const void *in, size_t n)
{
	if (!c->request || !c->request->body.p)
		return 0; /* refused already: what still comes is thrown away */
	if (c->body_n + n > c->body_expected)
		return -1;
	memcpy(c->body + c->body_n, in, n);
	c->body_n += n;
	return 0;
}

int http_on_body_complete(struct conn *c)
{
	if (!c->request || !c->request->body.p)
		return 0;
	return submit(c);
}

void http_on_reply(struct conn *c, struct plane_request *reply)
{
	c->reply = reply;
	lws_callback_on_writable(c->wsi);
}

typedef unsigned char octet;

static int put_header(struct conn *c, const char *name, struct str value, octet **p, octet *end)
{
	return lws_add_http_header_by_name(c->wsi, (const octet *)name, (const octet *)value.p, (int)value.n, p, end) ? -1 : 0;
}

static bool has_header(const struct plane_request *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

static int put_headers(struct conn *c, octet **p, octet *end)
{
	const struct plane_request *r = c->reply;
	static const struct {
		const char *name, *value;
	} always[] = {
		{"connection:", "close"},
		{"cache-control:", "no-store"},
		{"x-content-type-options:", "nosniff"},
		{"referrer-policy:", "no-referrer"},
	};
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (!has_header(r, always[i].name) && put_header(c, always[i].name, str_of(always[i].value), p, end) < 0)
			return -1;
	if (r->request_id.n > 0 && put_header(c, "x-request-id:", r->request_id, p, end) < 0)
		return -1;
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (put_header(c, r->headers[i].name, r->headers[i].value, p, end) < 0)
			return -1;
	return 0;
}

/* 204 and 304 have no body, and say nothing of one. */
static bool is_bodiless(const struct plane_request *r)
{
	return r->status == 204 || r->status == 304;
}

static uint64_t body_length(const struct plane_request *r)
{
	return r->reply.n > 0 ? r->reply.n : r->length;
}

static int write_head(struct conn *c)
{
	octet head[LWS_PRE + HEADERS_MAX];
	octet *start = head + LWS_PRE, *p = start, *end = head + sizeof(head) - 1;
	const struct plane_request *r = c->reply;
	if (lws_add_http_header_status(c->wsi, (unsigned)r->status, &p, end))
		return -1;
	if (!is_bodiless(r) && (put_header(c, "content-type:", str_of(r->reply_type), &p, end) < 0 ||
		lws_add_http_header_content_length(c->wsi, body_length(r), &p, end)))
		return -1;
	if (put_headers(c, &p, end) < 0 || lws_finalize_http_header(c->wsi, &p, end))
		return -1;
	enum lws_write_protocol how = LWS_WRITE_HTTP_HEADERS;
	return lws_write(c->wsi, start, (size_t)(p - start), how) < 0 ? -1 : 0;
}

/* Bytes copied to dst; 0: the feed has none yet; < 0: it breaks off, which the peer sees by the length. */
static ssize_t next_piece(struct conn *c, octet *dst)
{
	const struct plane_request *r = c->reply;
	uint64_t left = body_length(r) - c->n_written;
	size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
	if (r->feed)
		return feed_take(r->feed, dst, n);
	memcpy(dst, r->reply.p + c->n_written, n);
	return (ssize_t)n;
}

/* One piece each time the socket takes more: what a slow reader leaves waits in the reply, not in copies of lws.
 * 1: none to write yet. */
static int write_piece(struct conn *c)
{
	octet *tx = c->shard->tx;
	ssize_t n = next_piece(c, tx + LWS_PRE);
	if (n <= 0)
		return n < 0 ? -1 : 1;
	c->n_written += (size_t)n;
	bool is_last = c->n_written == body_length(c->reply);
	return lws_write(c->wsi, tx + LWS_PRE, (size_t)n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

static bool has_more(const struct conn *c)
{
	const struct plane_request *r = c->reply;
	return c->n_written < body_length(r) && !is_bodiless(r) && !str_is(r->method, STR("HEAD"));
}

int http_on_writable(struct conn *c)
{
	if (!c->reply)
		return 0;
	if (c->is_headed && !has_more(c))
		return -1; /* all of it has left us */
	int64_t patience_ms = c->reply->feed ? FEED_TIMEOUT_MS : CONN_REQUEST_TIMEOUT_MS;
	set_deadline(c, clock_now_us() + patience_ms * 1000); /* to read this piece */
	int err = c->is_headed ? write_piece(c) : write_head(c);
	c->is_headed = true;
	if (err == 0)
		lws_callback_on_writable(c->wsi);
	return err < 0 ? -1 : 0; /* what the feed has later, on_more tells */
}

void http_done(struct conn *c)
{
	plane_request_free(c->request);
	plane_request_free(c->reply);
	c->request = c->reply = NULL;
}
