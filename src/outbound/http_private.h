/* http_private.h - what the client's files share: one request under way, and how its answer is taken. */
#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include <curl/curl.h>

#include "ringdown/outbound/http_client.h"

/* SPDX-License-Identifier: MIT */

struct http_body { /* grows by doubling, kept from request to request */
	char *p;
	size_t n, cap;
};

struct http_client {
	CURL *curl;
	char *ca_file, *private_targets;
	bool allows_private;
	size_t body_max_bytes;
	const _Atomic bool *is_cancelled;
	struct http_body body;
};

struct exchange { /* one request: what its callbacks are given */
	struct http_client *client;
	struct arena *arena;
	struct http_response *response;
	const struct http_sink *sink;
	size_t body_max_bytes;
	int sink_err;          /* what ended the request, or 0 */
	bool allows_private;   /* for this URL */
	bool is_too_large, is_upgraded, is_refused, has_begun, is_streaming, is_out_of_memory;
};

/* http_answer.c */
void answer_set_callbacks(CURL *h, struct exchange *x);
int answer_end(struct exchange *x); /* whole: what is known of it goes to the response; -ENOMEM, or what the sink gave */

/* http_url.c: -EINVAL, -EACCES, and words.  ret_allows_private: plain http and private addresses are. */
int url_check(const struct http_client *c, const char *url, bool *ret_allows_private, const char **ret_why);

#endif
