/* SPDX-License-Identifier: MIT */
/* Server events: the audio delta in place, everything else through jansson. */
#include <errno.h>

#include "json_view.h"
#include "realtime_dialect.h"
#include "ringdown/base/auto.h"
#include "scan.h"

enum { DEPTH_MAX = 64, KEYS_MAX = 12 };

/* The hot form: a flat object of plain strings and integers in any order. */
static bool scan_member(const struct realtime_dialect *d, struct scan *s, struct realtime_event *e)
{
	struct str key, ignored;
	if (!scan_string(s, &key) || !scan_literal(s, STR(":")))
		return false;
	if (str_is(key, STR("type")))
		return e->type.n == 0 && scan_string(s, &e->type) && str_is(e->type, d->audio_delta);
	if (str_is(key, STR("delta")))
		return e->audio.p == NULL && scan_base64(s, &e->audio);
	struct str *to = str_is(key, STR("response_id")) ? &e->response_id
		: str_is(key, STR("item_id"))            ? &e->item_id
		: str_is(key, STR("event_id"))           ? &ignored
							 : NULL;
	if (to)
		return scan_string(s, to);
	if (str_is(key, STR("output_index")) || str_is(key, STR("content_index")))
		return scan_integer(s);
	return false;
}

int realtime_scan_audio(const struct realtime_dialect *d, struct str message, struct realtime_event *ret_event)
{
	struct scan s = {message.p, message.p + message.n};
	struct realtime_event e = {.kind = REALTIME_AUDIO_DELTA, .at_ms = -1};
	if (!scan_literal(&s, STR("{")))
		return -EAGAIN;
	for (int i = 0; i < KEYS_MAX; i++) {
		if (!scan_member(d, &s, &e))
			return -EAGAIN;
		if (scan_literal(&s, STR(",")))
			continue;
		if (!scan_literal(&s, STR("}")) || !scan_at_end(&s) || !e.audio.p || e.type.n == 0)
			return -EAGAIN;
		e.type = d->audio_delta;
		*ret_event = e;
		return 0;
	}
	return -EAGAIN;
}

typedef void read_fn(const json_t *doc, struct realtime_event *e);

static void read_plain(const json_t *doc, struct realtime_event *e)
{
	e->response_id = json_view_str(doc, "response_id");
	e->item_id = json_view_str(doc, "item_id");
}

static void read_delta(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->text = json_view_str(doc, "delta");
}

static void read_audio(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->audio = json_view_str(doc, "delta");
	if (!json_is_string(json_object_get(doc, "delta")))
		e->kind = REALTIME_OTHER;
}

static void read_transcript(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->text = json_view_str(doc, "transcript");
}

static void read_session(const json_t *doc, struct realtime_event *e)
{
	e->expires_at_s = json_view_int(json_object_get(doc, "session"), "expires_at", 0);
}

static void read_response(const json_t *doc, struct realtime_event *e)
{
	const json_t *response = json_object_get(doc, "response");
	const json_t *details = json_object_get(response, "status_details");
	const json_t *error = json_object_get(details, "error");
	e->response_id = json_view_str(response, "id");
	e->status = json_view_str(response, "status");
	e->reason = json_view_str(details, "reason");
	e->code = json_view_str(error, "code");
	e->error_type = json_view_str(error, "type");
}

static void read_item(const json_t *doc, struct realtime_event *e)
{
	const json_t *item = json_object_get(doc, "item");
	e->response_id = json_view_str(doc, "response_id");
	e->item_id = json_view_str(item, "id");
	e->role = json_view_str(item, "role");
	e->status = json_view_str(item, "status");
}

/* The item of a response is complete: a function call among them is the one to run.  (Its
 * arguments.done says the same once more, and also for calls that an interruption cut.) */
static void read_output_item(const json_t *doc, struct realtime_event *e)
{
	const json_t *item = json_object_get(doc, "item");
	read_item(doc, e);
	if (!str_is(json_view_str(item, "type"), STR("function_call")))
		return;
	if (e->status.n > 0 && !str_is(e->status, STR("completed")))
		return;
	e->kind = REALTIME_TOOL_CALL;
	e->call_id = json_view_str(item, "call_id");
	e->name = json_view_str(item, "name");
	e->text = json_view_str(item, "arguments");
}

