/* SPDX-License-Identifier: MIT */
/* How an answer is taken: its header line by line, its body into memory that grows up to the limit, or to a sink. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "address_guard.h"
#include "http_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { BODY_FIRST_BYTES = 8192 };

static const char *const kept_headers[] = {"retry-after", "location", "etag", "last-modified", "accept-ranges",
	"content-length", "content-range", "content-disposition", "twilio-request-id"};
_Static_assert(ARRAY_LEN(kept_headers) <= HTTP_KEPT_MAX, "each header once");

/* The guard.  A host of several addresses is not lost with one that is refused: curl tries the next. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;
	(void)purpose;
	if (!x->allows_private && !address_is_public(&address->addr)) {
		x->is_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_progress(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
	const struct exchange *x = arg;
	(void)down, (void)down_now, (void)up, (void)up_now;
	return x->client->is_cancelled && atomic_load(x->client->is_cancelled);
}

static struct http_header *find_header(struct http_response *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (str_is(r->headers[i].name, str_of(name)))
			return &r->headers[i];
	return NULL;
}

static void keep_header(struct exchange *x, struct str line)
{
	struct http_response *r = x->response;
	struct str name = str_split(&line, ':');
	for (size_t i = 0; i < ARRAY_LEN(kept_headers); i++) {
		const char *kept = kept_headers[i];
		if (name.n != strlen(kept) || strncasecmp(name.p, kept, name.n) != 0)
			continue;
		struct http_header *h = find_header(r, kept);
		if (!h)
			h = &r->headers[r->n_headers++];
		while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == '\n'))
			line.n--;
		*h = (struct http_header){str_of(kept), arena_str(x->arena, str_trim(line))};
	}
}

/* What follows a 101 is another protocol, and may never end: its head is the whole answer. */
static size_t on_head(char *data, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct str line = {data, one * n};
	if (str_starts(line, STR("HTTP/"))) { /* of this header; one of 100 may have been before */
		struct str words = line;
		x->response->n_headers = 0;
		x->is_upgraded = str_is(str_split(&words, ' '), STR("HTTP/1.1")) && str_is(str_split(&words, ' '), STR("101"));
	} else {
		keep_header(x, line);
	}
	return x->is_upgraded && str_is(line, STR("\r\n")) ? 0 : line.n;
}

static void take_head(struct exchange *x)
{
	long status = 0;
	char *type = NULL;
	curl_off_t retry_after_s = 0;
	curl_easy_getinfo(x->client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->client->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(x->client->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	x->response->status = (int)status;
	x->response->content_type = arena_str(x->arena, str_of(type));
	x->response->retry_after_s = retry_after_s > 0 ? retry_after_s : 0;
	x->response->has_left = true;
}

/* False: the request ends. */
static bool begin(struct exchange *x)
{
	if (x->has_begun)
		return true;
	x->has_begun = true;
	take_head(x);
	int want = x->sink ? x->sink->begin(x->response, x->sink->arg) : 0;
	x->is_streaming = want > 0;
	x->sink_err = want < 0 ? want : 0;
	return want >= 0;
}

static bool body_grow(struct http_body *b, size_t want)
{
	size_t cap = b->cap ? b->cap : BODY_FIRST_BYTES;
	while (cap < want)
		cap *= 2;
	if (cap == b->cap)
		return true;
	char *p = mem_alloc(cap);
	if (!p)
		return false;
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	mem_free(b->p);
	b->p = p;
	b->cap = cap;
	return true;
}

static size_t on_body(char *data, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct http_body *b = &x->client->body;
	(void)one;
	if (!begin(x))
		return 0;
	if (x->is_streaming) {
		int err = x->sink->piece((struct str){data, n}, x->sink->arg);
		x->sink_err = err < 0 ? err : 0;
		return err < 0 ? 0 : n;
	}
	x->is_too_large = n > x->body_max_bytes - b->n;
	x->is_out_of_memory = !x->is_too_large && !body_grow(b, b->n + n);
	if (x->is_too_large || x->is_out_of_memory)
		return 0;
	memcpy(b->p + b->n, data, n);
	b->n += n;
	return n;
}

void answer_set_callbacks(CURL *h, struct exchange *x)
{
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, x);
	curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, x);
}

int answer_end(struct exchange *x)
{
	const struct http_body *b = &x->client->body;
	if (!begin(x))
		return x->sink_err;
	take_head(x);
	if (x->is_streaming || b->n == 0)
		return 0;
	x->response->body = arena_str(x->arena, (struct str){b->p, b->n});
	return x->response->body.p ? 0 : -ENOMEM;
}

struct str http_response_header(const struct http_response *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (str_is(r->headers[i].name, str_of(name)))
			return r->headers[i].value;
	return (struct str){0};
}
