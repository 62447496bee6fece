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

struct http_client;
struct http_client_settings {
	const char *ca_file;     /* NULL: the system's */
	bool allows_private;     /* loopback and private addresses, and plain http: development and tests */
	size_t body_max_bytes;   /* of an answer; 0 = 64 KiB */
	const _Atomic bool *is_cancelled; /* borrowed, or NULL: once true, requests end within a second */
};
struct http_header {
	struct str name, value;
};
struct http_request {
	struct str method, url, body;
	struct http_header headers[16];
	uint32_t n_headers;
	uint32_t timeout_ms; /* whole request; 0 = 10 s */
};
struct http_response {
	int status;            /* 0: no answer; see error; 101 (an upgrade that was asked for) ends the request */
	struct str content_type, body; /* in the arena */
	struct str error;      /* words for a human when the call failed; never holds a secret */
};

int http_client_global_init(void); /* once, before threads */
struct http_client *http_client_new(const struct http_client_settings *s);
struct http_client *http_client_free(struct http_client *c);
/* 0: an HTTP answer of any status.  -EACCES: the URL or its address is not allowed; -ETIMEDOUT;
 * -ECONNREFUSED; -ENOENT: no such host; -EMSGSIZE: answer too large; -EPROTO: TLS or HTTP failure;
 * -EINVAL: not a URL, or a header with a line break in it; -ECANCELED; -ENOMEM. */
int http_client_run(struct http_client *c, const struct http_request *req, struct arena *arena,
	struct http_response *ret_response);

#endif
