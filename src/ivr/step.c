/* SPDX-License-Identifier: MIT */
/* The walk through a flow: nodes that do not block are carried out one after the other into one document, until one
 * waits for somebody.  What may go round is counted: continuations (hops), entries of a node, nodes of a document. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flow_table.h"
#include "step_private.h"

static const char sorry[] = "We are sorry, we cannot take your call right now. Please try again later.";
static const char over[] = "completed canceled failed busy no-answer";

struct str ivr_safe_document(void)
{
	return STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>We are sorry, we cannot take your call right now. "
		   "Please try again later.</Say><Hangup/></Response>");
}

static const struct flow_node *here(const struct ivr_run *r)
{
	return &r->flow->nodes[r->node];
}

void step_note(struct ivr_run *r, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	if (r->n_trace == 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->trace[r->n_trace - 1].note = arena_str(r->arena, str_of(text));
}

static void trace_node(struct ivr_run *r)
{
	const struct flow_node *n = here(r);
	if (r->n_trace < IVR_LIST_MAX)
		r->trace[r->n_trace++] = (struct ivr_trace){r->flow->name, n->id, STR(""), flow_type_name(n)};
}

void step_end(struct ivr_run *r)
{
	r->is_over = true;
}

static void hang_up(struct ivr_run *r)
{
	if (!r->is_gone) {
		step_open(r, "Hangup");
		twiml_close(&r->xml);
	}
	step_end(r);
}

static void clear_visits(struct ivr_run *r)
{
	memset(r->state.visits, 0, sizeof(r->state.visits));
}

void step_acted(struct ivr_run *r)
{
	clear_visits(r);
}

/* ---- failing ---- */

static void say_sorry(struct ivr_run *r)
{
	buf_clear(&r->out);
	twiml_begin(&r->xml, &r->out);
	twiml_leaf(&r->xml, "Say", str_of(sorry));
	twiml_open(&r->xml, "Hangup");
	twiml_close(&r->xml);
	step_end(r);
}

static bool enter_flow(struct ivr_run *r, struct str name)
{
	for (uint32_t i = 0; i < r->world->n_flows; i++) {
		const struct ivr_flow *f = &r->world->flows[i];
		if (!str_is(f->flow->name, name))
			continue;
		r->flow = f->flow;
		r->version = f->version;
		r->node = f->flow->entry;
		r->state.invalid = r->state.no_input = 0;
		clear_visits(r);
		return true;
	}
	return false;
}

static bool go_on_error(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *own = flow_get(n, "onError");
	if (own->is_given && own->number >= 0)
		r->node = (int32_t)own->number;
	else if (own->is_given)
		return enter_flow(r, str_skip(own->text, 5));
	else if (r->flow->on_error >= 0)
		r->node = r->flow->on_error;
	else
		return r->flow->on_error_flow.n > 0 && enter_flow(r, str_skip(r->flow->on_error_flow, 5));
	return true;
}

/* onError once; if that fails as well, or is not there, the words that always work. */
void step_fail(struct ivr_run *r, const char *event, const char *why)
{
	const struct flow_node *n = here(r);
	step_note(r, "%s: %s", event, why);
	step_event(r, n, event, why);
	bool is_second = r->is_failing;
	r->is_failing = true;
	r->n_inline = 0;
	clear_visits(r);
	if (is_second || !go_on_error(r, n))
		say_sorry(r);
}

/* ---- going on ---- */

bool step_go(struct ivr_run *r, const struct flow_value *edge)
{
	if (!edge->is_given)
		return false;
	if (edge->number >= 0) {
		r->node = (int32_t)edge->number;
		return true;
	}
	struct str name = str_skip(edge->text, 5); /* "flow:NAME" */
	if (!enter_flow(r, name))
		step_fail(r, "flow.missing", name.p ? name.p : "");
	return true;
}

bool step_go_first(struct ivr_run *r, const struct flow_node *n, ...)
{
	va_list ap;
	bool has_gone = false;
	va_start(ap, n);
	for (const char *name = va_arg(ap, const char *); name && !has_gone; name = va_arg(ap, const char *))
		has_gone = step_go(r, flow_get(n, name));
	va_end(ap);
	return has_gone;
}

