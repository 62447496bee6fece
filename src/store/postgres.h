/* postgres.h - a connection to a PostgreSQL server (13 or later), for the files of this engine. */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include <libpq-fe.h>

#include "engine.h"

/* SPDX-License-Identifier: MIT */

enum {
	POSTGRES_STATEMENTS = 64,       /* kept prepared a connection */
	POSTGRES_CONNECT_MS = 1000,     /* for all addresses of a host together */
	POSTGRES_ANSWER_MS = 1500,      /* a server that says nothing for so long is gone */
	POSTGRES_MIGRATE_MS = 600000,   /* the same while the schema changes */
	POSTGRES_AGAIN_MS = 200,        /* between two dials that fail */
};

struct postgres_statement {
	uint64_t hash, used;
	char *sql; /* NULL: free; prepared on the server as "s<slot>" */
};

struct postgres_conn {
	struct store_conn conn;
	PGconn *pg; /* NULL: not connected */
	int64_t dialled_us; /* in vain; 0: the last one worked */
	int64_t answer_ms;
	uint64_t uses;
	struct postgres_statement statements[POSTGRES_STATEMENTS];
};

struct postgres_conn *postgres_of(struct store_conn *c);
int postgres_dial(struct postgres_conn *c); /* -ENOTCONN */
void postgres_hang_up(struct postgres_conn *c);
/* Waits for the answer to what was sent and takes the last result of it; NULL: the server is gone. */
PGresult *postgres_answer(struct postgres_conn *c);
int postgres_fault(struct postgres_conn *c, const PGresult *r); /* words and -errno; hangs up when the server is gone */
int postgres_lost(struct postgres_conn *c);                     /* words, hangs up, -ENOTCONN */
void postgres_clear(PGresult **r);                              /* AUTO */

#endif
