/* store_command.h - what commands that work on the store begin and end with.  Main thread. */
#ifndef STORE_COMMAND_H
#define STORE_COMMAND_H

#include "ringdown/app/commands.h"
#include "ringdown/app/config.h"
#include "ringdown/store/store.h"

/* SPDX-License-Identifier: MIT */

struct store_command {
	const char *name;    /* of the command, for what it says */
	struct config config;
	struct arena arena;
	struct store *store;
	struct store_conn *conn;
};

/* Reads the configuration and opens the store.  EX_OK, or the exit code, and stderr has the words. */
int store_command_begin(struct store_command *s, const char *name, const struct arguments *a);
int store_command_end(struct store_command *s, int code); /* in both cases; returns code */
/* "ringdown NAME: words" on stderr; returns code. */
int store_command_fail(const struct store_command *s, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int store_exit_code(int err); /* of what a function of store.h gave */

#endif
