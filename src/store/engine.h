/* engine.h - what an engine does for store.c.  No engine knows of transactions: BEGIN is a statement to it. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <pthread.h>

#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

enum { STORE_SQL_MAX = 8192, STORE_WORDS_SIZE = 256 };

struct engine_word { /* {name} in SQL */
	const char *name, *text;
};

struct engine {
	const char *name;
	const char *begin; /* a transaction that writes */
	const struct engine_word *words; /* NULL-ended */
	/* Makes the file if need be.  With an error there may be a connection too, which has words for it and is
	 * disconnected by the caller; -ENOTCONN: it heals later. */
	int (*connect)(struct store *s, struct store_conn **ret_conn);
	void (*disconnect)(struct store_conn *c);
	/* a NULL: rows are not wanted.  Rows changed, or rows given when a is not NULL. */
	int (*run)(struct store_conn *c, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
		struct store_rows *ret_rows);
	int (*control)(struct store_conn *c, const char *sql); /* BEGIN, COMMIT, ROLLBACK */
	/* NULL: none.  Around a transaction that is tried again: those who collided queue instead of colliding once more. */
	const char *queue_in, *queue_out;
	int (*script)(struct store_conn *c, const char *sql); /* several statements, as they are in a migration */
	/* Before a statement that stands alone or begins a transaction: is there still a connection? */
	int (*heal)(struct store_conn *c);
	/* At open, on a connection for this only: is the database ours and whole?  May keep other programs from migrating. */
	int (*check)(struct store_conn *c, struct buf *errors);
};
extern const struct engine engine_sqlite, engine_postgresql;

struct gate { /* who of this process may write: SQLite's own wait polls, this one wakes */
	pthread_mutex_t mutex;
	pthread_cond_t is_free;
	bool is_taken;
};

struct log_sync { /* SQLite's log on its way to the disk: sqlite_sync.c */
	pthread_mutex_t mutex;
	pthread_cond_t is_done;
	bool is_running;
	uint64_t n_commits, n_synced, n_failed; /* the commits up to these; failed ones are within the synced */
};

struct store {
	const struct engine *engine;
	char *target; /* SQLite: the path; PostgreSQL: the url */
	struct gate gate;
	struct log_sync log_sync;
};

struct store_conn { /* first member of an engine's connection */
	struct store *store;
	bool is_in_transaction;
	int doom; /* the first error of the transaction */
	char words[STORE_WORDS_SIZE];
};

void engine_say(struct store_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* store_words */
void engine_say_line(struct store_conn *c, const char *text); /* the same: its first line */
/* sql with the engine's words in it, in dst; -EINVAL: an unknown word; -E2BIG. */
int engine_translate(const struct engine *e, const char *sql, char *dst, size_t size);
uint32_t engine_parameters(const char *sql); /* the highest $n in it */
uint64_t engine_hash(const char *text); /* of statements that are kept prepared */
char *engine_copy(const char *text);    /* to be given to mem_free; NULL: no memory */
/* Rows are gathered in an arena whose size nobody knows before. */
struct rows_builder {
	struct arena *arena;
	struct store_rows rows;
	uint32_t cap_rows;
};
struct store_value *rows_add(struct rows_builder *b); /* n_columns cells to fill; NULL: no memory */

int gate_take(struct gate *g, int wait_ms); /* -EAGAIN */
void gate_leave(struct gate *g);

int migrate(struct store_conn *c, struct buf *errors); /* store_open's part, within its transaction */

#endif
