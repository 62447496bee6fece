/* plane_help.h - a directory of assistants for the tests of the plane, made and removed a test. */
#ifndef PLANE_HELP_H
#define PLANE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringdown/base/str.h"

/* SPDX-License-Identifier: MIT */

static char help_dir[64];

static inline int help_setup(void **state)
{
	(void)state;
	(void)snprintf(help_dir, sizeof(help_dir), "/tmp/ringdown-plane-XXXXXX");
	return mkdtemp(help_dir) ? 0 : -1;
}

static inline int help_teardown(void **state)
{
	(void)state;
	char command[128];
	(void)snprintf(command, sizeof(command), "rm -rf %s", help_dir);
	return system(command);
}

static inline const char *help_path(const char *name)
{
	static char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", help_dir, name);
	return path;
}

static inline void help_write(const char *name, const char *text)
{
	FILE *f = fopen(help_path(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

#define assert_str(view, literal) \
	do { \
		struct str assert_view = (view); \
		assert_int_equal(assert_view.n, sizeof(literal) - 1); \
		assert_memory_equal(assert_view.n ? assert_view.p : "", literal, sizeof(literal) - 1); \
	} while (0)

#endif
