/* api_private.h - what the files api_*.c share, and what they need of the plane. */
#ifndef API_PRIVATE_H
#define API_PRIVATE_H

#include "api_match.h"
#include "json_help.h"
#include "plane_private.h"
#include "pool.h"
#include "ringdown/plane/api.h"
#include "ringdown/plane/bearer.h"

/* SPDX-License-Identifier: MIT */

/* api_run.c: what a worker does with a request. */
void api_run(struct worker *w, struct plane_request *r);
/* The pool whose workers answer it, by the route table; NULL: the plane's own thread. */
struct pool *api_pool_of(struct plane *p, const struct plane_request *r);

/* api_auth.c: 0, or an answer has been given and -EACCES. */
int api_authenticate(struct api *a);

/* auth_twilio.c: the same */
int api_authenticate_twilio(struct api *a);

/* auth_url.c: the same */
int api_authenticate_url(struct api *a);

/* api_idempotency.c (PLANE.md 2.5): false: an answer has been given, or given again. */
bool idempotency_enter(struct api *a);
void idempotency_leave(struct api *a); /* keeps the answer, where there is a key */

/* cors.c: headers of every answer to a page of another origin; whether it asks for no more than that. */
void cors_headers(struct plane *p, struct plane_request *r);
void cors_preflight(struct plane_request *r, const char *allow);

/* api_reply.c */
void api_done(struct api *a); /* frees what is jansson's */
void api_reason(struct api *a, int status, struct str reason, struct str detail); /* api_problem without a format */

#endif
