/* plane_private.h - the plane's own state, shared by its handlers. */
#ifndef PLANE_PRIVATE_H
#define PLANE_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "book.h"
#include "ringdown/base/inbox.h"
#include "ringdown/wire/form.h"

/* SPDX-License-Identifier: MIT */

enum { RESUMES_MAX = 5, TOKEN_LIFE_S = 120, KEY_BYTES = 32 };

struct plane {
	struct plane_settings settings;
	struct inbox inbox;
	sem_t wake;
	pthread_t thread;
	bool is_running;
	_Atomic bool is_ready, is_draining;
	struct book book;
	struct assistant_set *set;       /* the thread's own */
	_Atomic(struct assistant_set *) fresh; /* given, not yet taken over; NULL: none */
	uint8_t key[KEY_BYTES];
	struct str token_key;
	char stream_base[512];           /* public_url with ws or wss */
};

struct webhook { /* a request that is Twilio's: authentic, and its fields */
	struct plane *plane;
	struct plane_request *request;
	struct form *form;
	int64_t now_s;
};

void reply_problem(struct plane_request *r, int status, const char *detail);
void reply_text(struct plane_request *r, int status, const char *type, struct str text);

/* webhooks.c: handlers that answer TwiML */
void webhook_voice(struct webhook *w);
void webhook_after(struct webhook *w);
void webhook_status(struct webhook *w);

/* claims.c */
void claim_handle(struct plane *p, struct plane_claim *c, int64_t now_s);
void result_handle(struct plane *p, struct plane_result *r, int64_t now_s);
/* A token for the row's call, in ret_text. */
int claim_token(struct plane *p, struct book_row *row, int64_t now_s, char ret_text[TOKEN_TEXT_MAX]);

#endif
