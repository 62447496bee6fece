/* SPDX-License-Identifier: MIT */
/* voicemail, and the recording of the call itself.  A recording is begun in TwiML: on the first webhook the call is not in
 * progress yet, and REST would refuse (21220).  It is paused, resumed and stopped by REST, before the next words go
 * out: a card's number must not be on it (PLANE.md 6.5). */
#include <string.h>

#include "step_private.h"

enum { SILENCE_S = 5, SHORT_S = 2, TRANSCRIBED_MAX_S = 120, SILENT_TRIES = 2 };

static void put_record(struct ivr_run *r, const struct flow_node *n)
{
	int64_t max_s = flow_get(n, "maxLength")->number;
	step_open(r, "Record");
	step_attr(r, "method", STR("POST"));
	step_attr(r, "action", step_url(r, n, "done", r->state.index));
	twiml_attr_u64(&r->xml, "maxLength", (uint64_t)max_s);
	twiml_attr_u64(&r->xml, "timeout", SILENCE_S);
	step_attr(r, "finishOnKey", flow_get(n, "finishOnKey")->text);
	step_attr(r, "playBeep", flow_get(n, "beep")->number ? STR("true") : STR("false"));
	step_attr(r, "trim", STR("trim-silence"));
	step_attr(r, "recordingStatusCallback", step_hook(r, "recording"));
	step_attr(r, "recordingStatusCallbackMethod", STR("POST"));
	step_attr(r, "recordingStatusCallbackEvent", STR("completed absent"));
	if (flow_get(n, "transcribe")->number && r->world->has_record_transcripts && max_s <= TRANSCRIBED_MAX_S) {
		step_attr(r, "transcribe", STR("true"));
		step_attr(r, "transcribeCallback", step_hook(r, "transcription"));
	}
	twiml_close(&r->xml);
	step_redirect(r, step_url(r, n, "silent", r->state.index + 1)); /* only what is silent comes by here */
	step_end(r);
}

void voicemail_enter(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *greeting = flow_get(n, "greeting");
	r->state.index = 0;
	if (greeting->is_given)
		step_prompt(r, greeting);
	else
		step_say(r, STR("Please leave a message after the tone."));
	put_record(r, n);
}

static void put_notify(struct ivr_run *r, const struct flow_node *n, struct ivr_effect *e)
{
	const struct flow_value *notify = flow_get(n, "notify"), *sms = flow_member(notify, "sms");
	for (uint32_t i = 0; i < sms->n; i++)
		step_pair(r, e, "sms", sms->items[i].text);
	if (flow_member(notify, "automation")->is_given)
		step_pair(r, e, "automation", flow_member(notify, "automation")->text);
}

static void keep_message(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *mailbox = flow_get(n, "mailbox");
	struct ivr_effect *e = step_effect(r, IVR_VOICEMAIL, n);
	uint64_t seconds = 0;
	(void)str_u64(step_field(r, "RecordingDuration"), UINT32_MAX, &seconds);
	step_pair(r, e, "mailboxType", flow_member(mailbox, "type")->text);
	step_pair(r, e, "mailbox", flow_member(mailbox, "id")->text);
	step_pair(r, e, "recordingUrl", step_field(r, "RecordingUrl"));
	step_pair(r, e, "recordingSid", step_field(r, "RecordingSid"));
	step_pair_number(r, e, "seconds", (int64_t)seconds);
	step_pair(r, e, "short", seconds < SHORT_S ? STR("true") : STR("false"));
	step_pair(r, e, "transcribe", flow_get(n, "transcribe")->number ? STR("true") : STR("false"));
	put_notify(r, n, e);
	step_note(r, "%llu s", (unsigned long long)seconds);
}

/* A caller who hangs up when all is said has left a message as well. */
void voicemail_back(struct ivr_run *r, const struct flow_node *n)
{
	bool has_message = str_is(str_of(r->state.phase), STR("done")) && step_field(r, "RecordingUrl").n > 0;
	if (has_message) {
		keep_message(r, n);
		step_acted(r);
	}
	if (r->is_gone)
		return;
	if (!has_message && r->state.index < SILENT_TRIES) {
		step_note(r, "nothing was heard");
		put_record(r, n);
	} else {
		step_next(r, n);
	}
}

/* ---- the call's recording ---- */

static void put_transcription(struct ivr_run *r)
{
	step_open(r, "Start");
	twiml_open(&r->xml, "Transcription");
	step_attr(r, "statusCallbackUrl", step_hook(r, "transcription"));
	step_attr(r, "languageCode", flow_setting(r->flow, "language"));
	step_attr(r, "track", STR("both_tracks"));
	twiml_close(&r->xml);
	twiml_close(&r->xml);
}

void recording_start(struct ivr_run *r, const struct flow_node *n)
{
	const struct flow_value *message = flow_get(n, "message");
	if (flow_get(n, "notify")->number)
		step_say(r, message->is_given ? message->text : flow_setting(r->flow, "recordingNotice"));
	step_open(r, "Start");
	twiml_open(&r->xml, "Recording");
	step_attr(r, "channels", flow_get(n, "channels")->text);
	step_attr(r, "track", flow_get(n, "track")->text);
	step_attr(r, "trim", STR("do-not-trim"));
	step_attr(r, "recordingStatusCallback", step_hook(r, "recording"));
	step_attr(r, "recordingStatusCallbackEvent", STR("in-progress completed absent"));
	twiml_close(&r->xml);
	twiml_close(&r->xml);
	if (flow_get(n, "transcription")->number)
		put_transcription(r);
	step_next(r, n);
}

void recording_change(struct ivr_run *r, const struct flow_node *n)
{
	struct ivr_effect *asked;
	enum flow_type_id type = flow_type_of(n);
	step_ask(r, IVR_ASK_RECORDING, n, &asked);
	step_pair(r, asked, "Status", type == FLOW_PAUSE_RECORDING ? STR("paused")
		: type == FLOW_RESUME_RECORDING ? STR("in-progress") : STR("stopped"));
	if (type == FLOW_PAUSE_RECORDING)
		step_pair(r, asked, "PauseBehavior", flow_get(n, "behavior")->text);
}

void recording_answered(struct ivr_run *r, const struct flow_node *n, bool is_done)
{
	step_note(r, is_done ? "done" : "failed");
	if (is_done) {
		step_next(r, n);
		return;
	}
	step_event(r, n, "recording.failed", "Twilio did not take the change");
	if (!step_go(r, flow_get(n, "onFailed")))
		step_next(r, n);
}
