/* api.h - what a handler of the REST API has: the request as it was understood, whose it is, and the ways to answer.
 * A handler runs on a worker (plane.h): plain blocking code, one request at a time, the worker's own store connection.
 * It answers exactly once, with api_json, api_record, api_list, api_twiml, api_bytes, api_empty or api_problem.
 * Rows are const tables, one file a resource; api_table.c lists them. */
#ifndef RINGDOWN_PLANE_API_H
#define RINGDOWN_PLANE_API_H

#include <jansson.h>

#include "ringdown/plane/plane.h"
#include "ringdown/store/record.h"

/* SPDX-License-Identifier: MIT */

enum auth_kind {
	AUTH_PUBLIC,     /* anybody */
	AUTH_JWT,        /* bearer token with the row's scope; a.scope.org is the org it names */
	AUTH_TWILIO,     /* X-Twilio-Signature of an integration; a.form, a.scope.org, a.integration_sk; webhook workers */
	AUTH_SIGNED_URL, /* ?e&k&s (signed_url.h) fit this path; the org is in the field o */
	AUTH_ADMIN,      /* the admin listener */
};

enum api_flag {
	API_IDEMPOTENT = 1,    /* honours Idempotency-Key */
	API_RAW_BODY = 2,      /* the body is not JSON: request->body */
	API_ON_WEBHOOKS = 4,   /* a caller waits for it: webhook workers, whatever the auth kind */
	API_NO_ORG = 8,        /* AUTH_PUBLIC: no org, no scope */
};

enum { API_PATH_VALUES_MAX = 4 };

struct twilio;
struct form;
struct api_route;
struct api_subject {
	struct str user_sk;       /* empty: an app */
	struct str email;         /* of the user; of an app its id */
	bool is_app;
	struct str roles, scopes; /* blank-separated; what they grant together */
};

struct api { /* one request; everything dies with it */
	struct plane_request *request;
	struct arena *arena;
	struct plane *plane;
	struct store_conn *store;
	struct twilio *twilio;
	struct store_scope scope; /* org and author (AUTH_JWT: e-mail; AUTH_TWILIO: "twilio") */
	int64_t now_ms;           /* Unix time */
	const struct api_route *route;
	struct str path_values[API_PATH_VALUES_MAX]; /* of the row's {names}, in order; decoded */
	json_t *body;             /* AUTH_JWT, AUTH_PUBLIC; POST, PUT, PATCH: an object (of an empty body: an empty one), else NULL */
	const struct form *form;  /* AUTH_TWILIO */
	struct api_subject subject;
	struct api_subject app;   /* the app that brought the user's token (x-client-authorization); is_app false: none */
	struct str integration_sk;
	/* api_*.c's own */
	struct str bearer_id;     /* jti of the token in Authorization */
	int64_t bearer_expires_s;
	struct str idempotency_owner;
	json_t *faults, *members, *warnings;
	bool is_answered;
};

typedef void api_fn(struct api *a);
struct api_route {
	const char *method, *path; /* "/phone/numbers/{id}": a literal segment wins over a name; GET serves HEAD as well */
	enum auth_kind auth;
	const char *scope;         /* AUTH_JWT: "users:read"; "a|b": either; NULL: any good token */
	api_fn *handler;
	unsigned flags;            /* enum api_flag */
	const char *summary;       /* of /openapi.json */
};

/* ---- answers; what is `stolen` is freed, NULL is a want of memory (500) ---- */
void api_json(struct api *a, int status, json_t *steal);
void api_record(struct api *a, int status, const struct record *r, const struct record_kind *k); /* envelope, ETag */
/* alias: a second name of `data` ("conversations"), or NULL. */
void api_list(struct api *a, const struct record_list *l, const struct record_kind *k, const char *alias);
/* As api_record and api_list, but `data` is what fill makes of it (stolen members may be added; it may be replaced). */
typedef void api_fill_fn(struct api *a, const struct record *r, json_t *data);
void api_record_filled(struct api *a, int status, const struct record *r, const struct record_kind *k, api_fill_fn *fill);
void api_list_filled(struct api *a, const struct record_list *l, const struct record_kind *k, const char *alias, api_fill_fn *fill);
void api_twiml(struct api *a, struct str text);                      /* 200 text/xml; text in the arena */
void api_bytes(struct api *a, int status, const char *type, struct str bytes); /* type: a literal; bytes in the arena */
void api_empty(struct api *a);                                       /* 204 */
void api_header(struct api *a, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* "etag:" */
json_t *api_envelope(const struct record *r, const struct record_kind *k); /* of one record; NULL: no memory */

/* ---- errors (PLANE.md 2.3) ---- */
/* reason: a literal, "name_taken"; the words hold no secrets. */
void api_problem(struct api *a, int status, const char *reason, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void api_member(struct api *a, const char *name, json_t *steal);      /* of the next api_problem: "provider", "data" */
/* Of what a record function returned, < 0: 404, 409 already_exists, 412, 503 .. */
void api_store_problem(struct api *a, int err);
/* One more thing that is wrong with the body; pointer: "/to" (RFC 6901). */
void api_fault(struct api *a, const char *pointer, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool api_has_faults(struct api *a); /* true: 422 with all of them has been sent */
void api_warn(struct api *a, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* warnings[] of the answer */

/* ---- the body's members; what does not fit is a fault ---- */
/* min > 0: it must be there.  Empty: not there, null, or a fault. */
struct str api_text(struct api *a, const char *name, size_t min, size_t max);
int64_t api_int(struct api *a, const char *name, int64_t min, int64_t max, int64_t otherwise);
bool api_bool(struct api *a, const char *name, bool otherwise);
bool api_has(const struct api *a, const char *name); /* there, be it null */
void api_known(struct api *a, const char *const *names); /* NULL-ended; a warning for each member beside them */

/* ---- query ---- */
int api_query(struct api *a, const char *name, struct str *ret_value); /* -ENOENT */
/* page and pageSize with their short forms, sort of these columns ("createdate", "modifydate" and the kind's names). */
struct record_query api_paging(struct api *a, const char *const *sorts); /* a fault for another sort: api_has_faults */
void api_filter(struct record_query *q, const char *column, const char *op, struct store_value value);

bool api_has_scope(const struct api *a, const char *scope);
/* If-Match, where there is one, names this version; else 412 has been sent. */
bool api_if_match(struct api *a, int64_t version);
/* A link of ours to this path that is good for ttl_s and names its org and subject; option: a field to be "1", or empty.
 * In the arena; empty: there is no key. */
struct str api_link(struct api *a, const char *path, int64_t ttl_s, struct str option);
const char *api_new_sk(struct api *a);                                 /* a ULID, in the arena */
void api_event(struct api *a, const char *type, json_t *steal_data);   /* event_log, and whoever listens */
/* action: "user.update"; object: sk; was, becomes: records' data, or empty. */
void api_audit(struct api *a, const char *action, struct str object, struct str was, struct str becomes);

#endif
