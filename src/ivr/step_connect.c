/* SPDX-License-Identifier: MIT */
/* ai-assistant: the call's sound goes to the media bridge, and what the assistant decided picks the edge (PLANE.md 6.6). */
#include <string.h>

#include "step_private.h"

enum { PARAMETER_MAX = 400 };

static void put_parameter(struct ivr_run *r, const char *name, struct str value)
{
	if (value.n == 0 || value.n > PARAMETER_MAX)
		return;
	twiml_open(&r->xml, "Parameter");
	step_attr(r, "name", str_of(name));
	step_attr(r, "value", value);
	twiml_close(&r->xml);
}

static struct str language_of(const struct ivr_run *r, const struct flow_node *n)
{
	struct str own = flow_get(n, "language")->text;
	return own.n > 0 ? own : flow_setting(r->flow, "language");
}

/* What the bridge reads by the call, not through Twilio. */
static void put_session(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *targets = flow_get(n, "transferTargets");
	struct ivr_effect *e = step_effect(r, IVR_AI_SESSION, n);
	static const char *const texts[] = {"assistantId", "voice", "eagerness"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (flow_get(n, texts[i])->is_given)
			step_pair(r, e, texts[i], flow_get(n, texts[i])->text);
	step_pair(r, e, "language", language_of(r, n));
	step_pair(r, e, "greeting", step_render(r, flow_get(n, "greeting")->text));
	step_pair(r, e, "context", step_render(r, flow_get(n, "context")->text));
	step_pair_number(r, e, "maxDuration", flow_get(n, "maxDuration")->number);
	step_pair(r, e, "canTransfer", flow_get(n, "canTransfer")->number ? STR("true") : STR("false"));
	if (flow_get(n, "record")->is_given)
		step_pair(r, e, "record", flow_get(n, "record")->number ? STR("true") : STR("false"));
	for (uint32_t i = 0; i < targets->n; i++)
		step_pair(r, e, "target", targets->items[i].key);
}

void assistant_enter(struct ivr_run *r, const struct flow_node *n)
{
	struct ivr_effect *asked;
	put_session(r, n);
	step_ask(r, IVR_ASK_STREAM, n, &asked);
	step_pair(r, asked, "assistant", flow_get(n, "assistantId")->text);
}

static void put_stream(struct ivr_run *r, const struct flow_node *n)
{
	const struct ivr_world *w = r->world;
	struct str assistant = flow_get(n, "assistantId")->text;
	twiml_open(&r->xml, "Stream");
	step_attr(r, "url", str_of(arena_printf(r->arena, STR_FMT "/simple-voice/stream/" STR_FMT "/" STR_FMT,
		STR_ARG(w->stream_base), STR_ARG(w->org), STR_ARG(assistant))));
	/* A name is the call's own: a node that is entered again must not have the same. */
	step_attr(r, "name", str_of(arena_printf(r->arena, "ai-" STR_FMT "-%u", STR_ARG(w->session_id), r->state.hops)));
	step_attr(r, "statusCallback", step_hook(r, "status"));
	step_attr(r, "statusCallbackMethod", STR("POST"));
	put_parameter(r, "token", step_value(r, STR("vars.token")));
	put_parameter(r, "session", w->session_id);
	put_parameter(r, "assistant", assistant);
	put_parameter(r, "node", n->id);
	put_parameter(r, "lang", language_of(r, n));
	put_parameter(r, "from", w->from);
	put_parameter(r, "to", w->to);
	twiml_close(&r->xml);
}

static void failed(struct ivr_run *r, const struct flow_node *n, const char *why)
{
	if (!step_go_first(r, n, "onFailed", NULL))
		step_fail(r, "flow.error", why);
}

/* An action and a Redirect behind the Connect: one of the two always leads back. */
void assistant_answered(struct ivr_run *r, const struct flow_node *n, bool is_done)
{
	if (!is_done) {
		step_note(r, "there is no such assistant, or no stream for it");
		failed(r, n, "the assistant cannot be connected");
		return;
	}
	struct str back = step_url(r, n, "after", 0);
	step_open(r, "Connect");
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", back);
	put_stream(r, n);
	twiml_close(&r->xml);
	step_redirect(r, back);
	step_end(r);
}

static bool go_target(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *targets = flow_get(n, "transferTargets");
	for (uint32_t i = 0; flow_get(n, "canTransfer")->number && i < targets->n; i++)
		if (str_is(targets->items[i].key, r->world->ai.target))
			return step_go(r, &targets->items[i]);
	return false;
}

/* The assistant may send a call only where the node lets it. */
void assistant_back(struct ivr_run *r, const struct flow_node *n)
{
	struct str result = r->world->ai.result;
	step_note(r, STR_FMT, STR_ARG(result.n ? result : STR("nobody told how it ended")));
	if (r->is_gone)
		return;
	if (str_is(result, STR("caller-hangup"))) {
		step_end(r);
		return;
	}
	if (result.n > 0 && !str_is(result, STR("failed")))
		step_acted(r);
	if (str_is(result, STR("transfer"))) {
		if (!go_target(r, n) && !step_go_first(r, n, "onTransfer", NULL))
			failed(r, n, "a transfer that leads nowhere");
	} else if (str_is(result, STR("complete"))) {
		if (!step_go_first(r, n, "onComplete", NULL))
			step_next(r, n);
	} else if (str_is(result, STR("max-duration"))) {
		if (!step_go_first(r, n, "onTimeout", "onTransfer", NULL))
			step_fall(r, n);
	} else {
		failed(r, n, "the assistant's stream failed");
	}
}
