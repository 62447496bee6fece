/* SPDX-License-Identifier: MIT */
/* Commits of several threads share an fsync.  With synchronous=FULL SQLite would sync the log within each commit, while
 * nobody else may write; with NORMAL it does not, so here a thread that has committed, and let the next one in, waits for a
 * sync that began after its commit.  One of those who wait makes it for all.  What store_run or store_transaction have
 * told is on the disk, as with FULL; only readers may see a row some milliseconds before that. */
#include <errno.h>

#include "sqlite.h"

enum { CHECKPOINT_PAGES = 1000 /* SQLite's own */ };

/* Called by SQLite after each commit.  It stands in the place of SQLite's own checkpoints. */
int sqlite_on_commit(void *arg, sqlite3 *db, const char *name, int n_pages)
{
	struct sqlite_conn *c = arg;
	(void)db, (void)name;
	c->log_pages = n_pages;
	return SQLITE_OK;
}

static int sync_log(struct sqlite_conn *c)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
	if (code == SQLITE_OK && log && log->pMethods)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
	else
		code = SQLITE_IOERR_FSYNC;
	if (code == SQLITE_OK)
		return 0;
	engine_say(&c->conn, "the log could not be brought to the disk: %s", sqlite3_errstr(code));
	return sqlite3_system_errno(c->db) == ENOSPC ? -ENOSPC : -EIO;
}

/* After an error nobody knows what is on the disk: those who waited for that sync are told so. */
static int sync_with_others(struct sqlite_conn *c, struct log_sync *s)
{
	int err = 0;
	pthread_mutex_lock(&s->mutex);
	uint64_t mine = ++s->n_commits;
	while (s->n_synced < mine) {
		if (s->is_running) {
			pthread_cond_wait(&s->is_done, &s->mutex);
			continue;
		}
		uint64_t covered = s->n_commits;
		s->is_running = true;
		pthread_mutex_unlock(&s->mutex);
		err = sync_log(c);
		pthread_mutex_lock(&s->mutex);
		s->is_running = false;
		s->n_synced = covered;
		if (err < 0)
			s->n_failed = covered;
		pthread_cond_broadcast(&s->is_done);
	}
	if (err == 0 && mine <= s->n_failed)
		err = -EIO;
	pthread_mutex_unlock(&s->mutex);
	return err;
}

int sqlite_sync(struct sqlite_conn *c)
{
	int n_pages = c->log_pages;
	if (n_pages == 0)
		return 0;
	c->log_pages = 0;
	int err = sync_with_others(c, &c->conn.store->log_sync);
	if (n_pages >= CHECKPOINT_PAGES) /* as far as it goes without waiting: the next commit goes on with it */
		(void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return err;
}
