/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ringdown/base/mem.h"
#include "sqlite.h"

static void forget(struct sqlite_statement *s)
{
	(void)sqlite3_finalize(s->stmt);
	mem_free(s->sql);
	*s = (struct sqlite_statement){0};
}

static int prepare(struct sqlite_conn *c, const char *sql, sqlite3_stmt **ret_stmt)
{
	char text[STORE_SQL_MAX];
	int err = engine_translate(c->conn.store->engine, sql, text, sizeof(text));
	if (err < 0) {
		engine_say(&c->conn, "a statement has an unknown {word}, or is too long");
		return -EINVAL;
	}
	const char *tail = "";
	int code = sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, &tail);
	if (code != SQLITE_OK)
		return sqlite_fault(c, code);
	if (*ret_stmt && tail[strspn(tail, " \t\n;")] == '\0')
		return 0;
	(void)sqlite3_finalize(*ret_stmt);
	engine_say(&c->conn, "not one statement");
	return -EINVAL;
}

static int fill(struct sqlite_conn *c, struct sqlite_statement *s, const char *sql, uint64_t hash)
{
	sqlite3_stmt *stmt = NULL;
	forget(s);
	int err = prepare(c, sql, &stmt);
	if (err < 0)
		return err;
	s->sql = engine_copy(sql);
	if (!s->sql) {
		(void)sqlite3_finalize(stmt);
		return -ENOMEM;
	}
	s->stmt = stmt;
	s->hash = hash;
	return 0;
}

int sqlite_statement(struct sqlite_conn *c, const char *sql, sqlite3_stmt **ret_stmt)
{
	uint64_t hash = engine_hash(sql);
	struct sqlite_statement *found = NULL, *oldest = &c->statements[0];
	for (int i = 0; i < SQLITE_STATEMENTS && !found; i++) {
		struct sqlite_statement *s = &c->statements[i];
		if (s->stmt && s->hash == hash && strcmp(s->sql, sql) == 0)
			found = s;
		else if (s->used < oldest->used)
			oldest = s;
	}
	int err = found ? 0 : fill(c, oldest, sql, hash);
	if (err < 0)
		return err;
	found = found ? found : oldest;
	found->used = ++c->uses;
	*ret_stmt = found->stmt;
	return 0;
}

void sqlite_statements_done(struct sqlite_conn *c)
{
	for (int i = 0; i < SQLITE_STATEMENTS; i++)
		forget(&c->statements[i]);
}
