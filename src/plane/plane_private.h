/* plane_private.h - the plane's own state, shared by its handlers. */
#ifndef PLANE_PRIVATE_H
#define PLANE_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "book.h"
#include "flow_cache.h"
#include "pool.h"
#include "ringdown/base/inbox.h"
#include "ringdown/twilio/twilio.h"
#include "ringdown/wire/form.h"
#include "ringdown/wire/problem.h"
#include "sweeper.h"
#include "stream_passes.h"

/* SPDX-License-Identifier: MIT */

enum {
	RESUMES_MAX = 5,
	WAITS_MAX = 15,    /* times a caller is sent round while this node cannot serve: 2 s each */
	TOKEN_LIFE_S = 120,
	TOKEN_KEY_BYTES = 32,
};

struct plane_secret { /* an auth token; immutable, and kept until the end: a loop may be reading it */
	struct plane_secret *older;
	size_t n;
	char bytes[];
};

struct plane {
	struct plane_settings settings;
	struct inbox inbox;
	sem_t wake;
	pthread_t thread;
	bool is_running;
	_Atomic bool is_ready, is_draining, is_full, is_stopped;
	struct pool webhook_workers, api_workers;
	struct sweeper sweeper;
	pthread_mutex_t book_mutex;      /* book, set; workers want them too: book_lock */
	struct twilio_gate *gate;        /* with a store: of all workers' clients */
	struct book book;
	struct assistant_set *set;
	_Atomic(struct assistant_set *) fresh; /* given, not yet taken over; NULL: none */
	_Atomic(struct plane_secret *) auth_token;
	uint8_t key[TOKEN_KEY_BYTES];
	struct str token_key;
	struct flow_cache flows;
	struct str flow_key;             /* seals where calls are in their flows */
	struct stream_passes passes;     /* who may come in beside those with auth_token */
	char stream_base[512];           /* public_url with ws or wss */
};

/* now_s, here and in the book, is of clock_now_us(): a wall clock that is set forward loses no call (FAULTS 58). */
struct webhook { /* a request that is Twilio's: authentic, and its fields */
	struct plane *plane;
	struct plane_request *request;
	struct form *form;
	int64_t now_s;
};

/* bridge.c: for microseconds, and never by a loop; assistants that were given meanwhile are taken over. */
void book_lock(struct plane *p);
void book_unlock(struct plane *p);

/* plane.c */
void plane_take_fresh_set(struct plane *p); /* with the book locked */
struct str plane_auth_token(struct plane *p); /* any thread */

/* routes.c */
struct str path_without_api(struct str path); /* the platform's clients put /api before every path */
void reply_problem(struct plane_request *r, int status, const char *detail);
/* instance, request_id and base_url are filled in. */
void reply_problem_with(struct plane_request *r, const struct problem *problem);
/* name: a literal, "allow:"; value: a literal or of the arena; NULL: none.  Beyond PLANE_HEADERS_MAX: left out. */
void reply_header(struct plane_request *r, const char *name, const char *value);
void reply_text(struct plane_request *r, int status, const char *type, struct str text);

int webhook_read_form(struct plane_request *r, struct form *form); /* < 0: refused, and answered */
bool webhook_is_authentic(struct plane *p, const struct plane_request *r, const struct form *form);

/* parameters.c: the query of our URLs, and of the operator's */
uint32_t query_number(struct str query, struct str name); /* 0: absent, or not a number */
/* "?name=value&...": every field of the query but ours, each escaped, behind what b holds. */
void query_put_custom(struct buf *b, struct str query);
void query_put_escaped(struct buf *b, struct str query);  /* as it was before lws decoded it */
/* Calls put for each field that a <Parameter> may carry. */
typedef void query_field_fn(struct str name, struct str value, void *arg);
void query_each_custom(struct str query, query_field_fn *put, void *arg);

/* documents.c: TwiML */
void reply_connect(struct webhook *w, struct book_row *row);
void reply_sorry(struct webhook *w);
void reply_fallback(struct webhook *w);  /* sorry; but fallback_number is dialled, if there is one */
void reply_busy(struct webhook *w);      /* the call was never answered */
/* In a moment, after?n= with this n; reply_fallback once that was said often enough. */
void reply_come_back(struct webhook *w, uint32_t n);
void reply_dial(struct webhook *w, const struct book_row *row);
void reply_hangup(struct webhook *w);
void reply_nothing(struct webhook *w);

/* webhooks.c: handlers that answer TwiML */
void webhook_voice(struct webhook *w);
void webhook_after(struct webhook *w);
void webhook_status(struct webhook *w);

/* claims.c */
void claim_handle(struct plane *p, struct plane_claim *c, int64_t now_s);
void result_handle(struct plane *p, struct plane_result *r, int64_t now_s);
/* A token for the row's call, in ret_text.  The same request asked again gets the same token while it is good. */
int claim_token(
	struct plane *p, struct book_row *row, struct str idempotency_token, int64_t now_s, char ret_text[TOKEN_TEXT_MAX]);

#endif
