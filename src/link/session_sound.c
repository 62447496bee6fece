/* SPDX-License-Identifier: MIT */
/* The hot path: a caller's frame to the model, a model's delta to the caller.  No allocation but for
 * blocks of the pool; no error but a count. */
#include <string.h>

#include "conn.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/plane/assistant.h"
#include "ringdown/record/record.h"
#include "ringdown/wire/base64.h"
#include "session.h"

enum {
	APPEND_SAMPLES = FRAME_8K_SAMPLES,        /* one append a frame while the call is live */
	HELD_APPEND_SAMPLES = 5 * APPEND_SAMPLES, /* and 100 ms at a time for what was held */
	JITTER_STEP_MAX_MS = 1000,                /* further apart is a jump, not a frame that came late */
	PCM24_BYTES_A_SAMPLE = 6,                 /* 8 kHz sample -> three of 16 bits at 24 kHz */
};

static uint32_t session_ms(const struct session *s)
{
	return (uint32_t)((s->shard->now_us - s->start_us) / 1000);
}

/* At most HELD_APPEND_SAMPLES at once. */
static void append(struct session *s, const uint8_t *mulaw, size_t n, enum tx_class cls)
{
	uint8_t pcm24[HELD_APPEND_SAMPLES * PCM24_BYTES_A_SAMPLE];
	struct buf b = model_buf(s);
	if (s->assistant->is_pcmu) {
		realtime_put_append(s->shard->shared->dialect, &b, mulaw, n);
	} else {
		uplink_run(&s->up, mulaw, n, pcm24);
		realtime_put_append(s->shard->shared->dialect, &b, pcm24, n * PCM24_BYTES_A_SAMPLE);
	}
	(void)model_send(s->model, &b, cls); /* a lost leg tells by itself */
}

/* Behind a live session: as much as the next one would want.  Without one: 5 s, and what was kept before. */
static size_t keep_samples(const struct session *s)
{
	if (s->is_live) /* whole frames: a session begins with one */
		return (call_keep_ms(&s->call, s->shard->now_us) + FRAME_MS - 1) / FRAME_MS * (size_t)FRAME_8K_SAMPLES;
	return SESSION_HOLD_MAX_SAMPLES + s->kept_sent;
}

static void keep(struct session *s, const uint8_t *mulaw, size_t n)
{
	struct sound_pool *pool = &s->shard->pool;
	if (!sound_put(pool, &s->kept, mulaw, n)) {
		s->totals.dropped++;
		return;
	}
	s->kept_sent += s->is_live ? n : 0;
	size_t most = keep_samples(s);
	if (s->kept.n_samples <= most)
		return;
	size_t over = s->kept.n_samples - most;
	size_t lost = over > s->kept_sent ? over - s->kept_sent : 0;
	sound_take(pool, &s->kept, NULL, over);
	s->kept_sent -= over - lost;
	metric_add(METRIC_CALLER_DROPPED_FRAMES, (int64_t)(lost / FRAME_8K_SAMPLES));
}

static void record_samples(struct session *s, const uint8_t *mulaw, size_t n, uint32_t at_ms, bool is_caller)
{
	if (!s->tap)
		return;
	for (size_t at = 0; at < n; at += FRAME_8K_SAMPLES) {
		uint32_t part = (uint32_t)(n - at < FRAME_8K_SAMPLES ? n - at : FRAME_8K_SAMPLES);
		uint32_t when_ms = at_ms + (uint32_t)(at / 8);
		if (is_caller)
			record_caller(s->tap, when_ms, mulaw + at, part);
		else
			record_voice(s->tap, when_ms, mulaw + at, part);
	}
}

static void deliver(struct session *s, const uint8_t *mulaw, size_t n)
{
	record_samples(s, mulaw, n, session_ms(s), true);
	keep(s, mulaw, n);
	for (size_t at = 0; s->is_live && at < n; at += APPEND_SAMPLES)
		append(s, mulaw + at, n - at < APPEND_SAMPLES ? n - at : APPEND_SAMPLES, TX_SOUND);
}

/* What Twilio did not send (lost RTP) is silence to the model: its clock stays the caller's clock. */
static void fill_gap(struct session *s, size_t n)
{
	uint8_t silence[APPEND_SAMPLES];
	memset(silence, MULAW_SILENCE, sizeof(silence));
	metric_add(METRIC_CALLER_GAP_FRAMES, (int64_t)(n / FRAME_8K_SAMPLES));
	for (; n > 0; n -= n < APPEND_SAMPLES ? n : APPEND_SAMPLES)
		deliver(s, silence, n < APPEND_SAMPLES ? n : APPEND_SAMPLES);
}

/* How far from its place in time a frame comes: the road's doing, as Twilio sends one every 20 ms. */
static void note_jitter(struct session *s, uint64_t timestamp_ms)
{
	int64_t now_us = s->shard->now_us;
	int64_t off_us = now_us - s->media_rx_us - (int64_t)(timestamp_ms - s->media_ms) * 1000;
	if (s->media_rx_us > 0 && timestamp_ms > s->media_ms && timestamp_ms - s->media_ms < JITTER_STEP_MAX_MS)
		latency_record_us(LATENCY_CALLER_JITTER, off_us < 0 ? -off_us : off_us);
	s->media_rx_us = now_us;
	s->media_ms = timestamp_ms;
}

