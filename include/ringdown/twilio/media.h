/* media.h - the sound of a recording, piece by piece.  Twilio's redirect is followed without our credentials. */
#ifndef RINGDOWN_TWILIO_MEDIA_H
#define RINGDOWN_TWILIO_MEDIA_H

#include "ringdown/outbound/http_client.h"
#include "ringdown/twilio/twilio.h"

/* SPDX-License-Identifier: MIT */

struct twilio_media {
	struct str recording_sid;
	const char *extension;       /* "mp3", "wav" */
	bool is_head;                /* headers alone */
	struct str range, if_range;  /* as the browser sent them; empty: none */
	uint32_t timeout_ms;         /* the whole of it, as long as whoever listens takes it; 0: an hour */
	const struct http_sink *sink;
};
/* 0: an answer of any status; of a 200 or 206 the sink had its say, of others the body is in ret_response.
 * Errors of twilio_call and http_client_run. */
int twilio_media_fetch(struct twilio *t, const struct twilio_account *a, const struct twilio_media *m,
	struct arena *arena, struct http_response *ret_response);

#endif
