/* SPDX-License-Identifier: MIT */
#include "ringdown/app/commands.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "arguments.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"

static const struct option init_options[] = {{"dir", offsetof(struct arguments, dir), false, true}, {0}};
static const struct option token_options[] = {
	{"org", offsetof(struct arguments, org), false, true},
	{"scope", offsetof(struct arguments, scope), false, true},
	{"user", offsetof(struct arguments, user), false, false},
	{"ttl", offsetof(struct arguments, ttl), false, false},
	{0},
};
static const struct option rekey_options[] = {{"add", offsetof(struct arguments, adds_key), true, false}, {0}};
static const char *const org_words[] = {"add", "NAME", NULL};
static const char *const backup_words[] = {"FILE", NULL};

static const struct command commands[] = {
	{"serve", command_serve, "", "run the service", NULL, NULL},
	{"check", command_check, "", "check configuration, assistants and certificates; print what is in force", NULL, NULL},
	{"doctor", command_doctor, "", "check what check does, then DNS, the model's socket and key, and the public URL", NULL,
		NULL},
	{"init", command_init, " --dir DIR", "make configuration, keys and database in DIR, and say what to do next", NULL, init_options},
	{"org", command_org, " add NAME", "add an organisation", org_words, NULL},
	{"token", command_token, " --org ORG --scope SCOPES [--user EMAIL] [--ttl SECONDS]",
		"print a token for the API; SCOPES '*' is all of them", NULL, token_options},
	{"rekey", command_rekey, " [--add]", "seal again what is secret in the store, under the newest key; --add makes one",
		NULL, rekey_options},
	{"backup", command_backup, " FILE", "copy the database, while the service goes on", backup_words, NULL},
	{"version", command_version, "", "print versions", NULL, NULL},
};

static int usage(FILE *to)
{
	fprintf(to, "usage: ringdown COMMAND ... [--config FILE]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %s%s\n      %s\n", commands[i].name, commands[i].synopsis, commands[i].help);
	fprintf(to, "\nFILE is %s unless given.  See ringdown(8), ringdown.conf(5).\n", CONFIG_FILE_DEFAULT);
	return to == stdout ? EX_OK : EX_USAGE;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int commands_run(int argc, char **argv)
{
	char text[512];
	struct buf errors;
	struct arguments a;
	if (wants_help(argc, argv))
		return usage(stdout);
	for (size_t i = 0; argc >= 2 && i < ARRAY_LEN(commands); i++) {
		const struct command *c = &commands[i];
		if (strcmp(argv[1], c->name) != 0)
			continue;
		buf_init(&errors, text, sizeof(text) - 1);
		if (arguments_read(c, argc - 2, argv + 2, &a, &errors) == 0)
			return c->run(&a);
		text[errors.n] = '\0';
		fprintf(stderr, "ringdown %s: %susage: ringdown %s%s [--config FILE]\n", c->name, text, c->name, c->synopsis);
		return EX_USAGE;
	}
	if (argc >= 2)
		fprintf(stderr, "ringdown: there is no command %s\n\n", argv[1]);
	return usage(stderr);
}