void session_caller_sound(struct session *s, const struct twilio_event *media)
{
	struct shard *shard = s->shard;
	if (!media->is_inbound)
		caller_fault(s->conn, CALLER_FAULT_TRACK);
	if (!media->is_inbound || media->payload.n == 0)
		return;
	ssize_t n = base64_decode(media->payload.p, media->payload.n, shard->scratch);
	if (n < 0) {
		caller_fault(s->conn, CALLER_FAULT_PAYLOAD);
		return;
	}
	metric_add(METRIC_CALLER_FRAMES, 1);
	s->totals.caller_frames++;
	note_jitter(s, media->timestamp_ms);
	if (s->is_claimed) {
		struct call_media m = call_media_in(&s->call, media->timestamp_ms, (size_t)n, shard->now_us);
		if (m.is_repeat) {
			metric_add(METRIC_CALLER_DROPPED_FRAMES, 1);
			caller_fault(s->conn, CALLER_FAULT_REPEAT);
			return;
		}
		if (m.gap_samples > 0)
			caller_fault(s->conn, CALLER_FAULT_GAP);
		fill_gap(s, m.gap_samples);
	}
	deliver(s, shard->scratch, (size_t)n);
	if (s->is_live)
		latency_record_us(LATENCY_UPLINK, clock_now_us() - shard->now_us);
}

/* All of it, from the front to the back, where it stays: the session after this one may want it, too. */
void session_release_kept(struct session *s)
{
	uint8_t mulaw[HELD_APPEND_SAMPLES];
	size_t left = s->kept.n_samples;
	uplink_init(&s->up, s->enhance);
	while (left > 0) {
		size_t n = sound_take(&s->shard->pool, &s->kept, mulaw, left < sizeof(mulaw) ? left : sizeof(mulaw));
		append(s, mulaw, n, TX_CONTROL);
		(void)sound_put(&s->shard->pool, &s->kept, mulaw, n);
		left -= n;
	}
	s->kept_sent = s->kept.n_samples;
}

static void queue_sound(struct session *s, const uint8_t *mulaw, size_t n)
{
	if (sound_put(&s->shard->pool, &s->waiting, mulaw, n))
		call_audio_queued(&s->call, n);
	else
		s->totals.dropped++;
}

void session_finish_item(struct session *s)
{
	size_t pad = call_audio_tail(&s->call);
	if (pad > 0 && !sound_put_silence(&s->shard->pool, &s->waiting, pad))
		s->totals.dropped++;
}

void session_sound_ends(struct session *s)
{
	session_finish_item(s);
	downlink_reset(&s->down);
	s->sounding_item[0] = '\0';
	session_play(s);
}

/* Another item than the last delta's: that one is completed, and no half sample is carried over. */
static void begin_item(struct session *s, struct str item_id)
{
	if (str_is(str_of(s->sounding_item), item_id))
		return;
	session_finish_item(s);
	downlink_reset(&s->down);
	(void)str_copy(item_id, s->sounding_item, sizeof(s->sounding_item));
}

void session_model_sound(struct session *s, const struct realtime_event *delta)
{
	struct shard *shard = s->shard;
	if (!call_audio_wanted(&s->call, delta->response_id, delta->item_id)) {
		metric_add(METRIC_MODEL_STALE, 1);
		s->totals.stale++;
		return;
	}
	ssize_t n = BASE64_DECODED(delta->audio.n) <= SHARD_SCRATCH_BYTES
		? base64_decode(delta->audio.p, delta->audio.n, shard->scratch)
		: -1;
	if (n < 0) {
		metric_add(METRIC_MODEL_BAD, 1);
		log_warning("call=%llu model sound of %zu characters is not base64, ignoring it",
			(unsigned long long)s->tag, delta->audio.n);
		return;
	}
	begin_item(s, delta->item_id);
	if (s->assistant->is_pcmu) {
		queue_sound(s, shard->scratch, (size_t)n);
	} else {
		size_t made = downlink_run(&s->down, shard->scratch, (size_t)n, shard->scratch_out);
		queue_sound(s, shard->scratch_out, made);
	}
	session_play(s);
	latency_record_us(LATENCY_DOWNLINK, clock_now_us() - shard->now_us);
}

static void send_to_caller(struct session *s, const struct call_send *send, const uint8_t *mulaw)
{
	struct shard *shard = s->shard;
	struct buf b;
	buf_init(&b, shard->tx + LWS_PRE, SHARD_TX_BYTES);
	twilio_put_media(&b, str_of(s->stream_sid), mulaw, send->n_samples);
	if (buf_ok(&b))
		(void)leg_write(&s->conn->leg, shard->tx + LWS_PRE, b.n, TX_SOUND);
	buf_clear(&b);
	twilio_put_mark(&b, str_of(s->stream_sid), str_of(send->mark));
	if (buf_ok(&b))
		(void)leg_write(&s->conn->leg, shard->tx + LWS_PRE, b.n, TX_SOUND);
	metric_add(METRIC_MODEL_FRAMES, (int64_t)(send->n_samples / FRAME_8K_SAMPLES));
	s->totals.model_frames += send->n_samples / FRAME_8K_SAMPLES;
}

/* Nothing is sent ahead of a caller's socket that does not take what was sent before: the lead is
 * counted in what was played, so sound waits here, where clear can still reach it. */
void session_play(struct session *s)
{
	struct shard *shard = s->shard;
	while (s->waiting.n_samples > 0 && s->conn && leg_is_idle(&s->conn->leg)) {
		uint32_t lead_ms = call_lead_ms(&s->call, shard->now_us);
		struct call_send send = call_send_next(&s->call, shard->now_us);
		if (send.n_samples == 0)
			return;
		size_t n = sound_take(&shard->pool, &s->waiting, shard->scratch_out, send.n_samples);
		send.n_samples = n;
		record_samples(s, shard->scratch_out, n, session_ms(s) + lead_ms, false);
		send_to_caller(s, &send, shard->scratch_out);
	}
}