void step_next(struct ivr_run *r, const struct flow_node *n)
{
	if (!step_go(r, flow_get(n, "next")))
		hang_up(r);
}

void step_fall(struct ivr_run *r, const struct flow_node *n)
{
	if (!go_on_error(r, n))
		hang_up(r);
}

/* ---- counting ---- */

/* A node's entries since the caller last did something.  When all places are taken the least counted gives way. */
static uint32_t count_visit(struct ivr_run *r)
{
	struct flow_visit *slot = &r->state.visits[0];
	for (int i = 0; i < FLOW_VISITS; i++) {
		struct flow_visit *v = &r->state.visits[i];
		if (v->times > 0 && v->node == (uint32_t)r->node)
			return ++v->times;
		if (v->times < slot->times)
			slot = v;
	}
	*slot = (struct flow_visit){(uint32_t)r->node, 1};
	return 1;
}

static bool is_too_long(const struct ivr_run *r)
{
	return r->n_inline >= IVR_INLINE_MAX || r->out.n > IVR_XML_MAX - 16 * 1024;
}

/* ---- the nodes ---- */

static void say_enter(struct ivr_run *r, const struct flow_node *n)
{
	step_prompt(r, flow_get(n, "prompt"));
	step_next(r, n);
}

static void pause_enter(struct ivr_run *r, const struct flow_node *n)
{
	step_open(r, "Pause");
	twiml_attr_u64(&r->xml, "length", (uint64_t)flow_get(n, "seconds")->number);
	twiml_close(&r->xml);
	step_next(r, n);
}

static void hours_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct str state = world_named(r->world->schedules, r->world->n_schedules, flow_get(n, "schedule")->text);
	step_note(r, STR_FMT, STR_ARG(state.n ? state : STR("no schedule: open")));
	if (str_is(state, STR("holiday")) && step_go(r, flow_get(n, "holiday")))
		return;
	bool is_open = state.n == 0 || str_is(state, STR("open"));
	(void)step_go(r, flow_get(n, is_open ? "open" : "closed"));
}

static void goto_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct str name = flow_get(n, "flow")->text;
	if (!enter_flow(r, name))
		step_fail(r, "flow.missing", name.p);
}

/* Rejecting costs nothing, but only before anything was said or answered. */
static void hangup_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct str reject = flow_get(n, "reject")->text;
	bool is_first = r->n_verbs == 0 && r->state.hops == 0;
	if (!str_is(reject, STR("none")) && is_first) {
		step_open(r, "Reject");
		step_attr(r, "reason", reject);
		twiml_close(&r->xml);
		step_end(r);
		return;
	}
	step_say(r, flow_get(n, "say")->text);
	hang_up(r);
}

typedef void step_fn(struct ivr_run *r, const struct flow_node *n);

static const struct {
	step_fn *enter, *back;
} handlers[] = {
	[FLOW_SAY] = {say_enter, NULL},
	[FLOW_PAUSE] = {pause_enter, NULL},
	[FLOW_MENU] = {menu_enter, menu_back},
	[FLOW_COLLECT] = {collect_enter, collect_back},
	[FLOW_TRANSFER_PHONE] = {phone_enter, dial_back},
	[FLOW_TRANSFER_USER] = {user_enter, dial_back},
	[FLOW_TRANSFER_GROUP] = {group_enter, group_back},
	[FLOW_TRANSFER_QUEUE] = {queue_enter, queue_back},
	[FLOW_VOICEMAIL] = {voicemail_enter, voicemail_back},
	[FLOW_SEND_SMS] = {sms_enter, NULL},
	[FLOW_AI_ASSISTANT] = {assistant_enter, assistant_back},
	[FLOW_START_RECORDING] = {recording_start, NULL},
	[FLOW_PAUSE_RECORDING] = {recording_change, NULL},
	[FLOW_RESUME_RECORDING] = {recording_change, NULL},
	[FLOW_STOP_RECORDING] = {recording_change, NULL},
	[FLOW_HOURS] = {hours_enter, NULL},
	[FLOW_BRANCH] = {branch_enter, NULL},
	[FLOW_SET] = {set_enter, NULL},
	[FLOW_TAG] = {tag_enter, NULL},
	[FLOW_CREATE_LEAD] = {lead_enter, NULL},
	[FLOW_TRIGGER_AUTOMATION] = {automation_enter, NULL},
	[FLOW_OPT_OUT] = {opt_out_enter, NULL},
	[FLOW_WEBHOOK] = {webhook_enter, NULL},
	[FLOW_GOTO_FLOW] = {goto_enter, NULL},
	[FLOW_HANGUP] = {hangup_enter, NULL},
};

