/* SPDX-License-Identifier: MIT */
/* The head of an HTTP request: what of it the plane wants to see, copied into the request's arena, and the length of
 * its body, with every limit that lws 4.1.6 does not keep (LWS.md L-21). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/limits.h>
#include <string.h>

#include "conn.h"
#include "random.h"
#include "ringdown/base/auto.h"
#include "ringdown/plane/plane.h"

enum { CUSTOM_MAX = 8192, REQUEST_ID_MAX = 64, OUR_ID_BYTES = 8 };

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
	char *p = n > 0 && n < CUSTOM_MAX ? arena_alloc(&c->request->arena, (size_t)n + 1) : NULL;
	if (!p || lws_hdr_custom_copy(c->wsi, p, n + 1, name, (int)strlen(name)) < 0)
		return STR("");
	return (struct str){p, (size_t)n};
}

#define FIELD(member) offsetof(struct plane_request, member)

static const struct { /* headers lws knows, which it does not give by name */
	enum lws_token_indexes token;
	size_t offset;
} tokens[] = {
	{WSI_TOKEN_HTTP_CONTENT_TYPE, FIELD(content_type)},
	{WSI_TOKEN_HTTP_AUTHORIZATION, FIELD(authorization)},
	{WSI_TOKEN_ORIGIN, FIELD(origin)},
	{WSI_TOKEN_HTTP_IF_MATCH, FIELD(if_match)},
	{WSI_TOKEN_HTTP_RANGE, FIELD(range)},
	{WSI_TOKEN_HTTP_IF_RANGE, FIELD(if_range)},
};

static const struct {
	const char *name; /* as lws wants it: lower case, with its colon */
	size_t offset;
} customs[] = {
	{"x-twilio-signature:", FIELD(signature)},
	{"i-twilio-idempotency-token:", FIELD(idempotency_token)},
	{"x-client-authorization:", FIELD(client_authorization)},
	{"orgid:", FIELD(org)},
	{"shared-org-id:", FIELD(shared_org)},
	{"x-request-id:", FIELD(request_id)},
	{"idempotency-key:", FIELD(idempotency_key)},
	{"last-event-id:", FIELD(last_event_id)},
};

static void copy_headers(struct conn *c)
{
	char *r = (char *)c->request;
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		*(struct str *)(void *)(r + tokens[i].offset) = copy_token(c, tokens[i].token);
	for (size_t i = 0; i < ARRAY_LEN(customs); i++)
		*(struct str *)(void *)(r + customs[i].offset) = copy_custom(c, customs[i].name);
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

static bool is_fit_for_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!is_word && c != '-')
			return false;
	}
	return id.n > 0 && id.n <= REQUEST_ID_MAX;
}

/* The peer's, so that it finds its request in our log; else one of our own. */
static void name_request(struct plane_request *r)
{
	uint64_t id;
	if (is_fit_for_id(r->request_id))
		return;
	r->request_id = STR("");
	if (random_take(&id, sizeof(id)) < 0)
		return;
	const char *text = arena_printf(&r->arena, "%016llx", (unsigned long long)id);
	r->request_id = str_of(text);
}

static struct str copy_peer(struct conn *c)
{
	struct sockaddr_storage peer;
	socklen_t n = sizeof(peer);
	char *text = arena_alloc(&c->request->arena, INET6_ADDRSTRLEN);
	memset(&peer, 0, sizeof(peer));
	if (!text || getpeername(lws_get_socket_fd(c->wsi), (struct sockaddr *)&peer, &n) < 0)
		return STR("");
	const void *address = peer.ss_family == AF_INET6
		? (const void *)&((const struct sockaddr_in6 *)&peer)->sin6_addr
		: (const void *)&((const struct sockaddr_in *)&peer)->sin_addr;
	return str_of(inet_ntop(peer.ss_family, address, text, INET6_ADDRSTRLEN));
}

int http_copy_head(struct conn *c)
{
	struct plane_request *r = c->request;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (lws_hdr_total_length(c->wsi, methods[i].token) <= 0)
			continue;
		r->method = str_of(methods[i].name);
		r->path = copy_token(c, methods[i].token);
	}
	r->query = copy_query(c);
	copy_headers(c);
	name_request(r);
	r->peer = copy_peer(c);
	return r->path.n > 0 ? 0 : -EINVAL;
}

static bool is_form(struct str type)
{
	struct str rest = type;
	return str_is(str_trim(str_split(&rest, ';')), STR("application/x-www-form-urlencoded"));
}

static bool wants_length(struct str method)
{
	return str_is(method, STR("POST")) || str_is(method, STR("PUT")) || str_is(method, STR("PATCH"));
}

int http_body_length(struct conn *c, size_t *ret_n, const char **ret_why)
{
	struct lws *wsi = c->wsi;
	struct plane_request *r = c->request;
	size_t max = is_form(r->content_type) ? PLANE_FORM_MAX : PLANE_BODY_MAX;
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
		return wants_length(r->method) ? 411 : 0;
	}
	int err = len <= 0 ? -EINVAL : str_u64((struct str){text, (size_t)len}, max, &n);
	*ret_why = err == -ERANGE ? arena_printf(&r->arena, "the body is over %zu bytes", max)
				  : "Content-Length is not a number";
	*ret_n = (size_t)n;
	return err == 0 ? 0 : err == -ERANGE ? 413 : 400;
}
