/* store.h - the database: SQLite or PostgreSQL behind one interface and one SQL text.  Parameters are $1, $2..;
 * where the engines' words differ, {blob} and {skip_locked} stand for them (src/store/dialect.c has the list).
 * Every call blocks, for a second or two at most: workers and commands call it, loop threads never.  A struct store is
 * shared by all threads; a struct store_conn belongs to one.  All counts >= 0; errors are:
 *   -EEXIST unique constraint    -ENOENT refers to a row that is not there    -EINVAL other constraint, SQL, or a value
 *   -EAGAIN busy, serialization  -ENOTCONN database gone (heals by itself)    -ENOSPC disk full
 *   -EROFS  read-only            -ENOMEM no memory, or arena's limit          -EBADMSG file damaged    -EIO all else */
#ifndef RINGDOWN_STORE_STORE_H
#define RINGDOWN_STORE_STORE_H

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

struct store;
struct store_conn;

enum {
	STORE_VALUES_MAX = 40,     /* parameters of a statement */
	STORE_BUSY_MS = 1000,      /* how long a statement or transaction waits for others before -EAGAIN */
	STORE_ERROR_SIZE = 1024,   /* enough for what store_open has to say */
};

/* url: "sqlite:/path" (made with mode 0600 if need be) or "postgresql://user@host/db...", as libpq takes it.
 * Brings the schema up to date.  On failure `errors` (if not NULL) has words for a human: what is wrong and what to
 * do.  -EPROTO: the schema is newer than this program, or the database is somebody else's; -EBADMSG: the file is
 * damaged; -EINVAL: no such url; else as above, or -errno of the file. */
int store_open(const char *url, struct store **ret_store, struct buf *errors);
struct store *store_close(struct store *s);      /* after all its connections; NULL is fine; returns NULL */
const char *store_engine(const struct store *s); /* "sqlite" or "postgresql" */
/* Gives a connection even while a PostgreSQL server is away: then its statements give -ENOTCONN until it is back. */
int store_connect(struct store *s, struct store_conn **ret_conn);
struct store_conn *store_disconnect(struct store_conn *c); /* NULL is fine; returns NULL */

enum store_type { STORE_NULL, STORE_INT, STORE_TEXT, STORE_BLOB };
struct store_value {
	enum store_type type;
	int64_t number;   /* STORE_INT */
	struct str bytes; /* STORE_TEXT: UTF-8 without NUL, else -EINVAL; STORE_BLOB.  Borrowed until the call returns */
};
struct store_value store_null(void);
struct store_value store_int(int64_t v);
struct store_value store_text(struct str s); /* empty text is text, not NULL */
struct store_value store_blob(struct str s);
struct store_value store_text_or_null(struct str s); /* NULL when there is none of it */

struct store_rows { /* all of it in the arena that was given */
	uint32_t n_rows, n_columns;
	struct store_value *cells; /* row by row */
};
const struct store_value *store_cell(const struct store_rows *r, uint32_t row, uint32_t column); /* in range, else it asserts */
int64_t store_cell_int(const struct store_rows *r, uint32_t row, uint32_t column);      /* 0 when it is no number */
struct str store_cell_text(const struct store_rows *r, uint32_t row, uint32_t column);  /* {NULL, 0} when NULL; terminated */

/* One statement, by itself or within a transaction.  Returns rows changed, -errno; sql is cached by its text, so it
 * holds parameters, never values. */
int store_run(struct store_conn *c, const char *sql, const struct store_value *v, uint32_t n);
/* The same for SELECT, or INSERT .. RETURNING; returns the number of rows. */
int store_ask(struct store_conn *c, struct arena *a, const char *sql, const struct store_value *v, uint32_t n,
	struct store_rows *ret_rows);

/* work returns 0 to commit, < 0 to roll back and have it returned; it may be called several times, as -EAGAIN is tried
 * again with jitter for STORE_BUSY_MS: it has no effect but through c.  Serializable on both engines; SQLite has
 * one writer at a time, so work is short and waits for nobody.  A statement that fails dooms the transaction: those
 * after it give -ECANCELED and the first error is returned, whatever work returns (for what may be there
 * already: ON CONFLICT DO NOTHING).  -EDEADLK: called within a transaction.
 * -ENOTCONN from a commit: PostgreSQL went away while it answered, so it may or may not have been done. */
typedef int store_work_fn(struct store_conn *c, void *arg);
int store_transaction(struct store_conn *c, store_work_fn *work, void *arg);
bool store_is_in_transaction(const struct store_conn *c);

/* What the engine said of the last failure, for a log; never holds values.  "" when there was none. */
const char *store_words(const struct store_conn *c);

#endif
