/* SPDX-License-Identifier: MIT */
/* One Realtime session: its client's events, each with a handler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modelsim.h"
#include "ringdown/base/auto.h"

enum { COMMIT_MIN_MS = 100 };

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
	struct session *s = container_of(w, struct session, ws);
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
	struct session *s = container_of(w, struct session, ws);
	config_begin(s);
	if (!fault_find("no-session", s->number))
		config_say(s, "session.created");
	faults_on_open(s);
}

static void on_update(struct session *s, json_t *ev)
{
	config_update(s, ev);
}

static void on_create(struct session *s, json_t *ev)
{
	if (s->is_active && sim.mode != MODE_ECHO)
		say_error(s, ev, "invalid_request_error", "conversation_already_has_active_response", NULL,
			"Conversation already has an active response in progress. Wait until the response is finished before "
			"creating a new one.");
	else
		answer_begin(s);
}

static void on_cancel(struct session *s, json_t *ev)
{
	const char *id = text_of(ev, "response_id");
	sim.cancels++;
	if (s->is_active && (!id[0] || strcmp(id, s->response) == 0))
		answer_cancel(s, "client_cancelled");
	else
		say_error(s, ev, "invalid_request_error", "response_cancel_not_active", NULL,
			"Cancellation failed: no active response found");
}

static void on_clear(struct session *s, json_t *ev)
{
	(void)ev;
	sound_clear(s);
	say_json(s, "input_audio_buffer.cleared", NULL);
}

static void on_commit(struct session *s, json_t *ev)
{
	if (s->uncommitted_ms < COMMIT_MIN_MS) {
		say_error(s, ev, "invalid_request_error", "input_audio_buffer_commit_empty", NULL,
			"Error committing input audio buffer: buffer too small. Expected at least 100ms of audio.");
		return;
	}
	new_id(s->user_item, "item_");
	item_user_turn(s);
}

static void on_append(struct session *s, json_t *ev)
{
	sound_take(s, str_of(text_of(ev, "audio")), ev);
}

static const struct {
	const char *type;
	void (*handle)(struct session *s, json_t *ev);
} handlers[] = {
	{"input_audio_buffer.append", on_append},
	{"session.update", on_update},
	{"response.create", on_create},
	{"response.cancel", on_cancel},
	{"conversation.item.truncate", item_on_truncate},
	{"conversation.item.delete", item_on_delete},
	{"conversation.item.create", item_on_create},
	{"conversation.item.retrieve", item_on_retrieve},
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
	sound_take(s, sound, NULL);
	return true;
}

static void handle(struct session *s, json_t *ev)
{
	char message[160];
	const char *type = text_of(ev, "type");
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (strcmp(handlers[i].type, type) == 0) {
			handlers[i].handle(s, ev);
			return;
		}
	if (!json_is_object(ev)) {
		say_error(s, NULL, "invalid_request_error", "invalid_json", NULL, "The message is not a JSON object.");
		return;
	}
	snprintf(message, sizeof(message), "Invalid value: '%.64s'. Not a client event that is supported.", type);
	say_error(s, ev, "invalid_request_error", type[0] ? "invalid_value" : "missing_required_parameter", "type", message);
}

static void on_message(struct websocket *w, struct str m)
{
	struct session *s = container_of(w, struct session, ws);
	if (take_append(s, m))
		return;
	json_t *ev = json_loadb(m.p, m.n, 0, NULL);
	handle(s, ev);
	json_decref(ev);
}

static void on_close(struct websocket *w, unsigned code)
{
	struct session *s = container_of(w, struct session, ws);
	(void)code;
	timer_disarm(sim.loop, &s->next_delta);
	faults_end(s);
	json_decref(s->config);
	json_decref(s->items);
	json_decref(s->output);
	s->config = s->items = s->output = NULL;
	s->is_active = false;
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
	ws_accept(&s->ws, sim.loop, fd, sim.tls);
	return s;
}

void sessions_end(void)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (sessions[i] && sessions[i]->is_used)
			ws_close(&sessions[i]->ws, 1001, "the simulator ends");
}
