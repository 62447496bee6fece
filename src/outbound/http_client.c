/* SPDX-License-Identifier: MIT */
#include "ringdown/outbound/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address_guard.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { BODY_MAX_DEFAULT = 65536, URL_MAX = 4096, PIN_MAX = 1024 };

struct http_client {
	CURL *curl;
	char *ca_file;
	bool allows_private;
	size_t body_max_bytes;
};

struct collect { /* the answer as it comes */
	struct arena *arena;
	char *p;
	size_t n, cap;
	bool is_too_large, is_upgraded;
};

struct target { /* what a URL names */
	char host[256], port[8], scheme[8];
	char pin[PIN_MAX]; /* host:port:address,... for CURLOPT_RESOLVE */
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

static int parse_url(const struct http_client *c, const char *url, struct target *t, const char **ret_why)
{
	char none[8];
	AUTO(free_url) CURLU *u = curl_url();
	*ret_why = "the URL is not well-formed";
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
		!url_part(u, CURLUPART_SCHEME, 0, t->scheme, sizeof(t->scheme)) ||
		!url_part(u, CURLUPART_HOST, 0, t->host, sizeof(t->host)) ||
		!url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, t->port, sizeof(t->port)))
		return -EINVAL;
	*ret_why = "the URL holds credentials";
	if (url_part(u, CURLUPART_USER, 0, none, sizeof(none)) || url_part(u, CURLUPART_PASSWORD, 0, none, sizeof(none)))
		return -EACCES;
	*ret_why = "only https is allowed";
	bool is_https = strcmp(t->scheme, "https") == 0;
	return is_https || (c->allows_private && strcmp(t->scheme, "http") == 0) ? 0 : -EACCES;
}

/* "[::1]" is how a URL writes it; getaddrinfo wants it bare. */
static void bare_host(const struct target *t, char dst[256])
{
	size_t n = strlen(t->host);
	bool is_v6 = n > 2 && t->host[0] == '[';
	snprintf(dst, 256, "%.*s", (int)(is_v6 ? n - 2 : n), t->host + (is_v6 ? 1 : 0));
}

/* Looks the name up, refuses what is not public, and fixes the rest so that no second look-up can
 * lead elsewhere. */
static int pin(const struct http_client *c, struct target *t, const char **ret_why)
{
	char host[256], text[INET6_ADDRSTRLEN];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct buf b;
	int n = 0, err = 0;
	bare_host(t, host);
	*ret_why = "the host name cannot be resolved";
	if (getaddrinfo(host, t->port, &hints, &found) != 0)
		return -ENOENT;
	buf_init(&b, t->pin, sizeof(t->pin) - 1);
	buf_printf(&b, "%s:%s:", host, t->port);
	for (const struct addrinfo *a = found; a && err == 0; a = a->ai_next) {
		if (!c->allows_private && !address_is_public(a->ai_addr))
			err = -EACCES;
		else if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) == 0)
			buf_printf(&b, a->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", n++ ? "," : "", text);
	}
	freeaddrinfo(found);
	*ret_why = err ? "the host has a private or special address" : "the host has too many addresses";
	t->pin[b.n] = '\0';
	return err ? err : buf_ok(&b) && n > 0 ? 0 : -EINVAL;
}

static size_t on_body(char *data, size_t one, size_t n, void *arg)
{
	struct collect *c = arg;
	(void)one;
	if (c->n + n > c->cap) {
		c->is_too_large = true;
		return 0;
	}
	memcpy(c->p + c->n, data, n);
	c->n += n;
	return n;
}

/* What follows a 101 is another protocol, and may never end: its head is the whole answer. */
static size_t on_head(char *data, size_t one, size_t n, void *arg)
{
	struct collect *c = arg;
	struct str line = {data, one * n};
	struct str words = line;
	if (str_is(str_split(&words, ' '), STR("HTTP/1.1")))
		c->is_upgraded = str_is(str_split(&words, ' '), STR("101"));
	return c->is_upgraded && str_is(line, STR("\r\n")) ? 0 : line.n;
}

static void free_list(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

static struct curl_slist *add_headers(struct curl_slist *list, const struct http_request *req, struct arena *arena)
{
	for (uint32_t i = 0; i < req->n_headers; i++) {
		const struct http_header *h = &req->headers[i];
		char *line = arena_printf(arena, STR_FMT ": " STR_FMT, STR_ARG(h->name), STR_ARG(h->value));
		if (line && !strpbrk(line, "\r\n"))
			list = curl_slist_append(list, line);
	}
	return curl_slist_append(list, "Expect:");
}

static void set_options(struct http_client *c, const struct http_request *req, const char *url, const char *method,
	struct collect *body, char error[CURL_ERROR_SIZE])
{
	CURL *h = c->curl;
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, c->allows_private ? "https,http" : "https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)req->timeout_ms);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "ringdown/" RINGDOWN_VERSION);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, body);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(h, CURLOPT_MAXFILESIZE, (long)c->body_max_bytes);
	if (c->ca_file)
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
	if (req->body.n > 0 || strcmp(method, "POST") == 0) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, req->body.n ? req->body.p : "");
	}
}

static const struct {
	CURLcode code;
	int err;
} curl_errors[] = {
	{CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT},
	{CURLE_COULDNT_CONNECT, -ECONNREFUSED},
	{CURLE_FILESIZE_EXCEEDED, -EMSGSIZE},
};

static int error_of(CURLcode code, const struct collect *body)
{
	if (body->is_too_large)
		return -EMSGSIZE;
	for (size_t i = 0; i < ARRAY_LEN(curl_errors); i++)
		if (curl_errors[i].code == code)
			return curl_errors[i].err;
	return -EPROTO;
}

static void take_answer(struct http_client *c, struct arena *arena, const struct collect *body, struct http_response *r)
{
	long status = 0;
	char *type = NULL;
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	r->status = (int)status;
	r->content_type = arena_str(arena, str_of(type));
	r->body = (struct str){body->p, body->n};
}

int http_client_run(struct http_client *c, const struct http_request *req, struct arena *arena,
	struct http_response *ret_response)
{
	struct target target;
	struct collect body = {.arena = arena, .cap = c->body_max_bytes};
	char error[CURL_ERROR_SIZE] = "";
	const char *why;
	*ret_response = (struct http_response){0};
	char *url = arena_strdup(arena, req->url);
	char *method = arena_strdup(arena, req->method);
	body.p = arena_alloc(arena, body.cap + 1);
	if (!url || !method || !body.p || req->url.n > URL_MAX)
		return fail(ret_response, arena, -EINVAL, "the URL is too long, or there is no memory");
	int err = parse_url(c, url, &target, &why);
	if (err == 0)
		err = pin(c, &target, &why);
	if (err < 0)
		return fail(ret_response, arena, err, why);
	set_options(c, req, url, method, &body, error);
	AUTO(free_list) struct curl_slist *pins = curl_slist_append(NULL, target.pin);
	AUTO(free_list) struct curl_slist *headers = add_headers(NULL, req, arena);
	curl_easy_setopt(c->curl, CURLOPT_RESOLVE, pins);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(c->curl);
	if (code != CURLE_OK && !body.is_upgraded)
		return fail(ret_response, arena, error_of(code, &body), error[0] ? error : curl_easy_strerror(code));
	take_answer(c, arena, &body, ret_response);
	return 0;
}
