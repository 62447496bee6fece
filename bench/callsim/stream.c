/* SPDX-License-Identifier: MIT */
/* The messages of a media stream: those of Twilio with all their fields, those to Twilio read as strictly as it does:
 * one field too many, a wrong streamSid or a binary frame, and the message is ignored with a warning (31950, 31951). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/buf.h"
#include "ringdown/wire/base64.h"

enum { MESSAGE_BYTES = 65536, SOUND_BYTES = 4 << 20 };

static char text[MESSAGE_BYTES];

static struct buf begin(void)
{
	struct buf b;
	buf_init(&b, text, sizeof(text));
	return b;
}

static void put_number(struct buf *b, const char *name, uint64_t v)
{
	buf_put(b, str_of(name));
	buf_putc(b, '"');
	buf_put_u64(b, v);
	buf_putc(b, '"');
}

static void end(struct caller *c, struct buf *b)
{
	struct str s = buf_str(b);
	ws_send(&c->ws, s.p, s.n);
}

static json_t *parameters(const struct caller *c)
{
	json_t *j = json_object();
	json_object_set_new(j, "sim", json_sprintf("%d", c->index));
	for (unsigned i = 0; i < sim.parameters.n; i++) {
		struct str value = str_of(sim.parameters.values[i]);
		struct str name = str_split(&value, '=');
		json_object_setn_new(j, name.p, name.n, json_stringn(value.p, value.n));
	}
	for (unsigned i = 0; i < c->n_parameters; i++)
		json_object_set_new(j, c->parameters[i].name, json_string(c->parameters[i].value));
	return j;
}

void stream_say_start(struct caller *c)
{
	static const char connected[] = "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
	ws_send(&c->ws, connected, sizeof(connected) - 1);
	json_t *start = json_pack("{ss ss ss s[s] s{ss si si} so}", "accountSid", sim.account, "streamSid", c->stream_sid,
		"callSid", c->call_sid, "tracks", "inbound", "mediaFormat", "encoding", "audio/x-mulaw", "sampleRate", 8000,
		"channels", 1, "customParameters", parameters(c));
	AUTO(auto_free) char *dump = json_dumps(start, JSON_COMPACT);
	json_decref(start);
	struct buf b = begin();
	put_number(&b, "{\"event\":\"start\",\"sequenceNumber\":", ++c->sequence);
	buf_put(&b, STR(",\"start\":"));
	buf_put(&b, str_of(dump));
	buf_printf(&b, ",\"streamSid\":\"%s\"}", c->stream_sid);
	end(c, &b);
}

void stream_say_media(struct caller *c, const char *payload, size_t n)
{
	struct buf b = begin();
	put_number(&b, "{\"event\":\"media\",\"sequenceNumber\":", ++c->sequence);
	put_number(&b, ",\"media\":{\"track\":\"inbound\",\"chunk\":", ++c->chunk);
	put_number(&b, ",\"timestamp\":", c->frames * FRAME_US / 1000);
	buf_put(&b, STR(",\"payload\":\""));
	buf_put(&b, (struct str){payload, n});
	buf_put(&b, STR("\"},\"streamSid\":\""));
	buf_put(&b, str_of(c->stream_sid));
	buf_put(&b, STR("\"}"));
	end(c, &b);
}

void stream_say_dtmf(struct caller *c, char digit)
{
	struct buf b = begin();
	buf_printf(&b, "{\"event\":\"dtmf\",\"streamSid\":\"%s\",\"sequenceNumber\":\"%llu\",", c->stream_sid,
		(unsigned long long)++c->sequence);
	buf_printf(&b, "\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"%c\"}}", digit);
	end(c, &b);
}

void stream_say_stop(struct caller *c)
{
	struct buf b = begin();
	put_number(&b, "{\"event\":\"stop\",\"sequenceNumber\":", ++c->sequence);
	buf_printf(&b, ",\"stop\":{\"accountSid\":\"%s\",\"callSid\":\"%s\"},\"streamSid\":\"%s\"}", sim.account, c->call_sid,
		c->stream_sid);
	end(c, &b);
}

static void echo_mark(struct caller *c, struct str name)
{
	struct buf b = begin();
	put_number(&b, "{\"event\":\"mark\",\"sequenceNumber\":", ++c->sequence);
	buf_printf(&b, ",\"streamSid\":\"%s\",\"mark\":{\"name\":", c->stream_sid);
	buf_put_json(&b, name);
	buf_put(&b, STR("}}"));
	end(c, &b);
	sim.marks_echoed++;
}

void stream_echo_marks(struct caller *c)
{
	char name[PLAYOUT_MARK_MAX];
	int n;
	int64_t now_us = loop_now_us(sim.loop);
	while (c->is_open && (n = playout_take_mark(&c->playout, now_us, name)) >= 0)
		echo_mark(c, (struct str){name, (size_t)n});
}

static void on_mark(struct caller *c, struct str name)
{
	sim.marks_got++;
	playout_mark(&c->playout, name.p, name.n);
	stream_echo_marks(c);
}

static void on_media(struct caller *c, struct str payload)
{
	static uint8_t sound[SOUND_BYTES];
	int64_t now_us = loop_now_us(sim.loop), now_ns = trace_now_ns();
	ssize_t n = payload.n <= SOUND_BYTES ? base64_decode(payload.p, payload.n, sound) : -1;
	if (n < 0) {
		sim.warnings++;
		return;
	}
	sim.media_got++;
	hearing_take(c, sound, (size_t)n, now_us, now_ns);
}

/* The barge-in that this clear answers, in the trace: the newest that the model has begun. */
static void trace_clear_got(const struct caller *c, int32_t heard_ms)
{
	if (!sim.trace || c->index >= TRACE_CALLS)
		return;
	struct trace_call *t = &sim.trace->calls[c->index];
	uint32_t n = atomic_load_explicit(&t->n_barges, memory_order_acquire);
	if (n == 0 || t->barges[n - 1].cleared_ns)
		return;
	t->barges[n - 1].heard_ms = heard_ms;
	t->barges[n - 1].cleared_ns = trace_now_ns();
}

