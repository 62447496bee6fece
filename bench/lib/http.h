/* http.h - one HTTP/1.1 POST over a connection of its own. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include "conn.h"
#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

struct http {
	struct conn conn;
	/* Once a request; status 0: no whole answer came.  The views are good until it returns. */
	void (*done)(struct http *h, int status, struct str body);
	bool is_over;
};

/* extra_head: header lines, each with \r\n.  done is always called, from the loop or, when there is no such address,
 * at once. */
void http_post(struct http *h, struct loop *l, const char *host, int port, SSL_CTX *tls, const char *path,
	const char *extra_head, struct str body);
void http_abort(struct http *h); /* done is not called any more */

#endif
