/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/mem.h"
#include "ringdown/base/metrics.h"
#include "ringdown/jobs/tools.h"
#include "ringdown/media/enhance.h"
#include "ringdown/plane/plane.h"
#include "ringdown/record/record.h"
#include "round_trip.h"

enum { DRAINED_WRITE_MS = 2000 };

struct session *session_find(struct shard *s, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	if (slot >= s->n_slots || !s->sessions[slot] || s->sessions[slot]->id != id)
		return NULL;
	return s->sessions[slot];
}

static bool take_slot(struct shard *shard, struct session *s)
{
	for (uint32_t i = 0; i < shard->n_slots; i++) {
		uint32_t slot = (shard->next_slot + i) % shard->n_slots;
		if (shard->sessions[slot])
			continue;
		shard->sessions[slot] = s;
		shard->next_slot = slot + 1;
		s->id = (uint64_t)++shard->next_generation << 32 | slot;
		return true;
	}
	return false;
}

static void on_claimed(struct plane_claim *claim) /* plane thread */
{
	struct shard_message m = {.kind = SHARD_CLAIM_DONE, .id = claim->session_id, .ptr = claim};
	shard_post(claim->owner, &m);
}

static void on_replaced(void *owner, uint64_t session_id) /* plane thread */
{
	struct shard_message m = {.kind = SHARD_REPLACED, .id = session_id};
	shard_post(owner, &m);
}

static void claim_parameters(struct plane_claim *claim, const struct twilio_event *start)
{
	for (uint32_t i = 0; i < start->n_parameters; i++) {
		const struct twilio_parameter *p = &start->parameters[i];
		if (str_is(p->name, STR("token"))) {
			claim->token = arena_str(&claim->arena, p->value);
			continue;
		}
		struct plane_parameter *to = &claim->parameters[claim->n_parameters];
		if (claim->n_parameters == ARRAY_LEN(claim->parameters))
			return;
		to->name = arena_str(&claim->arena, p->name);
		to->value = arena_str(&claim->arena, p->value);
		claim->n_parameters++;
	}
}

static int submit_claim(struct session *s, const struct twilio_event *start)
{
	struct plane_claim *claim = plane_claim_new();
	if (!claim)
		return -ENOMEM;
	claim->call_sid = arena_str(&claim->arena, start->call_sid);
	claim->stream_sid = arena_str(&claim->arena, start->stream_sid);
	claim->account_sid = arena_str(&claim->arena, start->account_sid);
	claim->path_assistant = arena_str(&claim->arena, str_of(s->conn->assistant));
	claim_parameters(claim, start);
	claim->done = on_claimed;
	claim->replaced = on_replaced;
	claim->owner = s->shard;
	claim->session_id = s->id;
	int err = plane_claim_submit(s->shard->shared->settings->plane, claim);
	if (err < 0)
		plane_claim_free(claim);
	return err;
}

static int check_start(const struct twilio_event *start)
{
	if (start->call_sid.n < 4 || start->stream_sid.n < 4)
		return -EINVAL;
	if (start->encoding.n > 0 && !str_is(start->encoding, STR("audio/x-mulaw")))
		return -EPROTO;
	if ((start->sample_hz && start->sample_hz != 8000) || (start->channels && start->channels != 1))
		return -EPROTO;
	return 0;
}

static void count_call(struct session *s, int by)
{
	struct link_shared *shared = s->shard->shared;
	metric_add(METRIC_CALLS_LIVE, by);
	if (by > 0)
		atomic_fetch_add_explicit(&shared->calls, 1, memory_order_relaxed);
	else
		atomic_fetch_sub_explicit(&shared->calls, 1, memory_order_relaxed);
}

int session_start(struct conn *c, const struct twilio_event *start)
{
	struct shard *shard = c->shard;
	int err = check_start(start);
	if (err < 0)
		return err;
	struct session *s = mem_alloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	if (!str_copy(start->call_sid, s->call_sid, sizeof(s->call_sid)) ||
		!str_copy(start->stream_sid, s->stream_sid, sizeof(s->stream_sid)) || !take_slot(shard, s)) {
		mem_free(s);
		return -EBUSY;
	}
	s->shard = shard;
	s->conn = c;
	c->session = s;
	s->tag = atomic_fetch_add(&shard->shared->call_tags, 1) + 1;
	s->start_us = shard->now_us;
	arena_init(&s->arena, SESSION_TEXT_MAX);
	model_init(s);
	uplink_init(&s->up, NULL);
	downlink_init(&s->down);
	count_call(s, 1);
	metric_add(METRIC_CALLS_TOTAL, 1);
	err = submit_claim(s, start);
	if (err < 0) {
		c->session = NULL;
		s->conn = NULL;
		session_free(s);
	}
	return err;
}