static void on_clear(struct caller *c)
{
	int64_t now_us = loop_touch(sim.loop);
	sim.clears++;
	trace_clear_got(c, hearing_item_ms(c, now_us));
	hearing_cleared(c, playout_clear(&c->playout, now_us));
	stream_echo_marks(c);
}

/* As ringdown and JSON.stringify write it; any other form goes through jansson. */
static bool scan_media(const struct caller *c, struct str m, struct str *ret_payload)
{
	static const struct str lead = {"{\"event\":\"media\",\"streamSid\":\"", 30}, mid = {"\",\"media\":{\"payload\":\"", 22};
	size_t sid = strlen(c->stream_sid);
	if (!str_starts(m, lead) || !str_starts(str_skip(m, lead.n), str_of(c->stream_sid)) ||
		!str_starts(str_skip(m, lead.n + sid), mid) || !str_ends(m, STR("\"}}")))
		return false;
	*ret_payload = str_skip(m, lead.n + sid + mid.n);
	ret_payload->n -= 3;
	return !memchr(ret_payload->p, '"', ret_payload->n) && !memchr(ret_payload->p, '\\', ret_payload->n);
}

/* The text of the only member of the only object besides event and streamSid. */
static bool only_member(const json_t *j, const char *object, const char *member, struct str *ret_text)
{
	const json_t *o = json_object_get(j, object), *v = json_object_get(o, member);
	if (json_object_size(j) != 3 || json_object_size(o) != 1 || !json_is_string(v))
		return false;
	*ret_text = (struct str){json_string_value(v), json_string_length(v)};
	return true;
}

static bool take_json(struct caller *c, const json_t *j)
{
	struct str event = str_of(json_string_value(json_object_get(j, "event"))), value;
	if (!str_is(str_of(json_string_value(json_object_get(j, "streamSid"))), str_of(c->stream_sid)))
		return false;
	if (str_is(event, STR("media")) && only_member(j, "media", "payload", &value))
		on_media(c, value);
	else if (str_is(event, STR("mark")) && only_member(j, "mark", "name", &value))
		on_mark(c, value);
	else if (str_is(event, STR("clear")) && json_object_size(j) == 2)
		on_clear(c);
	else
		return false;
	return true;
}

void stream_take(struct caller *c, struct str m)
{
	struct str payload;
	if (c->ws.is_binary) {
		sim.warnings++;
		return;
	}
	if (scan_media(c, m, &payload)) {
		on_media(c, payload);
		return;
	}
	json_t *j = json_loadb(m.p, m.n, JSON_REJECT_DUPLICATES, NULL);
	if (!take_json(c, j))
		sim.warnings++;
	json_decref(j);
}
