/* flow.h - an ivr-flow/1 document as a struct: nodes that know their type and the values of its rows, edges resolved.
 * One const table (src/ivr/flow_table.c) holds what each node type takes; parser, checks and JSON Schema are made of
 * it.  Everything lives in the arena given; a flow is immutable once read.  Pure. */
#ifndef RINGDOWN_IVR_FLOW_H
#define RINGDOWN_IVR_FLOW_H

#include <jansson.h>

#include "ringdown/base/arena.h"
#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum {
	FLOW_NODES_MAX = 200,
	FLOW_BYTES_MAX = 256 * 1024,
	FLOW_FAULTS_MAX = 200,
	FLOW_NAME_MAX = 64,
	FLOW_DEPTH_MAX = 5, /* flows that lead to flows */
	FLOW_NO_NODE = -1,
};

enum flow_type_id {
	FLOW_SAY, FLOW_PAUSE, FLOW_MENU, FLOW_COLLECT, FLOW_TRANSFER_PHONE, FLOW_TRANSFER_USER, FLOW_TRANSFER_GROUP,
	FLOW_TRANSFER_QUEUE, FLOW_VOICEMAIL, FLOW_SEND_SMS, FLOW_AI_ASSISTANT, FLOW_START_RECORDING,
	FLOW_PAUSE_RECORDING, FLOW_RESUME_RECORDING, FLOW_STOP_RECORDING, FLOW_HOURS, FLOW_BRANCH, FLOW_SET, FLOW_TAG,
	FLOW_CREATE_LEAD, FLOW_TRIGGER_AUTOMATION, FLOW_OPT_OUT, FLOW_WEBHOOK, FLOW_GOTO_FLOW, FLOW_HANGUP,
};

/* What a flow refers to outside of itself. */
enum flow_ref {
	FLOW_REF_NONE, FLOW_REF_QUEUE, FLOW_REF_GROUP, FLOW_REF_USER, FLOW_REF_ASSISTANT, FLOW_REF_SCHEDULE,
	FLOW_REF_PROMPT, FLOW_REF_FLOW, FLOW_REF_AUTOMATION,
};
const char *flow_ref_name(enum flow_ref ref); /* "queue" */

struct flow_row;
struct flow_type;

struct flow_value {
	const struct flow_row *row;
	bool is_given;      /* false: number and text are the row's default */
	int64_t number;     /* whole number, boolean; of an edge: index of the node, or FLOW_NO_NODE: none, or another flow */
	struct str text;    /* text, word, name; of an edge: the node's id, or "flow:NAME" */
	struct str key;     /* name of a member of a map */
	struct str pointer; /* RFC 6901, into the document; of what was given */
	struct flow_value *items; /* members of an object in the order of its rows; elements of a list or map */
	uint32_t n;
};

struct flow_node {
	struct str id, pointer;
	const struct flow_type *type;
	struct flow_value *values; /* one a row of the type */
};

struct flow {
	struct str name, display_name;
	struct flow_value settings; /* object */
	struct flow_value missed;   /* missedCallActions: list */
	struct flow_node *nodes;
	uint32_t n_nodes;
	int32_t entry, on_error;    /* indexes; on_error may be FLOW_NO_NODE */
	struct str on_error_flow;   /* "flow:NAME" instead; else empty */
};

struct flow_fault {
	struct str pointer, message;
	const char *reason;         /* a literal: "node_unknown" */
	bool is_warning;
};
struct flow_faults {
	struct arena *arena;
	struct flow_fault list[FLOW_FAULTS_MAX];
	uint32_t n, n_errors;
	bool is_cut;                /* there were more, or no memory for one */
};
void flow_faults_init(struct flow_faults *f, struct arena *a);
void flow_fault(struct flow_faults *f, bool is_warning, struct str pointer, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Where transfers may lead: blank-separated ISO 3166 codes ("US CA"); empty: anywhere. */
struct flow_policy {
	struct str allowed_countries;
};
/* Reads and checks doc; every fault is told.  0: *ret_flow is good (there may be warnings); -EINVAL: faults;
 * -ENOMEM.  ret_expanded, when not NULL: a new reference to the document with the platform's shorthand
 * (options[].action, type "forward") turned into nodes of their own ("main#2"); only with 0. */
int flow_read(struct arena *a, const json_t *doc, const struct flow_policy *policy, struct flow_faults *f,
	const struct flow **ret_flow, json_t **ret_expanded);
/* The same from text; "json_invalid" is one more fault, "too_large" another. */
int flow_parse(struct arena *a, struct str text, const struct flow_policy *policy, struct flow_faults *f,
	const struct flow **ret_flow);

/* ---- reading a flow ---- */
int32_t flow_find(const struct flow *f, struct str node_id); /* FLOW_NO_NODE: unknown */
enum flow_type_id flow_type_of(const struct flow_node *n);
const char *flow_type_name(const struct flow_node *n);       /* "transfer-queue" */
/* Never NULL: what the type has no row for is an empty value. */
const struct flow_value *flow_get(const struct flow_node *n, const char *name);
const struct flow_value *flow_member(const struct flow_value *object, const char *name);
struct str flow_setting(const struct flow *f, const char *name);
int64_t flow_setting_number(const struct flow *f, const char *name);

/* Names a flow refers to, each once a place. */
struct flow_need {
	enum flow_ref ref;
	struct str name, pointer;
};
/* An array in the arena; its length, or -ENOMEM. */
int flow_needs(const struct flow *f, struct arena *a, const struct flow_need **ret_needs);

/* Is there a queue, group, ... of this name?  For FLOW_REF_FLOW: published, or the flow itself. */
typedef bool flow_known_fn(enum flow_ref ref, struct str name, void *arg);
void flow_check_known(const struct flow *f, flow_known_fn *known, void *arg, struct flow_faults *faults);
/* Flows that flows lead to: not deeper than FLOW_DEPTH_MAX.  find gives NULL for one that is not there. */
typedef const struct flow *flow_find_fn(struct str name, void *arg);
void flow_check_depth(const struct flow *f, flow_find_fn *find, void *arg, struct flow_faults *faults);

json_t *flow_schema(void);                    /* JSON Schema, draft 2020-12; a new reference; NULL: no memory */
json_t *flow_graph(const struct flow *f);     /* {"nodes": [...], "edges": [...]}; a new reference */
bool flow_is_name(struct str s);              /* [a-zA-Z0-9_-]{1,64} */

#endif
