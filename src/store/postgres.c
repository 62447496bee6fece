/* SPDX-License-Identifier: MIT */
/* Statements are prepared once a connection and take their values typed: bigint and text as text, bytea as it is. */
#include "postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { NUMBER_SIZE = 24, NAME_SIZE = 16, WORDS_MAX = 16 };
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

struct postgres_conn *postgres_of(struct store_conn *c)
{
	return container_of(c, struct postgres_conn, conn);
}

static void disconnect(struct store_conn *conn)
{
	struct postgres_conn *c = postgres_of(conn);
	postgres_hang_up(c);
	mem_free(c);
}

static int connect_db(struct store *s, struct store_conn **ret_conn)
{
	struct postgres_conn *c = mem_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->conn.store = s;
	c->answer_ms = POSTGRES_ANSWER_MS;
	*ret_conn = &c->conn;
	return postgres_dial(c);
}

static Oid oid_of(const struct store_value *v)
{
	switch (v->type) {
	case STORE_NULL:
		return 0; /* as its place wants it */
	case STORE_INT:
		return OID_INT8;
	case STORE_TEXT:
		return OID_TEXT;
	case STORE_BLOB:
		return OID_BYTEA;
	}
	return 0;
}

static int result_error(struct postgres_conn *c, const PGresult *r)
{
	if (!r)
		return postgres_lost(c);
	ExecStatusType status = PQresultStatus(r);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : postgres_fault(c, r);
}

static void name_of(const struct postgres_conn *c, const struct postgres_statement *s, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "s%d", (int)(s - c->statements));
}

/* The server's statement of this slot goes first, if there is one. */
static int unprepare(struct postgres_conn *c, struct postgres_statement *s, const char *name)
{
	char sql[NAME_SIZE + 16];
	if (!s->sql)
		return 0;
	s->sql = mem_free(s->sql);
	(void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", name);
	if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0))
		return postgres_lost(c);
	AUTO(postgres_clear) PGresult *r = postgres_answer(c);
	return result_error(c, r);
}

static int prepare(struct postgres_conn *c, const char *name, const char *sql, const struct store_value *v, uint32_t n)
{
	char text[STORE_SQL_MAX];
	Oid oids[STORE_VALUES_MAX];
	if (engine_translate(c->conn.store->engine, sql, text, sizeof(text)) < 0) {
		engine_say(&c->conn, "a statement has an unknown {word}, or is too long");
		return -EINVAL;
	}
	if (engine_parameters(sql) != n) {
		engine_say(&c->conn, "%u values for parameters up to $%u", n, engine_parameters(sql));
		return -EINVAL;
	}
	for (uint32_t i = 0; i < n; i++)
		oids[i] = oid_of(&v[i]);
	if (!PQsendPrepare(c->pg, name, text, (int)n, oids))
		return postgres_lost(c);
	AUTO(postgres_clear) PGresult *r = postgres_answer(c);
	return result_error(c, r);
}

/* The slot knows of it before the server does: a name that is taken would be lost for good. */
static int fill(struct postgres_conn *c, struct postgres_statement *s, const char *sql, const struct store_value *v,
	uint32_t n)
{
	char name[NAME_SIZE];
	name_of(c, s, name);
	int err = unprepare(c, s, name);
	s->sql = err == 0 ? engine_copy(sql) : NULL;
	if (err == 0 && !s->sql)
		err = -ENOMEM;
	if (err == 0)
		err = prepare(c, name, sql, v, n);
	if (err < 0)
		s->sql = mem_free(s->sql);
	else
		s->hash = engine_hash(sql);
	return err;
}

static int statement(struct postgres_conn *c, const char *sql, const struct store_value *v, uint32_t n,
	struct postgres_statement **ret_statement)
{
	uint64_t hash = engine_hash(sql);
	struct postgres_statement *found = NULL, *oldest = &c->statements[0];
	for (int i = 0; i < POSTGRES_STATEMENTS && !found; i++) {
		struct postgres_statement *s = &c->statements[i];
		if (s->sql && s->hash == hash && strcmp(s->sql, sql) == 0)
			found = s;
		else if (s->used < oldest->used)
			oldest = s;
	}
	int err = found ? 0 : fill(c, oldest, sql, v, n);
	if (err < 0)
		return err;
	found = found ? found : oldest;
	found->used = ++c->uses;
	*ret_statement = found;
	return 0;
}

struct parameters {
	const char *values[STORE_VALUES_MAX];
	int lengths[STORE_VALUES_MAX], formats[STORE_VALUES_MAX];
	char numbers[STORE_VALUES_MAX][NUMBER_SIZE];
	struct arena texts; /* terminated copies: libpq asks for no length of a text */
};

static void parameters_done(struct parameters *p)
{
	arena_done(&p->texts);
}

