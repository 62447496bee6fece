/* options.h - long options of a simulator from one table, which is also its --help. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>

/* SPDX-License-Identifier: MIT */

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG, OPTION_LIST };
enum { OPTION_LIST_MAX = 16 };

struct option_list {
	const char *values[OPTION_LIST_MAX];
	unsigned n;
};

struct option_row {
	const char *name;
	enum option_kind kind;
	void *value; /* const char **, long *, bool *, struct option_list * */
	const char *words; /* NAME=ARG style help */
};

/* Fills the values; on --help prints and exits 0; on a mistake says what would be right and exits 2. */
void options_read(int argc, char **argv, const char *what, const struct option_row *rows, unsigned n_rows);

#endif
