/* SPDX-License-Identifier: MIT */
#include "ringdown/outbound/http_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address_guard.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { BODY_MAX_DEFAULT = 65536, URL_MAX = 4096, TIMEOUT_DEFAULT_MS = 10000 };

struct http_client {
	CURL *curl;
	char *ca_file;
	bool allows_private;
	size_t body_max_bytes;
	const _Atomic bool *is_cancelled;
};

struct exchange { /* one request: what its callbacks are given */
	const struct http_client *client;
	char *p;
	size_t n, cap;
	bool is_too_large, is_upgraded, is_refused;
};

int http_client_global_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

struct http_client *http_client_new(const struct http_client_settings *s)
{
	struct http_client *c = mem_alloc(sizeof(*c));
	if (!c)
		return NULL;
	c->curl = curl_easy_init();
	c->allows_private = s->allows_private;
	c->is_cancelled = s->is_cancelled;
	c->body_max_bytes = s->body_max_bytes ? s->body_max_bytes : BODY_MAX_DEFAULT;
	size_t n = s->ca_file ? strlen(s->ca_file) + 1 : 0;
	c->ca_file = n ? mem_alloc(n) : NULL;
	if (n && c->ca_file)
		memcpy(c->ca_file, s->ca_file, n);
	return c->curl && (!n || c->ca_file) ? c : http_client_free(c);
}

struct http_client *http_client_free(struct http_client *c)
{
	if (!c)
		return NULL;
	curl_easy_cleanup(c->curl);
	mem_free(c->ca_file);
	return mem_free(c);
}

static int fail(struct http_response *r, struct arena *arena, int err, const char *why)
{
	r->status = 0;
	r->error = str_of(arena_printf(arena, "%s", why));
	return err;
}

static void free_url(CURLU **u)
{
	curl_url_cleanup(*u);
}

static bool url_part(CURLU *u, CURLUPart part, unsigned flags, char *dst, size_t size)
{
	char *text = NULL;
	bool is_there = curl_url_get(u, part, &text, flags) == CURLUE_OK && strlen(text) < size;
	if (is_there)
		snprintf(dst, size, "%s", text);
	curl_free(text);
	return is_there;
}

static int check_url(const struct http_client *c, const char *url, const char **ret_why)
{
	char scheme[8], none[8];
	AUTO(free_url) CURLU *u = curl_url();
	*ret_why = "the URL is not well-formed";
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return -EINVAL;
	*ret_why = "the URL holds credentials";
	if (url_part(u, CURLUPART_USER, 0, none, sizeof(none)) || url_part(u, CURLUPART_PASSWORD, 0, none, sizeof(none)))
		return -EACCES;
	*ret_why = "only https is allowed";
	bool is_there = url_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme));
	bool is_https = is_there && strcmp(scheme, "https") == 0, is_http = is_there && strcmp(scheme, "http") == 0;
	return is_https || (c->allows_private && is_http) ? 0 : -EACCES;
}

/* The guard.  A host of several addresses is not lost with one that is refused: curl tries the next. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;
	(void)purpose;
	if (!x->client->allows_private && !address_is_public(&address->addr)) {
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

static size_t on_body(char *data, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	(void)one;
	if (x->n + n > x->cap) {
		x->is_too_large = true;
		return 0;
	}
	memcpy(x->p + x->n, data, n);
	x->n += n;
	return n;
}

/* What follows a 101 is another protocol, and may never end: its head is the whole answer. */
static size_t on_head(char *data, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct str line = {data, one * n};
	struct str words = line;
	if (str_is(str_split(&words, ' '), STR("HTTP/1.1")))
		x->is_upgraded = str_is(str_split(&words, ' '), STR("101"));
	return x->is_upgraded && str_is(line, STR("\r\n")) ? 0 : line.n;
}

