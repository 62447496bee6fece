/* SPDX-License-Identifier: MIT */
/* How server events are written. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

static char text[4 * TEXT_BYTES];

void new_id(char id[ID_BYTES], const char *prefix)
{
	static uint64_t last;
	snprintf(id, ID_BYTES, "%ssim%08llx", prefix, (unsigned long long)++last);
}

const char *part(const struct session *s, const char *ga, const char *beta)
{
	return s->is_beta ? beta : ga;
}

const char *text_of(const json_t *j, const char *name)
{
	const char *v = json_string_value(json_object_get(j, name));
	return v ? v : "";
}

struct trace_call *traced(const struct session *s)
{
	return sim.trace && s->call >= 0 ? &sim.trace->calls[s->call] : NULL;
}

void say(struct session *s, const char *format, ...)
{
	char id[ID_BYTES];
	va_list ap;
	new_id(id, "event_");
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"event_id\":\"%s\",", id);
	va_start(ap, format);
	n += (size_t)vsnprintf(text + n, sizeof(text) - n - 1, format, ap);
	va_end(ap);
	if (n > sizeof(text) - 2)
		return; /* longer than any event we have words for */
	text[n++] = '}';
	ws_send(&s->ws, text, n);
}

void say_json(struct session *s, const char *type, json_t *members)
{
	char id[ID_BYTES];
	new_id(id, "event_");
	json_t *j = json_pack("{ss ss}", "event_id", id, "type", type);
	if (members)
		json_object_update_new(j, members);
	AUTO(auto_free) char *dump = json_dumps(j, JSON_COMPACT);
	if (dump)
		ws_send(&s->ws, dump, strlen(dump));
	json_decref(j);
}

void say_error(struct session *s, const json_t *to, const char *type, const char *code, const char *param,
	const char *message)
{
	sim.errors_sent++;
	say_json(s, "error",
		json_pack("{s{ss ss ss ss? so?}}", "error", "type", type, "code", code, "message", message, "param", param,
			"event_id", json_incref(json_object_get(to, "event_id"))));
}
