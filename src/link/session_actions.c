/* SPDX-License-Identifier: MIT */
/* What the call machine decided, carried out: one handler an action. */
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/log.h"
#include "ringdown/base/metrics.h"
#include "ringdown/jobs/tools.h"
#include "ringdown/plane/plane.h"
#include "ringdown/record/record.h"
#include "session.h"

static const struct realtime_dialect *dialect_of(const struct session *s)
{
	return s->shard->shared->dialect;
}

static void send_event(struct session *s, struct buf *b)
{
	(void)model_send(s->model, b, TX_CONTROL);
}

static struct model_leg *leg_of(struct session *s, const struct call_action *a)
{
	return a->is_next ? s->next : s->model;
}

static void act_dial(struct session *s, const struct call_action *a)
{
	model_dial(leg_of(s, a));
}

static void act_drop(struct session *s, const struct call_action *a)
{
	model_drop(leg_of(s, a));
}

static void act_switch(struct session *s, const struct call_action *a)
{
	(void)a;
	model_swap(s);
}

static void act_configure(struct session *s, const struct call_action *a)
{
	const struct assistant *as = s->assistant;
	struct str own = s->shard->shared->settings->model;
	struct realtime_session session = {
		.model = as->model.n ? as->model : own,
		.instructions = s->instructions,
		.voice = as->voice,
		.audio = as->is_pcmu ? REALTIME_PCMU : REALTIME_PCM24K,
		.turn_detection = as->turn_detection,
		.noise_reduction = as->noise_reduction,
		.transcription_model = s->shard->shared->settings->transcription_model,
		.tools = as->tools_json,
		.is_minimal = a->is_minimal,
	};
	struct buf b = model_buf(s);
	realtime_put_session_update(dialect_of(s), &b, &session);
	(void)model_send(leg_of(s, a), &b, TX_CONTROL);
}

static void replay_turn(struct session *s, const char *kind, const struct plane_turn *t)
{
	struct buf b = model_buf(s);
	const struct realtime_dialect *d = dialect_of(s);
	if (strcmp(kind, "caller") == 0)
		realtime_put_message(d, &b, STR("user"), t->text);
	else if (strcmp(kind, "assistant") == 0)
		realtime_put_message(d, &b, STR("assistant"), t->text);
	else if (strcmp(kind, "tool_call") == 0)
		realtime_put_tool_call(d, &b, t->call_id, t->name, t->text);
	else if (strcmp(kind, "tool_output") == 0)
		realtime_put_tool_output(d, &b, t->call_id, t->text);
	else if (strcmp(kind, "dtmf") == 0)
		realtime_put_message(d, &b, STR("user"), t->text);
	else if (strcmp(kind, "note") == 0)
		realtime_put_message(d, &b, STR("system"), t->text);
	else
		return;
	send_event(s, &b);
}

static const char *const turn_kinds[] = {
	[TRANSCRIPT_CALLER] = "caller",
	[TRANSCRIPT_ASSISTANT] = "assistant",
	[TRANSCRIPT_TOOL_CALL] = "tool_call",
	[TRANSCRIPT_TOOL_OUTPUT] = "tool_output",
	[TRANSCRIPT_DTMF] = "dtmf",
	[TRANSCRIPT_NOTE] = "note",
};

/* What was said in earlier streams of this call, then what was said in this one. */
static void act_replay(struct session *s, const struct call_action *a)
{
	(void)a;
	struct transcript_turn turn;
	uint32_t pos = 0;
	for (uint32_t i = 0; s->claim && i < s->claim->n_history; i++)
		replay_turn(s, s->claim->history[i].kind, &s->claim->history[i]);
	while (transcript_next(&s->call.transcript, &pos, &turn)) {
		struct plane_turn t = {.text = turn.text, .call_id = turn.call_id, .name = turn.name};
		if (turn.text.n > 0)
			replay_turn(s, turn_kinds[turn.kind], &t);
	}
	for (pos = 0; call_unheard_next(&s->call, &pos, &turn);) {
		struct buf b = model_buf(s);
		realtime_put_said(dialect_of(s), &b, turn.item_id, turn.text);
		send_event(s, &b);
	}
	if (!s->call.was_live)
		return; /* an earlier stream's conversation goes on */
	s->totals.reconnects++;
	metric_add(METRIC_MODEL_RECONNECTS, 1);
	log_info("call=%llu model reconnected reconnects=%llu kept_ms=%zu", (unsigned long long)s->tag,
		(unsigned long long)s->totals.reconnects, s->kept.n_samples / 8);
}

static void act_go_live(struct session *s, const struct call_action *a)
{
	(void)a;
	s->is_live = true;
	latency_record_us(LATENCY_MODEL_CONNECT, s->shard->now_us - s->model->dialled_us);
	session_release_kept(s);
}

/* A response's own instructions replace those of the session: what the assistant is has to be said again. */
static struct str with_instructions(struct session *s, struct str wish)
{
	struct buf b;
	buf_init(&b, (char *)s->shard->scratch, SHARD_SCRATCH_BYTES);
	buf_put(&b, s->instructions);
	buf_put(&b, s->instructions.n > 0 ? STR("\n\n") : STR(""));
	buf_put(&b, wish);
	return buf_str(&b);
}

