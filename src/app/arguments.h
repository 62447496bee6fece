/* arguments.h - the command line: a command of the table, its words and its options, in any order. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stddef.h>

#include "ringdown/app/commands.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

struct option { /* "--name VALUE" or "--name=VALUE" */
	const char *name;
	size_t offset; /* of a const char * in struct arguments; a bool when it is a flag */
	bool is_flag;
	bool is_needed;
};
struct command {
	const char *name;
	int (*run)(const struct arguments *a);
	const char *synopsis; /* what stands behind the name, with a blank before it */
	const char *help;
	const char *const *words; /* what its words are, for the fault that one is missing; NULL-ended, or NULL */
	const struct option *options; /* beside --config; ended by one without name, or NULL */
};

/* Fills *ret; argv: what stands behind the command's name.  -EINVAL and a line in errors: an option or a word too many
 * or missing. */
int arguments_read(const struct command *c, int argc, char *const *argv, struct arguments *ret, struct buf *errors);

#endif
