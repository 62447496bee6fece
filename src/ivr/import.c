/* SPDX-License-Identifier: MIT */
/* The platform's ivr_routing record. */
#include "ringdown/ivr/import.h"

#include <errno.h>
#include <string.h>

#include "import_private.h"
#include "ringdown/base/auto.h"

void import_fault(struct import *x, struct str pointer, const char *reason, const char *words)
{
	flow_fault(x->faults, false, pointer, reason, "%s", words);
}

void import_unknown(struct import *x, const json_t *object, struct str pointer, const char *known)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)object, key, v)
	{
		if (!str_is_among(str_of(key), known))
			import_fault(x, flow_pointer_join(x->arena, pointer, key), "import_unsupported",
				"nothing here corresponds to it");
	}
}

void import_move(json_t *to, const char *name, const json_t *from, const char *old)
{
	json_t *v = json_object_get(from, old);
	if (v && !json_is_null(v))
		(void)json_object_set(to, name, v);
}

json_t *import_node(struct import *x, const char *id, const char *type)
{
	json_t *node = json_pack("{s:s}", "type", type);
	(void)json_object_set(x->nodes, id, node);
	json_decref(node); /* the document holds it */
	return node;
}

/* ---- prompts ---- */

static json_t *prompt_of(const json_t *o)
{
	const char *say = json_string_value(json_object_get(o, "greeting"));
	const char *play = json_string_value(json_object_get(o, "greetingAudioUrl"));
	json_t *prompt = json_object();
	if (play && play[0])
		(void)json_object_set_new(prompt, "play", json_string(play));
	else if (say && say[0])
		(void)json_object_set_new(prompt, "say", json_string(say));
	return prompt;
}

/* ---- menus ---- */

static const char *menu_id(struct import *x, const json_t *menu)
{
	const char *id = json_string_value(json_object_get(menu, "id"));
	return id ? arena_printf(x->arena, "menu-%s", id) : NULL;
}

/* A default action leads to a node of its own. */
static void put_default(struct import *x, json_t *node, const char *id, const json_t *menu)
{
	const char *action = json_string_value(json_object_get(menu, "defaultAction"));
	const struct flow_type *type = action ? flow_type_find(str_of(action)) : NULL;
	if (!action)
		return;
	if (!type || (type->id != FLOW_HANGUP && type->id != FLOW_VOICEMAIL)) {
		(void)json_object_set_new(node, "defaultAction", json_string(arena_printf(x->arena, "menu-%s", action)));
		return;
	}
	char *target = arena_printf(x->arena, "%s-default", id);
	json_t *last = import_node(x, target, type->name);
	if (type->id == FLOW_VOICEMAIL)
		(void)json_object_set_new(last, "mailbox", json_pack("{s:s, s:s}", "type", "group", "id", "default"));
	(void)json_object_set_new(node, "defaultAction", json_string(target));
}

static void read_menu(struct import *x, const json_t *menu, struct str pointer)
{
	const char *id = menu_id(x, menu);
	if (!id) {
		import_fault(x, flow_pointer_join(x->arena, pointer, "id"), "required", "is missing");
		return;
	}
	import_unknown(x, menu, pointer,
		"id name greeting greetingAudioUrl options timeout maxRetries invalidMessage defaultAction");
	json_t *node = import_node(x, id, "menu");
	(void)json_object_set_new(node, "prompt", prompt_of(menu));
	import_move(node, "label", menu, "name");
	import_move(node, "timeout", menu, "timeout");
	import_move(node, "maxRetries", menu, "maxRetries");
	import_move(node, "invalidMessage", menu, "invalidMessage");
	(void)json_object_set_new(node, "options", json_deep_copy(json_object_get(menu, "options")));
	put_default(x, node, id, menu);
	json_t *option;
	size_t i;
	json_array_foreach(json_object_get(node, "options"), i, option)
	{
		const char *action = json_string_value(json_object_get(option, "action"));
		const char *to = json_string_value(json_object_get(option, "actionParams"));
		if (!action || strcmp(action, "menu") != 0 || !to)
			continue;
		(void)json_object_set_new(option, "next", json_string(arena_printf(x->arena, "menu-%s", to)));
		(void)json_object_del(option, "action");
		(void)json_object_del(option, "actionParams");
	}
}