static void act_respond(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_response_create(dialect_of(s), &b, a->text.n > 0 ? with_instructions(s, a->text) : a->text);
	send_event(s, &b);
}

static void act_cancel(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	log_info("call=%llu model response cancelled second=" STR_FMT " queued_ms=%zu", (unsigned long long)s->tag,
		STR_ARG(a->response_id), s->waiting.n_samples / 8);
	realtime_put_response_cancel(dialect_of(s), &b, a->response_id);
	send_event(s, &b);
}

static void act_truncate(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_truncate(dialect_of(s), &b, a->item_id, a->ms);
	send_event(s, &b);
}

static void act_delete_item(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_item_delete(dialect_of(s), &b, a->item_id);
	send_event(s, &b);
}

static void act_user_text(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_message(dialect_of(s), &b, STR("user"), a->text);
	send_event(s, &b);
}

static void act_assistant_text(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_message(dialect_of(s), &b, STR("assistant"), a->text);
	send_event(s, &b);
}

static void act_tool_output(struct session *s, const struct call_action *a)
{
	struct buf b = model_buf(s);
	realtime_put_tool_output(dialect_of(s), &b, a->call_id, a->text);
	send_event(s, &b);
}

static void on_tool_done(struct tool_job *job) /* worker thread */
{
	struct shard_message m = {.kind = SHARD_TOOL_DONE, .id = job->session_id, .ptr = job};
	shard_post(job->owner, &m);
}

static void tool_failed(struct session *s, struct tool_job *job, const char *error)
{
	job->is_ok = false;
	job->output = str_of(error);
	struct shard_message m = {.kind = SHARD_TOOL_DONE, .id = s->id, .ptr = job};
	if (inbox_post(&s->shard->inbox, &m) < 0)
		tool_job_free(job); /* the machine's own time limit answers the model */
}

static void act_run_tool(struct session *s, const struct call_action *a)
{
	const struct assistant_tool *tool = assistant_tool(s->assistant, a->name);
	struct tool_job *job = tool_job_new();
	if (!tool || !job) {
		log_err("call=%llu tool=" STR_FMT " cannot be started: no memory", (unsigned long long)s->tag,
			STR_ARG(a->name));
		return;
	}
	struct arena *m = &job->arena;
	job->url = arena_str(m, tool->url);
	job->secret = arena_str(m, tool->secret);
	job->name = arena_str(m, a->name);
	job->call_id = arena_str(m, a->call_id);
	job->arguments = arena_str(m, a->text);
	job->call_sid = arena_str(m, str_of(s->call_sid));
	job->assistant = arena_str(m, s->assistant->id);
	job->caller = arena_str(m, s->caller);
	job->called = arena_str(m, s->called);
	job->call_tag = s->tag;
	job->timeout_ms = tool->timeout_ms;
	job->done = on_tool_done;
	job->owner = s->shard;
	job->session_id = s->id;
	metric_add(METRIC_TOOL_CALLS, 1);
	if (!s->shard->shared->settings->tools || tool_pool_submit(s->shard->shared->settings->tools, job) < 0)
		tool_failed(s, job, "{\"error\":\"too many tools are running; try again later\"}");
}

/* Overtakes all sound: what waits in the socket's queue is void, and so is what waits behind it. */
static void act_clear(struct session *s, const struct call_action *a)
{
	(void)a;
	struct shard *shard = s->shard;
	sound_clear(&shard->pool, &s->waiting);
	downlink_reset(&s->down);
	s->sounding_item[0] = '\0';
	if (s->tap)
		record_cut(s->tap, (uint32_t)((shard->now_us - s->start_us) / 1000));
	s->totals.barge_ins++;
	metric_add(METRIC_BARGE_INS, 1);
	if (!s->conn)
		return;
	struct leg *leg = &s->conn->leg;
	leg_drop_sound(leg);
	struct buf b;
	buf_init(&b, shard->tx + LWS_PRE, SHARD_TX_BYTES);
	twilio_put_clear(&b, str_of(s->stream_sid));
	(void)leg_write(leg, shard->tx + LWS_PRE, b.n, TX_CONTROL);
	latency_record_us(LATENCY_BARGE_IN, clock_now_us() - shard->now_us);
}

static uint32_t since_start_ms(int64_t us)
{
	return us > 0 ? (uint32_t)(us / 1000) : 0;
}

static void act_persist(struct session *s, const struct call_action *a)
{
	const struct transcript_turn *t = &a->turn;
	if (t->is_cut)
		log_info("call=%llu sid=%.2s..%.2s barge-in heard_ms=%u of_ms=%u", (unsigned long long)s->tag,
			s->call_sid, s->call_sid + strlen(s->call_sid) - 2, t->heard_ms, t->total_ms);
	if (!s->tap)
		return;
	struct record_turn turn = {
		.kind = turn_kinds[t->kind],
		.text = t->text,
		.cut_text = t->cut_text,
		.item_id = t->item_id,
		.call_id = t->call_id,
		.name = t->name,
		.start_ms = since_start_ms(t->start_us),
		.end_ms = since_start_ms(t->end_us),
		.heard_ms = t->heard_ms,
		.total_ms = t->total_ms,
		.is_cut = t->is_cut,
	};
	record_turn(s->tap, &turn);
}

