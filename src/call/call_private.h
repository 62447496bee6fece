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
void call_end_open_item(struct call *c);

/* call_model.c: the model leg */
void model_start(struct step *s);
void model_on_open(struct step *s);
void model_on_lost(struct step *s, const struct call_event *ev);
void model_on_created(struct step *s, const struct call_event *ev);
void model_on_updated(struct step *s);
void model_on_leg_timer(struct step *s);
void model_on_expiry_timer(struct step *s);
void model_replace(struct step *s); /* a fresh session in place of this one */
void model_refused_configuration(struct step *s);

/* call_turns.c: responses, barge-in, what was said */
void turns_respond(struct step *s, enum call_respond why);
void turns_on_live(struct step *s);  /* a session is ready: what is owed? */
void turns_on_lost(struct step *s);  /* the model is gone: its response ends here */
void turns_barge_in(struct step *s, bool server_knows);
void turns_on_response_created(struct step *s, const struct call_event *ev);
void turns_on_response_done(struct step *s, const struct call_event *ev);
void turns_on_audio_done(struct step *s, const struct call_event *ev);
void turns_on_speech_started(struct step *s);
void turns_on_speech_stopped(struct step *s);
void turns_on_error(struct step *s, const struct call_event *ev);
void turns_on_answer_timer(struct step *s);
void turns_on_respond_timer(struct step *s);
void turns_on_overflow(struct step *s);
bool turns_is_quiet(const struct step *s); /* nobody speaks and nothing waits to be said */

/* call_words.c: the words of turns */
void words_on_model_text(struct step *s, const struct call_event *ev, bool is_whole);
void words_on_caller_text(struct step *s, const struct call_event *ev);
void words_finish_heard(struct step *s);                        /* items heard to their end become turns */
void words_cut(struct step *s, const struct ledger_item *item, uint32_t heard_ms, bool is_cut);
void words_persist(struct step *s, const struct transcript_turn *turn); /* file and replay */
int64_t words_time(const struct step *s);                       /* since the call began */

/* call_tools.c */
void tools_on_call(struct step *s, const struct call_event *ev);
void tools_on_refused(struct step *s, const struct call_event *ev);
void tools_on_done(struct step *s, const struct call_event *ev);
void tools_on_response_done(struct step *s);
void tools_on_timer(struct step *s);
bool tools_are_open(const struct call *c);
bool tools_is_repeat(struct step *s, struct str call_id); /* and remembers it */
void tools_answer(struct step *s, struct str call_id, struct str output);

/* call_end.c: goodbye, limits, silence, digits */
void end_finish(struct step *s, enum call_result result, struct str target, enum call_why why);
void end_on_end_call(struct step *s, const struct call_event *ev);
void end_on_transfer(struct step *s, const struct call_event *ev);
void end_on_response_done(struct step *s);
void end_on_played(struct step *s);
void end_on_speech(struct step *s);
void end_on_timer(struct step *s);
void end_on_limit(struct step *s);
void end_on_notice(struct step *s);
void end_on_idle(struct step *s);
void end_activity(struct step *s); /* somebody spoke: the silence begins anew */
void digits_add(struct step *s, char digit);
void digits_flush(struct step *s);

#endif
