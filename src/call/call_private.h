/* call_private.h - what the files of the call machine share. */
#ifndef CALL_PRIVATE_H
#define CALL_PRIVATE_H

#include "ringdown/call/call.h"

/* SPDX-License-Identifier: MIT */

#define CALL_NEVER INT64_MAX

struct step { /* one call of call_step */
	struct call *c;
	int64_t now_us;
	struct call_actions *out;
};

/* The next action, zeroed but for its kind.  When all are taken the last one is given again: the
 * property test shows that this does not happen. */
struct call_action *act(struct step *s, enum call_action_kind kind);
void timer_set(struct step *s, enum call_timer t, uint64_t after_ms);
void timer_stop(struct step *s, enum call_timer t);
uint64_t id_hash(struct str id); /* never 0 */

/* call_media.c */
void media_end_open_item(struct call *c);

/* call_model.c: the model leg */
void model_start(struct step *s);
void model_on_open(struct step *s);
void model_on_lost(struct step *s, const struct call_event *ev);
void model_on_created(struct step *s, const struct call_event *ev);
void model_on_updated(struct step *s);
void model_on_leg_timer(struct step *s);
void model_go_live(struct step *s);
uint32_t model_backoff_ms(struct call *c, uint32_t n_dials);
void model_replace(struct step *s); /* a fresh session in place of this one */
void model_refused_configuration(struct step *s);

/* call_handover.c: the next session, made while the present one still serves */
void handover_on_open(struct step *s);
void handover_on_created(struct step *s, const struct call_event *ev);
void handover_on_updated(struct step *s);
void handover_on_lost(struct step *s, const struct call_event *ev);
void handover_on_error(struct step *s);
void handover_on_next_timer(struct step *s);
void handover_on_expiry_timer(struct step *s);
bool handover_promote(struct step *s); /* the next session takes over as far as it has come; false: there is none */
void handover_drop(struct step *s);

/* call_respond.c: asking for responses, one at a time */
void respond_ask(struct step *s, enum call_respond why); /* now, or when it is possible */
void respond_next(struct step *s);                       /* the most urgent one that is wanted, if it may be asked for */
void respond_on_first_live(struct step *s);
void respond_on_lost(struct step *s, enum call_respond owed); /* wanted when a session is there again */
enum call_respond respond_begun(struct step *s); /* a response has begun: what it was asked for */
void respond_on_speech_stopped(struct step *s);
void respond_on_refused(struct step *s); /* another response is active */
void respond_on_limited(struct step *s); /* it is too early */
void respond_later(struct step *s, enum call_respond why, uint32_t after_ms);
void respond_on_timer(struct step *s);

/* call_turns.c: responses and barge-in */
void turns_on_lost(struct step *s); /* the model is gone: its response ends here */
void turns_barge_in(struct step *s, bool server_knows);
void turns_on_response_created(struct step *s, const struct call_event *ev);
void turns_on_response_done(struct step *s, const struct call_event *ev);
void turns_on_item_added(struct step *s, const struct call_event *ev);
void turns_on_audio_done(struct step *s, const struct call_event *ev);
void turns_on_speech_started(struct step *s, const struct call_event *ev);
void turns_on_speech_stopped(struct step *s, const struct call_event *ev);
void turns_on_error(struct step *s, const struct call_event *ev);
void turns_on_answer_timer(struct step *s);
void turns_on_overflow(struct step *s);
bool turns_is_cut(const struct call *c, struct str response_id); /* the caller did not want to hear it */
bool turns_is_idle(const struct step *s);  /* the model says nothing and owes nothing */
bool turns_is_quiet(const struct step *s); /* and nobody speaks, and nothing waits to be heard or answered */

/* call_words.c: the words of turns */
struct call_said *words_find(struct call *c, struct str item_id); /* NULL: unknown, or written already */
bool words_is_known(const struct call *c, struct str item_id); /* on its way, or a turn of late */
struct call_said *words_begin(struct call *c, struct str item_id, uint64_t response_id); /* NULL: no place */
void words_on_model_text(struct step *s, const struct call_event *ev);
void words_on_speech_started(struct step *s, struct str item_id);
void words_on_speech_stopped(struct step *s, struct str item_id);
void words_on_caller_text(struct step *s, const struct call_event *ev);
/* What was heard of an item is known: all of it, or heard_ms.  It becomes a turn when its words are
 * all there. */
void words_settle(struct step *s, const struct ledger_item *item, uint32_t heard_ms, bool is_cut);
void words_update(struct step *s);      /* items heard to their end are settled; settled ones are written */
void words_end(struct step *s);         /* the call ends: all are settled and written as they are */
void words_told(struct call *c);        /* a new session is told of what is still being heard */
struct str words_heard(const struct call *c, const struct call_said *said, uint32_t heard_ms, uint32_t total_ms);
void words_sweep(struct call *c);       /* forget what the last step has written */
void words_persist(struct step *s, const struct transcript_turn *turn); /* file and replay */
int64_t words_time(const struct step *s); /* since the call began */

/* call_tools.c */
void tools_on_call(struct step *s, const struct call_event *ev);
void tools_on_refused(struct step *s, const struct call_event *ev);
void tools_on_done(struct step *s, const struct call_event *ev);
void tools_on_response_done(struct step *s);
void tools_on_timer(struct step *s);
bool tools_are_open(const struct call *c);
struct str tools_take_filler(struct call *c); /* of one that runs and is not covered yet; or empty */
bool tools_is_repeat(struct step *s, struct str call_id); /* and remembers it */
/* Writes the call down and answers it at once. */
void tools_answer_now(struct step *s, const struct call_event *ev, struct str name, struct str output);

/* call_end.c: goodbye, limits, silence */
void end_finish(struct step *s, enum call_result result, struct str target, enum call_why why);
void end_on_end_call(struct step *s, const struct call_event *ev);
void end_on_transfer(struct step *s, const struct call_event *ev);
void end_on_response_done(struct step *s);
void end_on_played(struct step *s);
/* The caller speaks, or presses a key: had all that was said been heard? */
void end_on_caller(struct step *s, bool has_heard_all);
void end_on_timer(struct step *s);
void end_on_limit(struct step *s);
void end_on_notice(struct step *s);
void end_on_idle(struct step *s);
void end_activity(struct step *s); /* somebody spoke: the silence begins anew */

/* call_digits.c */
void digits_add(struct step *s, char digit);
void digits_flush(struct step *s);
void digits_end(struct step *s); /* the call ends: what was pressed is a turn */

#endif
