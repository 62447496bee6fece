/* step_private.h - one request in a flow, shared by the files that know the node types. */
#ifndef STEP_PRIVATE_H
#define STEP_PRIVATE_H

#include "ringdown/ivr/step.h"

/* SPDX-License-Identifier: MIT */


/* step.c: where it goes on */
bool step_go(struct ivr_run *r, const struct flow_value *edge);   /* false: no such edge */
/* The first of these edges of the node that is given; NULL-ended.  False: none is. */
bool step_go_first(struct ivr_run *r, const struct flow_node *n, ...);
void step_next(struct ivr_run *r, const struct flow_node *n);     /* "next", or the end of the call */
void step_fall(struct ivr_run *r, const struct flow_node *n);     /* onError without an error, or the end of the call */
void step_fail(struct ivr_run *r, const char *event, const char *why);
void step_end(struct ivr_run *r);                                 /* the document is whole */
void step_note(struct ivr_run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void step_acted(struct ivr_run *r);                               /* the caller, or an agent, did something */

/* step_effects.c */
struct ivr_effect *step_effect(struct ivr_run *r, enum ivr_kind kind, const struct flow_node *n); /* never NULL */
void step_pair(struct ivr_run *r, struct ivr_effect *e, const char *name, struct str value);
void step_pair_number(struct ivr_run *r, struct ivr_effect *e, const char *name, int64_t value);
void step_event(struct ivr_run *r, const struct flow_node *n, const char *type, const char *why);
void step_ask(struct ivr_run *r, enum ivr_kind kind, const struct flow_node *n, struct ivr_effect **ret_asked);
void step_set(struct ivr_run *r, struct str name, struct str value); /* for the texts of this document */

/* step_text.c */
struct str step_field(const struct ivr_run *r, const char *name); /* of the form */
struct str step_render(struct ivr_run *r, struct str text);       /* with {{...}} filled in */
struct str step_value(struct ivr_run *r, struct str name);        /* of a {{name}} */
void step_say(struct ivr_run *r, struct str text);
void step_say_as(struct ivr_run *r, const struct flow_value *prompt, struct str text);
void step_prompt(struct ivr_run *r, const struct flow_value *prompt);
void step_open(struct ivr_run *r, const char *verb);              /* a verb of the Response */
void step_attr(struct ivr_run *r, const char *name, struct str value);
void step_redirect(struct ivr_run *r, struct str url);

/* step_url.c */
/* Of a node's continuation in this phase; index goes into the token. */
struct str step_url(struct ivr_run *r, const struct flow_node *n, const char *phase, uint32_t index);
/* Of a callback: /automation/ivr/{kind}/{flow}/{node}?t=... */
struct str step_callback(struct ivr_run *r, const char *kind, const struct flow_node *n, const char *phase, uint32_t index);
/* Of a webhook all calls share: /connect/webhook/twilio/{kind} */
struct str step_hook(struct ivr_run *r, const char *kind);

/* what the world holds */
const struct ivr_user *world_user(const struct ivr_world *w, struct str name);
const struct ivr_group *world_group(const struct ivr_world *w, struct str name);
const struct ivr_queue *world_queue(const struct ivr_world *w, struct str name);
struct str world_named(const struct ivr_named *list, uint32_t n, struct str name);

/* Entering a node, and coming back to it. */
void menu_enter(struct ivr_run *r, const struct flow_node *n);
void menu_back(struct ivr_run *r, const struct flow_node *n);
void collect_enter(struct ivr_run *r, const struct flow_node *n);
void collect_back(struct ivr_run *r, const struct flow_node *n);
void phone_enter(struct ivr_run *r, const struct flow_node *n);
void user_enter(struct ivr_run *r, const struct flow_node *n);
void group_enter(struct ivr_run *r, const struct flow_node *n);
void dial_back(struct ivr_run *r, const struct flow_node *n);
void group_back(struct ivr_run *r, const struct flow_node *n);
void queue_enter(struct ivr_run *r, const struct flow_node *n);
void queue_back(struct ivr_run *r, const struct flow_node *n);
void voicemail_enter(struct ivr_run *r, const struct flow_node *n);
void voicemail_back(struct ivr_run *r, const struct flow_node *n);
void assistant_enter(struct ivr_run *r, const struct flow_node *n);
void assistant_answered(struct ivr_run *r, const struct flow_node *n, bool is_done);
void assistant_back(struct ivr_run *r, const struct flow_node *n);
void recording_start(struct ivr_run *r, const struct flow_node *n);
void recording_change(struct ivr_run *r, const struct flow_node *n);
void recording_answered(struct ivr_run *r, const struct flow_node *n, bool is_done);
void webhook_enter(struct ivr_run *r, const struct flow_node *n);
void webhook_answered(struct ivr_run *r, const struct flow_node *n, bool is_done);
void sms_enter(struct ivr_run *r, const struct flow_node *n);
void set_enter(struct ivr_run *r, const struct flow_node *n);
void tag_enter(struct ivr_run *r, const struct flow_node *n);
void lead_enter(struct ivr_run *r, const struct flow_node *n);
void automation_enter(struct ivr_run *r, const struct flow_node *n);
void opt_out_enter(struct ivr_run *r, const struct flow_node *n);
void branch_enter(struct ivr_run *r, const struct flow_node *n);

#endif
