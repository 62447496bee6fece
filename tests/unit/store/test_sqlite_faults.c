/* SPDX-License-Identifier: MIT */
/* The file locked, full, read-only, damaged or somebody else's; the process killed. */
#include "store_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ringdown/base/clock.h"

enum { PATIENCE_MS = 10000, KILLS = 20 };

static const char put_sql[] = "INSERT INTO outbox (org, sk, kind, not_before_ms, attempts, state, payload, created_ms)"
			      " VALUES ('acme', $1, 'sms', 0, 0, 'waiting', $2, 0)";
static char text[20000];

static int put_sized(struct store_conn *c, int n, size_t size)
{
	char sk[32];
	memset(text, 'x', sizeof(text));
	(void)snprintf(sk, sizeof(sk), "%026d", n);
	const struct store_value v[] = {store_text(str_of(sk)), store_text((struct str){text, size})};
	return store_run(c, put_sql, v, 2);
}

static int put(struct store_conn *c, int n)
{
	return put_sized(c, n, 10);
}

static int put_in_transaction(struct store_conn *c, void *arg)
{
	int n = put(c, *(int *)arg);
	return n < 0 ? n : 0;
}

static sqlite3 *other_program(const char *sql)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(rig.url + strlen("sqlite:"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void locked_is_busy_and_may_be_read(void **state)
{
	(void)state;
	int n = 1;
	assert_int_equal(put(rig.conn, 0), 1);
	sqlite3 *db = other_program("BEGIN EXCLUSIVE");
	int64_t began_us = clock_now_us();
	assert_int_equal(put(rig.conn, 1), -EAGAIN);
	assert_int_equal(store_transaction(rig.conn, put_in_transaction, &n), -EAGAIN);
	int64_t took_ms = (clock_now_us() - began_us) / 1000;
	assert_in_range(took_ms, 2 * STORE_BUSY_MS - 100, PATIENCE_MS);
	assert_int_equal(rig_number("SELECT count(*) FROM outbox"), 1);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(store_transaction(rig.conn, put_in_transaction, &n), 0);
}

struct slow {
	pthread_barrier_t has_begun;
	_Atomic bool may_end;
};

static int hold(struct store_conn *c, void *arg)
{
	struct slow *s = arg;
	int n = put(c, 100);
	(void)pthread_barrier_wait(&s->has_begun);
	while (!s->may_end)
		(void)usleep(1000);
	return n < 0 ? n : 0;
}

static void *holder(void *arg)
{
	struct store_conn *c = NULL;
	if (store_connect(rig.store, &c) < 0 || store_transaction(c, hold, arg) < 0)
		return arg;
	(void)store_disconnect(c);
	return NULL;
}

static void another_threads_long_transaction_is_busy(void **state)
{
	(void)state;
	struct slow s = {.may_end = false};
	pthread_t thread;
	void *failed = NULL;
	assert_int_equal(pthread_barrier_init(&s.has_begun, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, holder, &s), 0);
	(void)pthread_barrier_wait(&s.has_begun);
	assert_int_equal(put(rig.conn, 1), -EAGAIN);
	assert_int_equal(rig_number("SELECT count(*) FROM outbox"), 0); /* nor is its half seen */
	s.may_end = true;
	assert_int_equal(put(rig.conn, 1), 1);
	(void)pthread_join(thread, &failed);
	assert_null(failed);
	assert_int_equal(rig_number("SELECT count(*) FROM outbox"), 2);
	(void)pthread_barrier_destroy(&s.has_begun);
}

static int fill(struct store_conn *c, void *arg)
{
	int *n = arg;
	for (int i = 0; i < 1000; i++) {
		int err = put_sized(c, (*n)++, sizeof(text));
		if (err < 0)
			return 0; /* as if nobody had looked */
	}
	return 0;
}

static void a_full_database_takes_nothing_and_recovers(void **state)
{
	(void)state;
	char sql[64];
	int n = 0;
	int64_t pages = rig_number("PRAGMA page_count");
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages + 50);
	assert_true(rig_number(sql) > 0);
	assert_int_equal(store_transaction(rig.conn, fill, &n), -ENOSPC);
	assert_true(n > 1);
	assert_int_equal(rig_number("SELECT count(*) FROM outbox"), 0);
	assert_true(rig_number("PRAGMA max_page_count = 100000") > 0);
	assert_int_equal(put(rig.conn, 1), 1);
}

/* What a file may hold is limited, which the kernel tells as it tells of a full disk. */
static void a_full_disk_takes_nothing_and_recovers(void **state)
{
	(void)state;
	struct rlimit limit;
	int n = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int err = store_transaction(rig.conn, fill, &n);
	limit.rlim_cur = before;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(rig_number("SELECT count(*) FROM outbox"), 0);
	assert_int_equal(put(rig.conn, 1), 1);
}

static void read_only_is_told(void **state)
{
	(void)state;
	assert_true(store_run(rig.conn, "PRAGMA query_only = 1", NULL, 0) >= 0);
	assert_int_equal(put(rig.conn, 1), -EROFS);
	assert_true(store_run(rig.conn, "PRAGMA query_only = 0", NULL, 0) >= 0);
	assert_int_equal(put(rig.conn, 1), 1);
}

static int open_file(const char *name, char words[STORE_ERROR_SIZE])
{
	char url[256];
	struct store *s = NULL;
	struct buf errors;
	memset(words, 0, STORE_ERROR_SIZE);
	buf_init(&errors, words, STORE_ERROR_SIZE - 1);
	(void)snprintf(url, sizeof(url), "sqlite:%s", rig_path(name));
	int err = store_open(url, &s, &errors);
	(void)store_close(s);
	return err;
}

static void overwrite(const char *name, long offset, size_t n)
{
	static char garbage[65536];
	FILE *f = fopen(rig_path(name), offset ? "r+" : "w");
	memset(garbage, 0x5a, sizeof(garbage));
	assert_non_null(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(garbage, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void what_is_damaged_is_told_at_open(void **state)
{
	(void)state;
	char words[STORE_ERROR_SIZE];
	overwrite("garbage.db", 0, 8192);
	assert_int_equal(open_file("garbage.db", words), -EBADMSG);
	assert_non_null(strstr(words, "damaged"));
	assert_non_null(strstr(words, "restore the last backup"));
	for (int i = 0; i < 200; i++)
		assert_int_equal(put_sized(rig.conn, i, 3000), 1);
	rig.conn = store_disconnect(rig.conn);
	rig.store = store_close(rig.store); /* everything is in the one file now */
	overwrite("store.db", 300000, 65536);
	assert_int_equal(open_file("store.db", words), -EBADMSG);
	assert_non_null(strstr(words, "damaged"));
}

static void another_programs_file_is_left_alone(void **state)
{
	(void)state;
	char words[STORE_ERROR_SIZE], sql[64];
	sqlite3 *db = NULL;
	for (int application = 0; application < 2; application++) {
		(void)unlink(rig_path("mail.db"));
		assert_int_equal(sqlite3_open(rig_path("mail.db"), &db), SQLITE_OK);
		(void)snprintf(sql, sizeof(sql), "CREATE TABLE mail (x); PRAGMA application_id = %d", application);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
		assert_int_equal(open_file("mail.db", words), -EPROTO);
		assert_non_null(strstr(words, "another program"));
	}
}

static void no_place_for_it_is_told(void **state)
{
	(void)state;
	char words[STORE_ERROR_SIZE];
	assert_int_equal(open_file("nowhere/store.db", words), -ENOENT);
	assert_non_null(strstr(words, "nowhere/store.db"));
	assert_int_equal(mkdir(rig_path("folder.db"), 0700), 0);
	assert_int_equal(open_file("folder.db", words), -EISDIR);
}

static void its_files_are_its_owners_alone(void **state)
{
	(void)state;
	static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
	struct stat st;
	assert_int_equal(put(rig.conn, 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(stat(rig_path(names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

/* Another program, which is this one anew: after a fork alone SQLite would believe that it holds its parent's locks. */
static pid_t start_other(const char *what, int first, int out)
{
	char number[16];
	(void)snprintf(number, sizeof(number), "%d", first);
	pid_t child = fork();
	if (child == 0) {
		(void)dup2(out, STDOUT_FILENO);
		(void)execl("/proc/self/exe", "other", what, rig.url, number, (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	return child;
}

static int look(const char *url)
{
	sqlite3 *db = NULL;
	bool is_good = sqlite3_open(url + strlen("sqlite:"), &db) == SQLITE_OK &&
		       sqlite3_exec(db, "SELECT count(*) FROM outbox", NULL, NULL, NULL) == SQLITE_OK;
	return sqlite3_close(db) == SQLITE_OK && is_good ? 0 : 1;
}

/* The last program to close a database takes its log into the file and deletes it; it must see that it is not the last. */
static void another_program_that_ends_leaves_the_log(void **state)
{
	(void)state;
	struct stat before, after;
	struct store_conn *second = NULL;
	assert_int_equal(put(rig.conn, 1), 1);
	assert_int_equal(store_connect(rig.store, &second), 0);
	assert_int_equal(stat(rig_path("store.db-wal"), &before), 0);
	pid_t child = start_other("look", 0, 1);
	int status = 1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stat(rig_path("store.db-wal"), &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(put(rig.conn, 2), 1);
	second = store_disconnect(second);
}

/* Two rows a transaction, until it is killed; what was committed is told on the pipe. */
static int write_until_killed(const char *url, int first)
{
	struct store *s = NULL;
	struct store_conn *c = NULL;
	if (store_open(url, &s, NULL) < 0 || store_connect(s, &c) < 0)
		return 1;
	for (int n = first;; n += 2) {
		const struct store_value v[] = {store_int(n), store_int(n + 1)};
		if (store_run(c, "INSERT INTO rate_bucket (key, tokens, at_ms) VALUES (CAST($1 AS TEXT), $1, 0), (CAST($2 AS TEXT), $2, 0)", v,
			    2) != 2 ||
			write(STDOUT_FILENO, &n, sizeof(n)) != (ssize_t)sizeof(n))
			return 1;
	}
}

static int kill_one(int first, useconds_t after_us)
{
	int fds[2], n, last = first - 2, status = 0;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFD, FD_CLOEXEC), 0);
	pid_t child = start_other("write", first, fds[1]);
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &n, sizeof(n)), sizeof(n)); /* it is at it */
	last = n;
	(void)usleep(after_us);
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
		last = n;
	(void)close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return last;
}

static void a_killed_process_loses_nothing_it_committed(void **state)
{
	(void)state;
	int next = 1;
	srand(7);
	for (int i = 0; i < KILLS; i++) {
		int last = kill_one(next, (useconds_t)(rand() % 20000));
		int64_t count = rig_number("SELECT count(*) FROM rate_bucket"), highest = rig_number("SELECT max(tokens) FROM rate_bucket");
		assert_true(highest >= last + 1);   /* what was told is there; of one more it was not told in time */
		assert_true(highest <= last + 3);
		assert_int_equal(count, highest);   /* and never half of it */
		next = (int)highest + 1;
	}
	struct store_rows rows;
	assert_int_equal(store_ask(rig.conn, &rig.arena, "PRAGMA integrity_check", NULL, 0, &rows), 1);
	assert_true(str_is(store_cell_text(&rows, 0, 0), STR("ok")));
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return strcmp(argv[1], "look") == 0 ? look(argv[2]) : write_until_killed(argv[2], (int)strtol(argv[3], NULL, 10));
	const struct CMUnitTest tests[] = {
		RIG_TEST(locked_is_busy_and_may_be_read),
		RIG_TEST(another_threads_long_transaction_is_busy),
		RIG_TEST(a_full_database_takes_nothing_and_recovers),
		RIG_TEST(a_full_disk_takes_nothing_and_recovers),
		RIG_TEST(read_only_is_told),
		RIG_TEST(what_is_damaged_is_told_at_open),
		RIG_TEST(another_programs_file_is_left_alone),
		RIG_TEST(no_place_for_it_is_told),
		RIG_TEST(its_files_are_its_owners_alone),
		RIG_TEST(another_program_that_ends_leaves_the_log),
		RIG_TEST(a_killed_process_loses_nothing_it_committed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
