/* SPDX-License-Identifier: MIT */
/* One Realtime session: its client's events, each with a handler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

static struct session *sessions[SESSIONS_MAX];

static bool is_allowed(struct str head)
{
	struct str given = ws_header(head, "authorization");
	if (!sim.api_key[0])
		return true;
	return str_starts(given, STR("Bearer ")) && str_is(str_skip(given, 7), str_of(sim.api_key));
}

static void read_model(struct session *s, struct str head)
{
	struct str line = str_split(&head, '\n');
	const char *at = memmem(line.p, line.n, "model=", 6);
	struct str model = at ? (struct str){at + 6, line.n - (size_t)(at + 6 - line.p)} : STR("simulated");
	model = str_split(&model, ' ');
	model = str_split(&model, '&');
	(void)str_copy(model, s->model, sizeof(s->model));
}

static int on_head(struct websocket *w, struct str head)
{
	static const char refused[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	struct session *s = w->arg;
	if (fault_on_head(s))
		return 1;
	if (!is_allowed(head)) {
		ws_refuse(w, refused, sizeof(refused) - 1);
		return 1;
	}
	bool asks_beta = str_is(ws_header(head, "openai-beta"), STR("realtime=v1"));
	s->is_beta = strcmp(sim.dialect, "beta") == 0 || (strcmp(sim.dialect, "auto") == 0 && asks_beta);
	read_model(s, head);
	return 0;
}

static void on_open(struct websocket *w)
{
	struct session *s = w->arg;
	if (!fault_find("no-session", s->number))
		say_session(s, "session.created");
	faults_on_open(s);
}

static const char *text_of(const json_t *j, const char *name)
{
	const char *v = json_string_value(json_object_get(j, name));
	return v ? v : "";
}

static bool names_pcmu(const struct session *s, const json_t *session)
{
	if (s->is_beta)
		return strcmp(text_of(session, "input_audio_format"), "g711_ulaw") == 0;
	const json_t *audio = json_object_get(session, "audio");
	const json_t *format = json_object_get(json_object_get(audio, "input"), "format");
	return strcmp(text_of(format, "type"), "audio/pcmu") == 0;
}

static void find_call(struct session *s, const char *instructions)
{
	const char *at = strstr(instructions, "sim=");
	long call = at ? strtol(at + 4, NULL, 10) : -1;
	s->call = call >= 0 && call < TRACE_CALLS ? (int)call : -1;
	if (sim.trace && s->call >= 0)
		sim.trace->calls[s->call].sessions++;
}

static void on_update(struct session *s, json_t *ev)
{
	json_t *session = json_object_get(ev, "session");
	if (!json_is_object(session)) {
		say_error(s, "invalid_request_error", "missing_required_parameter", "Missing required parameter: 'session'.");
		return;
	}
	if (!s->is_beta && !json_object_get(session, "type")) {
		say_error(s, "invalid_request_error", "missing_required_parameter",
			"Missing required parameter: 'session.type'.");
		return;
	}
	json_decref(s->update);
	s->update = json_incref(session);
	s->is_pcmu = names_pcmu(s, session);
	if (!s->is_ready)
		find_call(s, text_of(session, "instructions"));
	s->is_ready = true;
	say_session(s, "session.updated");
}

static void on_create(struct session *s, json_t *ev)
{
	(void)ev;
	if (s->is_active && sim.mode != MODE_ECHO)
		say_error(s, "invalid_request_error", "conversation_already_has_active_response",
			"Conversation already has an active response.");
	else
		answer_begin(s);
}

static void on_cancel(struct session *s, json_t *ev)
{
	(void)ev;
	sim.cancels++;
	if (s->is_active)
		answer_cancel(s, "client_cancelled");
	else
		say_error(s, "invalid_request_error", "response_cancel_not_active",
			"Cancellation failed: no active response found.");
}

/* The barge-in that a truncation or deletion belongs to: the newest. */
static void note_cut(const struct session *s, int32_t ms)
{
	if (!sim.trace || s->call < 0)
		return;
	struct trace_call *c = &sim.trace->calls[s->call];
	uint32_t n = atomic_load_explicit(&c->n_barges, memory_order_relaxed);
	if (n > 0)
		c->barges[n - 1].truncated_ms = ms;
}

static const struct item *find_item(const struct session *s, const char *id)
{
	for (int i = 0; i < ITEMS_KEPT; i++)
		if (strcmp(s->items[i].id, id) == 0)
			return &s->items[i];
	return NULL;
}

static void on_truncate(struct session *s, json_t *ev)
{
	const char *id = text_of(ev, "item_id");
	json_int_t ms = json_integer_value(json_object_get(ev, "audio_end_ms"));
	const struct item *item = find_item(s, id);
	int64_t sent_ms = item ? item->sent_ms : strcmp(id, s->item) == 0 ? s->sent_ms : -1;
	if (ms < 0 || ms > sent_ms) {
		say_error(s, "invalid_request_error", "invalid_value", "audio_end_ms is beyond the item's audio, or no such item");
		return;
	}
	sim.truncates++;
	note_cut(s, (int32_t)ms);
	say(s, "\"type\":\"conversation.item.truncated\",\"item_id\":\"%s\",\"content_index\":0,\"audio_end_ms\":%lld", id,
		(long long)ms);
}

