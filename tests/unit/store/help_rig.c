/* SPDX-License-Identifier: MIT */
#include "store_rig.h"

#include <libpq-fe.h>

struct store_rig rig;

static char database[32]; /* of this program, on the server, which is thrown away as a whole */

static const char *server(void)
{
	return getenv("RINGDOWN_TEST_POSTGRESQL");
}

bool rig_is_postgresql(void)
{
	return server() != NULL;
}

static void be_silent(void *arg, const char *notice)
{
	(void)arg, (void)notice;
}

static void on_server(const char *url, const char *sql)
{
	PGconn *pg = PQconnectdb(url);
	(void)PQsetNoticeProcessor(pg, be_silent, NULL);
	PGresult *r = PQexec(pg, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
	PQclear(r);
	PQfinish(pg);
}

/* The schema is made once a program: it takes most of a second there. */
static const char emptied[] = "DROP TABLE IF EXISTS thing; DO $$ DECLARE t record; BEGIN"
			      " FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
			      " AND tablename NOT IN ('org', 'schema_migration')"
			      " LOOP EXECUTE 'DELETE FROM ' || t.tablename; END LOOP; DELETE FROM org; END $$";
static bool is_known;

void rig_forget(void)
{
	is_known = false;
}

/* The server's url names the database "postgres": ours stands in its place. */
static void make_url(void)
{
	static const char place[] = "/postgres?";
	if (!server()) {
		(void)snprintf(rig.url, sizeof(rig.url), "sqlite:%s", help_path("store.db"));
		return;
	}
	const char *at = strstr(server(), place);
	assert_non_null(at);
	if (!database[0]) {
		char sql[80];
		(void)snprintf(database, sizeof(database), "test_%d", (int)getpid());
		(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0", database);
		on_server(server(), sql);
	}
	(void)snprintf(rig.url, sizeof(rig.url), "%.*s/%s?%s", (int)(at - server()), server(), database, at + strlen(place));
	on_server(rig.url, is_known ? emptied : "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	is_known = true;
}

static void open_store(void)
{
	char words[STORE_ERROR_SIZE];
	struct buf errors;
	buf_init(&errors, words, sizeof(words));
	if (store_open(rig.url, &rig.store, &errors) < 0)
		fail_msg("%s: " STR_FMT, rig.url, STR_ARG(buf_str(&errors)));
	assert_int_equal(store_connect(rig.store, &rig.conn), 0);
	rig.scope = rig_scope(rig.conn, "acme", 1000);
}

struct store_scope rig_scope(struct store_conn *c, const char *org, int64_t now_ms)
{
	return (struct store_scope){.conn = c, .org = str_of(org), .author = STR("ann@acme.test"), .now_ms = now_ms};
}

char *rig_path(const char *name)
{
	return help_path(name);
}

void rig_org(const char *org)
{
	struct store_scope s = rig_scope(rig.conn, org, 1);
	struct store_value name = store_text(str_of(org));
	assert_int_equal(record_insert(&s, &record_org, str_of(org), STR("{}"), &name), 0);
}

int rig_setup(void **state)
{
	if (help_setup(state) < 0)
		return -1;
	(void)snprintf(rig.dir, sizeof(rig.dir), "%s", help_dir);
	make_url();
	arena_init(&rig.arena, RIG_ARENA_BYTES);
	open_store();
	rig_org("acme");
	rig_org("other");
	return 0;
}

int rig_teardown(void **state)
{
	rig.conn = store_disconnect(rig.conn);
	rig.store = store_close(rig.store);
	arena_done(&rig.arena);
	return help_teardown(state);
}

void rig_reopen(void)
{
	rig.conn = store_disconnect(rig.conn);
	rig.store = store_close(rig.store);
	open_store();
}

int64_t rig_number(const char *sql)
{
	struct store_rows rows;
	int n = store_ask(rig.conn, &rig.arena, sql, NULL, 0, &rows);
	if (n != 1)
		fail_msg("%s: %d %s", sql, n, store_words(rig.conn));
	return store_cell_int(&rows, 0, 0);
}

struct record rig_get(const struct record_kind *k, const char *sk)
{
	struct record r = {0};
	int err = record_get(&rig.scope, &rig.arena, k, str_of(sk), &r);
	if (err < 0)
		fail_msg("%s %s: %s", k->table, sk, strerror(-err));
	return r;
}
