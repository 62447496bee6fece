/* SPDX-License-Identifier: MIT */
/* What was told to be done is on the disk: SQLite's way to its files goes through a layer that remembers which of the
 * writes to the log have been synced. */
#include "store_rig.h"

#include <pthread.h>
#include <sqlite3.h>

enum { WRITERS = 4, WRITES = 50 };

static _Atomic int64_t n_written, n_synced, n_syncs; /* writes to the log; those before the last sync began; syncs */
static _Atomic int sync_result;
static _Thread_local int64_t last_written; /* of this thread */

static sqlite3_io_methods methods;
static const sqlite3_io_methods *real;

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int code = real->xWrite(f, p, n, at);
	last_written = ++n_written;
	return code;
}

static int on_sync(sqlite3_file *f, int flags)
{
	int64_t before = n_written;
	int code = sync_result ? sync_result : real->xSync(f, flags);
	if (code == SQLITE_OK)
		n_synced = before;
	n_syncs++;
	return code;
}

static sqlite3_vfs layer;
static sqlite3_vfs *below;

static int on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	(void)v;
	int code = below->xOpen(below, name, f, flags, ret_flags);
	if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return code;
	if (!real) { /* by the connection of the rig, before there are threads */
		methods = *f->pMethods;
		methods.xWrite = on_write;
		methods.xSync = on_sync;
		real = f->pMethods;
	}
	f->pMethods = &methods;
	return code;
}

static int put_layer(void **state)
{
	(void)state;
	below = sqlite3_vfs_find(NULL);
	layer = *below;
	layer.zName = "remembers";
	layer.xOpen = on_open;
	return sqlite3_vfs_register(&layer, 1);
}

static int take_layer(void **state)
{
	(void)state;
	return sqlite3_vfs_unregister(&layer);
}

static int put(struct store_conn *c, int64_t n)
{
	const struct store_value v = store_int(n);
	return store_run(c, "INSERT INTO rate_bucket (key, tokens, at_ms) VALUES (CAST($1 AS TEXT), $1, 0)", &v, 1);
}

static int put_two(struct store_conn *c, void *arg)
{
	int64_t n = *(int64_t *)arg;
	int err = put(c, n);
	return err < 0 ? err : put(c, n + 1) < 0 ? -EIO : 0;
}

static void a_commit_is_on_the_disk_when_it_is_told(void **state)
{
	(void)state;
	int64_t n = 100, before = n_written;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(put(rig.conn, i), 1);
		assert_true(n_written > before);
		assert_int_equal(n_synced, n_written);
		before = n_written;
	}
	assert_int_equal(store_transaction(rig.conn, put_two, &n), 0);
	assert_true(n_written > before);
	assert_int_equal(n_synced, n_written);
	int64_t syncs = n_syncs;
	assert_int_equal(rig_number("SELECT count(*) FROM rate_bucket"), 12);
	assert_int_equal(n_syncs, syncs); /* reading needs none */
}

static void *writer(void *arg)
{
	struct store_conn *c = NULL;
	int64_t first = *(int64_t *)arg;
	if (store_connect(rig.store, &c) < 0)
		return arg;
	for (int64_t i = 0; i < WRITES; i++)
		if (put(c, first + i) != 1 || n_synced < last_written)
			return arg;
	(void)store_disconnect(c);
	return NULL;
}

static void writers_share_what_they_wait_for(void **state)
{
	(void)state;
	pthread_t threads[WRITERS];
	int64_t firsts[WRITERS], syncs = n_syncs;
	for (int i = 0; i < WRITERS; i++) {
		firsts[i] = 1000 * (i + 1);
		assert_int_equal(pthread_create(&threads[i], NULL, writer, &firsts[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		void *failed = NULL;
		(void)pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(rig_number("SELECT count(*) FROM rate_bucket"), WRITERS * WRITES);
	assert_true(n_syncs - syncs <= WRITERS * WRITES);
}

static void a_disk_that_fails_is_told(void **state)
{
	(void)state;
	assert_int_equal(put(rig.conn, 1), 1);
	sync_result = SQLITE_IOERR_FSYNC;
	assert_int_equal(put(rig.conn, 2), -EIO);
	sync_result = 0;
	assert_int_equal(put(rig.conn, 3), 1);
}

/* The log is taken into the file as it grows, though the hook for that is ours. */
static void the_log_does_not_grow_for_ever(void **state)
{
	(void)state;
	static char text[8000];
	memset(text, 'x', sizeof(text));
	const struct store_value v[] = {store_text((struct str){text, sizeof(text)})};
	for (int i = 0; i < 2000; i++) /* twice what makes a checkpoint, many times over */
		assert_int_equal(store_run(rig.conn,
					 "INSERT INTO rate_bucket (key, tokens, at_ms) VALUES ($1, 0, 0) ON CONFLICT (key) DO UPDATE SET at_ms = "
					 "rate_bucket.at_ms + 1",
					 v, 1),
			1);
	struct stat st;
	assert_int_equal(stat(rig_path("store.db-wal"), &st), 0);
	assert_in_range(st.st_size, 1, 6 << 20); /* all that was written is 8 MB */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_commit_is_on_the_disk_when_it_is_told),
		RIG_TEST(writers_share_what_they_wait_for),
		RIG_TEST(a_disk_that_fails_is_told),
		RIG_TEST(the_log_does_not_grow_for_ever),
	};
	return cmocka_run_group_tests(tests, put_layer, take_layer);
}
