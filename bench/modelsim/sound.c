/* SPDX-License-Identifier: MIT */
/* What the caller sends: put together to frames of 8 kHz, read for their numbers and for voice. */
#include <stdlib.h>
#include <string.h>

#include "modelsim.h"
#include "ringdown/media/mulaw.h"
#include "ringdown/wire/base64.h"

enum { LOUD_RMS = 700, LOUD_FRAMES = 2, REPLAY_MAX = 220, SOUND_BYTES = 1 << 20 };

static bool is_loud(const int16_t *pcm)
{
	double energy = 0;
	for (int i = 0; i < TONES_FRAME; i++)
		energy += (double)pcm[i] * pcm[i];
	return energy > (double)LOUD_RMS * LOUD_RMS * TONES_FRAME;
}

static void trace_barge(const struct session *s)
{
	struct trace_call *c = traced(s);
	uint32_t n = c ? atomic_load_explicit(&c->n_barges, memory_order_relaxed) : TRACE_BARGES;
	if (n >= TRACE_BARGES)
		return;
	c->barges[n] = (struct trace_barge){.started_ns = trace_now_ns(), .heard_ms = -1, .truncated_ms = -1};
	atomic_store_explicit(&c->n_barges, n + 1, memory_order_release);
}

static void on_speech_started(struct session *s)
{
	int64_t from_ms = s->in_ms - s->loud_frames * FRAME_IN_MS - s->vad.padding_ms;
	s->is_speaking = true;
	s->speech_from_ms = from_ms > 0 ? from_ms : 0;
	new_id(s->user_item, "item_");
	trace_barge(s);
	say_json(s, "input_audio_buffer.speech_started",
		json_pack("{sI ss}", "audio_start_ms", (json_int_t)s->speech_from_ms, "item_id", s->user_item));
	if (s->vad.interrupts)
		answer_cancel(s, "turn_detected");
}

static void on_speech_stopped(struct session *s)
{
	s->is_speaking = false;
	say_json(s, "input_audio_buffer.speech_stopped",
		json_pack("{sI ss}", "audio_end_ms", (json_int_t)s->in_ms, "item_id", s->user_item));
	s->uncommitted_ms = s->in_ms - s->speech_from_ms;
	item_user_turn(s);
	if (s->vad.creates)
		answer_begin(s);
}

static void detect_voice(struct session *s, const int16_t *pcm)
{
	bool loud = is_loud(pcm);
	s->loud_frames = loud ? s->loud_frames + 1 : 0;
	s->quiet_frames = loud ? 0 : s->quiet_frames + 1;
	if (!s->is_speaking && s->loud_frames >= LOUD_FRAMES)
		on_speech_started(s);
	else if (s->is_speaking && s->quiet_frames >= s->vad.quiet_frames)
		on_speech_stopped(s);
}

static void trace_frame(struct session *s, int64_t at, const struct tones_order *before)
{
	struct trace_call *c = &sim.trace->calls[s->call];
	int64_t now = trace_now_ns();
	if (at >= 0 && at < TRACE_FRAMES && !c->up_got_ns[at])
		c->up_got_ns[at] = now;
	if (c->last_up_ns && now - c->last_up_ns > c->longest_up_gap_ns)
		c->longest_up_gap_ns = now - c->last_up_ns;
	c->last_up_ns = now;
	c->up_frames++;
	c->up_lost += s->order.lost - before->lost;
	c->up_doubled += s->order.doubled - before->doubled;
	c->up_reordered += s->order.reordered - before->reordered;
	if (s->order.next > c->up_next)
		c->up_next = s->order.next;
}

/* Numbers continue over the sessions of a call.  A session may begin with what was said before: a bridge that has lost
 * its model tells the next one what the caller has said of the turn that was cut. */
static void first_of_session(struct session *s, unsigned code)
{
	const struct trace_call *c = traced(s);
	s->has_order = true;
	if (!c)
		return;
	int64_t back = (int64_t)(((uint64_t)c->up_next - code) & (TONES_CODES - 1));
	s->replay_until = c->up_next;
	s->order.next = c->up_next - (back <= REPLAY_MAX && back <= c->up_next ? back : 0);
}

static void count_unread(struct session *s)
{
	struct trace_call *c = traced(s);
	sim.up_unread++;
	if (c)
		c->up_unread++;
}

/* The frame's number; -1: it has none, or was heard before. */
static int64_t note_number(struct session *s, const int16_t *pcm)
{
	int code = tones_read(pcm);
	s->is_replay = false;
	if (code == TONES_NONE)
		count_unread(s);
	if (code < 0)
		return -1;
	if (!s->has_order)
		first_of_session(s, (unsigned)code);
	struct tones_order before = s->order;
	int64_t at = tones_place(&s->order, (unsigned)code);
	struct trace_call *c = traced(s);
	s->is_replay = at < s->replay_until && s->order.next <= s->replay_until;
	sim.up_replayed += s->is_replay;
	sim.up_lost += s->order.lost - before.lost;
	sim.up_doubled += s->order.doubled - before.doubled;
	sim.up_reordered += s->order.reordered - before.reordered;
	if (c && s->is_replay)
		c->up_replayed++;
	if (c)
		trace_frame(s, at, &before);
	return s->is_replay ? -1 : at;
}

static void on_frame(struct session *s)
{
	s->in_ms += FRAME_IN_MS;
	s->uncommitted_ms += FRAME_IN_MS;
	if (s->vad.is_on && sim.mode != MODE_ECHO)
		detect_voice(s, s->frame);
	int64_t at = note_number(s, s->frame);
	if (sim.mode == MODE_ECHO && sim.trace && s->call >= 0 && at >= 0 && at < TRACE_FRAMES)
		sim.trace->calls[s->call].down_sent_ns[at] = trace_now_ns();
}

static void take_sample(struct session *s, int16_t sample)
{
	s->frame[s->n_frame++] = sample;
	if (s->n_frame < TONES_FRAME)
		return;
	s->n_frame = 0;
	on_frame(s);
}

/* Each third sample is enough: what the bridge made from 8 kHz has nothing above 4 kHz. */
static void take_pcm(struct session *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		if (s->n_skip == 0)
			take_sample(s, (int16_t)(p[i] | p[i + 1] << 8));
		s->n_skip = (s->n_skip + 1) % 3;
	}
}

void sound_clear(struct session *s)
{
	s->uncommitted_ms = 0;
	s->n_frame = s->n_skip = 0;
	s->is_speaking = false;
	s->loud_frames = s->quiet_frames = 0;
}

void sound_take(struct session *s, struct str base64, const json_t *ev)
{
	static uint8_t sound[SOUND_BYTES];
	sim.appends++;
	ssize_t n = base64.n <= SOUND_BYTES ? base64_decode(base64.p, base64.n, sound) : -1;
	if (n < 0) {
		say_error(s, ev, "invalid_request_error", "invalid_value", "audio", "The audio is not base64, or over 1 MiB.");
		return;
	}
	for (ssize_t i = 0; s->in_pcmu && i < n; i++) {
		int16_t sample;
		mulaw_decode(sound + i, 1, &sample);
		take_sample(s, sample);
	}
	if (!s->in_pcmu)
		take_pcm(s, sound, (size_t)n);
	if (sim.mode == MODE_ECHO && !s->is_replay)
		answer_echo(s, base64);
}
