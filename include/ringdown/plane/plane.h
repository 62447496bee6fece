/* plane.h - the HTTP side: webhooks, TwiML, the REST API (api.h), health, metrics, and the book of calls that ties a
 * webhook to the media stream that follows it.  One thread answers what needs nothing but the book, workers all that
 * may wait for a database or for Twilio, callers' webhooks by workers of their own.  Loops talk to them only by
 * posting, and get answers through a callback that posts back.  Nothing here touches a socket. */
#ifndef RINGDOWN_PLANE_PLANE_H
#define RINGDOWN_PLANE_PLANE_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"
#include "ringdown/base/feed.h"
#include "ringdown/plane/assistant.h"
#include "ringdown/plane/settings.h"

/* SPDX-License-Identifier: MIT */

enum {
	PLANE_FORM_MAX = 65536,      /* a body of application/x-www-form-urlencoded, in bytes */
	PLANE_BODY_MAX = 1 << 20,    /* any other body */
	PLANE_REPLY_MAX = 65536,     /* TwiML, metrics */
	PLANE_HEADERS_MAX = 12,      /* of a reply, beside those link writes on every one */
	PLANE_HISTORY_MAX = 64,
};

struct plane;

struct plane_turn { /* one turn of a conversation to be resumed; text in the claim's arena */
	/* a literal: "caller", "assistant", "tool_call", "tool_output", "dtmf", or "note": what the plane has to say */
	const char *kind;
	struct str text, call_id, name;
};
/* Copies the turn's texts into the arena and puts it last; the oldest leaves when there are PLANE_HISTORY_MAX. */
void plane_history_add(struct plane_turn *history, uint32_t *n, struct arena *a, const struct plane_turn *turn);

struct plane *plane_new(const struct plane_settings *s, struct assistant_set *set); /* takes a reference */
/* Joins the thread: nothing calls `done` or `replaced` any more, and every submit gives -EAGAIN.  Before whoever
 * these lead to goes away.  NULL is fine, and so is twice. */
void plane_stop(struct plane *p);
struct plane *plane_free(struct plane *p); /* stops it first; no other thread may use it any more */
/* For requests from now on; any thread.  -ENOMEM: the old one stays. */
int plane_set_auth_token(struct plane *p, struct str auth_token);
void plane_set_assistants(struct plane *p, struct assistant_set *set); /* any thread; takes a reference */
void plane_set_ready(struct plane *p, bool is_ready);        /* /readyz; any thread */
void plane_set_draining(struct plane *p, bool is_draining);  /* webhooks answer for a node that leaves */
void plane_set_full(struct plane *p, bool is_full);          /* as many calls live as may be: new ones hear "busy" */

/* ---- HTTP ---- */
struct plane_header {
	const char *name;  /* a literal, lower case, with its colon: "etag:" */
	struct str value;  /* in the request's arena, terminated; no control characters */
};
struct plane_request { /* one block; link fills the top half and gets it back through `done` */
	struct arena arena;
	struct str method, path, content_type; /* in the arena, as all that follow; empty: not there */
	struct str query; /* without the '?'; its percent escapes are decoded already: lws does that */
	struct str signature, idempotency_token; /* X-Twilio-Signature, I-Twilio-Idempotency-Token */
	struct str authorization, client_authorization; /* Authorization, X-Client-Authorization */
	struct str org, shared_org;              /* orgid, shared-org-id */
	struct str request_id, origin;           /* X-Request-Id: the peer's where that is fit, else ours; Origin */
	struct str if_match, idempotency_key, range, if_range, last_event_id;
	struct str peer;                         /* its address, "192.0.2.1" */
	struct str body;
	bool is_admin;  /* came by the admin listener: nothing but its own paths is answered there */
	bool is_local;  /* the peer is this machine */
	int64_t received_us;
	void (*done)(struct plane_request *req); /* the plane's thread or a worker; posts back to the loop */
	feed_wake_fn *more;     /* for feed_new, with owner and connection_id: the loop goes on with the body */
	void *owner;
	uint64_t connection_id;
	struct plane *plane;    /* who it was submitted to; plane's */
	/* reply */
	int status;
	const char *reply_type; /* a literal */
	struct str reply;       /* in the arena; any size */
	struct feed *feed;      /* or NULL: the body comes from here, `length` bytes of it; the request's to leave */
	uint64_t length;        /* of a body that is not in reply: fed, or what HEAD leaves out */
	struct plane_header headers[PLANE_HEADERS_MAX];
	uint32_t n_headers;
	struct plane_request *next;
};
struct plane_request *plane_request_new(void); /* NULL: no memory */
struct plane_request *plane_request_free(struct plane_request *r);
/* Takes the request over.  -EAGAIN: too many wait, or the plane is stopped; answer 503.  Never blocks; any thread. */
int plane_submit(struct plane *p, struct plane_request *r);
void plane_handle(struct plane *p, struct plane_request *r); /* what the plane's thread does; tests call it */
/* The reply of a request that goes no further: application/problem+json.  Any thread; detail: no secrets. */
void plane_refuse(struct plane *p, struct plane_request *r, int status, const char *detail);

/* ---- media streams ---- */
/* Is a WebSocket upgrade on this path with this signature to be let in?  101, or the status to refuse
 * with (403, 404, 503).  Pure check of settings; any thread.  ret_org, ret_assistant: views into path
 * (empty for /media-stream). */
int plane_check_upgrade(struct plane *p, struct str path, struct str signature, struct str *ret_org,
	struct str *ret_assistant);

struct plane_claim { /* a stream has started: who is it, and what is to be done? */
	struct arena arena;
	struct str call_sid, stream_sid, account_sid, path_assistant, token;
	struct plane_parameter {
		struct str name, value;
	} parameters[32]; /* customParameters without the token */
	uint32_t n_parameters;
	void (*done)(struct plane_claim *claim); /* plane thread */
	/* Called later, on the plane thread, when a newer stream of this call replaced this one. */
	void (*replaced)(void *owner, uint64_t session_id);
	void *owner;
	uint64_t session_id;
	/* answer */
	int error;                    /* 0, -EACCES (token), -ENOENT (assistant), -EBUSY, -EINVAL */
	const char *why;              /* words for the log and the close reason */
	struct assistant_set *set;    /* a reference for the session to give back */
	const struct assistant *assistant;
	struct str caller, called;    /* From and To of the webhook, or of the parameters */
	bool is_resumed;
	struct plane_turn history[PLANE_HISTORY_MAX]; /* newest turns of what was said before */
	uint32_t n_history;
	struct plane_claim *next;
};
struct plane_claim *plane_claim_new(void);
struct plane_claim *plane_claim_free(struct plane_claim *c); /* does not touch the set's reference */
int plane_claim_submit(struct plane *p, struct plane_claim *c); /* as plane_submit */

enum plane_outcome { PLANE_NONE, PLANE_COMPLETE, PLANE_TRANSFER, PLANE_FAILED, PLANE_LIMIT };
struct plane_result { /* how a stream ended; sent before its socket is closed */
	struct arena arena;
	struct str call_sid, stream_sid;
	enum plane_outcome outcome;
	struct str target_name, target_number; /* PLANE_TRANSFER */
	struct plane_turn history[PLANE_HISTORY_MAX];
	uint32_t n_history;
	struct plane_result *next;
};
struct plane_result *plane_result_new(void);
struct plane_result *plane_result_free(struct plane_result *r);
int plane_result_submit(struct plane *p, struct plane_result *r); /* as plane_submit */

#endif