/* {{caller}}, {{called}} and the stream's own parameters, by their names. */
static struct str substituted(struct session *s, struct str text)
{
	struct assistant_variable vars[ARRAY_LEN(s->claim->parameters) + 2] = {
		{STR("caller"), s->caller},
		{STR("called"), s->called},
	};
	uint32_t n = 2;
	for (uint32_t i = 0; i < s->claim->n_parameters; i++)
		vars[n++] = (struct assistant_variable){s->claim->parameters[i].name, s->claim->parameters[i].value};
	size_t cap = SESSION_TEXT_MAX / 2 - 64;
	if (text.n == 0)
		return STR("");
	struct buf b;
	buf_init(&b, s->shard->scratch, cap);
	assistant_substitute(text, vars, n, &b);
	if (!buf_ok(&b))
		log_warning("call=%llu text over %zu bytes once its variables are in, dropping it",
			(unsigned long long)s->tag, cap);
	return arena_str(&s->arena, buf_str(&b));
}

/* The server cancels a response by itself when the caller interrupts, unless told not to. */
static bool server_interrupts(const struct assistant *a)
{
	struct str td = a->turn_detection;
	if (str_is(td, STR("null")))
		return false;
	return !memmem(td.p, td.n, "\"interrupt_response\":false", 26) &&
		!memmem(td.p, td.n, "\"interrupt_response\": false", 27);
}

static void begin_call(struct session *s)
{
	const struct assistant *a = s->assistant;
	const struct link_settings *ls = s->shard->shared->settings;
	static const enum call_greeting greetings[] = {
		[ASSISTANT_GREETING_MODEL] = CALL_GREETING_MODEL,
		[ASSISTANT_GREETING_CALLER] = CALL_GREETING_CALLER,
		[ASSISTANT_GREETING_TEXT] = CALL_GREETING_TEXT,
	};
	struct call_settings cs = {
		.greeting = greetings[a->greeting],
		.greeting_text = s->greeting,
		.lead_ms = ls->lead_ms,
		.message_ms = ls->message_ms,
		.idle_prompt_s = a->idle_prompt_s,
		.max_duration_s = a->max_duration_s,
		.connect_timeout_ms = ls->connect_timeout_ms,
		.server_interrupts = server_interrupts(a),
		.is_resumed = s->claim->is_resumed && s->claim->n_history > 0,
		.jitter_seed = (uint32_t)s->tag,
	};
	call_init(&s->call, &cs, s->shard->now_us);
	s->is_claimed = true;
	session_step(s, &(struct call_event){.kind = CALL_EV_START});
}

static void open_record(struct session *s)
{
	const struct record_call rc = {
		.call_sid = str_of(s->call_sid),
		.stream_sid = str_of(s->stream_sid),
		.assistant = s->assistant->id,
		.caller = s->caller,
		.called = s->called,
		.call_tag = s->tag,
		.has_sound = s->assistant->is_recorded,
	};
	if (s->shard->shared->settings->recorder)
		s->tap = record_open(s->shard->shared->settings->recorder, &rc);
}

static void make_enhance(struct session *s)
{
	const struct enhance_settings stages = {.denoise = s->assistant->has_denoise, .agc = s->assistant->has_agc};
	if (!stages.denoise && !stages.agc)
		return;
	s->enhance = enhance_new(&stages); /* the uplink takes it up when a session goes live */
	if (!s->enhance)
		log_warning("call=%llu no memory to enhance the caller's sound, going on without", (unsigned long long)s->tag);
}

void session_on_claim(struct session *s, struct plane_claim *claim)
{
	char caller[32], called[32];
	if (claim->error) {
		log_warning("call=%llu sid=%.2s..%.2s refused: %s", (unsigned long long)s->tag, s->call_sid,
			s->call_sid + strlen(s->call_sid) - 2, claim->why ? claim->why : strerror(-claim->error));
		metric_add(METRIC_CALLS_REFUSED, 1);
		s->has_result = true; /* nothing of this stream may change what the book says of the call */
		leg_close(&s->conn->leg, LWS_CLOSE_STATUS_POLICY_VIOLATION, claim->why ? claim->why : "refused");
		plane_claim_free(claim);
		return;
	}
	admission_leave(&s->shard->admission, &s->conn->pending);
	s->claim = claim;
	s->set = claim->set;
	s->assistant = claim->assistant;
	s->caller = claim->caller;
	s->called = claim->called;
	s->instructions = substituted(s, s->assistant->instructions);
	s->greeting = substituted(s, s->assistant->greeting_text);
	log_call("call=%llu sid=%.2s..%.2s start assistant=" STR_FMT " caller=%s called=%s%s",
		(unsigned long long)s->tag, s->call_sid, s->call_sid + strlen(s->call_sid) - 2,
		STR_ARG(s->assistant->id), log_mask(s->caller, caller, sizeof(caller)),
		log_mask(s->called, called, sizeof(called)), claim->is_resumed ? " resumed" : "");
	open_record(s);
	make_enhance(s);
	begin_call(s);
}

