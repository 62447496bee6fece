/* SPDX-License-Identifier: MIT */
/* What a client may set of a number (PLANE.md 7.1, 7.3). */
#include "numbers.h"

#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/phone.h"
#include "twilio_values.h"

static void fault(struct api *a, const char *at, const char *name, const char *reason, const char *words)
{
	api_fault(a, arena_printf(a->arena, "%s/%s", at, name), reason, "%s", words);
}

static bool are_words(const json_t *list, size_t most)
{
	size_t i;
	json_t *v;
	json_array_foreach(list, i, v)
		if (!is_printable(json_text(v), 1, 100))
			return false;
	return json_is_array(list) && json_array_size(list) <= most;
}

static void read_list(struct api *a, struct number *n, const json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);
	if (!v)
		return;
	if (are_words(v, 100))
		json_object_set(n->data, name, v);
	else
		fault(a, "", name, "list_invalid", "a list of at most 100 words is wanted");
}

static void read_object(struct api *a, struct number *n, const json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);
	if (!v)
		return;
	if (json_is_object(v))
		json_object_set(n->data, name, v);
	else
		fault(a, "", name, "not_an_object", "an object is wanted");
}

/* What a mode cannot do without. */
static const struct {
	const char *mode, *member, *words;
} needs[] = {
	{"flow", "flow", "mode flow wants the name of a flow"},
	{"ai", "assistantId", "mode ai wants an assistantId"},
	{"forward", "forwardTo", "mode forward wants forwardTo"},
};

static void check_failover(struct api *a, const json_t *failover)
{
	struct str action = json_str(failover, "action");
	if (failover && !json_is_null(failover) && !str_is_among(action, "forward voicemail ai message"))
		fault(a, "/routing/voice", "failover/action", "failover_unknown", "forward, voicemail, ai or message");
	if (str_is(action, STR("forward")) && !phone_is_e164(json_str(failover, "forwardTo")))
		fault(a, "/routing/voice", "failover/forwardTo", "number_invalid", "E.164, for example +15551234567");
}

static void check_voice(struct api *a, const json_t *voice)
{
	struct str mode = json_str(voice, "mode"), to = json_str(voice, "forwardTo");
	const json_t *timeout = json_object_get(voice, "ringTimeout");
	if (!str_is_among(mode, "flow ai ring forward reject none"))
		fault(a, "/routing/voice", "mode", "mode_unknown", "flow, ai, ring, forward, reject or none");
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (str_is(mode, str_of(needs[i].mode)) && json_str(voice, needs[i].member).n == 0)
			fault(a, "/routing/voice", needs[i].member, "required", needs[i].words);
	if (to.n > 0 && !phone_is_e164(to))
		fault(a, "/routing/voice", "forwardTo", "number_invalid", "E.164, for example +15551234567");
	if (phone_is_e164(to) && phone_is_premium(to))
		fault(a, "/routing/voice", "forwardTo", "destination_not_allowed", "a number that charges its callers");
	if (timeout && !(json_is_integer(timeout) && json_integer_value(timeout) >= 5 && json_integer_value(timeout) <= 600))
		fault(a, "/routing/voice", "ringTimeout", "ring_timeout_invalid", "5 to 600 seconds");
	check_failover(a, json_object_get(voice, "failover"));
}

static void read_routing(struct api *a, struct number *n, const json_t *from)
{
	json_t *routing = json_object_get(from, "routing");
	if (!routing)
		return;
	if (!json_is_object(routing)) {
		fault(a, "", "routing", "not_an_object", "an object is wanted");
		return;
	}
	const json_t *voice = json_object_get(routing, "voice");
	if (voice)
		check_voice(a, voice);
	json_t *was = json_object_get(n->data, "routing");
	if (json_is_object(was))
		json_object_update(was, routing);
	else
		json_object_set(n->data, "routing", routing);
}

static void read_text(struct api *a, struct number *n, const json_t *from, const char *name, size_t most)
{
	json_t *v = json_object_get(from, name);
	if (!v)
		return;
	if (json_is_null(v) || (json_is_string(v) && json_string_length(v) <= most))
		json_object_set(n->data, name, v);
	else
		fault(a, "", name, "text_invalid", "it is too long, or no text");
}

static void read_name(struct api *a, struct number *n)
{
	if (!api_has(a, "friendlyName"))
		return;
	struct str name = json_str(a->body, "friendlyName");
	if (name.n == 0 || name.n > 64)
		fault(a, "", "friendlyName", "friendly_name_invalid", "1 to 64 characters");
	n->friendly_name = name;
}

void number_read(struct api *a, struct number *n)
{
	/* The platform puts some of it into `configuration`. */
	const json_t *places[] = {json_object_get(a->body, "configuration"), a->body};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		read_object(a, n, places[i], "voiceConfig");
		read_object(a, n, places[i], "smsConfig");
		read_object(a, n, places[i], "tracking");
	}
	read_name(a, n);
	read_list(a, n, a->body, "assignedUsers");
	read_list(a, n, a->body, "assignedGroups");
	read_list(a, n, a->body, "tags");
	read_text(a, n, a->body, "purpose", 200);
	read_text(a, n, a->body, "unassignedMessage", 1000);
	read_routing(a, n, a->body);
}
