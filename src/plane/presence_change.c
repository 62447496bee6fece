/* SPDX-License-Identifier: MIT */
/* What changes presence: choices, devices, silence. */
#include <errno.h>

#include "presence.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/ulid.h"

enum { SWEEP_ARENA = 1 << 20 };

struct change { /* a row of the history to be */
	const struct store_scope *scope;
	struct str user_sk, state, reason, author;
	int64_t at_ms;
};

static int put_history(const struct change *c)
{
	char sk[ULID_SIZE];
	ulid_new(c->at_ms, sk);
	const struct store_value v[] = {store_text(c->scope->org), store_text(str_of(sk)), store_text(c->user_sk),
		store_text(c->state), store_text_or_null(c->reason), store_text(c->author), store_int(c->at_ms)};
	int n = store_run(c->scope->conn,
		"INSERT INTO presence_log (org, sk, user_sk, state, reason, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)", v,
		ARRAY_LEN(v));
	return n < 0 ? n : 0;
}

struct setting {
	const struct store_scope *scope;
	const struct presence_choice *choice;
};

/* Whoever becomes available waits longest from now on, and has not let a call ring in vain yet. */
static int set(struct store_conn *conn, void *arg)
{
	const struct setting *x = arg;
	const struct presence_choice *c = x->choice;
	const struct store_scope *s = x->scope;
	bool is_available = str_is(c->state, STR("available"));
	const struct store_value v[] = {store_text(s->org), store_text(c->user_sk), store_text(c->state),
		store_text_or_null(c->reason), c->until_ms > 0 ? store_int(c->until_ms) : store_null(),
		store_int(s->now_ms), is_available ? store_int(s->now_ms) : store_null()};
	int n = store_run(conn,
		"INSERT INTO presence (org, user_sk, state, reason, until_ms, changed_ms, rona, idle_since_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (org, user_sk) DO UPDATE SET state = excluded.state,"
		" reason = excluded.reason, until_ms = excluded.until_ms, changed_ms = excluded.changed_ms, rona = 0,"
		" idle_since_ms = excluded.idle_since_ms",
		v, ARRAY_LEN(v));
	const struct change change = {s, c->user_sk, c->state, c->reason, s->author, s->now_ms};
	return n < 0 ? n : put_history(&change);
}

/* A part of the transaction it is called in, else one of its own. */
static int in_transaction(const struct store_scope *s, store_work_fn *work, void *arg)
{
	return store_is_in_transaction(s->conn) ? work(s->conn, arg) : store_transaction(s->conn, work, arg);
}

int presence_set(const struct store_scope *s, const struct presence_choice *c)
{
	struct setting x = {s, c};
	return in_transaction(s, set, &x);
}

int presence_put_device(const struct store_scope *s, const struct presence_device *d)
{
	const struct store_value v[] = {store_text(s->org), store_text(d->device_id), store_text(d->user_sk),
		store_text(d->platform), store_text(d->data), store_int(s->now_ms)};
	int n = store_run(s->conn,
		"INSERT INTO device (org, device_id, user_sk, platform, data, created_ms, last_seen_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (org, device_id) DO UPDATE SET user_sk = excluded.user_sk,"
		" platform = excluded.platform, data = excluded.data, last_seen_ms = excluded.last_seen_ms",
		v, ARRAY_LEN(v));
	return n < 0 ? n : 0;
}

int presence_heartbeat(const struct store_scope *s, struct str device_id, struct str user_sk)
{
	const struct store_value v[] = {store_text(s->org), store_text(device_id), store_text(user_sk), store_int(s->now_ms),
		store_int(s->now_ms - DEVICE_LIFE_MS)};
	int n = store_run(s->conn,
		"UPDATE device SET last_seen_ms = $4 WHERE org = $1 AND device_id = $2 AND user_sk = $3 AND last_seen_ms > $5", v,
		ARRAY_LEN(v));
	return n < 0 ? n : n == 0 ? -ENOENT : 0;
}

struct dropping {
	const struct store_scope *scope;
	struct str device_id, user_sk;
	struct arena *arena;
};

