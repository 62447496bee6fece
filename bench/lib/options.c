/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help(FILE *to, const char *name, const char *what, const struct option_row *rows, unsigned n)
{
	static const char *const args[] = {" TEXT", " N", "", " TEXT"};
	fprintf(to, "usage: %s [options]\n%s\n\n", name, what);
	for (unsigned i = 0; i < n; i++)
		fprintf(to, "  --%s%s\n        %s%s\n", rows[i].name, args[rows[i].kind], rows[i].words,
			rows[i].kind == OPTION_LIST ? " (may be repeated)" : "");
}

static const struct option_row *find(const char *name, const struct option_row *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static bool set(const struct option_row *row, const char *text)
{
	char *end;
	struct option_list *list = row->value;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->value = true;
		return true;
	case OPTION_TEXT:
		*(const char **)row->value = text;
		return true;
	case OPTION_LIST:
		if (list->n == OPTION_LIST_MAX)
			return false;
		list->values[list->n++] = text;
		return true;
	case OPTION_NUMBER:
		errno = 0;
		*(long *)row->value = strtol(text, &end, 10);
		return !errno && *text && !*end && *(long *)row->value >= 0;
	}
	return false;
}

void options_read(int argc, char **argv, const char *what, const struct option_row *rows, unsigned n_rows)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		if (strcmp(name, "--help") == 0) {
			help(stdout, argv[0], what, rows, n_rows);
			exit(0);
		}
		const struct option_row *row = strncmp(name, "--", 2) == 0 ? find(name + 2, rows, n_rows) : NULL;
		if (!row) {
			fprintf(stderr, "%s: there is no option %s; --help lists them\n", argv[0], name);
			exit(2);
		}
		const char *text = row->kind == OPTION_FLAG ? "" : i + 1 < argc ? argv[++i] : NULL;
		if (!text || !set(row, text)) {
			fprintf(stderr, "%s: %s wants %s: %s\n", argv[0], name,
				row->kind == OPTION_NUMBER ? "a number from 0" : "a value", row->words);
			exit(2);
		}
	}
}
