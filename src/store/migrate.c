/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "engine.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "schema.h"

enum { ARENA_BYTES = 16384, SCRIPT_BYTES = 16384 };

struct migration {
	struct buf *errors;
	char script[SCRIPT_BYTES];
	int64_t from, to;
};

static int number_now(struct store_conn *c, int64_t *ret_number)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	arena_init(&a, ARENA_BYTES);
	int n = store_ask(c, &a, "SELECT coalesce(max(number), 0) FROM schema_migration", NULL, 0, &rows);
	if (n > 0)
		*ret_number = store_cell_int(&rows, 0, 0);
	return n < 0 ? n : 0;
}

static int step(struct store_conn *c, struct migration *m, const struct schema_step *s)
{
	const struct store_value values[] = {
		store_int(s->number), store_text(str_of(s->name)), store_int(clock_wall_ms())};
	int err = engine_translate(c->store->engine, s->sql, m->script, sizeof(m->script));
	if (err == 0)
		err = c->store->engine->script(c, m->script);
	if (err == 0)
		err = store_run(c, "INSERT INTO schema_migration (number, name, at_ms) VALUES ($1, $2, $3)", values,
			ARRAY_LEN(values));
	if (err < 0)
		buf_printf(m->errors, "step %lld of the schema (%s) failed: %s", (long long)s->number, s->name, c->words);
	return err < 0 ? err : 0;
}

static int too_new(const struct migration *m)
{
	buf_printf(m->errors,
		"the database has schema %lld, this program knows up to %u: it was used by a newer ringdown. Install that "
		"version again, or restore the backup made before the upgrade",
		(long long)m->from, schema_n_steps);
	return -EPROTO;
}

static int migrate_all(struct store_conn *c, void *arg)
{
	struct migration *m = arg;
	int err = store_run(c,
		"CREATE TABLE IF NOT EXISTS schema_migration "
		"(number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, at_ms BIGINT NOT NULL)",
		NULL, 0);
	if (err >= 0)
		err = number_now(c, &m->from);
	if (err < 0)
		return err;
	if (m->from > (int64_t)schema_n_steps)
		return too_new(m);
	m->to = m->from;
	for (uint32_t i = 0; err == 0 && i < schema_n_steps; i++)
		if (schema_steps[i].number > m->from) {
			err = step(c, m, &schema_steps[i]);
			m->to = schema_steps[i].number;
		}
	return err;
}

int migrate(struct store_conn *c, struct buf *errors)
{
	struct migration m = {.errors = errors};
	int err = store_transaction(c, migrate_all, &m);
	if (err == -EAGAIN && errors->n == 0)
		buf_printf(errors, "the database is locked by another program");
	if (err == 0 && m.to > m.from)
		log_notice("store: schema of the %s database from %lld to %lld", c->store->engine->name, (long long)m.from,
			(long long)m.to);
	return err;
}
