/* SPDX-License-Identifier: MIT */
/* micro_store [URL] - how many of a webhook's small pieces of work does the store do in a second, on one thread and on
 * four?  `insert`: a call's record; `get`: one by its id; `work`: a transaction as a status callback makes it (a call's
 * row, its journey, an event).  URL: default is SQLite in a directory made for it; for PostgreSQL name an empty database.
 * Prints a line of JSON a measurement; ends by itself. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/ulid.h"
#include "ringdown/store/record.h"

enum { SECONDS = 2, THREADS_MAX = 4, LATENCIES = 1 << 16, ARENA_BYTES = 1 << 20 };

static const char data[] = "{\"from\":\"+15551230001\",\"to\":\"+15559870002\",\"journey\":[],\"menuPath\":[],\"note\":null,"
			   "\"stirVerstat\":\"TN-Validation-Passed-A\",\"answeredBy\":null,\"price\":null,\"flags\":{}}";

struct worker {
	pthread_t thread;
	struct store_conn *conn;
	struct store_scope scope;
	struct arena arena;
	int (*work)(struct worker *w);
	char last[ULID_SIZE]; /* the newest record of its own */
	int64_t until_us, n, n_errors, n_latencies;
	int32_t latencies_us[LATENCIES]; /* the first so many */
};

static struct worker workers[THREADS_MAX];

static int insert(struct worker *w)
{
	struct store_value v[20] = {[0] = store_null()};
	ulid_new(clock_wall_ms(), w->last);
	v[record_column(&record_call, "call_sid")] = store_text(str_of(w->last));
	v[record_column(&record_call, "direction")] = store_text(STR("inbound"));
	v[record_column(&record_call, "status")] = store_text(STR("ringing"));
	v[record_column(&record_call, "status_rank")] = store_int(2);
	v[record_column(&record_call, "sequence")] = store_int(0);
	v[record_column(&record_call, "is_missed")] = store_int(0);
	v[record_column(&record_call, "has_voicemail")] = store_int(0);
	return record_insert(&w->scope, &record_call, str_of(w->last), str_of(data), v);
}

static int get(struct worker *w)
{
	struct record r;
	arena_done(&w->arena);
	return record_get(&w->scope, &w->arena, &record_call, str_of(w->last), &r);
}

static int call_and_event(struct store_conn *c, void *arg)
{
	struct worker *w = arg;
	struct store_rows rows;
	struct store_value v[5] = {store_text(w->scope.org)};
	arena_done(&w->arena);
	int err = insert(w);
	v[1] = store_text(str_of(w->last));
	if (err == 0)
		err = store_run(c, "INSERT INTO call_event (org, call_sk, n, at_ms, event, details) VALUES ($1, $2, 1, 0, 'ringing', '{}')", v, 2);
	if (err >= 0)
		err = store_ask(c, &w->arena,
			"INSERT INTO event_head (org, seq) VALUES ($1, 1) ON CONFLICT (org) DO UPDATE SET seq = event_head.seq + 1 RETURNING seq", v,
			1, &rows);
	if (err < 0)
		return err;
	v[1] = store_int(store_cell_int(&rows, 0, 0));
	err = store_run(c, "INSERT INTO event_log (org, seq, at_ms, type, data) VALUES ($1, $2, 0, 'call.ringing', '{}')", v, 2);
	return err < 0 ? err : 0;
}

static int work(struct worker *w)
{
	return store_transaction(w->conn, call_and_event, w);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	int64_t now_us = clock_now_us();
	while (now_us < w->until_us) {
		int err = w->work(w);
		int64_t then_us = now_us;
		now_us = clock_now_us();
		w->n += err == 0;
		if (err != 0 && w->n_errors++ == 0)
			fprintf(stderr, "%d: %s\n", err, store_words(w->conn));
		if (w->n_latencies < LATENCIES)
			w->latencies_us[w->n_latencies++] = (int32_t)(now_us - then_us);
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	int32_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int32_t p99_us(int n_threads)
{
	static int32_t all[THREADS_MAX * LATENCIES];
	size_t n = 0;
	for (int i = 0; i < n_threads; i++) {
		memcpy(all + n, workers[i].latencies_us, sizeof(*all) * (size_t)workers[i].n_latencies);
		n += (size_t)workers[i].n_latencies;
	}
	qsort(all, n, sizeof(*all), by_size);
	return n ? all[n * 99 / 100] : 0;
}

static void measure(struct store *s, const char *name, int (*one)(struct worker *), int n_threads)
{
	int64_t n = 0, n_errors = 0, until_us = clock_now_us() + SECONDS * 1000000;
	for (int i = 0; i < n_threads; i++) {
		struct worker *w = &workers[i];
		w->work = one;
		w->until_us = until_us;
		w->n = w->n_errors = w->n_latencies = 0;
		if (pthread_create(&w->thread, NULL, run, w) != 0)
			exit(1);
	}
	for (int i = 0; i < n_threads; i++) {
		(void)pthread_join(workers[i].thread, NULL);
		n += workers[i].n;
		n_errors += workers[i].n_errors;
	}
	printf("{\"bench\":\"store\",\"engine\":\"%s\",\"what\":\"%s\",\"threads\":%d,\"per_second\":%.0f,\"p99_us\":%d,\"errors\":%lld}\n",
		store_engine(s), name, n_threads, (double)n / SECONDS, (int)p99_us(n_threads), (long long)n_errors);
	(void)fflush(stdout);
}

static void begin(struct store *s)
{
	static const struct str org = {"acme", 4};
	for (int i = 0; i < THREADS_MAX; i++) {
		struct worker *w = &workers[i];
		arena_init(&w->arena, ARENA_BYTES);
		if (store_connect(s, &w->conn) < 0)
			exit(1);
		w->scope = (struct store_scope){.conn = w->conn, .org = org, .author = org, .now_ms = clock_wall_ms()};
	}
	struct store_value name = store_text(org);
	(void)record_insert(&workers[0].scope, &record_org, org, STR("{}"), &name);
	for (int i = 0; i < THREADS_MAX; i++)
		if (insert(&workers[i]) < 0)
			exit(1);
}

int main(int argc, char **argv)
{
	static const int threads[] = {1, THREADS_MAX};
	char dir[] = "/tmp/ringdown-store-XXXXXX", url[64], words[STORE_ERROR_SIZE] = "", command[64];
	struct buf errors;
	struct store *s = NULL;
	buf_init(&errors, words, sizeof(words) - 1);
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(url, sizeof(url), "sqlite:%s/store.db", dir);
	int err = store_open(argc > 1 ? argv[1] : url, &s, &errors);
	if (err < 0)
		fprintf(stderr, "%s\n", words);
	for (size_t i = 0; err == 0 && i < ARRAY_LEN(threads); i++) {
		if (i == 0)
			begin(s);
		measure(s, "get", get, threads[i]);
		measure(s, "insert", insert, threads[i]);
		measure(s, "work", work, threads[i]);
	}
	for (int i = 0; i < THREADS_MAX; i++) {
		workers[i].conn = store_disconnect(workers[i].conn);
		arena_done(&workers[i].arena);
	}
	(void)store_close(s);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || err < 0;
}
