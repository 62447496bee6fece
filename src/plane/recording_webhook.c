/* SPDX-License-Identifier: MIT */
/* POST /connect/webhook/twilio/recording (PLANE.md 9.1; docs/voice/api/recording and docs/voice/twiml/record of Twilio, read
 * 2026-11): RecordingStatusCallback of <Record>, <Dial>, <Conference> and the REST API.  RecordingUrl is not kept: it may
 * be public. */
#include <errno.h>

#include "json_help.h"
#include "recordings.h"
#include "time_read.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/log.h"
#include "ringdown/wire/form.h"
#include "twilio_values.h"

static int64_t number_of(struct str text, int64_t otherwise)
{
	uint64_t n;
	return text.n > 0 && str_u64(text, INT32_MAX, &n) == 0 ? (int64_t)n : otherwise;
}

static void tell(struct api *a, const struct record *r)
{
	struct str status = r->columns[RECORDING_STATUS].bytes;
	bool is_good = str_is(status, STR("completed"));
	json_t *data = json_loadb(r->data.p, r->data.n, 0, NULL);
	if (json_is_object(data))
		json_object_set_new(data, "id", json_of(r->sk));
	api_event(a, is_good ? "recording.completed" : "recording.failed", data);
}

static void on_recording(struct api *a)
{
	const struct form *f = a->form;
	struct record r;
	bool is_done = false;
	const struct recording_facts facts = {
		.sid = sid_lower(form_get(f, STR("RecordingSid")), a->arena),
		.call_sid = form_get(f, STR("CallSid")),
		.conference_sid = form_get(f, STR("ConferenceSid")),
		.status = form_get(f, STR("RecordingStatus")),
		.source = form_get(f, STR("RecordingSource")),
		.error_code = form_get(f, STR("ErrorCode")),
		.account_sid = form_get(f, STR("AccountSid")),
		.integration_sk = a->integration_sk,
		.duration_s = number_of(form_get(f, STR("RecordingDuration")), -1),
		.channels = number_of(form_get(f, STR("RecordingChannels")), 0),
		.started_ms = time_read(form_get(f, STR("RecordingStartTime"))),
	};
	if (!is_sid(facts.sid, "RE") || recording_rank(facts.status) < 0 || recording_rank(facts.status) > RECORDING_RANK_DONE) {
		api_problem(a, 400, "invalid_callback", "RecordingSid or RecordingStatus are not those of a recording");
		return;
	}
	int err = recording_note(a, &facts, &r, &is_done);
	if (err < 0) {
		api_store_problem(a, err);
		return;
	}
	if (is_done) {
		log_info("recording sid=" STR_FMT " status=" STR_FMT, STR_ARG(facts.sid), STR_ARG(facts.status));
		tell(a, &r);
	}
	api_empty(a);
}

const struct api_route recording_webhook_routes[] = {
	{"POST", "/connect/webhook/twilio/recording", AUTH_TWILIO, NULL, on_recording, 0, "A recording's status"},
	{0},
};
