/* SPDX-License-Identifier: MIT */
/* What a caller's stream does wrong: counted each time, told once a kind, for a stream that does it once does it fifty
 * times a second. */
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "session.h"

static const char *const words[] = {
	[CALLER_FAULT_MALFORMED] = "message ignored: not one of a media stream",
	[CALLER_FAULT_UNKNOWN] = "message ignored: of no kind we know",
	[CALLER_FAULT_EARLY] = "message ignored: before start",
	[CALLER_FAULT_SECOND_START] = "start ignored: a second one, the first one holds",
	[CALLER_FAULT_OTHER_STREAM] = "message ignored: of another streamSid",
	[CALLER_FAULT_TRACK] = "media ignored: not of the inbound track",
	[CALLER_FAULT_PAYLOAD] = "media ignored: the payload is not base64",
	[CALLER_FAULT_REPEAT] = "media ignored: its time was sent already",
	[CALLER_FAULT_GAP] = "media was left out by Twilio: filled in with silence",
};

const char *conn_tag(const struct conn *c, char text[CONN_TAG_MAX])
{
	const struct session *s = c->session;
	if (s)
		snprintf(text, CONN_TAG_MAX, "call=%llu sid=%.2s..%.2s", (unsigned long long)s->tag, s->call_sid,
			s->call_sid + strlen(s->call_sid) - 2);
	else
		snprintf(text, CONN_TAG_MAX, "conn=%llu", (unsigned long long)c->id);
	return text;
}

void caller_fault(struct conn *c, enum caller_fault fault)
{
	char tag[CONN_TAG_MAX];
	if (fault != CALLER_FAULT_GAP) {
		metric_add(METRIC_CALLER_BAD, 1);
		c->n_ignored++;
	}
	if (c->told_faults & 1U << fault)
		return;
	c->told_faults |= 1U << fault;
	log_call("%s caller: %s; more of it is only counted", conn_tag(c, tag), words[fault]);
}
