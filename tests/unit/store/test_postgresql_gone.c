/* SPDX-License-Identifier: MIT */
/* The server stops, hangs, comes back: a server of this test's own, as it is stopped and started here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/store/store.h"

enum { PATIENCE_MS = 10000, ROUND_MS = 50 };

static char dir[64], url[128];
static struct store *store;
static struct store_conn *conn;

static void server(const char *what)
{
	char command[512];
	(void)snprintf(command, sizeof(command), "sh '%s/tests/postgres.sh' %s '%s'", RINGDOWN_SOURCE_DIR, what, dir);
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/ringdown-gone-%d", (int)getpid());
	(void)snprintf(url, sizeof(url), "postgresql://ringdown@/postgres?host=%s", dir);
	server("new");
	return store_open(url, &store, NULL) < 0 || store_connect(store, &conn) < 0;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	conn = store_disconnect(conn);
	store = store_close(store);
	server("stop");
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static int put(struct store_conn *c, int64_t n)
{
	const struct store_value v = store_int(n);
	return store_run(c, "INSERT INTO rate_bucket (key, tokens, at_ms) VALUES (CAST($1 AS TEXT), $1, 0)", &v, 1);
}

static int64_t count(void)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	arena_init(&a, 4096);
	int n = store_ask(conn, &a, "SELECT count(*) FROM rate_bucket", NULL, 0, &rows);
	return n == 1 ? store_cell_int(&rows, 0, 0) : n;
}

static void expect_healed(int64_t n)
{
	int err = -ENOTCONN;
	for (int left_ms = PATIENCE_MS; err < 0 && left_ms > 0; left_ms -= ROUND_MS) {
		err = put(conn, n);
		if (err < 0)
			(void)usleep(ROUND_MS * 1000);
	}
	assert_int_equal(err, 1);
}

static int put_two(struct store_conn *c, void *arg)
{
	int64_t n = *(int64_t *)arg;
	int err = put(c, n);
	return err < 0 ? err : put(c, n + 1) < 0 ? -EIO : 0;
}

static void a_server_that_stops_is_gone_until_it_is_back(void **state)
{
	(void)state;
	int64_t n = 10;
	struct store *another = NULL;
	struct store_conn *late = NULL;
	char words[STORE_ERROR_SIZE] = "";
	struct buf errors;
	assert_int_equal(put(conn, 1), 1);
	server("stop");
	int64_t began_us = clock_now_us();
	assert_int_equal(put(conn, 2), -ENOTCONN);
	assert_int_equal(store_transaction(conn, put_two, &n), -ENOTCONN);
	assert_true(clock_now_us() - began_us < (int64_t)PATIENCE_MS * 1000);
	assert_true(store_words(conn)[0] != '\0');
	assert_int_equal(store_connect(store, &late), 0); /* one made while it is away works later */
	buf_init(&errors, words, sizeof(words) - 1);
	assert_int_equal(store_open(url, &another, &errors), -ENOTCONN);
	assert_true(errors.n > 0);
	server("start");
	expect_healed(3);
	assert_int_equal(store_transaction(conn, put_two, &n), 0);
	(void)usleep(250000); /* the next dial of the other one */
	assert_int_equal(put(late, 4), 1);
	late = store_disconnect(late);
	assert_int_equal(count(), 5); /* 1, 3, 4, 10, 11 */
}

/* An idle connection hears of the restart before it sends. */
static void a_restart_while_nobody_asks_is_not_noticed(void **state)
{
	(void)state;
	int64_t before = count();
	server("stop");
	server("start");
	assert_int_equal(put(conn, 20), 1);
	assert_int_equal(count(), before + 1);
}

static int stop_between(struct store_conn *c, void *arg)
{
	int err = put(c, 30);
	(void)arg;
	server("stop");
	return err < 0 ? err : put(c, 31) < 0 ? -EIO : 0;
}

static void a_transaction_that_is_cut_has_not_been(void **state)
{
	(void)state;
	int64_t before = count();
	assert_int_equal(store_transaction(conn, stop_between, NULL), -ENOTCONN);
	server("start");
	expect_healed(32);
	assert_int_equal(count(), before + 1);
}

static pid_t backend(void)
{
	AUTO(arena_done) struct arena a;
	struct store_rows rows;
	arena_init(&a, 4096);
	assert_int_equal(store_ask(conn, &a, "SELECT pg_backend_pid()", NULL, 0, &rows), 1);
	return (pid_t)store_cell_int(&rows, 0, 0);
}

static void a_server_that_hangs_is_given_up(void **state)
{
	(void)state;
	pid_t pid = backend();
	assert_int_equal(kill(pid, SIGSTOP), 0);
	int64_t began_us = clock_now_us();
	int err = put(conn, 40);
	int64_t took_us = clock_now_us() - began_us;
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(err, -ENOTCONN);
	assert_true(took_us < (int64_t)PATIENCE_MS * 1000);
	(void)usleep(250000);
	expect_healed(41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_stops_is_gone_until_it_is_back),
		cmocka_unit_test(a_restart_while_nobody_asks_is_not_noticed),
		cmocka_unit_test(a_transaction_that_is_cut_has_not_been),
		cmocka_unit_test(a_server_that_hangs_is_given_up),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
