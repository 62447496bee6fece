/* SPDX-License-Identifier: MIT */
#include "store_rig.h"

struct store_rig rig;

bool rig_is_postgresql(void)
{
	return false;
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
	(void)snprintf(rig.url, sizeof(rig.url), "sqlite:%s", help_path("store.db"));
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
