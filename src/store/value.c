/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "engine.h"

enum { ROWS_FIRST = 8 };

struct store_value store_null(void)
{
	return (struct store_value){.type = STORE_NULL};
}

struct store_value store_int(int64_t v)
{
	return (struct store_value){.type = STORE_INT, .number = v};
}

struct store_value store_text(struct str s)
{
	return (struct store_value){.type = STORE_TEXT, .bytes = s};
}

struct store_value store_blob(struct str s)
{
	return (struct store_value){.type = STORE_BLOB, .bytes = s};
}

struct store_value store_text_or_null(struct str s)
{
	return s.n > 0 ? store_text(s) : store_null();
}

const struct store_value *store_cell(const struct store_rows *r, uint32_t row, uint32_t column)
{
	assert(row < r->n_rows && column < r->n_columns);
	return &r->cells[(size_t)row * r->n_columns + column];
}

int64_t store_cell_int(const struct store_rows *r, uint32_t row, uint32_t column)
{
	return store_cell(r, row, column)->number;
}

struct str store_cell_text(const struct store_rows *r, uint32_t row, uint32_t column)
{
	return store_cell(r, row, column)->bytes;
}

/* Doubled when full; what was before stays in the arena until it goes, at most as much again. */
struct store_value *rows_add(struct rows_builder *b)
{
	struct store_rows *r = &b->rows;
	if (r->n_rows == b->cap_rows) {
		uint32_t cap = b->cap_rows ? b->cap_rows * 2 : ROWS_FIRST;
		struct store_value *cells = arena_alloc(b->arena, sizeof(*cells) * cap * r->n_columns);
		if (!cells)
			return NULL;
		if (r->n_rows)
			memcpy(cells, r->cells, sizeof(*cells) * r->n_rows * r->n_columns);
		r->cells = cells;
		b->cap_rows = cap;
	}
	return &r->cells[(size_t)r->n_rows++ * r->n_columns];
}