static const char *assigned_menu(struct import *x, const char *hours)
{
	const json_t *assignments = json_object_get(x->record, "menuAssignments"), *menus = json_object_get(x->record, "menus");
	const char *id = json_string_value(json_object_get(assignments, hours));
	if (!id && strcmp(hours, "normalHours") == 0)
		id = json_string_value(json_object_get(json_array_get(menus, 0), "id"));
	return id ? arena_printf(x->arena, "menu-%s", id) : NULL;
}

/* ---- forwarding groups, assistant ---- */

static const char *read_forward(struct import *x)
{
	const json_t *groups = json_object_get(x->record, "forwardingGroups"), *g = json_array_get(groups, 0);
	const char *name = json_string_value(json_object_get(g, "id"));
	name = name ? name : json_string_value(json_object_get(g, "name"));
	if (!name) {
		import_fault(x, STR("/forwardingGroups"), "required", "routingType forward needs a group with an id");
		return NULL;
	}
	import_unknown(x, g, STR("/forwardingGroups/0"), "id name strategy targets ringDuration whisper screening fallback");
	json_t *node = import_node(x, "forward", "transfer-group");
	(void)json_object_set_new(node, "group", json_string(name));
	const char *strategy = json_string_value(json_object_get(g, "strategy"));
	if (strategy)
		(void)json_object_set_new(node, "strategy",
			json_string(strcmp(strategy, "simultaneous") == 0 ? "ring-all" : strategy));
	import_move(node, "ringDuration", g, "ringDuration");
	import_move(node, "whisper", g, "whisper");
	import_move(node, "screening", g, "screening");
	import_move(node, "callerIdMode", x->record, "callerIdMode");
	const char *fallback = json_string_value(json_object_get(g, "fallback"));
	const char *after = fallback && strcmp(fallback, "voicemail") == 0 ? "forward-voicemail" : "forward-end";
	json_t *last = import_node(x, after, strcmp(after, "forward-end") == 0 ? "hangup" : "voicemail");
	if (strcmp(after, "forward-end") != 0)
		(void)json_object_set_new(last, "mailbox", json_pack("{s:s, s:s}", "type", "group", "id", name));
	(void)json_object_set_new(node, "onNoAnswer", json_string(after));
	if (fallback && !str_is_among(str_of(fallback), "voicemail hangup"))
		import_fault(x, STR("/forwardingGroups/0/fallback"), "import_unsupported", "takes voicemail or hangup");
	return "forward";
}

static const char *read_assistant(struct import *x)
{
	static const char *const same[] = {"assistantId", "greeting", "context", "voice", "language", "eagerness", "canTransfer",
		"maxDuration"};
	const json_t *c = json_object_get(x->record, "aiAssistantConfig");
	const char *group = json_string_value(json_object_get(c, "fallbackForwardingGroupId"));
	import_unknown(x, c, STR("/aiAssistantConfig"),
		"assistantId greeting context voice language eagerness canTransfer fallbackForwardingGroupId maxDuration");
	json_t *node = import_node(x, "assistant", "ai-assistant");
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		import_move(node, same[i], c, same[i]);
	if (!group)
		return "assistant";
	(void)json_object_set_new(import_node(x, "assistant-fallback", "transfer-group"), "group", json_string(group));
	(void)json_object_set_new(node, "onTransfer", json_string("assistant-fallback"));
	(void)json_object_set_new(node, "onFailed", json_string("assistant-fallback"));
	return "assistant";
}

/* ---- the record ---- */

static json_t *schedule_of(struct import *x)
{
	const json_t *hours = json_object_get(x->record, "businessHours");
	if (!hours)
		return NULL;
	json_t *s = json_pack("{s:s, s:s}", "name", x->name, "timezone", "UTC");
	import_unknown(x, hours, STR("/businessHours"), "timezone officeHours holidays offDays override enabled");
	import_move(s, "timezone", hours, "timezone");
	import_move(s, "officeHours", hours, "officeHours");
	import_move(s, "holidays", hours, "holidays");
	import_move(s, "offDays", hours, "offDays");
	import_move(s, "override", hours, "override");
	return s;
}

/* By the hour: which menu, or which flow (automation_flow). */
static const char *put_hours(struct import *x, const char *open, const char *closed, const char *holiday, bool has_schedule)
{
	if (!has_schedule || !open || !closed)
		return open;
	json_t *node = import_node(x, "hours", "hours");
	(void)json_object_set_new(node, "schedule", json_string(x->name));
	(void)json_object_set_new(node, "open", json_string(open));
	(void)json_object_set_new(node, "closed", json_string(closed));
	if (holiday)
		(void)json_object_set_new(node, "holiday", json_string(holiday));
	return "hours";
}