static void on_delete(struct session *s, json_t *ev)
{
	const char *id = text_of(ev, "item_id");
	sim.deletes++;
	note_cut(s, -2);
	say(s, "\"type\":\"conversation.item.deleted\",\"item_id\":\"%s\"", id);
}

static void on_item(struct session *s, json_t *ev)
{
	char id[ID_BYTES];
	json_t *item = json_object_get(ev, "item");
	if (!json_is_object(item))
		return;
	sim.created_items++;
	sim.tool_outputs += strcmp(text_of(item, "type"), "function_call_output") == 0;
	new_id(id, "item_");
	if (!json_object_get(item, "id"))
		json_object_set_new(item, "id", json_string(id));
	json_object_set_new(item, "object", json_string("realtime.item"));
	json_object_set_new(item, "status", json_string("completed"));
	char *dump = json_dumps(item, JSON_COMPACT);
	say(s, "\"type\":\"%s\",\"previous_item_id\":null,\"item\":%s",
		s->is_beta ? "conversation.item.created" : "conversation.item.added", dump);
	if (!s->is_beta)
		say(s, "\"type\":\"conversation.item.done\",\"previous_item_id\":null,\"item\":%s", dump);
	free(dump);
}

static void on_clear(struct session *s, json_t *ev)
{
	(void)ev;
	say(s, "\"type\":\"input_audio_buffer.cleared\"");
}

static void on_commit(struct session *s, json_t *ev)
{
	(void)ev;
	new_id(s->user_item, "item_");
	say(s, "\"type\":\"input_audio_buffer.committed\",\"previous_item_id\":null,\"item_id\":\"%s\"", s->user_item);
}

static void on_append(struct session *s, json_t *ev)
{
	sound_take(s, str_of(text_of(ev, "audio")));
}

static const struct {
	const char *type;
	void (*handle)(struct session *s, json_t *ev);
} handlers[] = {
	{"input_audio_buffer.append", on_append},
	{"session.update", on_update},
	{"response.create", on_create},
	{"response.cancel", on_cancel},
	{"conversation.item.truncate", on_truncate},
	{"conversation.item.delete", on_delete},
	{"conversation.item.create", on_item},
	{"input_audio_buffer.clear", on_clear},
	{"input_audio_buffer.commit", on_commit},
};

/* As the bridge writes it; any other form goes through jansson. */
static bool take_append(struct session *s, struct str m)
{
	static const char head[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
	if (!str_starts(m, str_of(head)) || m.n < sizeof(head) + 1 || m.p[m.n - 1] != '}' || m.p[m.n - 2] != '"')
		return false;
	struct str sound = {m.p + sizeof(head) - 1, m.n - sizeof(head) - 1};
	if (memchr(sound.p, '"', sound.n))
		return false;
	sound_take(s, sound);
	return true;
}

static void on_message(struct websocket *w, struct str m)
{
	struct session *s = w->arg;
	if (take_append(s, m))
		return;
	json_t *ev = json_loadb(m.p, m.n, 0, NULL);
	const char *type = text_of(ev, "type");
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (strcmp(handlers[i].type, type) == 0) {
			handlers[i].handle(s, ev);
			json_decref(ev);
			return;
		}
	say_error(s, "invalid_request_error", "invalid_value", "an event of no known type");
	json_decref(ev);
}

static void on_close(struct websocket *w, unsigned code)
{
	struct session *s = w->arg;
	(void)code;
	timer_disarm(sim.loop, &s->next_delta);
	timer_disarm(sim.loop, &s->fault);
	json_decref(s->update);
	s->update = NULL;
	s->is_used = false; /* the memory is taken by the next one: the caller of on_close still looks at it */
}

static const struct websocket_events events = {
	.on_head = on_head,
	.on_open = on_open,
	.on_message = on_message,
	.on_close = on_close,
};

struct session *session_new(int fd)
{
	size_t i = 0;
	sim.connections++;
	while (i < SESSIONS_MAX && sessions[i] && sessions[i]->is_used)
		i++;
	if (i == SESSIONS_MAX || fault_find("refuse", sim.connections)) {
		struct linger now = {.l_onoff = 1};
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd);
		return NULL;
	}
	if (!sessions[i])
		sessions[i] = malloc(sizeof(struct session));
	if (!sessions[i])
		exit(3);
	struct session *s = sessions[i];
	*s = (struct session){.is_used = true, .number = sim.connections, .call = -1};
	s->ws.events = &events;
	s->ws.arg = s;
	ws_accept(&s->ws, sim.loop, fd, sim.tls);
	return s;
}

void sessions_end(void)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (sessions[i] && sessions[i]->is_used)
			ws_close(&sessions[i]->ws, 1001, "the simulator ends");
}
