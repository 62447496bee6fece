/* twilio.h - Twilio's REST API: a const table of operations, accounts by auth token or API key, and the one policy of
 * what may be asked again (docs/adr/0030): 429 always, 502/503/504 only where asking twice does no harm, and what
 * creates something never once its bytes have left: then the outcome is unknown, and said to be.
 * Blocking; one client a thread, one gate for all of them. */
#ifndef RINGDOWN_TWILIO_TWILIO_H
#define RINGDOWN_TWILIO_TWILIO_H

#include <jansson.h>
#include <stdatomic.h>

#include "ringdown/base/arena.h"
#include "ringdown/twilio/errors.h"
#include "ringdown/twilio/operations.h"

/* SPDX-License-Identifier: MIT */

#define TWILIO_API_URL "https://{product}.twilio.com"

enum {
	TWILIO_PARAMS_MAX = 40,
	TWILIO_TRIES = 3,
	TWILIO_PARALLEL_MAX = 32,      /* requests under way for one account */
	TWILIO_BREAKER_AFTER = 5,      /* refusals of the credentials in a row */
	TWILIO_PROBE_EVERY_MS = 60000,
	TWILIO_CONNECT_MS = 3000,
	TWILIO_TOTAL_MS = 10000,
};

/* What the clients of a process know together: requests under way and the breaker of each account.  Any thread. */
struct twilio_gate;
struct twilio_gate *twilio_gate_new(void);
struct twilio_gate *twilio_gate_free(struct twilio_gate *g); /* after every client */
void twilio_gate_forget(struct twilio_gate *g, struct str account_sid);
bool twilio_gate_is_open(struct twilio_gate *g, struct str account_sid); /* open breaker: nothing goes out */

struct twilio_world { /* NULL members: the machine's; tests have theirs */
	int64_t (*now_ms)(void *arg);
	void (*sleep_ms)(void *arg, int64_t ms);
	uint32_t (*random)(void *arg); /* all 32 bits */
	void *arg;
};
struct twilio_settings {
	const char *api_url; /* {product} is filled in; NULL: TWILIO_API_URL.  Any other may be private and plain http */
	const char *ca_file; /* NULL: the system's */
	const char *private_targets;      /* as http_client_settings; for media that redirects lead to */
	const _Atomic bool *is_cancelled; /* borrowed, or NULL */
	struct twilio_gate *gate;         /* borrowed */
	struct twilio_world world;
};
struct twilio;
struct twilio *twilio_new(const struct twilio_settings *s); /* NULL: no memory; http_client_global_init() was before */
struct twilio *twilio_free(struct twilio *t);

struct twilio_account { /* views; for an auth token, user is the AccountSid */
	struct str sid, user, password;
	struct str region, edge; /* "ie1", "dublin"; empty: none */
};

struct twilio_param {
	const char *name; /* a literal */
	struct str value;
};
struct twilio_request {
	enum twilio_op op;
	struct str path[2]; /* for what the template names beside {AccountSid}, in order */
	struct twilio_param params[TWILIO_PARAMS_MAX];
	uint32_t n_params;  /* over the maximum: twilio_call gives -E2BIG */
	/* A look at credentials: goes past the breaker, and is not counted by it. */
	bool is_check;
	struct str page;    /* path and query of a list's further page (twilio_next_page); empty: by the table */
};
void twilio_put(struct twilio_request *q, const char *name, struct str value); /* repeat a name for an array */
void twilio_put_text(struct twilio_request *q, const char *name, const char *value);
void twilio_put_given(struct twilio_request *q, const char *name, struct str value); /* nothing when it is empty */

struct twilio_answer {
	int status;               /* 0: none */
	json_t *body;             /* of a 2xx: JSON, or NULL (204); twilio_answer_done drops it */
	/* Of anything else; in the arena. */
	int code;                 /* Twilio's, or 0 */
	struct str message, more_info;
	const struct twilio_error *error; /* our words for it; never NULL unless all went well */
	int64_t retry_after_s;    /* 0: not said */
	struct str why;           /* there was no answer: words for a log */
	uint32_t tries;
	bool has_opened_breaker, has_closed_breaker; /* by this request */
};
void twilio_answer_done(struct twilio_answer *a);

/* 0: 2xx, with the body's JSON.
 * -EREMOTEIO: Twilio refused; status, code, message, error.
 * -EINPROGRESS: what would create something left us, and what came of it is not known.
 * -EACCES: the account's breaker is open, nothing went out.  -EAGAIN: TWILIO_PARALLEL_MAX are under way.
 * -EHOSTUNREACH: nothing went out.  -ETIMEDOUT: no answer in time, to something harmless.  -EPROTO: an answer that is none.
 * -ECANCELED, -E2BIG, -EINVAL (path value missing), -ENOMEM. */
int twilio_call(struct twilio *t, const struct twilio_account *a, const struct twilio_request *q, struct arena *arena,
	struct twilio_answer *ret_answer);

/* The page behind this one, or empty: both shapes of Twilio's lists.  A view into the answer. */
struct str twilio_next_page(const struct twilio_answer *a);
/* Each item of a list, page by page, until each() gives < 0 (returned) or 1 (enough).  As twilio_call; ret_answer is
 * of the last page.  key: "incoming_phone_numbers", ...; 100 pages at most, else -E2BIG. */
typedef int twilio_item_fn(json_t *item, void *arg);
int twilio_each(struct twilio *t, const struct twilio_account *a, struct twilio_request *q, struct arena *arena,
	const char *key, twilio_item_fn *each, void *arg, struct twilio_answer *ret_answer);
/* The account's credentials are new, or were found good: its breaker closes. */
void twilio_trust(struct twilio *t, struct str account_sid);
int64_t twilio_now_ms(const struct twilio *t);

#endif