static int parameters_fill(struct parameters *p, const struct store_value *v, uint32_t n)
{
	arena_init(&p->texts, SIZE_MAX);
	for (uint32_t i = 0; i < n; i++) {
		p->values[i] = NULL;
		p->formats[i] = v[i].type == STORE_BLOB;
		p->lengths[i] = (int)v[i].bytes.n;
		if (v[i].type == STORE_BLOB)
			p->values[i] = v[i].bytes.p ? v[i].bytes.p : "";
		if (v[i].type == STORE_TEXT)
			p->values[i] = arena_strdup(&p->texts, v[i].bytes);
		if (v[i].type == STORE_INT) {
			(void)snprintf(p->numbers[i], NUMBER_SIZE, "%lld", (long long)v[i].number);
			p->values[i] = p->numbers[i];
		}
		if (!p->values[i] && v[i].type != STORE_NULL)
			return -ENOMEM;
	}
	return 0;
}

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* bytea_output = hex: "\x00ff" */
static struct str take_bytes(struct arena *a, struct str text)
{
	size_t n = text.n / 2 - 1;
	char *p = arena_alloc(a, n + 1);
	for (size_t i = 0; p && i < n; i++)
		p[i] = (char)(hex(text.p[2 + i * 2]) << 4 | hex(text.p[3 + i * 2]));
	return (struct str){p, p ? n : 0};
}

static bool take_cell(const PGresult *r, int row, int column, struct arena *a, struct store_value *cell)
{
	struct str text = {PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column)};
	if (PQgetisnull(r, row, column))
		return true;
	switch ((int)PQftype(r, column)) {
	case OID_BOOL:
		*cell = store_int(text.p[0] == 't');
		return true;
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_NUMERIC: /* what sum() of bigint gives */
		*cell = store_int(strtoll(text.p, NULL, 10));
		return true;
	case OID_BYTEA:
		*cell = store_blob(take_bytes(a, text));
		return cell->bytes.p != NULL;
	default:
		*cell = store_text(arena_str(a, text));
		return cell->bytes.p != NULL;
	}
}

static int take_rows(struct postgres_conn *c, const PGresult *r, struct arena *a, struct store_rows *ret_rows)
{
	struct rows_builder b = {.arena = a, .rows.n_columns = (uint32_t)PQnfields(r)};
	for (int row = 0; row < PQntuples(r); row++) {
		struct store_value *cells = rows_add(&b);
		for (int column = 0; cells && column < PQnfields(r); column++)
			if (!take_cell(r, row, column, a, &cells[column]))
				cells = NULL;
		if (!cells) {
			engine_say(&c->conn, "the rows do not fit the arena");
			return -ENOMEM;
		}
	}
	*ret_rows = b.rows;
	return (int)b.rows.n_rows;
}

static int run(struct store_conn *conn, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
	struct store_rows *ret_rows)
{
	struct postgres_conn *c = postgres_of(conn);
	struct postgres_statement *s = NULL;
	char name[NAME_SIZE];
	AUTO(parameters_done) struct parameters p;
	int err = parameters_fill(&p, v, n);
	if (err == 0)
		err = c->pg ? statement(c, sql, v, n, &s) : -ENOTCONN;
	if (err < 0)
		return err;
	name_of(c, s, name);
	if (!PQsendQueryPrepared(c->pg, name, (int)n, p.values, p.lengths, p.formats, 0))
		return postgres_lost(c);
	AUTO(postgres_clear) PGresult *r = postgres_answer(c);
	err = result_error(c, r);
	if (err < 0)
		return err;
	return a ? take_rows(c, r, a, ret_rows) : (int)strtol(PQcmdTuples(r), NULL, 10);
}

static int script(struct store_conn *conn, const char *sql)
{
	struct postgres_conn *c = postgres_of(conn);
	if (!c->pg)
		return -ENOTCONN;
	if (!PQsendQuery(c->pg, sql))
		return postgres_lost(c);
	AUTO(postgres_clear) PGresult *r = postgres_answer(c);
	return result_error(c, r);
}

/* What came while nobody asked is the server's farewell, its last words and then the end: both are heard before
 * something is sent, not after. */
static bool is_alive(struct postgres_conn *c)
{
	struct pollfd p = {.fd = c->pg ? PQsocket(c->pg) : -1, .events = POLLIN};
	if (!c->pg || p.fd < 0 || PQtransactionStatus(c->pg) != PQTRANS_IDLE)
		return false;
	for (int i = 0; i < WORDS_MAX; i++) {
		if (poll(&p, 1, 0) <= 0)
			return true;
		if (!PQconsumeInput(c->pg) || PQstatus(c->pg) != CONNECTION_OK)
			return false;
	}
	return false;
}

static int heal(struct store_conn *conn)
{
	struct postgres_conn *c = postgres_of(conn);
	return is_alive(c) ? 0 : postgres_dial(c);
}

static int check(struct store_conn *conn, struct buf *errors)
{
	struct postgres_conn *c = postgres_of(conn);
	c->answer_ms = POSTGRES_MIGRATE_MS;
	if (PQserverVersion(c->pg) < 130000) {
		buf_printf(errors, "the PostgreSQL server is version %d, ringdown wants 13 or later", PQserverVersion(c->pg) / 10000);
		return -EPROTO;
	}
	/* No two programs migrate at once.  The lock is the session's, which ends when that is done: one that is waited
	 * for within the transaction would show it the schema from before the wait. */
	return script(conn, "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(1382641255)");
}

static const struct engine_word words[] = {{"blob", "BYTEA"}, {"skip_locked", "FOR UPDATE SKIP LOCKED"}, {NULL, NULL}};

const struct engine engine_postgresql = {
	.name = "postgresql",
	.begin = "BEGIN ISOLATION LEVEL SERIALIZABLE",
	.queue_in = "SELECT pg_advisory_lock(1382641256)",
	.queue_out = "SELECT pg_advisory_unlock(1382641256)",
	.words = words,
	.connect = connect_db,
	.disconnect = disconnect,
	.run = run,
	.control = script,
	.script = script,
	.heal = heal,
	.check = check,
};
