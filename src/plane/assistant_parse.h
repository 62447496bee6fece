/* assistant_parse.h - one assistant's file into its struct; every fault is told, a line each. */
#ifndef ASSISTANT_PARSE_H
#define ASSISTANT_PARSE_H

#include <jansson.h>

#include "ringdown/plane/assistant.h"

/* SPDX-License-Identifier: MIT */

struct assistant_reader {
	const char *dir, *file;
	struct buf *errors;
	struct arena *arena; /* of the set */
};

void assistant_parse(struct assistant_reader *r, struct assistant *ret);

/* assistant_fields.c.  v: the value, NULL when it is missing; max: bytes. */
void reader_fault(struct assistant_reader *r, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, with the value that is wrong, or that there is none. */
void reader_wrong(struct assistant_reader *r, const json_t *v, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
struct str reader_copy(struct assistant_reader *r, struct str s, const char *pointer); /* "": no memory, and told */
struct str reader_str(struct assistant_reader *r, const json_t *v, const char *pointer, size_t max); /* copied */
uint32_t reader_u32(struct assistant_reader *r, const json_t *v, const char *pointer, uint32_t min, uint32_t max);
bool reader_bool(struct assistant_reader *r, const json_t *v, const char *pointer);
struct str reader_dump(struct assistant_reader *r, const json_t *v, const char *pointer); /* compact JSON text */
/* Tells of each key that is not in the NULL-ended list, with what is. */
void reader_known_keys(struct assistant_reader *r, const json_t *object, const char *pointer, const char *const *known);

/* assistant_turns.c */
void assistant_turn_defaults(struct assistant *a);
void assistant_parse_turn_detection(struct assistant_reader *r, const json_t *v, struct assistant *a);
void assistant_parse_noise_reduction(struct assistant_reader *r, const json_t *v, struct assistant *a);

/* assistant_tools.c */
void assistant_parse_tools(struct assistant_reader *r, const json_t *tools, struct assistant *ret);

#endif
