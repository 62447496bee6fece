/* realtime_dialect.h - what differs between servers that speak Realtime: names in a table, and how a
 * session is written.  A new dialect is a new row (and, for a protocol without responses such as
 * GPT-Live's, its own writers behind the same calls). */
#ifndef REALTIME_DIALECT_H
#define REALTIME_DIALECT_H

#include "ringdown/wire/realtime.h"

/* SPDX-License-Identifier: MIT */

struct realtime_dialect {
	const char *name;
	const char *header_name, *header_value; /* extra request header, or NULL */
	struct str audio_delta, audio_done;     /* event types */
	struct str text_delta, text_done;
	struct str assistant_text;              /* content type of an assistant's message */
	void (*put_session)(struct buf *b, const struct realtime_session *s); /* the session object */
};

void realtime_ga_put_session(struct buf *b, const struct realtime_session *s);
void realtime_beta_put_session(struct buf *b, const struct realtime_session *s);

#endif
