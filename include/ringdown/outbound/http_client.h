/* http_client.h - blocking HTTP requests by libcurl, for worker threads only: deadline (the look-up of
 * the name within it), size limits, no redirects, and a guard that sees the very address each socket
 * is about to connect to and refuses private and special ones: no spelling of a URL and no second
 * look-up leads round it.  One client a thread: it keeps connections alive. */
#ifndef RINGDOWN_OUTBOUND_HTTP_CLIENT_H
#define RINGDOWN_OUTBOUND_HTTP_CLIENT_H

#include <stdatomic.h>

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum { HTTP_KEPT_MAX = 12 };

struct http_client;
struct http_client_settings {
	const char *ca_file;     /* NULL: the system's */
	bool allows_private;     /* loopback and private addresses, and plain http: development and tests */
	const char *private_targets; /* or NULL: "host:port, host:port", for which alone the same is allowed */
	size_t body_max_bytes;   /* of an answer; 0 = 64 KiB */
	const _Atomic bool *is_cancelled; /* borrowed, or NULL: once true, requests end within a second */
};
struct http_header {
	struct str name, value;
};
struct http_response {
	int status;            /* 0: no answer; see error; 101 (an upgrade that was asked for) ends the request */
	struct str content_type, body; /* in the arena */
	/* Of the answer's header, names in lower case: retry-after, location, etag, last-modified, accept-ranges,
	 * content-length, content-range, content-disposition, twilio-request-id. */
	struct http_header headers[HTTP_KEPT_MAX];
	uint32_t n_headers;
	int64_t retry_after_s; /* what Retry-After says, as seconds from now; 0: nothing */
	bool has_left;         /* some of the request went out: without an answer nobody knows what came of it */
	struct str error;      /* words for a human when the call failed; never holds a secret */
};
struct http_sink { /* takes an answer as it comes, instead of response.body */
	/* Status and headers are known.  1: the body goes to piece(); 0: it is collected as ever; < 0: the request ends. */
	int (*begin)(const struct http_response *head, void *arg);
	int (*piece)(struct str bytes, void *arg); /* may wait, within the request's deadline; < 0: the request ends */
	void *arg;
};
struct http_request {
	struct str method, url, body;
	struct http_header headers[16];
	uint32_t n_headers;
	struct str user, password;    /* Basic authentication when there is a user */
	uint32_t timeout_ms;          /* whole request; 0 = 10 s */
	uint32_t connect_timeout_ms;  /* look-up, TCP and TLS; 0: no limit but the whole's */
	size_t body_max_bytes;        /* of this answer; 0: the client's */
	const struct http_sink *sink; /* or NULL */
	/* Never sent twice: a new connection, as curl sends again by itself what it lost on one that it had kept. */
	bool is_once;
};

/* Are host and port of the URL among "host:port, host:port", as private_targets are? */
bool http_is_private_target(const char *targets, struct str url);

int http_client_global_init(void); /* once, before threads */
struct http_client *http_client_new(const struct http_client_settings *s);
struct http_client *http_client_free(struct http_client *c);
/* 0: an HTTP answer of any status.  -EACCES: the URL or its address is not allowed; -ETIMEDOUT;
 * -ECONNREFUSED; -ENOENT: no such host; -EMSGSIZE: answer too large; -EPROTO: TLS or HTTP failure;
 * -EINVAL: not a URL, or a header with a line break in it; -ECANCELED; -ENOMEM; what the sink gave. */
int http_client_run(struct http_client *c, const struct http_request *req, struct arena *arena,
	struct http_response *ret_response);
struct str http_response_header(const struct http_response *r, const char *name); /* lower case; empty: absent */

#endif
