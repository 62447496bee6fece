/* record.h - the records of an organisation: one envelope for all, one table a kind.  Every statement here is
 * bound to the org of its scope, so another org's record is not there (-ENOENT).  Threads and errors as in store.h;
 * within a store_transaction these are part of it. */
#ifndef RINGDOWN_STORE_RECORD_H
#define RINGDOWN_STORE_RECORD_H

#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

struct store_scope {
	struct store_conn *conn;
	struct str org, author; /* author: who writes, an e-mail or a part of the program */
	int64_t now_ms;         /* Unix time, for created_ms and modified_ms */
};

enum { RECORD_COLUMNS_MAX = 20, RECORD_FILTERS_MAX = 8, RECORD_PAGE_MAX = 100 };

struct record_kind {
	const char *datatype;       /* "phone_number": the envelope's member of that name */
	const char *table;
	const char *const *columns; /* beside the envelope's: what is looked for, unique or sealed; NULL-ended */
};
/* What each column holds: src/store/schema_table.c.  Found by org: record_org has sk = org. */
extern const struct record_kind record_org, record_user, record_group, record_app_key, record_integration, record_number,
	record_port, record_purchase, record_contact, record_opt_out, record_flow, record_schedule, record_prompt,
	record_ai_assistant, record_call, record_recording, record_transcript, record_queue;
const struct record_kind *record_kind_find(struct str datatype); /* NULL: no such */
int record_column(const struct record_kind *k, const char *column); /* its place in `columns`; -1: none */

struct record { /* in the arena given; texts are terminated */
	struct str org, sk, data, state, author; /* data: JSON text, never looked into here */
	int64_t version, created_ms, modified_ms;
	const struct store_value *columns; /* in the kind's order */
};

/* columns: the kind's, in its order, all of them.  State is "active", version 1.  -EEXIST: sk or a unique column. */
int record_insert(const struct store_scope *s, const struct record_kind *k, struct str sk, struct str data,
	const struct store_value *columns);
int record_get(const struct store_scope *s, struct arena *a, const struct record_kind *k, struct str sk,
	struct record *ret_record);
/* The newest with that value in a column of the kind's or of the envelope's; -EINVAL: no such column. */
int record_find(const struct store_scope *s, struct arena *a, const struct record_kind *k, const char *column,
	struct store_value value, struct record *ret_record);

/* version: what it must be now, 0: any.  -ENOENT; -ESTALE: it is another one.  Both make version + 1.
 * columns: all of them, or NULL to leave them; data.p NULL leaves data. */
int record_update(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version, struct str data,
	const struct store_value *columns);
/* Some columns ("state" of the envelope among them) without the rest: {column, value} pairs. */
struct record_change {
	const char *column;
	struct store_value value;
};
int record_change(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version,
	const struct record_change *changes, uint32_t n_changes);
int record_delete(const struct store_scope *s, const struct record_kind *k, struct str sk, int64_t version);

struct record_filter {
	const char *column; /* of the kind or the envelope; "from_number|to_number" means either */
	const char *op;     /* "=", "<>", "<", "<=", ">", ">=", "contains" (text, any case), "is null", "is not null" */
	struct store_value value;
};
struct record_query {
	uint32_t page, page_size; /* from 1; 0 means 1 and 20; a size over RECORD_PAGE_MAX is that */
	const char *sort;         /* a column; NULL: created_ms, then the newest is first */
	bool is_descending;
	struct record_filter filters[RECORD_FILTERS_MAX];
	uint32_t n_filters;
};
struct record_list {
	struct record *records;
	uint32_t n_records;
	int64_t total;            /* that match, over all pages */
	uint32_t page, page_size; /* as used */
};
/* -EINVAL: a column or operator that does not exist. */
int record_list(const struct store_scope *s, struct arena *a, const struct record_kind *k, const struct record_query *q,
	struct record_list *ret_list);

/* The one way across organisations, for what comes without one: a webhook's AccountSid or number, sweeps.
 * Newest first, at most RECORD_PAGE_MAX; total is how many were found. */
int record_find_in_all_orgs(struct store_conn *c, struct arena *a, const struct record_kind *k, const char *column,
	struct store_value value, struct record_list *ret_list);

#endif
