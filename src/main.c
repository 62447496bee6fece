/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "ringdown/app/commands.h"
#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"

static const struct {
	const char *name;
	int (*run)(const char *config_file);
	const char *help;
} commands[] = {
	{"serve", command_serve, "run the service"},
	{"check", command_check, "check configuration, assistants and certificates; print what is in force"},
	{"doctor", command_doctor, "check what check does, then DNS, the model's socket and key, and the public URL"},
	{"version", command_version, "print versions"},
};

static int usage(FILE *to)
{
	fprintf(to, "usage: ringdown COMMAND [--config FILE]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\nFILE is %s unless given.  See ringdown(8), ringdown.conf(5).\n", CONFIG_FILE_DEFAULT);
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	const char *file = CONFIG_FILE_DEFAULT;
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return usage(stdout);
	if (argc == 4 && strcmp(argv[2], "--config") == 0)
		file = argv[3];
	else if (argc != 2)
		return usage(stderr);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(file);
	return usage(stderr);
}