static const char *flow_edge(struct import *x, const char *member)
{
	const char *name = json_string_value(json_object_get(x->record, member));
	return name ? arena_printf(x->arena, "flow:%s", name) : NULL;
}

/* An entry is a node of the flow; one that is not makes a node that leads there. */
static const char *entry_of(struct import *x, const char *edge)
{
	if (!edge || strncmp(edge, "flow:", 5) != 0)
		return edge;
	(void)json_object_set_new(import_node(x, "go", "goto-flow"), "flow", json_string(edge + 5));
	return "go";
}

static void read_menus(struct import *x)
{
	json_t *menu;
	size_t i;
	json_array_foreach(json_object_get(x->record, "menus"), i, menu)
		read_menu(x, menu, flow_pointer_index(x->arena, STR("/menus"), i));
}

static const char *read_type(struct import *x, bool has_schedule)
{
	struct str type = str_of(json_string_value(json_object_get(x->record, "routingType")));
	if (str_is(type, STR("forward")))
		return read_forward(x);
	if (str_is(type, STR("ai-assistant")))
		return read_assistant(x);
	if (str_is(type, STR("automation_flow")))
		return entry_of(x, put_hours(x, flow_edge(x, "normalHoursFlowId"), flow_edge(x, "afterHoursFlowId"),
			flow_edge(x, "holidayFlowId"), has_schedule));
	if (str_is(type, STR("simple_menu"))) {
		read_menus(x);
		return put_hours(x, assigned_menu(x, "normalHours"), assigned_menu(x, "afterHours"),
			assigned_menu(x, "holiday"), has_schedule);
	}
	import_fault(x, STR("/routingType"), "not_one_of", "must be forward, ai-assistant, simple_menu or automation_flow");
	return NULL;
}

/* Recording begins before all else. */
static const char *read_settings(struct import *x, const char *entry)
{
	const json_t *s = json_object_get(x->record, "menuSettings"), *recording = json_object_get(s, "recording");
	json_t *settings = json_object();
	import_unknown(x, s, STR("/menuSettings"), "language voice recording");
	import_move(settings, "language", s, "language");
	import_move(settings, "voice", s, "voice");
	import_move(settings, "recordingNotice", recording, "message");
	(void)json_object_set_new(x->doc, "settings", settings);
	if (!entry || !json_is_true(json_object_get(recording, "enabled")))
		return entry;
	json_t *node = import_node(x, "record", "start-recording");
	(void)json_object_set_new(node, "next", json_string(entry));
	import_move(node, "notify", recording, "notify");
	return "record";
}

static const char *read_record(struct import *x, json_t **ret_schedule)
{
	const json_t *actions = json_object_get(x->record, "actions");
	if (actions)
		return import_actions(x, actions);
	import_unknown(x, x->record, STR(""),
		"name phoneNumbers businessHours routingType menus menuAssignments menuSettings forwardingGroups "
		"aiAssistantConfig missedCallActions callerIdMode normalHoursFlowId afterHoursFlowId holidayFlowId status description");
	*ret_schedule = schedule_of(x);
	import_move(x->doc, "missedCallActions", x->record, "missedCallActions");
	return read_settings(x, read_type(x, *ret_schedule != NULL));
}

int import_routing(struct arena *a, const json_t *record, struct str name, struct flow_faults *f, json_t **ret_flow,
	json_t **ret_schedule)
{
	const json_t *data = json_object_get(record, "data");
	const char *terminated = arena_strdup(a, name);
	AUTO(json_decrefp) json_t *nodes = json_object();
	AUTO(json_decrefp) json_t *schedule = NULL;
	AUTO(json_decrefp) json_t *doc =
		json_pack("{s:s, s:s, s:O}", "schema", "ivr-flow/1", "name", terminated ? terminated : "", "nodes", nodes);
	struct import x = {a, f, json_is_object(data) ? data : record, terminated, doc, nodes};
	if (!doc || !terminated)
		return -ENOMEM;
	const char *entry = read_record(&x, &schedule);
	if (f->n_errors == 0 && !entry)
		import_fault(&x, STR(""), "entry_missing", "nothing says where a call begins");
	if (f->n_errors > 0)
		return -EINVAL;
	(void)json_object_set_new(doc, "entry", json_string(entry));
	*ret_flow = json_incref(doc);
	*ret_schedule = json_incref(schedule);
	return 0;
}
