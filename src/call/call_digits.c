/* SPDX-License-Identifier: MIT */
/* The digits a caller presses: a group of them becomes a user's message. */
#include <string.h>

#include "call_private.h"

enum { DIGITS_QUIET_MS = 1500 };

static const char digits_head[] = "The caller pressed: ";

void digits_add(struct step *s, char digit)
{
	struct call *c = s->c;
	size_t head = sizeof(digits_head) - 1;
	c->idle_prompts = 0;
	end_activity(s);
	if (c->n_digits == 0)
		memcpy(c->digits, digits_head, head);
	if (c->n_digits < CALL_DIGITS_MAX)
		c->digits[head + c->n_digits++] = digit;
	timer_set(s, CALL_TIMER_DIGITS, DIGITS_QUIET_MS);
	turns_barge_in(s, false);
	if (digit == '#')
		digits_flush(s);
}

/* They become a turn.  Returns the length of its text, which stays in digits[] until the next one comes. */
static size_t take_digits(struct step *s)
{
	struct call *c = s->c;
	struct str text = {c->digits, sizeof(digits_head) - 1 + c->n_digits};
	c->n_digits = 0;
	timer_stop(s, CALL_TIMER_DIGITS);
	words_persist(s, &(struct transcript_turn){
				 .kind = TRANSCRIPT_DTMF,
				 .text = text,
				 .start_us = words_time(s),
				 .end_us = words_time(s),
			 });
	return text.n;
}

void digits_flush(struct step *s)
{
	struct call *c = s->c;
	if (c->has_ended || c->n_digits == 0)
		return;
	size_t n = take_digits(s);
	if (c->leg == CALL_LEG_LIVE)
		act(s, CALL_ACT_USER_TEXT)->text = (struct str){c->digits, n};
	respond_ask(s, CALL_RESPOND_PLAIN);
}

void digits_end(struct step *s)
{
	if (s->c->n_digits > 0)
		(void)take_digits(s);
}
