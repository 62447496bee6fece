/* import_private.h - a flow's document in the making. */
#ifndef IMPORT_PRIVATE_H
#define IMPORT_PRIVATE_H

#include "flow_table.h"
#include "ringdown/ivr/import.h"

/* SPDX-License-Identifier: MIT */

struct import {
	struct arena *arena;
	struct flow_faults *faults;
	const json_t *record;
	const char *name;
	json_t *doc, *nodes;
};

void import_unknown(struct import *x, const json_t *object, struct str pointer, const char *known); /* blank-separated */
void import_fault(struct import *x, struct str pointer, const char *reason, const char *words);
void import_move(json_t *to, const char *name, const json_t *from, const char *old); /* when it is there */
/* A node of this name; the type is a literal. */
json_t *import_node(struct import *x, const char *id, const char *type);

/* import_actions.c: returns the entry's name, or NULL */
const char *import_actions(struct import *x, const json_t *actions);

#endif
