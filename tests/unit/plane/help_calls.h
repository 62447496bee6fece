/* help_calls.h - a store with the organisations acme and other, for what the plane writes about calls. */
#ifndef HELP_CALLS_H
#define HELP_CALLS_H

#include "plane_help.h"

#include "../../../src/plane/call_status.h"
#include "ringdown/base/auto.h"

/* SPDX-License-Identifier: MIT */

#define HELP_ACCOUNT "AC00000000000000000000000000000001"

static struct store *help_store;
static struct store_scope help_scope;
static struct arena help_arena;

static inline int help_store_setup(void **state)
{
	static char url[512];
	if (help_setup(state) < 0)
		return -1;
	arena_init(&help_arena, 4 << 20);
	(void)snprintf(url, sizeof(url), "sqlite:%s", help_path("store.db"));
	if (store_open(url, &help_store, NULL) < 0 || store_connect(help_store, &help_scope.conn) < 0)
		return -1;
	const char *const orgs[] = {"other", "acme"};
	for (size_t i = 0; i < ARRAY_LEN(orgs); i++) {
		struct store_value name = store_text(str_of(orgs[i]));
		help_scope.org = str_of(orgs[i]);
		help_scope.author = STR("test");
		help_scope.now_ms = 1000;
		if (record_insert(&help_scope, &record_org, help_scope.org, STR("{}"), &name) < 0)
			return -1;
	}
	return 0;
}

static inline int help_store_teardown(void **state)
{
	help_scope.conn = store_disconnect(help_scope.conn);
	help_store = store_close(help_store);
	arena_done(&help_arena);
	return help_teardown(state);
}

static inline int64_t help_count(const char *sql)
{
	struct store_rows rows;
	int n = store_ask(help_scope.conn, &help_arena, sql, NULL, 0, &rows);
	if (n != 1)
		fail_msg("%s: %d %s", sql, n, store_words(help_scope.conn));
	return store_cell_int(&rows, 0, 0);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, help_store_setup, help_store_teardown)

#endif
