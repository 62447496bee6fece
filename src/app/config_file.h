/* config_file.h - the lines of the configuration file, one value after the other, each with its place. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* source: "file:line", good during the call. */
typedef void config_value_fn(
	void *arg, const char *source, const char *section, const char *key, const char *value);

/* A line in errors for each one that is neither a [section] nor key = value. */
void config_file_read(const char *file, config_value_fn *value_fn, void *arg, struct buf *errors);

#endif
