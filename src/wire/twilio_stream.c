/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/twilio_stream.h"

#include <errno.h>
#include <string.h>

#include "json_view.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"
#include "scan.h"

static bool is_inbound(struct str track)
{
	return track.n == 0 || str_is(track, STR("inbound"));
}

int twilio_scan_media(struct str message, struct twilio_event *ret_event)
{
	struct scan s = {message.p, message.p + message.n};
	struct str track;
	struct twilio_event *e = ret_event;
	/* Only what the hot path reads is set: the struct is large for the sake of `start`. */
	e->kind = TWILIO_MEDIA;
	e->doc = NULL;
	bool is_hot = scan_literal(&s, STR("{\"event\":\"media\",\"sequenceNumber\":")) &&
		scan_number_string(&s, &e->sequence) && scan_literal(&s, STR(",\"media\":{\"track\":")) &&
		scan_string(&s, &track) && scan_literal(&s, STR(",\"chunk\":")) && scan_number_string(&s, &e->chunk) &&
		scan_literal(&s, STR(",\"timestamp\":")) && scan_number_string(&s, &e->timestamp_ms) &&
		scan_literal(&s, STR(",\"payload\":")) && scan_base64(&s, &e->payload) &&
		scan_literal(&s, STR("},\"streamSid\":")) && scan_string(&s, &e->stream_sid) &&
		scan_literal(&s, STR("}")) && scan_at_end(&s);
	e->is_inbound = is_hot && is_inbound(track);
	return is_hot ? 0 : -EAGAIN;
}

static int parse_media(const json_t *doc, struct twilio_event *e)
{
	const json_t *media = json_object_get(doc, "media");
	struct str track = json_view_str(media, "track");
	if (!json_is_object(media) || !json_is_string(json_object_get(media, "payload")))
		return -EBADMSG;
	e->payload = json_view_str(media, "payload");
	e->is_inbound = is_inbound(track);
	if (json_view_number(media, "chunk", &e->chunk) < 0)
		return -EBADMSG;
	return json_view_number(media, "timestamp", &e->timestamp_ms);
}

static void parse_parameters(const json_t *start, struct twilio_event *e)
{
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(start, "customParameters"), name, value)
	{
		if (!json_is_string(value) || e->n_parameters == TWILIO_PARAMETERS_MAX)
			continue;
		e->parameters[e->n_parameters++] = (struct twilio_parameter){
			str_of(name), {json_string_value(value), json_string_length(value)}};
	}
}

static int parse_start(const json_t *doc, struct twilio_event *e)
{
	const json_t *start = json_object_get(doc, "start");
	const json_t *format = json_object_get(start, "mediaFormat");
	uint64_t hz, channels;
	if (!json_is_object(start))
		return -EBADMSG;
	e->account_sid = json_view_str(start, "accountSid");
	e->call_sid = json_view_str(start, "callSid");
	if (e->stream_sid.n == 0)
		e->stream_sid = json_view_str(start, "streamSid");
	e->encoding = json_view_str(format, "encoding");
	if (json_view_number(format, "sampleRate", &hz) < 0 || json_view_number(format, "channels", &channels) < 0)
		return -EBADMSG;
	if (hz > UINT32_MAX || channels > UINT32_MAX)
		return -EBADMSG;
	e->sample_hz = (uint32_t)hz;
	e->channels = (uint32_t)channels;
	parse_parameters(start, e);
	return 0;
}

static int parse_mark(const json_t *doc, struct twilio_event *e)
{
	e->mark = json_view_str(json_object_get(doc, "mark"), "name");
	return e->mark.n > 0 && e->mark.n <= TWILIO_MARK_NAME_MAX ? 0 : -EBADMSG;
}

static int parse_dtmf(const json_t *doc, struct twilio_event *e)
{
	struct str digit = json_view_str(json_object_get(doc, "dtmf"), "digit");
	if (digit.n != 1 || !strchr("0123456789*#ABCD", digit.p[0]) || digit.p[0] == '\0')
		return -EBADMSG;
	e->digit = digit.p[0];
	return 0;
}

static int parse_nothing(const json_t *doc, struct twilio_event *e)
{
	(void)doc;
	(void)e;
	return 0;
}

static const struct {
	const char *name;
	enum twilio_kind kind;
	int (*parse)(const json_t *doc, struct twilio_event *e);
} kinds[] = {
	{"media", TWILIO_MEDIA, parse_media},
	{"mark", TWILIO_MARK, parse_mark},
	{"dtmf", TWILIO_DTMF, parse_dtmf},
	{"start", TWILIO_START, parse_start},
	{"stop", TWILIO_STOP, parse_nothing},
	{"connected", TWILIO_CONNECTED, parse_nothing},
};

static int parse_kind(const json_t *doc, struct twilio_event *e)
{
	struct str event = json_view_str(doc, "event");
	if (event.n == 0 || json_view_number(doc, "sequenceNumber", &e->sequence) < 0)
		return -EBADMSG;
	e->stream_sid = json_view_str(doc, "streamSid");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!str_is(event, str_of(kinds[i].name)))
			continue;
		e->kind = kinds[i].kind;
		return kinds[i].parse(doc, e);
	}
	e->kind = TWILIO_UNKNOWN;
	return 0;
}

int twilio_parse(struct str message, struct twilio_event *ret_event)
{
	*ret_event = (struct twilio_event){.kind = TWILIO_UNKNOWN, .is_inbound = true};
	json_t *doc = json_view_load(message, TWILIO_DEPTH_MAX);
	if (!doc)
		return -EBADMSG;
	ret_event->doc = doc;
	int err = parse_kind(doc, ret_event);
	if (err < 0) {
		twilio_event_done(ret_event);
		*ret_event = (struct twilio_event){.kind = TWILIO_UNKNOWN}; /* no view of what is gone */
	}
	return err;
}

void twilio_event_done(struct twilio_event *event)
{
	json_decref(event->doc);
	event->doc = NULL;
}

void twilio_put_media(struct buf *b, struct str stream_sid, const uint8_t *mulaw, size_t n_samples)
{
	buf_put(b, STR("{\"event\":\"media\",\"streamSid\":"));
	buf_put_json(b, stream_sid);
	buf_put(b, STR(",\"media\":{\"payload\":\""));
	char *to = buf_reserve(b, BASE64_ENCODED(n_samples));
	if (to)
		buf_commit(b, base64_encode(mulaw, n_samples, to));
	buf_put(b, STR("\"}}"));
}

void twilio_put_mark(struct buf *b, struct str stream_sid, struct str name)
{
	buf_put(b, STR("{\"event\":\"mark\",\"streamSid\":"));
	buf_put_json(b, stream_sid);
	buf_put(b, STR(",\"mark\":{\"name\":"));
	buf_put_json(b, name);
	buf_put(b, STR("}}"));
}

void twilio_put_clear(struct buf *b, struct str stream_sid)
{
	buf_put(b, STR("{\"event\":\"clear\",\"streamSid\":"));
	buf_put_json(b, stream_sid);
	buf_putc(b, '}');
}
