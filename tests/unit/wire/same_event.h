/* same_event.h - does the hot scan of a message say what jansson says of it?  For the unit tests
 * and the fuzz targets.  The one difference allowed: a payload that is no base64 may pass the scan
 * when jansson refuses the whole message, for it is then refused where it is decoded. */
#ifndef SAME_EVENT_H
#define SAME_EVENT_H

/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"
#include "ringdown/wire/realtime.h"
#include "ringdown/wire/twilio_stream.h"

static inline bool is_base64(struct str text)
{
	AUTO(auto_free) uint8_t *bytes = malloc(BASE64_DECODED(text.n) + 1);
	return bytes && base64_decode(text.p, text.n, bytes) >= 0;
}

static inline bool same_media(const struct twilio_event *a, const struct twilio_event *b)
{
	return a->kind == b->kind && str_is(a->stream_sid, b->stream_sid) &&
	       a->sequence == b->sequence && a->is_inbound == b->is_inbound &&
	       a->chunk == b->chunk && a->timestamp_ms == b->timestamp_ms &&
	       str_is(a->payload, b->payload);
}

static inline bool same_twilio(struct str message)
{
	struct twilio_event hot, cold;
	if (twilio_scan_media(message, &hot) < 0)
		return true;
	if (twilio_parse(message, &cold) < 0)
		return !is_base64(hot.payload);
	bool is_same = hot.doc == NULL && same_media(&hot, &cold);
	twilio_event_done(&cold);
	return is_same;
}

static inline bool same_delta(const struct realtime_event *a, const struct realtime_event *b)
{
	return a->kind == b->kind && str_is(a->type, b->type) &&
	       str_is(a->response_id, b->response_id) && str_is(a->item_id, b->item_id) &&
	       str_is(a->audio, b->audio) && a->at_ms == b->at_ms && a->text.n == 0 &&
	       a->call_id.n == 0 && a->expires_at_s == b->expires_at_s;
}

static inline bool same_realtime(const struct realtime_dialect *d, struct str message)
{
	struct realtime_event hot, cold;
	if (realtime_scan_audio(d, message, &hot) < 0)
		return true;
	if (realtime_parse(d, message, &cold) < 0)
		return !is_base64(hot.audio);
	bool is_same = hot.doc == NULL && same_delta(&hot, &cold);
	realtime_event_done(&cold);
	return is_same;
}

#endif
