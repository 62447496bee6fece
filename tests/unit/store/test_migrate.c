/* SPDX-License-Identifier: MIT */
/* From nothing to the schema of this program, and no further. */
#include "store_rig.h"

#include <pthread.h>

#include "ringdown/base/mem.h"

enum { OPENERS = 4, ALLOCATIONS_MAX = 5000 };

static int open_again(char words[STORE_ERROR_SIZE])
{
	struct store *s = NULL;
	struct buf errors;
	memset(words, 0, STORE_ERROR_SIZE);
	buf_init(&errors, words, STORE_ERROR_SIZE - 1);
	int err = store_open(rig.url, &s, &errors);
	(void)store_close(s);
	return err;
}

static void a_newer_schema_is_refused(void **state)
{
	(void)state;
	char words[STORE_ERROR_SIZE];
	int64_t steps = rig_number("SELECT count(*) FROM schema_migration");
	assert_int_equal(rig_number("SELECT max(number) FROM schema_migration"), steps);
	assert_int_equal(store_run(rig.conn, "INSERT INTO schema_migration (number, name, at_ms) VALUES (999, 'later', 1)", NULL, 0), 1);
	assert_int_equal(open_again(words), -EPROTO);
	assert_non_null(strstr(words, "schema 999"));
	assert_non_null(strstr(words, "newer ringdown"));
	assert_int_equal(store_run(rig.conn, "DELETE FROM schema_migration WHERE number = 999", NULL, 0), 1);
	assert_int_equal(open_again(words), 0);
	assert_int_equal(rig_number("SELECT count(*) FROM schema_migration"), steps); /* nothing was done twice */
}

static void begin_anew(void)
{
	rig_forget();
	if (!rig_is_postgresql()) {
		(void)snprintf(rig.url, sizeof(rig.url), "sqlite:%s", rig_path("new.db"));
		return;
	}
	assert_true(store_run(rig.conn, "DROP SCHEMA public CASCADE", NULL, 0) >= 0);
	assert_true(store_run(rig.conn, "CREATE SCHEMA public", NULL, 0) >= 0);
}

struct opener {
	pthread_t thread;
	int err;
	char words[STORE_ERROR_SIZE];
};

static void *opener(void *arg)
{
	struct opener *o = arg;
	o->err = open_again(o->words);
	return NULL;
}

/* The nodes of a new installation start together. */
static void several_migrate_at_once(void **state)
{
	(void)state;
	static struct opener openers[OPENERS];
	int64_t steps = rig_number("SELECT count(*) FROM schema_migration");
	begin_anew();
	for (int i = 0; i < OPENERS; i++)
		assert_int_equal(pthread_create(&openers[i].thread, NULL, opener, &openers[i]), 0);
	for (int i = 0; i < OPENERS; i++) {
		(void)pthread_join(openers[i].thread, NULL);
		if (openers[i].err)
			fail_msg("%s: %s", strerror(-openers[i].err), openers[i].words);
	}
	rig_reopen();
	assert_int_equal(rig_number("SELECT count(*) FROM schema_migration"), steps);
}

/* Each allocation of an open fails once: an error each time, never a crash, a leak or half a schema. */
static void no_memory_is_an_error(void **state)
{
	(void)state;
	char words[STORE_ERROR_SIZE];
	int err = -ENOMEM;
	for (uint32_t n = 1; err < 0; n++) {
		assert_true(n < ALLOCATIONS_MAX);
		mem_fail_at(n);
		err = open_again(words);
		mem_fail_at(0);
		assert_true(err == 0 || err == -ENOMEM);
	}
}

static void what_is_no_url_is_told(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "sqlite:", "/var/lib/x.db", "mysql://x/y"};
	char words[STORE_ERROR_SIZE];
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		(void)snprintf(rig.url, sizeof(rig.url), "%s", wrong[i]);
		assert_int_equal(open_again(words), -EINVAL);
		assert_non_null(strstr(words, "postgresql://"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_newer_schema_is_refused),
		RIG_TEST(several_migrate_at_once),
		RIG_TEST(no_memory_is_an_error),
		RIG_TEST(what_is_no_url_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
