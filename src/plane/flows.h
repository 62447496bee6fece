/* flows.h - what the files of flows and schedules share. */
#ifndef FLOWS_H
#define FLOWS_H

#include "flow_effects.h"
#include "ringdown/plane/api.h"

/* SPDX-License-Identifier: MIT */

enum { FLOW_NAME, FLOW_PUBLISHED, FLOW_COLUMNS }; /* of record_flow */

/* flows.c: a document looked at */
struct flow_examined {
	const struct flow *flow;   /* NULL: it has errors */
	struct flow_faults *faults;
	json_t *document;          /* expanded; NULL when there are errors */
};
/* needs_all: what it refers to must be there; else that is a warning.  False: no memory.  document is the caller's. */
bool flow_examine(struct api *a, const json_t *document, bool needs_all, struct flow_examined *ret);
bool flow_refuse(struct api *a, const struct flow_faults *f); /* true: 422 with all errors has been sent */
bool flow_find_record(struct api *a, struct str name, struct record *ret); /* false: answered */

/* flow_versions.c */
void flows_publish(struct api *a);
void flows_rollback(struct api *a);
void flows_versions(struct api *a);
void flows_version(struct api *a);

/* schedules.c: makes a schedule of the document; -EEXIST: there is one of its name; -EINVAL. */
int schedules_save(struct api *a, json_t *document);

/* flow_preview.c */
void flows_preview(struct api *a);

/* flow_run.c: what a worker needs to answer for a flow. */
struct flow_request {
	struct api *api;             /* its scope, store, arena, plane */
	struct flow_version *version; /* a reference */
	int32_t node;
	struct flow_state state;
	const struct form *form;
	struct flow_call call;
	struct flow_world *world;
};
/* The world's settings and the call's own data, from the form.  -ENOMEM. */
int flow_request_begin(struct flow_request *f, struct api *a, const struct form *form);
void flow_request_done(struct flow_request *f);
bool flow_has_assistant(struct plane *p, struct str id); /* one of a file */

#endif