static int drop(struct store_conn *conn, void *arg)
{
	const struct dropping *x = arg;
	const struct store_scope *s = x->scope;
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_text(x->device_id), store_text(x->user_sk)};
	int n = store_run(conn, "DELETE FROM device WHERE org = $1 AND device_id = $2 AND user_sk = $3", v, 3);
	if (n <= 0)
		return n < 0 ? n : -ENOENT;
	const struct store_value left[] = {store_text(s->org), store_text(x->user_sk), store_int(s->now_ms - DEVICE_LIFE_MS)};
	n = store_ask(conn, x->arena, "SELECT 1 FROM device WHERE org = $1 AND user_sk = $2 AND last_seen_ms > $3 LIMIT 1", left, 3,
		&rows);
	if (n != 0)
		return n < 0 ? n : 0;
	const struct presence_choice offline = {.user_sk = x->user_sk, .state = STR("offline"), .reason = STR("signed out")};
	return presence_set(s, &offline);
}

static void arena_end(struct arena *a)
{
	arena_done(a);
}

int presence_drop_device(const struct store_scope *s, struct str device_id, struct str user_sk)
{
	AUTO(arena_end) struct arena scratch;
	arena_init(&scratch, SWEEP_ARENA);
	struct dropping x = {s, device_id, user_sk, &scratch};
	return in_transaction(s, drop, &x);
}

static int sweep(struct store_conn *conn, void *arg)
{
	const struct dropping *x = arg;
	const struct store_scope *s = x->scope;
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_int(s->now_ms - DEVICE_LIFE_MS)};
	int n = store_ask(conn, x->arena,
		"DELETE FROM device WHERE org = $1 AND last_seen_ms <= $2 RETURNING user_sk, last_seen_ms", v, 2, &rows);
	for (uint32_t i = 0; n >= 0 && i < rows.n_rows; i++) {
		const struct change gone = {s, store_cell_text(&rows, i, 0), STR("offline"), STR("not heard of for 90 seconds"),
			STR("ringdown"), store_cell_int(&rows, i, 1) + DEVICE_LIFE_MS};
		int err = put_history(&gone);
		if (err < 0)
			return err;
	}
	return n < 0 ? n : 0;
}

/* Mostly there is nothing to sweep, and readers need not wait for a writer. */
int presence_sweep(const struct store_scope *s)
{
	AUTO(arena_end) struct arena scratch;
	arena_init(&scratch, SWEEP_ARENA);
	struct dropping x = {.scope = s, .arena = &scratch};
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_int(s->now_ms - DEVICE_LIFE_MS)};
	int n = store_ask(s->conn, &scratch, "SELECT 1 FROM device WHERE org = $1 AND last_seen_ms <= $2", v, 2, &rows);
	if (n <= 0)
		return n;
	int err = in_transaction(s, sweep, &x);
	return err < 0 ? err : n;
}

int presence_history(const struct store_scope *s, struct arena *a, struct str user_sk, int64_t since_ms, int64_t until_ms,
	struct presence_change **ret_list, uint32_t *ret_n)
{
	struct store_rows rows;
	const struct store_value v[] = {store_text(s->org), store_text(user_sk), store_int(since_ms), store_int(until_ms)};
	int n = store_ask(s->conn, a,
		"SELECT sk, user_sk, state, reason, author, at_ms FROM presence_log WHERE org = $1 AND ($2 = '' OR user_sk = $2)"
		" AND at_ms >= $3 AND at_ms < $4 ORDER BY at_ms DESC, sk DESC LIMIT 1000", v, ARRAY_LEN(v), &rows);
	if (n < 0)
		return n;
	struct presence_change *list = arena_alloc(a, ((size_t)n + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows.n_rows; i++)
		list[i] = (struct presence_change){store_cell_text(&rows, i, 0), store_cell_text(&rows, i, 1),
			store_cell_text(&rows, i, 2), store_cell_text(&rows, i, 3), store_cell_text(&rows, i, 4),
			store_cell_int(&rows, i, 5)};
	*ret_list = list;
	*ret_n = rows.n_rows;
	return 0;
}