static void history_fill(struct session *s, struct plane_result *r)
{
	struct transcript_turn turn;
	uint32_t pos = 0;
	for (uint32_t i = 0; s->claim && i < s->claim->n_history; i++)
		plane_history_add(r->history, &r->n_history, &r->arena, &s->claim->history[i]);
	while (transcript_next(&s->call.transcript, &pos, &turn)) {
		struct plane_turn t = {turn_kinds[turn.kind], turn.text, turn.call_id, turn.name};
		if (turn.kind != TRANSCRIPT_NOTE)
			plane_history_add(r->history, &r->n_history, &r->arena, &t);
	}
}

static const enum plane_outcome outcomes[] = {
	[CALL_RESULT_NONE] = PLANE_NONE,
	[CALL_RESULT_COMPLETE] = PLANE_COMPLETE,
	[CALL_RESULT_TRANSFER] = PLANE_TRANSFER,
	[CALL_RESULT_FAILED] = PLANE_FAILED,
	[CALL_RESULT_LIMIT] = PLANE_LIMIT,
};

static struct str target_number(const struct session *s, struct str name)
{
	for (uint32_t i = 0; i < s->assistant->n_tools; i++) {
		const struct assistant_tool *t = &s->assistant->tools[i];
		for (uint32_t k = 0; k < t->n_targets; k++)
			if (str_is(t->targets[k].name, name))
				return t->targets[k].number;
	}
	return STR("");
}

void session_close_record(struct session *s, enum call_result result, struct str target)
{
	char text[160];
	if (!s->tap)
		return;
	if (result == CALL_RESULT_TRANSFER)
		snprintf(text, sizeof(text), "transfer:" STR_FMT, STR_ARG(target));
	else
		snprintf(text, sizeof(text), "%s", call_result_name(result));
	record_close(s->tap, str_of(text));
	s->tap = NULL;
}

void session_post_result(struct session *s, enum call_result result, struct str target)
{
	if (s->has_result)
		return;
	s->has_result = true;
	log_call("call=%llu result=%s target=" STR_FMT, (unsigned long long)s->tag, call_result_name(result),
		STR_ARG(target));
	if (result == CALL_RESULT_FAILED)
		metric_add(METRIC_CALLS_FAILED, 1);
	struct plane_result *r = plane_result_new();
	if (r) {
		r->call_sid = arena_str(&r->arena, str_of(s->call_sid));
		r->stream_sid = arena_str(&r->arena, str_of(s->stream_sid));
		r->outcome = outcomes[result];
		if (result == CALL_RESULT_TRANSFER) {
			r->target_name = arena_str(&r->arena, target);
			r->target_number = arena_str(&r->arena, target_number(s, target));
		}
		history_fill(s, r);
		if (plane_result_submit(s->shard->shared->settings->plane, r) < 0)
			plane_result_free(r);
	}
	session_close_record(s, result, target);
}

static void act_result(struct session *s, const struct call_action *a)
{
	session_post_result(s, a->result, a->text);
}

static void act_close(struct session *s, const struct call_action *a)
{
	if (s->why == CALL_WHY_NONE)
		s->why = a->why;
	if (!s->conn)
		return;
	leg_close(&s->conn->leg, LWS_CLOSE_STATUS_NORMAL, call_why_name(a->why));
}

typedef void action_fn(struct session *s, const struct call_action *a);
static action_fn *const handlers[] = {
	[CALL_ACT_MODEL_DIAL] = act_dial,
	[CALL_ACT_MODEL_DROP] = act_drop,
	[CALL_ACT_CONFIGURE] = act_configure,
	[CALL_ACT_SWITCH] = act_switch,
	[CALL_ACT_REPLAY] = act_replay,
	[CALL_ACT_GO_LIVE] = act_go_live,
	[CALL_ACT_RESPOND] = act_respond,
	[CALL_ACT_CANCEL] = act_cancel,
	[CALL_ACT_TRUNCATE] = act_truncate,
	[CALL_ACT_DELETE_ITEM] = act_delete_item,
	[CALL_ACT_USER_TEXT] = act_user_text,
	[CALL_ACT_ASSISTANT_TEXT] = act_assistant_text,
	[CALL_ACT_TOOL_OUTPUT] = act_tool_output,
	[CALL_ACT_RUN_TOOL] = act_run_tool,
	[CALL_ACT_CLEAR] = act_clear,
	[CALL_ACT_PERSIST] = act_persist,
	[CALL_ACT_RESULT] = act_result,
	[CALL_ACT_CLOSE] = act_close,
};

void session_carry_out(struct session *s, const struct call_actions *out)
{
	for (uint32_t i = 0; i < out->n; i++)
		handlers[out->list[i].kind](s, &out->list[i]);
}
