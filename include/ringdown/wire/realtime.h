/* realtime.h - messages of the OpenAI Realtime WebSocket, both ways, in the dialects servers speak.
 * Source: openai-openapi 2.3.0 (2026-08-21) and openai-node 7.57.0; what servers really send is
 * parsed tolerantly: null equals absent for every optional field.  Pure. */
#ifndef RINGDOWN_WIRE_REALTIME_H
#define RINGDOWN_WIRE_REALTIME_H

#include <jansson.h>

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

/* A dialect is a const table of names and a few writers; see realtime_dialect.h in src/wire.
 * "ga" (OpenAI, Azure, LocalAI) and "beta" (OpenAI-Beta: realtime=v1, speaches).  "xai" and "live"
 * are the seam's next rows. */
struct realtime_dialect;
const struct realtime_dialect *realtime_dialect_find(struct str name); /* NULL: unknown */
const char *realtime_dialect_name(const struct realtime_dialect *d);
/* "OpenAI-Beta: realtime=v1" style extra request header: name and value, or NULL, NULL. */
void realtime_dialect_header(const struct realtime_dialect *d, const char **ret_name, const char **ret_value);

enum realtime_kind {
	REALTIME_SESSION_CREATED,
	REALTIME_SESSION_UPDATED,
	REALTIME_RESPONSE_CREATED,
	REALTIME_RESPONSE_DONE,
	REALTIME_ITEM_ADDED, /* conversation.item.added / .created, response.output_item.added */
	REALTIME_ITEM_DONE,
	REALTIME_ITEM_TRUNCATED,
	REALTIME_AUDIO_DELTA,
	REALTIME_AUDIO_DONE,
	REALTIME_TEXT_DELTA,  /* transcript of the assistant's sound */
	REALTIME_TEXT_DONE,   /* the whole of it, in `text` */
	REALTIME_CALLER_TEXT, /* transcript of the caller's sound, in `text` */
	REALTIME_SPEECH_STARTED,
	REALTIME_SPEECH_STOPPED,
	REALTIME_TOOL_CALL, /* a completed function call: call_id, name, text = arguments (JSON text) */
	REALTIME_RATE_LIMITS,
	REALTIME_ERROR,
	REALTIME_OTHER, /* well-formed and of no use to us */
};

struct realtime_event { /* views point into the message or into doc; empty = absent or null */
	enum realtime_kind kind;
	struct str type; /* as sent */
	struct str response_id, item_id, call_id, name, role;
	struct str text;                          /* see the kinds; for ERROR the message */
	struct str audio;                         /* base64 of AUDIO_DELTA */
	struct str code, error_type, param;       /* ERROR, RESPONSE_DONE (status_details.error) */
	struct str client_event_id;               /* ERROR: which message of ours it answers */
	struct str status, reason;                /* RESPONSE_DONE; ITEM_*: status */
	int64_t at_ms;                            /* audio_start_ms, audio_end_ms; -1: absent */
	int64_t expires_at_s;                     /* SESSION_*: Unix time; 0: absent */
	json_t *doc;
};

/* Only the hot form of an audio delta: 0, or -EAGAIN: use realtime_parse. */
int realtime_scan_audio(const struct realtime_dialect *d, struct str message, struct realtime_event *ret_event);
/* -EBADMSG: not JSON, too deep (64), no type.  Success: realtime_event_done when finished. */
int realtime_parse(const struct realtime_dialect *d, struct str message, struct realtime_event *ret_event);
void realtime_event_done(struct realtime_event *event);

enum realtime_audio { REALTIME_PCM24K, REALTIME_PCMU };

struct realtime_session { /* what session.update says; raw fields are JSON text, empty = leave out */
	struct str model, instructions, voice;
	enum realtime_audio audio;
	struct str turn_detection;      /* raw JSON object, or "null" */
	struct str noise_reduction;     /* raw JSON object, or "null": off, as it is when left out */
	struct str transcription_model; /* empty: no transcript of the caller */
	struct str tools;               /* raw JSON array of function tools in GA form */
	bool is_minimal;                /* only what a server cannot refuse: type, instructions, formats */
};

/* Writers: one client event each, appended to b.  event_id may be empty. */
void realtime_put_session_update(const struct realtime_dialect *d, struct buf *b, const struct realtime_session *s);
void realtime_put_append(const struct realtime_dialect *d, struct buf *b, const uint8_t *audio, size_t n_bytes);
/* instructions empty: a plain response.create. */
void realtime_put_response_create(const struct realtime_dialect *d, struct buf *b, struct str instructions);
void realtime_put_response_cancel(const struct realtime_dialect *d, struct buf *b, struct str response_id);
void realtime_put_truncate(const struct realtime_dialect *d, struct buf *b, struct str item_id, uint32_t audio_end_ms);
void realtime_put_item_delete(const struct realtime_dialect *d, struct buf *b, struct str item_id);
/* role "user", "assistant" or "system": conversation.item.create with a text. */
void realtime_put_message(const struct realtime_dialect *d, struct buf *b, struct str role, struct str text);
/* A message of the assistant under an id of ours, for the replay: what may still be deleted. */
void realtime_put_said(const struct realtime_dialect *d, struct buf *b, struct str item_id, struct str text);
void realtime_put_tool_call(const struct realtime_dialect *d, struct buf *b, struct str call_id, struct str name,
	struct str arguments); /* for the replay of a conversation */
void realtime_put_tool_output(const struct realtime_dialect *d, struct buf *b, struct str call_id, struct str output);

#endif
