/* SPDX-License-Identifier: MIT */
/* Asking for responses: what is wanted waits until the caller is silent and no other response is being
 * made, the most urgent first. */
#include "call_private.h"
#include "ringdown/base/buf.h"

enum { RESPOND_WAIT_MS = 3000, UNANSWERED_MAX = 2, REFUSED_MAX = 3 };

static const char say_exactly[] = "Say exactly this, word for word, and nothing else: ";
static const char *const prompts[CALL_RESPONDS] = {
	[CALL_RESPOND_NONE] = "",
	[CALL_RESPOND_GREETING] = say_exactly,
	[CALL_RESPOND_RESUME] = "The line was interrupted for a moment. Say so in a few words and go on where you were.",
	[CALL_RESPOND_GOODBYE] = "The call ends now. Say a short goodbye, and nothing else.",
	[CALL_RESPOND_NOTICE] = "The call reaches its time limit in ten seconds. Say so and take leave in one sentence.",
	[CALL_RESPOND_CONTINUE] = "A technical interruption cut you off in the middle of your last message. The caller heard it "
				  "as far as its text goes, and is listening. Go on from exactly there, in "
				  "mid-sentence if need be. Do not repeat anything, greet or apologise.",
	[CALL_RESPOND_PLAIN] = "",
	[CALL_RESPOND_FILLER] = say_exactly,
	[CALL_RESPOND_IDLE] = "The caller has been silent for a while. Ask in a few words whether they are still there.",
};

/* What no longer needs saying once the caller has spoken: the server answers that by itself, with all
 * that has come to the conversation meanwhile. */
enum {
	MOOT_WHEN_CALLER_SPOKE = 1 << CALL_RESPOND_RESUME | 1 << CALL_RESPOND_CONTINUE | 1 << CALL_RESPOND_PLAIN |
		1 << CALL_RESPOND_FILLER | 1 << CALL_RESPOND_IDLE,
	MOOT_WHEN_LOST = 1 << CALL_RESPOND_FILLER | 1 << CALL_RESPOND_IDLE,
};

static void want(struct call *c, enum call_respond why)
{
	if (why != CALL_RESPOND_NONE)
		c->wanted |= 1u << why;
}

/* As much of it as fits, whole characters. */
static struct str fitting(struct str text, size_t room)
{
	if (text.n <= room)
		return text;
	while (room > 0 && ((unsigned char)text.p[room] & 0xC0) == 0x80)
		room--;
	return (struct str){text.p, room};
}

/* False: there is nothing to say any more. */
static bool put_prompt(struct call *c, enum call_respond why)
{
	struct str own = why == CALL_RESPOND_GREETING ? c->settings.greeting_text
		: why == CALL_RESPOND_FILLER          ? tools_take_filler(c)
						      : STR("");
	struct buf b;
	if (own.n == 0 && prompts[why] == say_exactly)
		return false;
	buf_init(&b, c->prompt, sizeof(c->prompt) - 1);
	buf_put(&b, str_of(prompts[why]));
	buf_put(&b, fitting(own, b.cap - b.n));
	c->prompt[b.n] = '\0';
	return true;
}

static bool ask(struct step *s, enum call_respond why)
{
	struct call *c = s->c;
	c->wanted &= ~(1u << why);
	if (!put_prompt(c, why))
		return false;
	act(s, CALL_ACT_RESPOND)->text = str_of(c->prompt);
	c->asked = why;
	timer_set(s, CALL_TIMER_RESPOND, RESPOND_WAIT_MS);
	if (c->timers[CALL_TIMER_ANSWER] == CALL_NEVER) {
		c->n_asked = 0;
		timer_set(s, CALL_TIMER_ANSWER, c->settings.answer_timeout_ms);
	}
	return true;
}

void respond_next(struct step *s)
{
	struct call *c = s->c;
	if (c->has_ended || c->leg != CALL_LEG_LIVE || c->active_id || c->asked != CALL_RESPOND_NONE ||
		c->is_caller_speaking || c->timers[CALL_TIMER_RESPOND] != CALL_NEVER)
		return;
	for (int why = CALL_RESPOND_NONE + 1; why < CALL_RESPONDS; why++)
		if (c->wanted & 1u << why && ask(s, (enum call_respond)why))
			return;
}

void respond_ask(struct step *s, enum call_respond why)
{
	if (s->c->ending != CALL_ENDING_NO && why != CALL_RESPOND_GOODBYE)
		return;
	want(s->c, why);
	respond_next(s);
}

void respond_on_first_live(struct step *s)
{
	struct call *c = s->c;
	if (c->settings.is_resumed)
		want(c, CALL_RESPOND_RESUME);
	else if (c->settings.greeting == CALL_GREETING_TEXT)
		want(c, CALL_RESPOND_GREETING);
	else if (c->settings.greeting == CALL_GREETING_MODEL)
		want(c, CALL_RESPOND_PLAIN);
}

enum call_respond respond_begun(struct step *s)
{
	enum call_respond why = s->c->asked;
	s->c->asked = CALL_RESPOND_NONE;
	s->c->n_unanswered = s->c->n_refused = 0;
	timer_stop(s, CALL_TIMER_RESPOND);
	return why != CALL_RESPOND_NONE ? why : CALL_RESPOND_PLAIN;
}

void respond_on_lost(struct step *s, enum call_respond owed)
{
	struct call *c = s->c;
	want(c, owed);
	c->asked = CALL_RESPOND_NONE;
	c->wanted &= ~(unsigned)MOOT_WHEN_LOST;
	timer_stop(s, CALL_TIMER_RESPOND);
}

void respond_on_speech_stopped(struct step *s)
{
	s->c->wanted &= ~(unsigned)MOOT_WHEN_CALLER_SPOKE;
}

void respond_later(struct step *s, enum call_respond why, uint32_t after_ms)
{
	want(s->c, why);
	timer_set(s, CALL_TIMER_RESPOND, after_ms);
}

/* The response that is active may have been taken for ours.  Ask again when it is done, or after a while
 * when nobody tells us of it; a session in which it never ends is of no use. */
void respond_on_refused(struct step *s)
{
	struct call *c = s->c;
	enum call_respond why = c->asked != CALL_RESPOND_NONE ? c->asked : c->active_kind;
	c->asked = CALL_RESPOND_NONE;
	if (why == CALL_RESPOND_NONE) /* not of a request of ours */
		return;
	if (c->active_id) {
		want(c, why);
		c->active_kind = CALL_RESPOND_PLAIN;
	} else if (++c->n_refused < REFUSED_MAX) {
		respond_later(s, why, RESPOND_WAIT_MS);
	} else {
		want(c, why);
		c->n_refused = 0;
		model_replace(s);
	}
}

void respond_on_limited(struct step *s)
{
	enum call_respond why = s->c->asked;
	s->c->asked = CALL_RESPOND_NONE;
	respond_later(s, why, RESPOND_WAIT_MS);
}

/* Once more; then it is the answer timer's turn. */
void respond_on_timer(struct step *s)
{
	struct call *c = s->c;
	if (c->asked != CALL_RESPOND_NONE) {
		want(c, c->asked);
		c->asked = CALL_RESPOND_NONE;
		if (++c->n_unanswered >= UNANSWERED_MAX)
			return;
	}
	respond_next(s);
}
