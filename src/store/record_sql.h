/* record_sql.h - a statement about records while it is made: its text and its values side by side. */
#ifndef STORE_RECORD_SQL_H
#define STORE_RECORD_SQL_H

#include "engine.h"
#include "ringdown/base/auto.h"
#include "ringdown/store/record.h"

/* SPDX-License-Identifier: MIT */

enum { RECORD_ENVELOPE = 8 /* columns before the kind's own */, RECORD_SMALL_BYTES = 4096, RECORD_SQL_MAX = 4096 };

struct record_sql {
	struct buf text;
	struct store_value values[STORE_VALUES_MAX];
	uint32_t n;
	char memory[RECORD_SQL_MAX];
};

void record_sql_init(struct record_sql *q, const struct store_scope *s); /* $1 is its org; NULL: across all */
uint32_t record_sql_value(struct record_sql *q, struct store_value v);  /* its number */
const char *record_sql_text(struct record_sql *q);                      /* NULL: too long, or too many values */
void record_sql_select(struct record_sql *q, const struct record_kind *k);
void record_take(const struct store_rows *rows, uint32_t row, struct record *ret_record);
bool record_knows(const struct record_kind *k, struct str column); /* the kind's, or the envelope's but for data */
uint32_t record_n_columns(const struct record_kind *k);

#endif
