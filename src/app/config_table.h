/* config_table.h - every key of the configuration, a row each. */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stddef.h>

#include "ringdown/app/config.h"

/* SPDX-License-Identifier: MIT */

enum config_type { CONFIG_TEXT, CONFIG_NUMBER, CONFIG_BOOL };

struct config_key {
	const char *section, *key;
	enum config_type type;
	size_t offset;             /* in struct config */
	const char *fallback;
	uint32_t min, max;         /* numbers */
	/* Text: NULL when value is good, else what would be right.  May be NULL. */
	const char *(*check)(const char *value);
};

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

#endif
