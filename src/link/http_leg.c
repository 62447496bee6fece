/* SPDX-License-Identifier: MIT */
/* An HTTP request: collected here with every limit lws 4.1.6 does not keep (LWS.md L-21, L-22),
 * handled on the plane's thread, answered here.  The connection always ends with the answer:
 * keep-alive is what makes CVE-2025-11677 reachable. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/plane.h"
#include "ringdown/wire/problem.h"

enum { HEADERS_MAX = 1024 };

static const struct {
	enum lws_token_indexes token;
	const char *name;
} methods[] = {
	{WSI_TOKEN_GET_URI, "GET"},
	{WSI_TOKEN_POST_URI, "POST"},
	{WSI_TOKEN_HEAD_URI, "HEAD"},
	{WSI_TOKEN_PUT_URI, "PUT"},
	{WSI_TOKEN_PATCH_URI, "PATCH"},
	{WSI_TOKEN_DELETE_URI, "DELETE"},
	{WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
};

static void on_done(struct plane_request *r) /* plane thread */
{
	struct shard_message m = {.kind = SHARD_HTTP_REPLY, .id = r->connection_id, .ptr = r};
	shard_post(r->owner, &m);
}

/* Answers without the plane: what is wrong with the request itself. */
static int refuse(struct conn *c, int status, const char *detail)
{
	char text[512];
	struct buf b;
	struct plane_request *r = c->request ? c->request : plane_request_new();
	c->request = NULL;
	if (!r)
		return -1;
	buf_init(&b, text, sizeof(text));
	problem_put(&b, status, str_of(http_status_name(status)), str_of(detail));
	r->status = status;
	r->reply_type = "application/problem+json";
	r->reply = arena_str(&r->arena, buf_str(&b));
	metric_add(METRIC_HTTP_REFUSED, 1);
	log_info("conn=%llu request refused status=%d: %s", (unsigned long long)c->id, status, detail);
	http_on_reply(c, r);
	return 0;
}

static struct str copy_token(struct conn *c, enum lws_token_indexes token)
{
	int n = lws_hdr_total_length(c->wsi, token);
	char *p = n > 0 ? arena_alloc(&c->request->arena, (size_t)n + 1) : NULL;
	if (!p || lws_hdr_copy(c->wsi, p, n + 1, token) < 0)
		return STR("");
	return (struct str){p, (size_t)n};
}

static struct str copy_custom(struct conn *c, const char *name)
{
	int n = lws_hdr_custom_length(c->wsi, name, (int)strlen(name));
	char *p = n > 0 && n < HEADERS_MAX ? arena_alloc(&c->request->arena, (size_t)n + 1) : NULL;
	if (!p || lws_hdr_custom_copy(c->wsi, p, n + 1, name, (int)strlen(name)) < 0)
		return STR("");
	return (struct str){p, (size_t)n};
}

/* lws splits the query at '&' into fragments; a whole copy joins them again. */
static struct str copy_query(struct conn *c)
{
	char *p = arena_alloc(&c->request->arena, PATH_MAX);
	struct buf b;
	if (!p)
		return STR("");
	buf_init(&b, p, PATH_MAX);
	for (int i = 0;; i++) {
		char part[1024];
		int n = lws_hdr_copy_fragment(c->wsi, part, sizeof(part), WSI_TOKEN_HTTP_URI_ARGS, i);
		if (n < 0)
			return buf_str(&b);
		if (i > 0)
			buf_putc(&b, '&');
		buf_put(&b, (struct str){part, (size_t)n});
	}
}

/* 0 and the length of the body, or the status to refuse with. */
static int body_length(struct conn *c, size_t *ret_n, const char **ret_why)
{
	struct lws *wsi = c->wsi;
	char text[32];
	uint64_t n = 0;
	*ret_n = 0;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
		*ret_why = "Transfer-Encoding is not taken here: send Content-Length";
		return 411;
	}
	if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0) {
		*ret_why = "Content-Length is given twice";
		return 400;
	}
	int len = lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH);
	if (len == 0 && lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) == 0) {
		*ret_why = "Content-Length is missing";
		return str_is(c->request->method, STR("POST")) ? 411 : 0;
	}
	int err = len <= 0 ? -EINVAL : str_u64((struct str){text, (size_t)len}, PLANE_BODY_MAX, &n);
	*ret_why = err == -ERANGE ? "the body is over 65536 bytes" : "Content-Length is not a number";
	*ret_n = (size_t)n;
	return err == 0 ? 0 : err == -ERANGE ? 413 : 400;
}

