/* store_rig.h - a store that is empty for each test.  Every test of the room runs against each engine: ctest gives
 * the url of a PostgreSQL server, or none for SQLite. */
#ifndef STORE_RIG_H
#define STORE_RIG_H

#include <errno.h>

#include "../help_dir.h"
#include "ringdown/base/auto.h"
#include "ringdown/store/record.h"

/* SPDX-License-Identifier: MIT */

enum { RIG_ARENA_BYTES = 1 << 20 };

struct store_rig {
	char url[256], dir[64]; /* a directory of this test's */
	struct store *store;
	struct store_conn *conn;
	struct arena arena;
	struct store_scope scope; /* of org "acme", at 1000 ms */
};
extern struct store_rig rig;

int rig_setup(void **state);    /* an open store, one connection, the organisations acme and other */
int rig_teardown(void **state);
bool rig_is_postgresql(void);
void rig_reopen(void);          /* close and open: what is there stays */
void rig_forget(void);          /* the schema is not as it was: the next test makes it anew */
void rig_org(const char *org);
struct store_scope rig_scope(struct store_conn *c, const char *org, int64_t now_ms);
char *rig_path(const char *name); /* in dir; four are good at a time */
int64_t rig_number(const char *sql); /* the first cell of its answer */
struct record rig_get(const struct record_kind *k, const char *sk); /* it must be there */

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

#endif
