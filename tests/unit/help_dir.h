/* help_dir.h - a directory for files of a test, made and removed with it. */
#ifndef HELP_DIR_H
#define HELP_DIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* SPDX-License-Identifier: MIT */

static char help_dir[64];

static inline int help_setup(void **state)
{
	(void)state;
	(void)snprintf(help_dir, sizeof(help_dir), "/tmp/ringdown-unit-XXXXXX");
	return mkdtemp(help_dir) ? 0 : -1;
}

static inline int help_teardown(void **state)
{
	(void)state;
	char command[128];
	(void)snprintf(command, sizeof(command), "rm -rf %s", help_dir);
	return system(command);
}

/* Four of them are good at a time. */
static inline char *help_path(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", help_dir, name);
	return path;
}

static inline void help_write_bytes(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(help_path(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline void help_write(const char *name, const char *text)
{
	help_write_bytes(name, text, strlen(text));
}

#endif
