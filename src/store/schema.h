/* schema.h - the numbered steps from an empty database to the one this program knows. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdint.h>

/* SPDX-License-Identifier: MIT */

struct schema_step {
	int64_t number; /* 1, 2, 3.. */
	const char *name;
	const char *sql;
};
extern const struct schema_step schema_steps[];
extern const uint32_t schema_n_steps;

#endif
