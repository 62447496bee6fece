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
	SLOTS = 20,		/* of 1 ms: calls of a slot share a turn of the loop */
	STAGGER = 13,		/* slots from one call to the next: any number of calls lies evenly in the 20 ms */
	HEAD_BYTES = 512,
};

/* given: NULL, or the one to take. */
static void new_sid(char *ret_sid, const char *kind, const char *given)
{
	uint8_t raw[16];
	RAND_bytes(raw, sizeof(raw));
	int n = snprintf(ret_sid, SID_BYTES, "%s", given ? given : kind);
	for (size_t i = 0; !given && i < sizeof(raw); i++)
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
	if (now_us >= c->ends_us) { /* also when a stream came back late */
		hang_up(c, now_us);
		return;
	}
	timer_arm(sim.loop, t, due_us + FRAME_US);
	ws_cork(&c->ws);
	stream_echo_marks(c);
	say_frame(c, now_us);
	say_digit(c);
	ws_uncork(&c->ws);
}

static void on_guard(struct timer *t)
{
	struct caller *c = container_of(t, struct caller, guard);
	if (c->ws.conn.state != CONN_GONE)
		ws_reset(&c->ws);
	else
		conn_reset(&c->web.http.conn);
}

static int64_t first_tick_us(const struct caller *c, int64_t now_us)
{
	int64_t at_us = now_us / FRAME_US * FRAME_US + (int64_t)c->index * STAGGER % SLOTS * (FRAME_US / SLOTS);
	return at_us < now_us ? at_us + FRAME_US : at_us;
}

static void on_open(struct websocket *w)
{
	struct caller *c = container_of(w, struct caller, ws);
	int64_t now_us = loop_touch(sim.loop);
	long lasts_ms = sim.hangup_after_ms ? sim.hangup_after_ms : sim.seconds * 1000;
	sim.streams++;
	if (!c->was_open) {
		sim.connected++;
		c->began_us = now_us;
		c->ends_us = now_us + (int64_t)lasts_ms * US_A_MS;
	}
	c->is_open = c->was_open = true;
	timer_disarm(sim.loop, &c->guard);
	stream_say_start(c);
	timer_arm(sim.loop, &c->tick, first_tick_us(c, now_us));
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
	stream_take(container_of(w, struct caller, ws), text);
}

void caller_over(struct caller *c)
{
	timer_disarm(sim.loop, &c->tick);
	timer_disarm(sim.loop, &c->guard);
	timer_disarm(sim.loop, &c->web.next);
	bytes_done(&c->web.doc);
	sim.failed += !c->was_open;
	if (c->was_open)
		sim.call_us += (uint64_t)(loop_touch(sim.loop) - c->began_us);
	if (--sim.live == 0 && sim.started == sim.calls)
		loop_stop(sim.loop);
}

static void on_close(struct websocket *w, unsigned code)
{
	struct caller *c = container_of(w, struct caller, ws);
	bool was_stream = c->is_open;
	(void)code;
	timer_disarm(sim.loop, &c->tick);
	timer_disarm(sim.loop, &c->guard);
	c->is_open = false;
	if (was_stream) {
		hearing_end(c, loop_touch(sim.loop));
		sim.ended_by_bridge += !c->is_hanging_up;
	}
	playout_done(&c->playout);
	if (sim.webhook)
		webhook_stream_ended(c); /* refused or ended, by whomever: the exchange's next step is the same */
	else
		caller_over(c);
}

static const struct websocket_events events = {
	.on_head = on_head,
	.on_open = on_open,
	.on_message = on_message,
	.on_close = on_close,
};

void caller_open_stream(struct caller *c)
{
	char head[HEAD_BYTES], path[URL_BYTES];
	const char *url = sim.webhook ? c->web.stream_url : NULL;
	target_path(url ? url : sim.at.path, true, path, sizeof(path));
	target_head_of_stream(url, path, head, sizeof(head));
	c->ws = (struct websocket){.events = &events};
	c->playout = (struct playout){0};
	c->sequence = c->chunk = c->frames = 0;
	new_sid(c->stream_sid, "MZ", sim.stream_sid);
	if (ws_connect(&c->ws, sim.loop, sim.at.host, sim.at.port, sim.tls, path, head) < 0)
		on_close(&c->ws, 0);
	else
		timer_arm(sim.loop, &c->guard, loop_now_us(sim.loop) + GUARD_US);
}

void caller_start(struct caller *c, int index)
{
	*c = (struct caller){.index = index, .hearing.answer = -1};
	c->tick.fire = on_tick;
	c->guard.fire = on_guard;
	new_sid(c->call_sid, "CA", sim.call_sid);
	sim.live++;
	if (sim.webhook)
		webhook_begin(c);
	else
		caller_open_stream(c);
}