static int submit(struct conn *c)
{
	struct plane_request *r = c->request;
	r->body.n = c->body_n;
	r->received_us = clock_now_us();
	r->done = on_done;
	r->owner = c->shard;
	r->connection_id = c->id;
	r->is_admin = c->arrival.is_admin;
	r->is_local = c->arrival.is_local;
	c->deadline_us = INT64_MAX; /* now it is the plane's to be quick */
	if (plane_submit(c->shard->shared->settings->plane, r) < 0)
		return refuse(c, 503, "too many requests wait; try again later");
	c->request = NULL;
	return 0;
}

static int collect_head(struct conn *c)
{
	struct plane_request *r = c->request;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (lws_hdr_total_length(c->wsi, methods[i].token) <= 0)
			continue;
		r->method = str_of(methods[i].name);
		r->path = copy_token(c, methods[i].token);
	}
	r->query = copy_query(c);
	r->content_type = copy_token(c, WSI_TOKEN_HTTP_CONTENT_TYPE);
	r->signature = copy_custom(c, "x-twilio-signature:");
	r->idempotency_token = copy_custom(c, "i-twilio-idempotency-token:");
	return r->path.n > 0 ? 0 : -EINVAL;
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
	if (collect_head(c) < 0)
		return refuse(c, 400, "the request line is not understood");
	int status = body_length(c, &c->body_expected, &why);
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

static int write_head(struct conn *c)
{
	unsigned char head[LWS_PRE + HEADERS_MAX];
	unsigned char *start = head + LWS_PRE, *p = start, *end = head + sizeof(head) - 1;
	const struct plane_request *r = c->reply;
	static const struct {
		const char *name, *value;
	} always[] = {
		{"connection:", "close"},
		{"cache-control:", "no-store"},
		{"x-content-type-options:", "nosniff"},
	};
	if (lws_add_http_header_status(c->wsi, (unsigned)r->status, &p, end) ||
		lws_add_http_header_by_token(c->wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, (const unsigned char *)r->reply_type,
			(int)strlen(r->reply_type), &p, end) ||
		lws_add_http_header_content_length(c->wsi, r->reply.n, &p, end))
		return -1;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (lws_add_http_header_by_name(c->wsi, (const unsigned char *)always[i].name,
			    (const unsigned char *)always[i].value, (int)strlen(always[i].value), &p, end))
			return -1;
	if (lws_finalize_http_header(c->wsi, &p, end))
		return -1;
	size_t n = (size_t)(p - start);
	return lws_write(c->wsi, start, n, r->reply.n ? LWS_WRITE_HTTP_HEADERS : LWS_WRITE_HTTP_HEADERS | LWS_WRITE_H2_STREAM_END) < 0 ? -1 : 0;
}

static int write_body(struct conn *c)
{
	const struct plane_request *r = c->reply;
	unsigned char *tx = c->shard->tx;
	size_t n = r->reply.n < SHARD_TX_BYTES ? r->reply.n : SHARD_TX_BYTES;
	memcpy(tx + LWS_PRE, r->reply.p, n);
	return lws_write(c->wsi, tx + LWS_PRE, n, LWS_WRITE_HTTP_FINAL) < 0 ? -1 : 0;
}

int http_on_writable(struct conn *c)
{
	if (!c->reply)
		return 0;
	if (!c->is_headed) {
		c->is_headed = true;
		c->deadline_us = clock_now_us() + CONN_REQUEST_TIMEOUT_MS * 1000LL; /* to read it */
		if (write_head(c) < 0)
			return -1;
		lws_callback_on_writable(c->wsi);
		return 0;
	}
	bool has_body = c->reply->reply.n > 0 && !str_is(c->reply->method, STR("HEAD"));
	if (has_body && !c->is_written) {
		c->is_written = true;
		if (write_body(c) < 0)
			return -1;
		lws_callback_on_writable(c->wsi); /* comes back once all of it has left us */
		return 0;
	}
	return -1;
}

void http_done(struct conn *c)
{
	plane_request_free(c->request);
	plane_request_free(c->reply);
	c->request = c->reply = NULL;
}
