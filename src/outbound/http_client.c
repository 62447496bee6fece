/* SPDX-License-Identifier: MIT */
#include "ringdown/outbound/http_client.h"

#include <errno.h>
#include <string.h>

#include "http_private.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/secret.h"

enum { BODY_MAX_DEFAULT = 65536, URL_MAX = 4096, TIMEOUT_DEFAULT_MS = 10000 };

int http_client_global_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

static bool copy(const char *text, char **ret_copy)
{
	size_t n = text ? strlen(text) + 1 : 0;
	*ret_copy = n ? mem_alloc(n) : NULL;
	if (*ret_copy)
		memcpy(*ret_copy, text, n);
	return !n || *ret_copy;
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
	bool is_whole = copy(s->ca_file, &c->ca_file) && copy(s->private_targets, &c->private_targets);
	return c->curl && is_whole ? c : http_client_free(c);
}

struct http_client *http_client_free(struct http_client *c)
{
	if (!c)
		return NULL;
	curl_easy_cleanup(c->curl);
	mem_free(c->body.p);
	mem_free(c->private_targets);
	mem_free(c->ca_file);
	return mem_free(c);
}

static int fail(struct http_response *r, struct arena *arena, int err, const char *why)
{
	bool has_left = r->has_left;
	*r = (struct http_response){.has_left = has_left, .error = str_of(arena_printf(arena, "%s", why))};
	return err;
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

/* A secret of the request's: what curl is given wants an end. */
static bool set_secret(CURL *h, CURLoption option, struct arena *arena, struct str secret)
{
	struct str text = {arena_strdup(arena, secret), secret.n};
	bool is_set = text.p && strlen(text.p) == text.n && curl_easy_setopt(h, option, text.p) == CURLE_OK;
	secret_wipe(&text);
	return is_set;
}

static bool set_credentials(CURL *h, const struct http_request *req, struct arena *arena)
{
	return req->user.n == 0 ||
		(set_secret(h, CURLOPT_USERNAME, arena, req->user) && set_secret(h, CURLOPT_PASSWORD, arena, req->password));
}

static void set_body(CURL *h, const struct http_request *req, const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	if (req->body.n == 0 && strcmp(method, "POST") != 0)
		return;
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, req->body.n ? req->body.p : "");
}

static bool set_options(struct exchange *x, const struct http_request *req, const char *url, const char *method,
	char error[CURL_ERROR_SIZE])
{
	const struct http_client *c = x->client;
	CURL *h = c->curl;
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L); /* else it waits for a look-up that the deadline has overtaken */
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(req->timeout_ms ? req->timeout_ms : TIMEOUT_DEFAULT_MS));
	if (req->connect_timeout_ms)
		curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)req->connect_timeout_ms);
	if (!x->sink)
		curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)x->body_max_bytes);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, req->is_once ? 1L : 0L);
	answer_set_callbacks(h, x);
	set_body(h, req, method);
	/* These are copied, and what is not copied for want of memory must not be left out. */
	return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, x->allows_private ? "https,http" : "https") == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
		curl_easy_setopt(h, CURLOPT_USERAGENT, "ringdown/" RINGDOWN_VERSION) == CURLE_OK &&
		(!c->ca_file || curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file) == CURLE_OK) &&
		set_credentials(h, req, x->arena);
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
	if (x->sink_err < 0)
		return x->sink_err;
	if (x->is_out_of_memory)
		return -ENOMEM;
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
	if (x->sink_err < 0)
		return "whoever takes the answer wants no more of it";
	if (x->is_out_of_memory)
		return "no memory for the answer";
	if (x->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
		return "the answer is too large";
	if (x->is_refused)
		return "the host has a private or special address";
	return error[0] ? error : curl_easy_strerror(code);
}

static int perform(struct exchange *x, const char *error)
{
	struct http_response *r = x->response;
	long sent_bytes = 0;
	CURLcode code = curl_easy_perform(x->client->curl);
	curl_easy_getinfo(x->client->curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
	r->has_left = sent_bytes > 0;
	if (code != CURLE_OK && !x->is_upgraded)
		return fail(r, x->arena, error_of(code, x), words_of(code, x, error));
	int err = answer_end(x);
	return err < 0 ? fail(r, x->arena, err, words_of(CURLE_OUT_OF_MEMORY, x, "")) : 0;
}

/* Nothing of a request, its credentials least of all, stays behind in the handle. */
static void reset(CURL **h)
{
	curl_easy_reset(*h);
}

int http_client_run(struct http_client *c, const struct http_request *req, struct arena *arena,
	struct http_response *ret_response)
{
	struct http_response *r = ret_response;
	struct exchange x = {.client = c, .arena = arena, .response = r, .sink = req->sink,
		.body_max_bytes = req->body_max_bytes ? req->body_max_bytes : c->body_max_bytes};
	char error[CURL_ERROR_SIZE] = "";
	const char *why;
	AUTO(free_list) struct curl_slist *headers = NULL;
	AUTO(reset) CURL *h = c->curl;
	*r = (struct http_response){0};
	c->body.n = 0;
	char *url = arena_strdup(arena, req->url), *method = arena_strdup(arena, req->method);
	if (!url || !method)
		return fail(r, arena, -ENOMEM, "no memory for a request");
	if (req->url.n > URL_MAX || strlen(url) != req->url.n)
		return fail(r, arena, -EINVAL, "the URL is too long, or holds a NUL");
	int err = url_check(c, url, &x.allows_private, &why);
	if (err < 0)
		return fail(r, arena, err, why);
	err = make_headers(req, arena, &headers);
	if (err < 0)
		return fail(r, arena, err, "a header holds a line break, or there is no memory for it");
	if (!set_options(&x, req, url, method, error))
		return fail(r, arena, -ENOMEM, "no memory for a request, or its credentials hold a NUL");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	return perform(&x, error);
}
