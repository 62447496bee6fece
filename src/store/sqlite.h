/* sqlite.h - a connection to the embedded database, for the files of this engine. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "engine.h"

/* SPDX-License-Identifier: MIT */

enum {
	SQLITE_STATEMENTS = 64,           /* kept prepared a connection */
	SQLITE_APPLICATION = 0x52696e67,  /* "Ring" in the file's header: it is ours */
};

struct sqlite_statement {
	sqlite3_stmt *stmt;
	uint64_t hash; /* of the text as it was given, before its words were put in */
	uint64_t used; /* the connection's count of uses then: the smallest makes room */
	char *sql;
};

struct sqlite_conn {
	struct store_conn conn;
	sqlite3 *db;
	bool has_gate;
	int64_t busy_until_us; /* of the statement that runs */
	int log_pages;         /* not 0: it has committed something that is not synced yet */
	uint64_t uses;
	struct sqlite_statement statements[SQLITE_STATEMENTS];
};

struct sqlite_conn *sqlite_of(struct store_conn *c);
int sqlite_fault(struct sqlite_conn *c, int code); /* words and -errno */
/* The statement of that text, reset and without values, kept for the next time. */
int sqlite_statement(struct sqlite_conn *c, const char *sql, sqlite3_stmt **ret_stmt);
void sqlite_statements_done(struct sqlite_conn *c);
int sqlite_on_commit(void *arg, sqlite3 *db, const char *name, int n_pages); /* SQLite's hook */
int sqlite_sync(struct sqlite_conn *c); /* what was committed is on the disk when this returns; -EIO, -ENOSPC */

#endif