static void free_list(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

/* A request without one of its headers, its signature for one, is not sent at all. */
static int add_header(struct curl_slist **list, const char *line)
{
	if (!line)
		return -ENOMEM;
	if (strpbrk(line, "\r\n"))
		return -EINVAL;
	struct curl_slist *longer = curl_slist_append(*list, line);
	if (!longer)
		return -ENOMEM;
	*list = longer;
	return 0;
}

static int make_headers(const struct http_request *req, struct arena *arena, struct curl_slist **list)
{
	int err = add_header(list, "Expect:");
	for (uint32_t i = 0; err == 0 && i < req->n_headers; i++) {
		const struct http_header *h = &req->headers[i];
		err = add_header(list, arena_printf(arena, STR_FMT ": " STR_FMT, STR_ARG(h->name), STR_ARG(h->value)));
	}
	return err;
}

static void set_callbacks(CURL *h, struct exchange *x)
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

static bool set_options(struct http_client *c, const struct http_request *req, const char *url, const char *method,
	struct exchange *x, char error[CURL_ERROR_SIZE])
{
	CURL *h = c->curl;
	bool has_body = req->body.n > 0 || strcmp(method, "POST") == 0;
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L); /* else it waits for a look-up that the deadline has overtaken */
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(req->timeout_ms ? req->timeout_ms : TIMEOUT_DEFAULT_MS));
	curl_easy_setopt(h, CURLOPT_MAXFILESIZE, (long)c->body_max_bytes);
	set_callbacks(h, x);
	if (has_body) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, req->body.n ? req->body.p : "");
	}
	/* These are copied, and what is not copied for want of memory must not be left out. */
	return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, c->allows_private ? "https,http" : "https") == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_USERAGENT, "ringdown/" RINGDOWN_VERSION) == CURLE_OK &&
		(!c->ca_file || curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file) == CURLE_OK);
}

static const struct {
	CURLcode code;
	int err;
} curl_errors[] = {
	{CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT},
	{CURLE_COULDNT_CONNECT, -ECONNREFUSED},
	{CURLE_COULDNT_RESOLVE_HOST, -ENOENT},
	{CURLE_URL_MALFORMAT, -EINVAL},
	{CURLE_FILESIZE_EXCEEDED, -EMSGSIZE},
	{CURLE_ABORTED_BY_CALLBACK, -ECANCELED},
	{CURLE_OUT_OF_MEMORY, -ENOMEM},
};

static int error_of(CURLcode code, const struct exchange *x)
{
	if (x->is_too_large)
		return -EMSGSIZE;
	if (x->is_refused && code != CURLE_OPERATION_TIMEDOUT)
		return -EACCES;
	for (size_t i = 0; i < ARRAY_LEN(curl_errors); i++)
		if (curl_errors[i].code == code)
			return curl_errors[i].err;
	return -EPROTO;
}

static const char *words_of(CURLcode code, const struct exchange *x, const char *error)
{
	if (x->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
		return "the answer is too large";
	if (x->is_refused)
		return "the host has a private or special address";
	return error[0] ? error : curl_easy_strerror(code);
}

static void take_answer(struct http_client *c, struct arena *arena, const struct exchange *x, struct http_response *r)
{
	long status = 0;
	char *type = NULL;
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	r->status = (int)status;
	r->content_type = arena_str(arena, str_of(type));
	r->body = (struct str){x->p, x->n};
}

int http_client_run(struct http_client *c, const struct http_request *req, struct arena *arena,
	struct http_response *ret_response)
{
	struct exchange x = {.client = c, .cap = c->body_max_bytes};
	char error[CURL_ERROR_SIZE] = "";
	const char *why;
	AUTO(free_list) struct curl_slist *headers = NULL;
	*ret_response = (struct http_response){0};
	char *url = arena_strdup(arena, req->url), *method = arena_strdup(arena, req->method);
	x.p = arena_alloc(arena, x.cap);
	if (!url || !method || !x.p)
		return fail(ret_response, arena, -ENOMEM, "no memory for a request");
	if (req->url.n > URL_MAX || strlen(url) != req->url.n)
		return fail(ret_response, arena, -EINVAL, "the URL is too long, or holds a NUL");
	int err = check_url(c, url, &why);
	if (err < 0)
		return fail(ret_response, arena, err, why);
	err = make_headers(req, arena, &headers);
	if (err < 0)
		return fail(ret_response, arena, err, "a header holds a line break, or there is no memory for it");
	if (!set_options(c, req, url, method, &x, error))
		return fail(ret_response, arena, -ENOMEM, "no memory for a request");
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(c->curl);
	if (code != CURLE_OK && !x.is_upgraded)
		return fail(ret_response, arena, error_of(code, &x), words_of(code, &x, error));
	take_answer(c, arena, &x, ret_response);
	return 0;
}
