/* call.h - the call machine: one phone call between a Twilio stream and a Realtime model.
 * Pure: no socket, file, clock, thread or log.  Feed it events with the time, carry out the actions
 * it gives, ask call_deadline_us() when it wants to run next.  The sound itself never passes through
 * here: the machine says which of it to take, and how much of it to send when (ledger.h).
 * One owner, one thread; no allocation.  Sizes of sound are mu-law samples at 8 kHz (160 = 20 ms). */
#ifndef RINGDOWN_CALL_CALL_H
#define RINGDOWN_CALL_CALL_H

#include "ringdown/call/call_state.h"

/* SPDX-License-Identifier: MIT */

/* ---- the machine ---- */
void call_init(struct call *c, const struct call_settings *s, int64_t now_us);
/* One event in, actions out (out is cleared first). */
void call_step(struct call *c, const struct call_event *ev, int64_t now_us, struct call_actions *out);
int64_t call_deadline_us(const struct call *c); /* INT64_MAX: nothing is waited for */
bool call_has_ended(const struct call *c);
enum call_leg call_leg(const struct call *c);
const char *call_leg_name(enum call_leg leg);
const char *call_event_name(enum call_event_kind k);
const char *call_action_name(enum call_action_kind k);
const char *call_why_name(enum call_why w);
const char *call_result_name(enum call_result r);

/* ---- the hot path: sound, without events ---- */

/* A media message of the caller.  Says what to do with it: drop it (a repeat), and how many samples
 * of silence belong before it (a jump in Twilio's timestamp, 200 ms at most). */
struct call_media {
	uint32_t gap_samples;
	bool is_repeat;
};
struct call_media call_media_in(struct call *c, uint64_t timestamp_ms, size_t n_samples, int64_t now_us);

/* How much of the caller's latest sound to keep although the model has got it: it goes to the session that
 * comes next, for what this one was told last it may not have heard, and what it heard and did not answer is
 * lost with it. */
uint32_t call_keep_ms(const struct call *c, int64_t now_us);

/* A delta of the model: is it wanted?  False: of a cancelled, foreign or stale response, or the queue
 * is full (then call_step's next actions cancel the response).  On true the item is current, and
 * call_audio_queued tells how many samples came of it. */
bool call_audio_wanted(struct call *c, struct str response_id, struct str item_id);
void call_audio_queued(struct call *c, size_t n_samples);
/* Samples of silence that complete the last frame of an item that has ended: the queue gets them now.
 * Ask after call_audio_wanted said true for another item, and after each call_step. */
size_t call_audio_tail(struct call *c);

/* What to send to the caller now.  Call until it says 0 after sound was queued, after a mark, and on
 * the tick.  n_samples is a multiple of 160 (the queue holds it: call_audio_queued counted it), and
 * it is taken as sent; mark is the name of the mark to send behind it. */
struct call_send {
	size_t n_samples;
	char mark[LEDGER_MARK_MAX];
};
struct call_send call_send_next(struct call *c, int64_t now_us);
/* How long a word takes to Twilio and back, as the socket knows it.  Marks are read by it. */
void call_round_trip(struct call *c, uint32_t round_trip_us);
uint32_t call_lead_ms(const struct call *c, int64_t now_us); /* sent and not yet heard */

/* ---- the replay ---- */
/* What the assistant has said and the caller has not heard to its end yet: belongs behind the transcript.
 * Walk: *pos starts at 0; false at the end.  Of ret_turn only text and item_id are set, and the item is to be
 * created by this id: it is deleted by it when the caller cuts it short.  Good until the next call_step. */
bool call_unheard_next(const struct call *c, uint32_t *pos, struct transcript_turn *ret_turn);

#endif
