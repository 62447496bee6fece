/* gate.h - the client's side of the gate: who may send now, and what its answer means for the account. */
#ifndef GATE_H
#define GATE_H

#include "ringdown/twilio/twilio.h"

/* SPDX-License-Identifier: MIT */

/* 0: send, and gate_release() after it.  -EACCES: the breaker is open, and it is not yet time for a probe; -EAGAIN: too
 * many are under way; -ENOMEM.  is_check: past the breaker. */
int gate_enter(struct twilio_gate *g, struct str account_sid, bool is_check, int64_t now_ms);
enum gate_news { GATE_SAME, GATE_OPENED, GATE_CLOSED };
enum gate_outcome { GATE_NO_ANSWER, GATE_GOOD, GATE_BAD_CREDENTIALS };
enum gate_news gate_release(struct twilio_gate *g, struct str account_sid, bool is_check, enum gate_outcome outcome,
	int64_t now_ms);

#endif
