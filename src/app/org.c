/* SPDX-License-Identifier: MIT */
/* `ringdown org add NAME` */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ringdown/base/clock.h"
#include "ringdown/store/record.h"
#include "store_command.h"

enum { ORG_CHARS_MIN = 2, ORG_CHARS_MAX = 63 };

static bool is_org(const char *name)
{
	static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strlen(name);
	return n >= ORG_CHARS_MIN && n <= ORG_CHARS_MAX && strspn(name, inner) == n && name[0] != '_' && name[0] != '-';
}

static int add(struct store_command *s, const char *name)
{
	const struct store_scope scope = {
		.conn = s->conn, .org = str_of(name), .author = STR("ringdown org"), .now_ms = clock_wall_ms()};
	const struct store_value columns[] = {store_text(str_of(name))};
	int err = record_insert(&scope, &record_org, str_of(name), STR("{}"), columns);
	if (err == -EEXIST)
		return store_command_fail(s, EX_CANTCREAT, "%s is there already", name);
	if (err < 0)
		return store_command_fail(s, store_exit_code(err), "%s: %s", name, strerror(-err));
	printf("%s\n", name);
	return EX_OK;
}

int command_org(const struct arguments *a)
{
	static struct store_command s = {.name = "org"};
	if (strcmp(a->words[0], "add") != 0)
		return store_command_fail(&s, EX_USAGE, "%s is not understood: ringdown org add NAME", a->words[0]);
	if (!is_org(a->words[1]))
		return store_command_fail(&s, EX_USAGE, "%s: a name has 2 to 63 of a-z, 0-9, _ and -, and begins with a letter or digit",
			a->words[1]);
	int code = store_command_begin(&s, "org", a);
	return store_command_end(&s, code == EX_OK ? add(&s, a->words[1]) : code);
}
