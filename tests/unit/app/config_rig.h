/* config_rig.h - a configuration from text, and the faults that are found in it. */
#ifndef CONFIG_RIG_H
#define CONFIG_RIG_H

#include "../help_dir.h"

#include "ringdown/app/config.h"

/* SPDX-License-Identifier: MIT */

static struct config config;
static char error_text[CONFIG_ERRORS_BYTES];

static inline int load_bytes(const char *text, size_t n)
{
	struct buf errors;
	buf_init(&errors, error_text, sizeof(error_text) - 1);
	help_write_bytes("ringdown.conf", text, n);
	int err = config_load(&config, help_path("ringdown.conf"), &errors);
	error_text[errors.n] = '\0';
	return err;
}

static inline int load(const char *text)
{
	return load_bytes(text, strlen(text));
}

/* What no configuration can do without, before `text`. */
#define BASE "[model]\nurl = ws://127.0.0.1:9/x\n[security]\nrequire_signature = no\n"

static inline void load_well(const char *text)
{
	static char all[16384];
	(void)snprintf(all, sizeof(all), "%s%s", BASE, text);
	if (load(all) < 0)
		fail_msg("%s\nis refused: %s", text, error_text);
}

/* The faults name this, and nothing else is wrong. */
static inline void refuses(const char *text, const char *fault)
{
	static char all[16384];
	(void)snprintf(all, sizeof(all), "%s%s", BASE, text);
	int err = load(all);
	config_done(&config);
	if (err == 0)
		fail_msg("taken: %s", text);
	if (!strstr(error_text, fault) || strchr(error_text, '\n') != error_text + strlen(error_text) - 1)
		fail_msg("%s\nis refused with: %sand not only: %s", text, error_text, fault);
}

#endif
