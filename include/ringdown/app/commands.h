/* commands.h - what `ringdown <command>` does: one function each, returning the exit code, of sysexits.h. */
#ifndef RINGDOWN_APP_COMMANDS_H
#define RINGDOWN_APP_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* SPDX-License-Identifier: MIT */

enum { ARGUMENTS_WORDS_MAX = 4 };

struct arguments { /* of the command line; NULL: not given */
	const char *config; /* never NULL */
	bool has_config;    /* it was given */
	const char *words[ARGUMENTS_WORDS_MAX];
	uint32_t n_words;
	const char *dir, *org, *scope, *user, *ttl;
	bool adds_key;
};

int commands_run(int argc, char **argv); /* the whole command line */

int command_serve(const struct arguments *a);
int command_check(const struct arguments *a);
int command_doctor(const struct arguments *a);
int command_version(const struct arguments *a);
int command_init(const struct arguments *a);
int command_org(const struct arguments *a);
int command_token(const struct arguments *a);
int command_rekey(const struct arguments *a);
int command_backup(const struct arguments *a);

#endif
