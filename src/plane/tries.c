/* SPDX-License-Identifier: MIT */
/* Counted before it is looked whether the try is right, so that many at once get no further than one after the other. */
#include "tries.h"

#include "ringdown/wire/digest.h"

/* Whose the try is goes in as a digest: the key is bounded, and holds no address of a person. */
static struct store_value key_of(struct api *a, const char *what, struct str who)
{
	char digest[DIGEST_HEX_MAX];
	(void)digest_hex(who, digest);
	const char *key = arena_printf(a->arena, "%s|%s", what, digest);
	return store_text(str_of(key));
}

bool tries_enter(struct api *a, const char *what, struct str who, uint32_t max)
{
	struct store_rows rows;
	const struct store_value v[] = {key_of(a, what, who), store_int(a->now_ms), store_int(a->now_ms - TRIES_WINDOW_MS)};
	int n = store_ask(a->store, a->arena,
		"INSERT INTO rate_bucket (key, tokens, at_ms) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET"
		" tokens = CASE WHEN rate_bucket.at_ms < $3 THEN 1 ELSE rate_bucket.tokens + 1 END,"
		" at_ms = CASE WHEN rate_bucket.at_ms < $3 THEN $2 ELSE rate_bucket.at_ms END RETURNING tokens, at_ms", v, 3, &rows);
	if (n < 0) {
		api_store_problem(a, n);
		return false;
	}
	if (store_cell_int(&rows, 0, 0) <= max)
		return true;
	int64_t left_ms = store_cell_int(&rows, 0, 1) + TRIES_WINDOW_MS - a->now_ms;
	api_header(a, "retry-after:", "%lld", (long long)(left_ms / 1000 + 1));
	api_problem(a, 429, "too_many_attempts", "too many attempts failed; try again later");
	return false;
}

void tries_clear(struct api *a, const char *what, struct str who)
{
	const struct store_value key = key_of(a, what, who);
	(void)store_run(a->store, "DELETE FROM rate_bucket WHERE key = $1", &key, 1);
}
