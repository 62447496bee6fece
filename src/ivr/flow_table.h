/* flow_table.h - what a flow's document may hold: rows of names, kinds, ranges, defaults, edges.  Everything that reads,
 * checks or describes a document is driven by these rows. */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "ringdown/ivr/flow.h"

/* SPDX-License-Identifier: MIT */

enum flow_kind {
	KIND_TEXT,   /* min..max characters; with a pattern: one of its blank-separated patterns fits */
	KIND_WORD,   /* one of the blank-separated `words` */
	KIND_INT,    /* min..max */
	KIND_BOOL,
	KIND_EDGE,   /* id of a node, or flow:NAME */
	KIND_OBJECT, /* of `rows` */
	KIND_LIST,   /* min..max objects of `rows` */
	KIND_TEXTS,  /* at most max texts */
	KIND_MAP,    /* at most max members, each a text */
	KIND_EDGES,  /* at most max members, each an edge */
	KIND_VALUE,  /* text, number, true, or a list of texts and numbers: kept as items of text */
	KIND_ANY,    /* text or object that is looked at elsewhere */
	KIND_PROMPT, /* object of prompt rows */
};

enum {
	ROW_REQUIRED = 1,
	ROW_TEMPLATE = 2,  /* {{...}} is filled in; a pattern holds for texts without one */
	ROW_ONE_OF = 4,    /* of the rows of an object that have this flag exactly one is given */
	ROW_EMPTY = 8,     /* a text may be empty */
	ROW_DIAL = 16,     /* a number that will be dialled: policy and emergency numbers */
	ROW_SHORTHAND = 32, /* takes the platform's actionParams */
};

struct flow_row {
	const char *name;
	enum flow_kind kind;
	unsigned flags;
	int64_t min, max;
	const char *preset;  /* the default as text; NULL: none */
	const char *words;   /* KIND_WORD */
	const char *pattern;
	const struct flow_row *rows; /* of an object; ended by a row without a name */
	enum flow_ref ref;
};

enum {
	TYPE_BLOCKING = 1,   /* the document ends with it */
	TYPE_SPEAKS = 2,     /* puts a verb into the document: nothing may be rejected behind it */
};

struct flow_type {
	const char *name;
	enum flow_type_id id;
	unsigned flags;
	const struct flow_row *rows;
};

extern const struct flow_row flow_document_rows[], flow_setting_rows[], flow_missed_rows[], flow_prompt_rows[];
extern const struct flow_type flow_types[];
extern const size_t flow_n_types;
extern const char flow_say_languages[], flow_gather_languages[];
extern const char flow_node_pattern[];

const struct flow_type *flow_type_find(struct str name);
uint32_t flow_rows_count(const struct flow_row *rows);

/* flow_fields.c */
struct flow_reader {
	struct arena *arena;
	struct flow_faults *faults;
	const struct flow_policy *policy;
	struct flow *flow;
	const json_t *aliases;   /* "main#2" -> where its shorthand stood */
	bool is_out_of_memory;
};
void flow_read_rows(struct flow_reader *r, const json_t *object, struct str pointer, const struct flow_row *rows,
	struct flow_value *ret_values);
struct str flow_pointer_join(struct arena *a, struct str pointer, const char *name);
struct str flow_pointer_index(struct arena *a, struct str pointer, size_t index);

/* flow_expand.c: a copy of doc without shorthand; aliases: see flow_reader.  NULL: no memory. */
json_t *flow_expand(struct arena *a, const json_t *doc, struct flow_faults *f, json_t *aliases);

/* flow_walk.c: every edge of a node */
typedef void flow_edge_fn(const struct flow_value *edge, const char *label, void *arg);
void flow_each_edge(const struct flow_node *n, flow_edge_fn *fn, void *arg);
typedef void flow_value_fn(const struct flow_value *v, void *arg);
void flow_each_value(const struct flow_value *values, uint32_t n, flow_value_fn *fn, void *arg);
void flow_each_node_value(const struct flow_node *n, flow_value_fn *fn, void *arg);

/* flow_check.c, flow_paths.c */
void flow_check_nodes(struct flow_reader *r);
void flow_check_paths(struct flow_reader *r);

#endif
