/* SPDX-License-Identifier: MIT */
/* Idempotency-Key (PLANE.md 2.5): what has an outside effect has it once, and its answer is given again.  What was refused
 * before anything was done is not kept: it may be put right and sent under the same key. */
#include <errno.h>
#include <string.h>

#include "api_private.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/digest.h"

enum {
	KEY_MAX = 255,
	KEPT_MS = 24 * 3600 * 1000,
	SLOW_MS = 120 * 1000, /* no request takes so long: its node died */
};

struct kept { /* what is known of the key */
	struct str body_hash, state, type, response;
	int64_t status, started_ms, expires_ms;
};

static bool is_key(struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < 0x21 || key.p[i] > 0x7E)
			return false;
	return key.n <= KEY_MAX;
}

static struct store_value path_of(const struct api *a)
{
	return store_text(path_without_api(a->request->path));
}

#define KEY_IS "org = $1 AND method = $2 AND path = $3 AND key = $4"
#define KEY_VALUES(a) \
	store_text((a)->scope.org), store_text((a)->request->method), path_of(a), store_text((a)->request->idempotency_key)

/* 1: ours to run; 0: another has it. */
static int claim(struct api *a, const char *hash)
{
	const struct store_value v[] = {KEY_VALUES(a), store_text(str_of(hash)), store_text(a->idempotency_owner),
		store_int(a->now_ms), store_int(a->now_ms + KEPT_MS)};
	int err = store_run(a->store, "DELETE FROM idempotency WHERE " KEY_IS " AND expires_ms < $5",
		(const struct store_value[]){KEY_VALUES(a), store_int(a->now_ms)}, 5);
	if (err < 0)
		return err;
	return store_run(a->store,
		"INSERT INTO idempotency (org, method, path, key, body_hash, state, owner, started_ms, expires_ms)"
		" VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8) ON CONFLICT DO NOTHING", v, 8);
}

static int look(struct api *a, struct kept *k)
{
	struct store_rows rows;
	const struct store_value v[] = {KEY_VALUES(a)};
	int n = store_ask(a->store, a->arena,
		"SELECT body_hash, state, headers, response, status, started_ms, expires_ms FROM idempotency WHERE " KEY_IS, v, 4, &rows);
	if (n <= 0)
		return n < 0 ? n : -EAGAIN; /* it ended without an answer to keep, just now */
	*k = (struct kept){store_cell_text(&rows, 0, 0), store_cell_text(&rows, 0, 1), store_cell_text(&rows, 0, 2),
		store_cell_text(&rows, 0, 3), store_cell_int(&rows, 0, 4), store_cell_int(&rows, 0, 5), store_cell_int(&rows, 0, 6)};
	return 0;
}

/* Types are literals of ours. */
static const char *type_of(struct str type)
{
	return str_is(type, STR("application/problem+json")) ? "application/problem+json" : "application/json";
}

static void answer_kept(struct api *a, const struct kept *k, const char *hash)
{
	if (!str_is(k->body_hash, str_of(hash))) {
		api_problem(a, 422, "idempotency_key_reused", "this Idempotency-Key was used with another body");
	} else if (str_is(k->state, STR("done"))) {
		api_header(a, "idempotency-replayed:", "true");
		api_bytes(a, (int)k->status, type_of(k->type), k->response);
	} else if (a->now_ms - k->started_ms > SLOW_MS) {
		api_problem(a, 409, "idempotency_outcome_unknown",
			"the request with this Idempotency-Key was cut short: look whether it was done before you use another key");
	} else {
		api_header(a, "retry-after:", "1");
		api_problem(a, 409, "idempotency_in_progress", "the first request with this Idempotency-Key is under way");
	}
}

bool idempotency_enter(struct api *a)
{
	char hash[DIGEST_HEX_MAX];
	struct kept kept;
	struct str key = a->request->idempotency_key;
	if (!(a->route->flags & API_IDEMPOTENT) || key.n == 0)
		return true;
	if (!is_key(key)) {
		api_problem(a, 422, "idempotency_key_invalid", "Idempotency-Key is at most %d printable ASCII characters", KEY_MAX);
		return false;
	}
	a->idempotency_owner = str_of(api_new_sk(a));
	int err = digest_hex(a->request->body, hash);
	if (err == 0)
		err = claim(a, hash);
	if (err > 0)
		return true;
	if (err == 0)
		err = look(a, &kept);
	a->idempotency_owner = STR("");
	if (err < 0)
		api_store_problem(a, err);
	else
		answer_kept(a, &kept, hash);
	return false;
}

/* A refusal changed nothing.  Of 5xx only 503 says that for sure. */
static bool is_to_keep(int status)
{
	return status < 400 || (status >= 500 && status != 503);
}

static int keep(struct api *a)
{
	const struct plane_request *r = a->request;
	const struct store_value v[] = {KEY_VALUES(a), store_text(a->idempotency_owner), store_int(r->status),
		store_text(str_of(r->reply_type)), store_text(r->reply)};
	if (!is_to_keep(r->status))
		return store_run(a->store, "DELETE FROM idempotency WHERE " KEY_IS " AND owner = $5", v, 5);
	return store_run(a->store,
		"UPDATE idempotency SET state = 'done', status = $6, headers = $7, response = $8 WHERE " KEY_IS " AND owner = $5", v, 8);
}

void idempotency_leave(struct api *a)
{
	if (a->idempotency_owner.n == 0)
		return;
	if (keep(a) < 0)
		log_warning("api %s %s: its answer could not be kept for its Idempotency-Key: %s", a->route->method, a->route->path,
			store_words(a->store));
}
