/* SPDX-License-Identifier: MIT */
/* The platform's ivr_* actions, chained by nextStepId. */
#include <string.h>

#include "import_private.h"
#include "ringdown/base/auto.h"

struct move {
	const char *from, *to;
};
struct action {
	const char *type, *node;
	struct move moves[12]; /* members of config that are members of the node by another name, or the same */
	void (*more)(struct import *x, const json_t *config, struct str pointer, json_t *node);
};

/* What is said becomes a prompt, with the voice it is said in. */
static void put_prompt(json_t *node, const char *name, const json_t *config, const char *member)
{
	const char *text = json_string_value(json_object_get(config, member));
	json_t *prompt = json_object();
	if (text)
		(void)json_object_set_new(prompt, strcmp(member, "audioUrl") == 0 ? "play" : "say", json_string(text));
	import_move(prompt, "voice", config, "voice");
	import_move(prompt, "language", config, "language");
	(void)json_object_set_new(node, name, prompt);
}

static void more_speak(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	import_unknown(x, config, pointer, "message voice language nextStepId");
	put_prompt(node, "prompt", config, "message");
}

static void more_play(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	import_unknown(x, config, pointer, "audioUrl nextStepId");
	put_prompt(node, "prompt", config, "audioUrl");
}

static void more_collect(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	const char *type = json_string_value(json_object_get(config, "inputType"));
	import_unknown(x, config, pointer, "prompt inputType numDigits timeout saveAs nextStepId onTimeout voice language");
	put_prompt(node, "prompt", config, "prompt");
	if (type)
		(void)json_object_set_new(node, "input", json_string(strcmp(type, "dtmf speech") == 0 ? "both" : type));
}

static void more_menu(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	json_t *options = json_array(), *option;
	size_t i;
	import_unknown(x, config, pointer, "greeting saveAs options timeout onTimeout voice language");
	put_prompt(node, "prompt", config, "greeting");
	json_array_foreach(json_object_get(config, "options"), i, option)
	{
		json_t *copy = json_object();
		import_move(copy, "digit", option, "digit");
		import_move(copy, "label", option, "label");
		import_move(copy, "next", option, "nextStepId");
		(void)json_array_append_new(options, copy);
	}
	(void)json_object_set_new(node, "options", options);
}

/* A telephone, a person or a line: what is given says which. */
static void more_transfer(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	static const struct {
		const char *member, *type, *name;
	} targets[] = {{"phone", "transfer-phone", "to"}, {"phoneNumber", "transfer-phone", "to"},
		{"agent", "transfer-user", "user"}, {"queue", "transfer-queue", "queue"}, {"group", "transfer-group", "group"}};
	import_unknown(x, config, pointer, "phone phoneNumber agent queue group ringStrategy nextStepId timeout");
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		if (!json_object_get(config, targets[i].member))
			continue;
		(void)json_object_set_new(node, "type", json_string(targets[i].type));
		import_move(node, targets[i].name, config, targets[i].member);
		const char *ring = json_string_value(json_object_get(config, "ringStrategy"));
		if (ring && strcmp(targets[i].member, "group") == 0)
			(void)json_object_set_new(node, "strategy",
				json_string(strcmp(ring, "simultaneous") == 0 ? "ring-all" : ring));
		return;
	}
	import_fault(x, pointer, "one_of_required", "needs phone, agent, queue or group");
}

static void more_voicemail(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	const char *mailbox = json_string_value(json_object_get(config, "mailbox"));
	import_unknown(x, config, pointer, "greeting mailbox maxLength transcribe nextStepId voice language");
	if (json_object_get(config, "greeting"))
		put_prompt(node, "greeting", config, "greeting");
	(void)json_object_set_new(node, "mailbox",
		json_pack("{s:s, s:s}", "type", "group", "id", mailbox ? mailbox : "default"));
}

static void more_plain(struct import *x, const json_t *config, struct str pointer, json_t *node)
{
	(void)node;
	import_unknown(x, config, pointer, "message to from mediaUrl assistantId greeting context voice language maxDuration nextStepId");
}

static const struct action actions_known[] = {
	{"ivr_speak", "say", {{"nextStepId", "next"}}, more_speak},
	{"ivr_play_audio", "say", {{"nextStepId", "next"}}, more_play},
	{"ivr_collect_input", "collect",
		{{"numDigits", "numDigits"}, {"timeout", "timeout"}, {"saveAs", "var"}, {"nextStepId", "next"}, {"onTimeout", "onNoInput"}},
		more_collect},
	{"ivr_menu", "menu", {{"saveAs", "var"}, {"timeout", "timeout"}, {"onTimeout", "onNoInput"}}, more_menu},
	{"ivr_transfer", "transfer-phone", {{"nextStepId", "next"}}, more_transfer},
	{"ivr_forward", "transfer-phone", {{"nextStepId", "next"}}, more_transfer},
	{"ivr_voicemail", "voicemail", {{"maxLength", "maxLength"}, {"transcribe", "transcribe"}, {"nextStepId", "next"}}, more_voicemail},
	{"ivr_record", "voicemail", {{"maxLength", "maxLength"}, {"transcribe", "transcribe"}, {"nextStepId", "next"}}, more_voicemail},
	{"ivr_send_sms", "send-sms", {{"message", "message"}, {"to", "to"}, {"from", "from"}, {"mediaUrl", "mediaUrl"}, {"nextStepId", "next"}}, more_plain},
	{"ivr_ai_assistant", "ai-assistant",
		{{"assistantId", "assistantId"}, {"greeting", "greeting"}, {"context", "context"}, {"voice", "voice"},
			{"language", "language"}, {"maxDuration", "maxDuration"}, {"nextStepId", "next"}},
		more_plain},
	{"ivr_hangup", "hangup", {{"message", "say"}}, more_plain},
};

static const struct action *action_find(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(actions_known); i++)
		if (strcmp(actions_known[i].type, type) == 0)
			return &actions_known[i];
	return NULL;
}

static void read_action(struct import *x, const json_t *o, struct str pointer)
{
	const char *id = json_string_value(json_object_get(o, "id")), *type = json_string_value(json_object_get(o, "type"));
	const json_t *config = json_object_get(o, "config");
	const struct action *a = action_find(type);
	if (!id)
		import_fault(x, flow_pointer_join(x->arena, pointer, "id"), "required", "is missing");
	if (!a)
		import_fault(x, flow_pointer_join(x->arena, pointer, "type"), "action_unsupported",
			arena_printf(x->arena, "%s is not offered here", type ? type : "an action without a type"));
	if (!id || !a)
		return;
	import_unknown(x, o, pointer, "id type name config");
	json_t *node = import_node(x, id, a->node);
	import_move(node, "label", o, "name");
	for (size_t i = 0; i < ARRAY_LEN(a->moves) && a->moves[i].from; i++)
		import_move(node, a->moves[i].to, config, a->moves[i].from);
	a->more(x, config, flow_pointer_join(x->arena, pointer, "config"), node);
}

const char *import_actions(struct import *x, const json_t *actions)
{
	json_t *o;
	size_t i;
	import_unknown(x, x->record, STR(""), "actions name description");
	json_array_foreach(actions, i, o)
		read_action(x, o, flow_pointer_index(x->arena, STR("/actions"), i));
	return json_string_value(json_object_get(json_array_get(actions, 0), "id"));
}
