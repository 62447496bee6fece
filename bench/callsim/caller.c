/* SPDX-License-Identifier: MIT */
/* One caller, from the upgrade to the end of its stream.  Frames leave on a clock of the call's own, 20 ms apart
 * whatever happens; calls stand at different places in the 20 ms, as callers do. */
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "callsim.h"
#include "ringdown/base/auto.h"
#include "ringdown/wire/base64.h"

enum {
	US_A_MS = 1000,
	US_A_S = 1000000,
	DTMF_EVERY_FRAMES = 25,
	GUARD_US = 3 * US_A_S,	/* an upgrade may take so long, and so may a close */
	STAGGER_US = 12361,	/* golden part of 20 ms: any number of calls lies evenly in it */
	HEAD_BYTES = 512,
};

static void new_sid(char *ret_sid, const char *kind)
{
	uint8_t raw[16];
	RAND_bytes(raw, sizeof(raw));
	int n = snprintf(ret_sid, SID_BYTES, "%s", kind);
	for (size_t i = 0; i < sizeof(raw); i++)
		n += snprintf(ret_sid + n, SID_BYTES - (size_t)n, "%02x", raw[i]);
}

static void say_digit(struct caller *c)
{
	if (!sim.dtmf || !sim.dtmf[c->n_dtmf] || c->frames * FRAME_US < (uint64_t)sim.dtmf_after_ms * US_A_MS)
		return;
	if (c->frames % DTMF_EVERY_FRAMES == 0)
		stream_say_dtmf(c, sim.dtmf[c->n_dtmf++]);
}

static void say_frame(struct caller *c, int64_t now_us)
{
	uint64_t number = c->n_coded;
	const char *word = voice_next(c, now_us);
	if (!word) {
		word = sim.silence;
	} else if (sim.is_coded) {
		c->coded_us[number % TONES_CODES] = now_us;
		if (sim.trace && c->index < TRACE_CALLS && number < TRACE_FRAMES) {
			sim.trace->calls[c->index].up_sent_ns[number] = trace_now_ns();
			sim.trace->calls[c->index].n_up = (int64_t)number + 1;
		}
	}
	stream_say_media(c, word, PAYLOAD_CHARS);
	sim.sent++;
	c->frames++;
}

static void hang_up(struct caller *c, int64_t now_us)
{
	c->is_hanging_up = true;
	stream_say_stop(c);
	timer_disarm(sim.loop, &c->mark_due);
	timer_arm(sim.loop, &c->guard, now_us + GUARD_US);
	ws_close(&c->ws, 1000, "");
}

static void on_tick(struct timer *t)
{
	struct caller *c = container_of(t, struct caller, tick);
	int64_t due_us = t->at_us, now_us = loop_touch(sim.loop);
	samples_put(&sim.late, now_us - due_us);
	bool was_playing = c->playout.is_playing;
	playout_run(&c->playout, now_us);
	if (was_playing && !c->playout.is_playing)
		voice_answer_ends(c, now_us);
	if (now_us >= c->ends_us) {
		hang_up(c, now_us);
		return;
	}
	timer_arm(sim.loop, t, due_us + FRAME_US);
	say_frame(c, now_us);
	if (c->is_open)
		say_digit(c);
}

static void on_mark_due(struct timer *t)
{
	loop_touch(sim.loop);
	stream_echo_marks(container_of(t, struct caller, mark_due));
}

static void on_guard(struct timer *t)
{
	ws_reset(&container_of(t, struct caller, guard)->ws);
}

static void on_open(struct websocket *w)
{
	struct caller *c = w->arg;
	int64_t now_us = loop_touch(sim.loop);
	long lasts_ms = sim.hangup_after_ms ? sim.hangup_after_ms : sim.seconds * 1000;
	sim.connected++;
	c->is_open = c->was_open = true;
	c->began_us = now_us;
	c->ends_us = now_us + (int64_t)lasts_ms * US_A_MS;
	timer_disarm(sim.loop, &c->guard);
	stream_say_start(c);
	timer_arm(sim.loop, &c->tick, now_us + (int64_t)c->index * STAGGER_US % FRAME_US);
}

static int on_head(struct websocket *w, struct str head)
{
	(void)w;
	sim.refused++;
	if (sim.refused == 1) {
		struct str line = str_split(&head, '\r');
		fprintf(stderr, "callsim: the upgrade was answered with \"" STR_FMT "\" (said once)\n", STR_ARG(line));
	}
	return 1;
}

static void on_message(struct websocket *w, struct str text)
{
	stream_take(w->arg, text);
}

static void on_close(struct websocket *w, unsigned code)
{
	struct caller *c = w->arg;
	(void)code;
	timer_disarm(sim.loop, &c->tick);
	timer_disarm(sim.loop, &c->mark_due);
	timer_disarm(sim.loop, &c->guard);
	int64_t now_us = loop_touch(sim.loop);
	if (!c->was_open) {
		sim.failed++;
	} else {
		sim.call_us += (uint64_t)(now_us - c->began_us);
		sim.ended_by_bridge += !c->is_hanging_up;
		hearing_end(c, now_us);
	}
	c->is_open = c->is_live = false;
	playout_done(&c->playout);
	if (--sim.live == 0 && sim.started == sim.calls)
		loop_stop(sim.loop);
}

static const struct websocket_events events = {
	.on_head = on_head,
	.on_open = on_open,
	.on_message = on_message,
	.on_close = on_close,
};

void caller_start(struct caller *c, int index)
{
	char head[HEAD_BYTES];
	*c = (struct caller){.index = index, .is_live = true, .hearing.answer = -1};
	c->ws.events = &events;
	c->ws.arg = c;
	c->tick.fire = on_tick;
	c->mark_due.fire = on_mark_due;
	c->guard.fire = on_guard;
	new_sid(c->call_sid, "CA");
	new_sid(c->stream_sid, "MZ");
	sim.live++;
	target_sign_upgrade(sim.at.path, head, sizeof(head));
	if (ws_connect(&c->ws, sim.loop, sim.at.host, sim.at.port, sim.tls, sim.at.path, head) < 0) {
		c->ws.state = WS_CLOSED;
		on_close(&c->ws, 1006);
		return;
	}
	timer_arm(sim.loop, &c->guard, loop_now_us(sim.loop) + GUARD_US);
}
