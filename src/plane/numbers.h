/* numbers.h - an organisation's telephone numbers: how they are kept, and how they are set at Twilio.  Workers only. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "integrations.h"

/* SPDX-License-Identifier: MIT */

enum {
	NUMBERS_OF_ORG_MAX = 1000,
	NUMBER_SETTLE_MS = 60000,                        /* an unknown outcome is looked at after so long */
	NUMBER_QUARANTINE_DAYS = 30,
};

struct number {
	struct record record; /* sk alone for one that is not kept yet: version 0 */
	struct str e164, sid, integration_sk, status, friendly_name; /* the columns */
	int64_t quarantine_until_ms, checked_ms;                     /* 0: none */
	json_t *data;         /* as clients see it, but for what the columns have */
};
/* number_store.c */
void number_done(struct number *n);
int number_open(const struct record *r, struct number *ret); /* -ENOMEM, -EBADMSG */
/* By sk or number, of this organisation; one that was released only by sk.  < 0: answered. */
int number_find(struct api *a, struct str which, struct number *ret);
/* Inserts or updates; the record is read again.  -EEXIST: somebody has the number; -ESTALE; else as store.h. */
int number_write(struct api *a, struct number *n);
void number_reply(struct api *a, int status, const struct number *n); /* {success, data: envelope, warnings} */
void number_log(struct api *a, const struct number *n, const char *event, json_t *steal_data); /* history, and the event */
/* ownership{state, since, evidence, accountSid} */
void number_own(struct api *a, struct number *n, const char *state, const char *evidence);

/* number_hooks.c: the URLs that Twilio asks */
struct number_hooks {
	struct str urls[5]; /* in the order of the table */
};
void number_hooks_make(struct api *a, const struct integration *i, struct number_hooks *ret);
void number_hooks_put(struct twilio_request *q, const struct number_hooks *h);
/* What Twilio has, under our names; and where it is not what it should be: [{field, expected, actual}]. */
json_t *number_webhooks(const json_t *item);
json_t *number_drift(const struct number_hooks *h, const json_t *item);
/* Everything that Twilio's IncomingPhoneNumber says. */
void number_take(struct api *a, struct number *n, const struct integration *i, const json_t *item);

/* number_fields.c: what a client may set.  Faults by api_fault.  Of a purchase and of a PATCH. */
void number_read(struct api *a, struct number *n);

/* number_search.c */
struct number_wish {
	struct str country, type, area_code, contains, near, region, postal_code;
	bool voice, sms, mms;
	uint32_t limit;
};
void number_wish_read(struct api *a, struct number_wish *w, const json_t *from); /* of a body, or of the query: NULL */
/* [{phoneNumber, ...}] of Twilio's; or < 0 and *ret_answer */
int number_search(struct api *a, struct integration *i, const struct number_wish *w, struct twilio_answer *ret_answer,
	json_t **ret_list);
/* {amount: "1.15", currency: "USD"} a month, or null (and a warning). */
json_t *number_price(struct api *a, struct integration *i, const struct number_wish *w);
void numbers_available(struct api *a);
/* number_policy.c: may it be bought (country, how many, monthlySpendCap)?  False: answered.  *ret_price: as number_price,
 * or NULL where nothing is capped. */
bool number_may_buy(struct api *a, struct integration *i, struct str e164, const struct number_wish *w, json_t **ret_price);

/* The row that is written before Twilio is asked, and when a sweep is to look after it.  state: pending, done, failed. */
int purchase_insert(struct api *a, const struct number *n); /* within the transaction that inserts the number */
int purchase_set(struct api *a, struct str number_sk, const char *state, int64_t due_ms);
/* The number is ours: row, event.  bought: Twilio's IncomingPhoneNumber. */
int number_activate(struct api *a, struct number *n, const struct integration *i, const json_t *bought, const char *evidence);
int number_fail(struct api *a, struct number *n, const char *why);

/* number_purchase.c, number_settle.c, number_sync.c */
void numbers_purchase(struct api *a);
/* One whose purchase has an unknown outcome: looks at what Twilio has, and knows.  0: it is settled either way. */
int number_settle(struct api *a, struct number *n);
void numbers_sweep(struct api *a); /* all that are due, of all organisations; a.scope is changed */
void numbers_import(struct api *a);
void numbers_sync(struct api *a);
void numbers_reconcile(struct api *a);

#endif
