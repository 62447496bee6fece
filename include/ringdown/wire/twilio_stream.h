/* twilio_stream.h - messages of a Twilio bidirectional media stream, both ways.
 * Source: Twilio "Media Streams - WebSocket Messages" (docs/voice/media-streams/websocket-messages,
 * read 2026-11-23).  JSON text only; numbers come as strings, but real numbers are taken too.
 * Pure.  The hot scanner takes `media` as Twilio writes it, in place; anything unusual (other key
 * order, escapes, white space, unknown fields) goes through jansson with the same result. */
#ifndef RINGDOWN_WIRE_TWILIO_STREAM_H
#define RINGDOWN_WIRE_TWILIO_STREAM_H

#include <jansson.h>

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum twilio_kind {
	TWILIO_CONNECTED,
	TWILIO_START,
	TWILIO_MEDIA,
	TWILIO_MARK,
	TWILIO_DTMF,
	TWILIO_STOP,
	TWILIO_UNKNOWN, /* well-formed, of a kind we do not know: ignore */
};

enum { TWILIO_PARAMETERS_MAX = 32, TWILIO_SID_MAX = 64, TWILIO_MARK_NAME_MAX = 256, TWILIO_DEPTH_MAX = 32 };

struct twilio_parameter {
	struct str name, value;
};

struct twilio_event { /* views point into the message or into doc */
	enum twilio_kind kind;
	struct str stream_sid;
	uint64_t sequence; /* 0: absent */
	/* media */
	bool is_inbound;       /* track is "inbound" (or absent) */
	uint64_t chunk;        /* 0: absent */
	uint64_t timestamp_ms; /* since stream start */
	struct str payload;    /* base64, not yet decoded */
	/* mark, dtmf */
	struct str mark;
	char digit; /* one of 0-9 * # A-D */
	/* start */
	struct str account_sid, call_sid, encoding;
	uint32_t sample_hz, channels;
	struct twilio_parameter parameters[TWILIO_PARAMETERS_MAX];
	uint32_t n_parameters; /* what is beyond the maximum is left out */
	json_t *doc;           /* keeps the views alive; NULL after the hot path */
};

/* Only the hot form of `media`: 0 and *ret_event filled (doc NULL), or -EAGAIN: use twilio_parse. */
int twilio_scan_media(struct str message, struct twilio_event *ret_event);
/* Any message.  -EBADMSG: not JSON, too deep, no event, a field of the wrong type or range.
 * Success: call twilio_event_done when finished with the views. */
int twilio_parse(struct str message, struct twilio_event *ret_event);
void twilio_event_done(struct twilio_event *event);

/* Exactly the fields Twilio documents; one more and it ignores the message (warning 31951). */
void twilio_put_media(struct buf *b, struct str stream_sid, const uint8_t *mulaw, size_t n_samples);
void twilio_put_mark(struct buf *b, struct str stream_sid, struct str name);
void twilio_put_clear(struct buf *b, struct str stream_sid);

#endif
