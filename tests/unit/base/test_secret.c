/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/secret.h"

static char file[64];

static int make_file(void **state)
{
	(void)state;
	(void)snprintf(file, sizeof(file), "/tmp/ringdown-secret-XXXXXX");
	int fd = mkstemp(file);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

static int read_of(const void *content, size_t n, struct arena *a, struct str *ret)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return secret_read(file, a, ret);
}

static void blanks_around_it_go(void **state)
{
	(void)state;
	static const struct {
		const char *content, *secret;
	} cases[] = {{"s3cr3t", "s3cr3t"}, {"s3cr3t\n", "s3cr3t"}, {"\n \ts3\ncr 3t\r\n\f\v ", "s3\ncr 3t"}, {"x", "x"}};
	struct arena a;
	arena_init(&a, 65536);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = STR("");
		assert_int_equal(read_of(cases[i].content, strlen(cases[i].content), &a, &got), 0);
		assert_true(str_is(got, str_of(cases[i].secret)));
	}
	arena_done(&a);
}

static void what_cannot_be_a_secret_changes_nothing(void **state)
{
	(void)state;
	static char large[SECRET_BYTES_MAX + 1];
	struct arena a;
	struct str got = STR("old");
	arena_init(&a, 65536);
	memset(large, 'a', sizeof(large));
	assert_int_equal(read_of("", 0, &a, &got), -ENODATA);
	assert_int_equal(read_of(" \n\t", 3, &a, &got), -ENODATA);
	assert_int_equal(read_of(large, sizeof(large), &a, &got), -EFBIG);
	assert_int_equal(secret_read("/nonexistent", &a, &got), -ENOENT);
	assert_int_equal(secret_read("/", &a, &got), -EISDIR);
	mem_fail_at(1);
	assert_int_equal(read_of("new", 3, &a, &got), -ENOMEM);
	mem_fail_at(0);
	assert_true(str_is(got, STR("old")));
	assert_int_equal(read_of(large, SECRET_BYTES_MAX, &a, &got), 0);
	assert_int_equal(got.n, SECRET_BYTES_MAX);
	arena_done(&a);
	assert_string_equal(secret_error(-ENODATA), "there is nothing in it");
	assert_non_null(strstr(secret_error(-EFBIG), "4096"));
	assert_string_equal(secret_error(-ENOENT), strerror(ENOENT));
}

static void a_wiped_one_is_gone(void **state)
{
	(void)state;
	char text[] = "s3cr3t";
	struct str s = {text, 6};
	secret_wipe(&s);
	assert_int_equal(s.n, 0);
	assert_memory_equal(text, "\0\0\0\0\0\0", 6);
	secret_wipe(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blanks_around_it_go, make_file, remove_file),
		cmocka_unit_test_setup_teardown(what_cannot_be_a_secret_changes_nothing, make_file, remove_file),
		cmocka_unit_test(a_wiped_one_is_gone),
	};
	return cmocka_run_group_tests_name("base/secret", tests, NULL, NULL);
}