static bool is_blocking(const struct flow_node *n)
{
	return n->type->flags & TYPE_BLOCKING;
}

static void enter(struct ivr_run *r)
{
	if (!is_blocking(here(r)) && is_too_long(r)) {
		step_redirect(r, step_url(r, here(r), "go", 0));
		step_end(r);
		return;
	}
	trace_node(r);
	r->n_inline += !is_blocking(here(r));
	if (count_visit(r) > IVR_VISITS_MAX)
		step_fail(r, "flow.loop", "a node was entered again and again, and the caller did nothing");
	else
		handlers[flow_type_of(here(r))].enter(r, here(r));
}

static bool is_call_too_long(const struct ivr_run *r)
{
	int64_t max_ms = 1000 * flow_setting_number(r->flow, "maxCallSeconds");
	return r->world->started_ms > 0 && r->world->now_ms - r->world->started_ms > max_ms;
}

/* A caller who has hung up hears nothing more; what was left behind is still looked at. */
static void come_back(struct ivr_run *r)
{
	step_fn *back = handlers[flow_type_of(here(r))].back;
	trace_node(r);
	if (++r->state.hops > (uint32_t)flow_setting_number(r->flow, "maxHops"))
		step_fail(r, "flow.loop", "too many continuations");
	else if (is_call_too_long(r) && !r->is_gone)
		hang_up(r);
	else if (back && strcmp(r->state.phase, "go") != 0)
		back(r, here(r));
	else if (!r->is_gone)
		r->n_trace--; /* a redirect: the node is entered next */
}

enum ivr_result ivr_run(struct ivr_run *r)
{
	if (!r->is_begun && r->state.phase[0])
		come_back(r);
	r->is_begun = true;
	while (!r->is_over && !r->asked) {
		if (r->is_gone) /* nobody is there for whom another node would be entered */
			step_end(r);
		else
			enter(r);
	}
	return r->asked && !r->is_over ? IVR_ASKS : IVR_DONE;
}

void ivr_answer(struct ivr_run *r, bool is_done, const struct ivr_pair *pairs, uint32_t n)
{
	const struct ivr_effect *asked = r->asked;
	r->asked = NULL;
	for (uint32_t i = 0; i < n; i++)
		step_set(r, pairs[i].name, pairs[i].value);
	if (!asked)
		return;
	if (asked->kind == IVR_ASK_RECORDING)
		recording_answered(r, here(r), is_done);
	else if (asked->kind == IVR_ASK_WEBHOOK)
		webhook_answered(r, here(r), is_done);
	else
		assistant_answered(r, here(r), is_done);
}

int ivr_begin(struct ivr_run *r, const struct ivr_world *w, struct arena *a, const struct ivr_flow *flow, int32_t node,
	const struct flow_state *state, const struct form *input)
{
	char *mem = arena_alloc(a, IVR_XML_MAX);
	memset(r, 0, sizeof(*r));
	r->world = w;
	r->arena = a;
	r->flow = flow->flow;
	r->version = flow->version;
	r->node = node;
	r->state = *state;
	r->input = input;
	buf_init(&r->out, mem, mem ? IVR_XML_MAX : 0);
	twiml_begin(&r->xml, &r->out);
	r->is_gone = str_is_among(w->call_status, over);
	r->spare = arena_alloc(a, sizeof(*r->spare));
	return mem && r->spare ? 0 : -ENOMEM;
}

struct str ivr_document(struct ivr_run *r)
{
	if (twiml_end(&r->xml) == 0)
		return buf_str(&r->out);
	return ivr_safe_document();
}