static void read_speech_started(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->at_ms = json_view_int(doc, "audio_start_ms", -1);
}

static void read_speech_stopped(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->at_ms = json_view_int(doc, "audio_end_ms", -1);
}

static void read_truncated(const json_t *doc, struct realtime_event *e)
{
	read_plain(doc, e);
	e->at_ms = json_view_int(doc, "audio_end_ms", -1);
}

static void read_error(const json_t *doc, struct realtime_event *e)
{
	const json_t *error = json_object_get(doc, "error");
	e->code = json_view_str(error, "code");
	e->error_type = json_view_str(error, "type");
	e->param = json_view_str(error, "param");
	e->client_event_id = json_view_str(error, "event_id");
	e->text = json_is_string(error) ? json_view_str(doc, "error") : json_view_str(error, "message");
}

static void read_nothing(const json_t *doc, struct realtime_event *e)
{
	(void)doc;
	(void)e;
}

static const struct {
	const char *type;
	enum realtime_kind kind;
	read_fn *read;
} common[] = {
	{"session.created", REALTIME_SESSION_CREATED, read_session},
	{"session.updated", REALTIME_SESSION_UPDATED, read_session},
	{"response.created", REALTIME_RESPONSE_CREATED, read_response},
	{"response.done", REALTIME_RESPONSE_DONE, read_response},
	{"response.output_item.added", REALTIME_ITEM_ADDED, read_item},
	{"response.output_item.done", REALTIME_ITEM_DONE, read_output_item},
	{"conversation.item.added", REALTIME_ITEM_ADDED, read_item},
	{"conversation.item.created", REALTIME_ITEM_ADDED, read_item},
	{"conversation.item.done", REALTIME_ITEM_DONE, read_item},
	{"conversation.item.truncated", REALTIME_ITEM_TRUNCATED, read_truncated},
	{"conversation.item.input_audio_transcription.completed", REALTIME_CALLER_TEXT, read_transcript},
	{"input_audio_buffer.speech_started", REALTIME_SPEECH_STARTED, read_speech_started},
	{"input_audio_buffer.speech_stopped", REALTIME_SPEECH_STOPPED, read_speech_stopped},
	{"rate_limits.updated", REALTIME_RATE_LIMITS, read_nothing},
	{"error", REALTIME_ERROR, read_error},
};

static void read_event(const struct realtime_dialect *d, const json_t *doc, struct realtime_event *e)
{
	const struct {
		struct str type;
		enum realtime_kind kind;
		read_fn *read;
	} own[] = {
		{d->audio_delta, REALTIME_AUDIO_DELTA, read_audio},
		{d->audio_done, REALTIME_AUDIO_DONE, read_plain},
		{d->text_delta, REALTIME_TEXT_DELTA, read_delta},
		{d->text_done, REALTIME_TEXT_DONE, read_transcript},
	};
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (!str_is(e->type, own[i].type))
			continue;
		e->kind = own[i].kind;
		own[i].read(doc, e);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(common); i++) {
		if (!str_is(e->type, str_of(common[i].type)))
			continue;
		e->kind = common[i].kind;
		common[i].read(doc, e);
		return;
	}
}

int realtime_parse(const struct realtime_dialect *d, struct str message, struct realtime_event *ret_event)
{
	json_t *doc = json_view_load(message, DEPTH_MAX);
	*ret_event = (struct realtime_event){.kind = REALTIME_OTHER, .at_ms = -1};
	if (!doc)
		return -EBADMSG;
	ret_event->doc = doc;
	ret_event->type = json_view_str(doc, "type");
	if (ret_event->type.n == 0) {
		realtime_event_done(ret_event);
		ret_event->type = (struct str){0}; /* no view of what is gone */
		return -EBADMSG;
	}
	read_event(d, doc, ret_event);
	return 0;
}

void realtime_event_done(struct realtime_event *event)
{
	json_decref(event->doc);
	event->doc = NULL;
}
