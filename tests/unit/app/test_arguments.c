/* SPDX-License-Identifier: MIT */
/* The command line: options and words in any order, and words for each that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/app/arguments.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"

static const struct option options[] = {
	{"org", offsetof(struct arguments, org), false, true},
	{"ttl", offsetof(struct arguments, ttl), false, false},
	{"add", offsetof(struct arguments, adds_key), true, false},
	{NULL, 0, false, false},
};
static const char *const words[] = {"NAME", NULL};
static const struct command command = {"x", NULL, "", "", words, options};
static struct arguments a;
static char text[256];

static int read_line(const char *line)
{
	static char copy[256];
	char *argv[16], *rest = copy;
	int argc = 0;
	struct buf errors;
	(void)strncpy(copy, line, sizeof(copy) - 1);
	while (rest && *rest)
		argv[argc++] = strsep(&rest, " ");
	buf_init(&errors, text, sizeof(text) - 1);
	int err = arguments_read(&command, argc, argv, &a, &errors);
	text[errors.n] = '\0';
	return err;
}

static void in_any_order(void **state)
{
	(void)state;
	static const char *const lines[] = {"n --org o --config c --add", "--add --org=o --config=c n", "--org o n --add --config c",
		"--add --config c --org o -- n"};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		assert_int_equal(read_line(lines[i]), 0);
		assert_string_equal(a.org, "o");
		assert_string_equal(a.config, "c");
		assert_true(a.has_config && a.adds_key);
		assert_int_equal(a.n_words, 1);
		assert_string_equal(a.words[0], "n");
		assert_null(a.ttl);
	}
	assert_int_equal(read_line("n --org o"), 0);
	assert_string_equal(a.config, CONFIG_FILE_DEFAULT);
	assert_false(a.has_config || a.adds_key);
	assert_int_equal(read_line("--org= -- --n"), 0);
	assert_string_equal(a.org, "");
	assert_string_equal(a.words[0], "--n");
}

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *line, *fault;
	} cases[] = {
		{"--org o", "missing: NAME\n"},
		{"n", "missing: --org\n"},
		{"n --org", "a value is missing behind --org\n"},
		{"n --org a --org b", "given twice: --org\n"},
		{"n --zz", "there is no option --zz\n"},
		{"n --zz=1 --org o", "there is no option --zz=1\n"},
		{"n --add=1 --org o", "no value is taken by --add=1\n"},
		{"n m --org o", "not understood: m\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(read_line(cases[i].line) < 0);
		assert_string_equal(text, cases[i].fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order),
		cmocka_unit_test(what_is_wrong_is_named),
	};
	return cmocka_run_group_tests_name("app/arguments", tests, NULL, NULL);
}
