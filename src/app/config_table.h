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

void config_put_value(struct buf *b, struct str value); /* without the passwords of URLs; config_print.c */
bool config_is_loopback(const char *url);               /* by its host; config_checks.c */

/* config_checks.c: each gives NULL when value is good, else what would be right */
const char *check_listen(const char *value);
const char *check_admin_listen(const char *value);
const char *check_public_url(const char *value);
const char *check_origins(const char *value);
const char *check_log_level(const char *value);
const char *check_model_url(const char *value);
const char *check_dialect(const char *value);
const char *check_account_sid(const char *value);
const char *check_fallback_number(const char *value);
const char *check_api_url(const char *value);
const char *check_store_url(const char *value);
const char *check_allow_private(const char *value);

bool config_is_e164(const char *text); /* + and 2 to 15 digits */

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

#endif
