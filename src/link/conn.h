/* conn.h - an accepted socket, from accept to close: an HTTP request or a caller's media stream.
 * Found by lws through its opaque pointer, and by answers from other threads through its id. */
#ifndef RINGDOWN_LINK_CONN_H
#define RINGDOWN_LINK_CONN_H

#include "leg_lws.h"
#include "shard.h"

/* SPDX-License-Identifier: MIT */

enum conn_kind { CONN_FRESH, CONN_HTTP, CONN_STREAM };

enum {
	CONN_REQUEST_TIMEOUT_MS = 10000, /* a request's head and body; as long again to read each piece of the answer */
	CONN_START_TIMEOUT_MS = 5000,
	CONN_CLOSE_TIMEOUT_MS = 5000,    /* what waits, our close frame, the peer's */
	CONN_QUIET_PING_MS = 5000,       /* a stream without a message: ask whether it is there */
	CONN_BAD_IN_A_ROW_MAX = 20,
	CONN_TAG_MAX = 48,
};

enum caller_fault {
	CALLER_FAULT_MALFORMED,
	CALLER_FAULT_UNKNOWN,
	CALLER_FAULT_EARLY,
	CALLER_FAULT_SECOND_START,
	CALLER_FAULT_OTHER_STREAM,
	CALLER_FAULT_TRACK,
	CALLER_FAULT_PAYLOAD,
	CALLER_FAULT_REPEAT,
	CALLER_FAULT_GAP,
};

struct plane_request;
struct conn {
	struct shard *shard;
	struct conn *next, *prev;      /* of its bucket, conn_find */
	struct pending pending;        /* in the hall, until the plane lets its stream in */
	bool is_ending;                /* deadline_us is that of the close */
	struct lws *wsi;
	uint64_t id;
	struct arrival arrival;
	enum conn_kind kind;
	int64_t deadline_us;           /* request complete, or stream started, until then; INT64_MAX: done */
	/* CONN_HTTP */
	struct plane_request *request; /* being collected; NULL while the plane has it */
	char *body;                    /* in the request's arena */
	size_t body_n, body_expected;
	struct plane_request *reply;   /* answered; being written */
	bool is_headed;                /* headers are out */
	size_t n_written;              /* bytes of the body that are */
	/* CONN_STREAM */
	struct leg leg;
	struct bytes part;             /* a message whose end has not come yet */
	bool is_skipping;              /* it is over the cap: the rest of it is thrown away */
	struct session *session;       /* NULL before start, and after the call's end */
	char org[64], assistant[64];   /* of the path */
	int64_t heard_us;              /* last message */
	bool is_pinged;                /* since then */
	uint32_t bad_in_a_row, n_ignored;
	uint32_t told_faults;          /* bits: enum caller_fault */
};

extern const struct lws_protocols conn_protocols[]; /* of the server vhost */

/* Hands a socket of the porch to lws; closes it when that fails. */
void conn_adopt(struct shard *s, int fd, const struct arrival *arrival, int64_t deadline_us);
void conn_count(struct shard *s, int by); /* accepted sockets, on the porch and beyond */
void conn_tick(struct shard *s); /* enforces deadlines, of a share of the sockets each time */
struct conn *conn_find(struct shard *s, uint64_t id); /* NULL: gone meanwhile */

/* http_leg.c: each returns what the lws callback returns */
int http_on_request(struct conn *c);
int http_on_body(struct conn *c, const void *in, size_t n);
int http_on_body_complete(struct conn *c);
int http_on_writable(struct conn *c);
void http_on_reply(struct conn *c, struct plane_request *reply);
void http_done(struct conn *c);

/* http_head.c */
int http_copy_head(struct conn *c); /* into c->request; -EINVAL: there is no request line to speak of */
/* 0 and the length of the body, or the status to refuse with. */
int http_body_length(struct conn *c, size_t *ret_n, const char **ret_why);

/* stream_leg.c */
int stream_on_upgrade(struct conn *c); /* non-zero: refused, and answered */
int stream_on_established(struct conn *c);
int stream_on_receive(struct conn *c, const void *in, size_t n);
void stream_on_closed(struct conn *c);

/* caller_faults.c */
const char *conn_tag(const struct conn *c, char text[CONN_TAG_MAX]); /* "call=7 sid=CA..c3", "conn=12" before */
void caller_fault(struct conn *c, enum caller_fault fault);          /* counted; told once a kind and socket */

#endif
