/* SPDX-License-Identifier: MIT */
#include "ringdown/twilio/media.h"

#include <errno.h>

#include "client.h"
#include "ringdown/wire/form.h"

enum { MEDIA_TIMEOUT_MS = 3600000, REDIRECTS_MAX = 3 };

struct filter { /* sound goes to the listener's sink, anything else is collected */
	const struct http_sink *sink;
};

static int on_begin(const struct http_response *head, void *arg)
{
	const struct filter *f = arg;
	return head->status == 200 || head->status == 206 ? f->sink->begin(head, f->sink->arg) : 0;
}

static int on_piece(struct str bytes, void *arg)
{
	const struct filter *f = arg;
	return f->sink->piece(bytes, f->sink->arg);
}

static struct str media_url(struct twilio *t, const struct twilio_account *a, const struct twilio_media *m,
	struct arena *arena)
{
	struct buf b;
	char *mem = arena_alloc(arena, URL_BYTES_MAX);
	buf_init(&b, mem, mem ? URL_BYTES_MAX : 0);
	buf_put(&b, client_base(t, a, "api", arena));
	buf_put(&b, STR("/2010-04-01/Accounts/"));
	percent_put(&b, a->sid);
	buf_put(&b, STR("/Recordings/"));
	percent_put(&b, m->recording_sid);
	buf_putc(&b, '.');
	buf_put(&b, str_of(m->extension));
	return buf_str(&b);
}

static void put_header(struct http_request *req, struct str name, struct str value)
{
	if (value.n > 0)
		req->headers[req->n_headers++] = (struct http_header){name, value};
}

static bool is_redirect(const struct http_response *r)
{
	return (r->status == 301 || r->status == 302 || r->status == 303 || r->status == 307 || r->status == 308) &&
		http_response_header(r, "location").n > 0;
}

int twilio_media_fetch(struct twilio *t, const struct twilio_account *a, const struct twilio_media *m,
	struct arena *arena, struct http_response *ret_response)
{
	struct filter filter = {m->sink};
	const struct http_sink sink = {on_begin, on_piece, &filter};
	struct http_request req = {.method = m->is_head ? STR("HEAD") : STR("GET"), .url = media_url(t, a, m, arena),
		.user = a->user, .password = a->password, .connect_timeout_ms = TWILIO_CONNECT_MS,
		.timeout_ms = m->timeout_ms ? m->timeout_ms : MEDIA_TIMEOUT_MS, .sink = &sink};
	put_header(&req, STR("Range"), m->range);
	put_header(&req, STR("If-Range"), m->if_range);
	for (int n = 0;; n++) {
		int err = http_client_run(t->http, &req, arena, ret_response);
		if (err < 0 || !is_redirect(ret_response))
			return err;
		if (n == REDIRECTS_MAX)
			return -ELOOP;
		req.url = http_response_header(ret_response, "location");
		req.user = req.password = (struct str){0}; /* where it leads to is not Twilio's API any more */
	}
}
