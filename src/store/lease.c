/* SPDX-License-Identifier: MIT */
#include "ringdown/store/lease.h"

#include <errno.h>

#include "ringdown/base/auto.h"

enum { ARENA_BYTES = 4096 };

int lease_take(struct store_conn *c, const char *name, struct str owner, int64_t now_ms, int64_t hold_ms, int64_t *ret_fence)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	const struct store_value v[] = {
		store_text(str_of(name)), store_text(owner), store_int(now_ms), store_int(now_ms + hold_ms)};
	arena_init(&a, ARENA_BYTES);
	int n = store_ask(c, &a,
		"INSERT INTO lease (name, owner, until_ms, fence) VALUES ($1, $2, $4, 1) ON CONFLICT (name) DO UPDATE SET"
		" fence = CASE WHEN lease.owner = $2 AND lease.until_ms > $3 THEN lease.fence ELSE lease.fence + 1 END,"
		" owner = $2, until_ms = $4 WHERE lease.owner = $2 OR lease.until_ms <= $3 RETURNING fence",
		v, ARRAY_LEN(v), &rows);
	if (n > 0 && ret_fence)
		*ret_fence = store_cell_int(&rows, 0, 0);
	return n < 0 ? n : n == 0 ? -EBUSY : 0;
}

int lease_give(struct store_conn *c, const char *name, struct str owner)
{
	const struct store_value v[] = {store_text(str_of(name)), store_text(owner)};
	int n = store_run(c, "UPDATE lease SET until_ms = 0 WHERE name = $1 AND owner = $2", v, ARRAY_LEN(v));
	return n < 0 ? n : 0;
}