void session_step(struct session *s, const struct call_event *ev)
{
	struct call_actions out;
	if (!s->is_claimed)
		return;
	if (ev->kind == CALL_EV_CALLER_GONE && s->why == CALL_WHY_NONE)
		s->why = ev->why;
	call_step(&s->call, ev, s->shard->now_us, &out);
	session_carry_out(s, &out);
	session_finish_item(s);
}

void session_on_stream(struct session *s, const struct twilio_event *ev)
{
	switch ((int)ev->kind) {
	case TWILIO_MARK:
		session_step(s, &(struct call_event){.kind = CALL_EV_MARK, .text = ev->mark});
		session_play(s);
		return;
	case TWILIO_DTMF:
		session_step(s, &(struct call_event){.kind = CALL_EV_DTMF, .digit = ev->digit});
		return;
	case TWILIO_STOP:
		session_step(s, &(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_STOP});
		leg_close(&s->conn->leg, LWS_CLOSE_STATUS_NORMAL, "stop");
		return;
	}
}

void session_on_tool(struct session *s, struct str call_id, bool is_ok, struct str output)
{
	session_step(s, &(struct call_event){.kind = CALL_EV_TOOL_DONE,
			       .call_id = call_id,
			       .text = output,
			       .is_ok = is_ok});
}

/* Marks are on their way for half of it, and so is a clear. */
static void measure_round_trip(struct session *s)
{
	enum { EVERY_US = 1000000 };
	if (s->shard->now_us < s->round_trip_due_us || !s->conn || !s->conn->leg.wsi)
		return;
	s->round_trip_due_us = s->shard->now_us + EVERY_US;
	call_round_trip(&s->call, round_trip_us(lws_get_socket_fd(s->conn->leg.wsi)));
}

void session_tick(struct session *s)
{
	int64_t now_us = s->shard->now_us;
	if (!s->is_claimed)
		return;
	model_tick(s->model);
	model_tick(s->next);
	if (now_us >= call_deadline_us(&s->call))
		session_step(s, &(struct call_event){.kind = CALL_EV_DEADLINE});
	measure_round_trip(s);
	session_play(s);
}

static void log_end(const struct session *s)
{
	log_call("call=%llu sid=%.2s..%.2s end why=%s duration_ms=%lld caller_frames=%llu model_frames=%llu barge_ins=%llu "
		 "dials=%u stale=%llu dropped=%llu ignored=%llu",
		(unsigned long long)s->tag, s->call_sid, s->call_sid + strlen(s->call_sid) - 2,
		call_why_name(s->why), (long long)((s->shard->now_us - s->start_us) / 1000),
		(unsigned long long)s->totals.caller_frames, (unsigned long long)s->totals.model_frames,
		(unsigned long long)s->totals.barge_ins, s->totals.dials,
		(unsigned long long)s->totals.stale, (unsigned long long)s->totals.dropped,
		(unsigned long long)s->totals.ignored);
}

void session_free(struct session *s)
{
	struct shard *shard = s->shard;
	if (s->is_claimed) {
		session_step(s, &(struct call_event){.kind = CALL_EV_CALLER_GONE, .why = CALL_WHY_CLOSED});
		session_post_result(s, CALL_RESULT_NONE, STR(""));
		session_close_record(s, CALL_RESULT_NONE, STR(""));
		log_end(s);
	}
	model_drop(s->model);
	model_drop(s->next);
	shard->sessions[(uint32_t)s->id] = NULL;
	count_call(s, -1);
	sound_clear(&shard->pool, &s->waiting);
	sound_clear(&shard->pool, &s->kept);
	enhance_free(s->enhance);
	plane_claim_free(s->claim);
	assistant_set_unref(s->set);
	arena_done(&s->arena);
	mem_free(s);
}
