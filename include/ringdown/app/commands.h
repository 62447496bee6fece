/* commands.h - what `ringdown <command>` does: one function each, returning the exit code. */
#ifndef RINGDOWN_APP_COMMANDS_H
#define RINGDOWN_APP_COMMANDS_H

/* SPDX-License-Identifier: MIT */

int command_serve(const char *config_file);
int command_check(const char *config_file);
int command_doctor(const char *config_file);
int command_version(const char *config_file);

#endif
