/* SPDX-License-Identifier: MIT */
#include "flow_effects.h"

#include <errno.h>
#include <string.h>

#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/ulid.h"

enum { SESSION_LIFE_MS = 86400000 };

struct work { /* one transaction; may be begun again */
	struct flow_world *w;
	const struct flow_call *call;
	const struct ivr_run *run;
	struct store_scope scope;
	struct str call_sk;
};

static int64_t now_of(const struct work *k)
{
	return k->w->world.now_ms;
}

static struct str new_sk(struct work *k)
{
	char sk[ULID_SIZE];
	ulid_new(now_of(k), sk);
	return arena_str(k->w->arena, str_of(sk));
}

static struct str pair(const struct ivr_effect *e, const char *name)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (str_is(e->pairs[i].name, str_of(name)))
			return e->pairs[i].value;
	return STR("");
}

/* All pairs; what comes more than once is a list. */
static json_t *object_of(const struct ivr_effect *e)
{
	json_t *o = json_object();
	for (uint32_t i = 0; i < e->n; i++) {
		const char *name = e->pairs[i].name.p; /* terminated: of the run's arena */
		json_t *there = json_object_get(o, name);
		if (json_is_array(there))
			(void)json_array_append_new(there, json_of(e->pairs[i].value));
		else if (there)
			(void)json_object_set_new(o, name, json_pack("[O, o]", there, json_of(e->pairs[i].value)));
		else
			(void)json_object_set_new(o, name, json_of(e->pairs[i].value));
	}
	return o;
}

/* ---- the call's record and journey ---- */

static int find_call(struct work *k)
{
	struct record r;
	int err = record_find(&k->scope, k->w->arena, &record_call, "call_sid", store_text(k->call->call_sid), &r);
	if (err == 0)
		k->call_sk = r.sk;
	return err == -ENOENT ? 0 : err;
}

/* Which flow it is in; the record itself is made of Twilio's words (call_status.h). */
static int mark_call(struct work *k)
{
	const struct record_change changes[] = {{"flow", store_text(k->run->flow->name)},
		{"flow_version", store_int(k->run->version)},
		{"number_sk", store_text_or_null(k->call->number_sk)}};
	return record_change(&k->scope, &record_call, k->call_sk, 0, changes, ARRAY_LEN(changes));
}

static int add_event(struct work *k, const char *event, json_t *steal)
{
	AUTO(auto_json) json_t *details = steal;
	const struct store_value v[] = {store_text(k->scope.org), store_text(k->call_sk), store_int(now_of(k)),
		store_text(str_of(event)), store_text(json_write(details, k->w->arena))};
	if (k->call_sk.n == 0)
		return 0;
	return store_run(k->scope.conn,
		"INSERT INTO call_event (org, call_sk, n, at_ms, event, details) SELECT $1, $2,"
		" COALESCE((SELECT MAX(n) FROM call_event WHERE org = $1 AND call_sk = $2), 0) + 1, $3, $4, $5",
		v, 5);
}

static int add_trace(struct work *k)
{
	for (uint32_t i = 0; i < k->run->n_trace; i++) {
		const struct ivr_trace *t = &k->run->trace[i];
		json_t *details = json_pack("{s:o, s:o, s:s}", "flow", json_of(t->flow), "node", json_of(t->node), "type", t->type);
		if (t->note.n > 0)
			(void)json_object_set_new(details, "note", json_of(t->note));
		int err = add_event(k, "node", details);
		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- effects ---- */

static int set_vars(struct work *k, const struct ivr_effect *e)
{
	json_t *vars = k->w->vars ? k->w->vars : (k->w->vars = json_object());
	for (uint32_t i = 0; i < e->n; i++)
		(void)json_object_set_new(vars, e->pairs[i].name.p, json_of(e->pairs[i].value));
	return 0;
}

static int queue_exit(struct work *k, const struct ivr_effect *e)
{
	json_t *vars = k->w->vars ? k->w->vars : (k->w->vars = json_object());
	(void)json_object_set_new(vars, "_exit", json_of(pair(e, "exit")));
	return 0;
}

static int outbox(struct work *k, const struct ivr_effect *e, const char *kind, struct str once)
{
	AUTO(auto_json) json_t *payload = object_of(e);
	const struct store_value v[] = {store_text(new_sk(k)), store_text(k->scope.org), store_text(str_of(kind)),
		store_int(now_of(k)), store_text_or_null(once), store_text(json_write(payload, k->w->arena))};
	return store_run(k->scope.conn,
		"INSERT INTO outbox (sk, org, kind, not_before_ms, attempts, state, dedup_key, payload, created_ms)"
		" VALUES ($1, $2, $3, $4, 0, 'waiting', $5, $6, $4) ON CONFLICT DO NOTHING", v, 6);
}

static int contact_sk(struct work *k, struct str *ret_sk)
{
	struct record r;
	bool is_outbound = str_starts(k->call->direction, STR("outbound"));
	struct str phone = is_outbound ? k->call->to : k->call->from;
	int err = record_find(&k->scope, k->w->arena, &record_contact, "phone", store_text(phone), &r);
	if (err == 0)
		*ret_sk = r.sk;
	if (err != -ENOENT)
		return err;
	const struct store_value columns[] = {store_text(phone), store_null(), store_null()};
	*ret_sk = new_sk(k);
	return record_insert(&k->scope, &record_contact, *ret_sk, STR("{}"), columns);
}

static int tag(struct work *k, const struct ivr_effect *e)
{
	struct str sk;
	int err = contact_sk(k, &sk);
	for (uint32_t i = 0; err >= 0 && i < e->n; i++) {
		const struct store_value v[] = {store_text(k->scope.org), store_text(sk), store_text(e->pairs[i].value)};
		bool is_added = str_is(e->pairs[i].name, STR("add"));
		err = store_run(k->scope.conn,
			is_added ? "INSERT INTO contact_tag (org, contact_sk, tag) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
				 : "DELETE FROM contact_tag WHERE org = $1 AND contact_sk = $2 AND tag = $3", v, 3);
	}
	return err;
}

static int opt_out(struct work *k, const struct ivr_effect *e)
{
	bool is_number = str_is(pair(e, "scope"), STR("number"));
	bool is_outbound = str_starts(k->call->direction, STR("outbound"));
	const struct store_value v[] = {store_text(k->scope.org), store_text(new_sk(k)), store_int(now_of(k)),
		store_text(k->scope.author), store_text(pair(e, "phone")), store_text(pair(e, "scope")),
		store_text(is_number ? (is_outbound ? k->call->from : k->call->to) : STR(""))};
	return store_run(k->scope.conn,
		"INSERT INTO opt_out (org, sk, data, state, author, version, created_ms, modified_ms, phone, scope, number, source, at_ms)"
		" VALUES ($1, $2, '{}', 'active', $4, 1, $3, $3, $5, $6, $7, 'call', $3) ON CONFLICT DO NOTHING", v, 7);
}

/* The recording's own webhook may have come before. */
static int voicemail(struct work *k, const struct ivr_effect *e)
{
	struct record r;
	AUTO(auto_json) json_t *data = object_of(e);
	struct str sid = pair(e, "recordingSid");
	uint64_t seconds = 0;
	const char *mailbox = arena_printf(k->w->arena, STR_FMT ":" STR_FMT, STR_ARG(pair(e, "mailboxType")), STR_ARG(pair(e, "mailbox")));
	(void)str_u64(pair(e, "seconds"), UINT32_MAX, &seconds);
	const struct record_change changes[] = {{"kind", store_text(STR("voicemail"))}, {"mailbox", store_text(str_of(mailbox))}};
	int err = record_find(&k->scope, k->w->arena, &record_recording, "sid", store_text(sid), &r);
	if (err == 0)
		err = record_change(&k->scope, &record_recording, r.sk, 0, changes, ARRAY_LEN(changes));
	const struct store_value columns[] = {store_text_or_null(sid), store_text(k->call->call_sid),
		store_text(k->w->world.session_id), store_text(STR("voicemail")), store_text(STR("in-progress")), store_int(0),
		store_text(k->call->to), store_null(), store_text(str_of(mailbox)), store_int(now_of(k)), store_int((int64_t)seconds),
		store_null(), store_int(0)};
	if (err == -ENOENT)
		err = record_insert(&k->scope, &record_recording, new_sk(k), json_write(data, k->w->arena), columns);
	const struct record_change flag[] = {{"has_voicemail", store_int(1)}};
	if (err >= 0 && k->call_sk.n > 0)
		err = record_change(&k->scope, &record_call, k->call_sk, 0, flag, 1);
	return err;
}

static int queue_enter(struct work *k, const struct ivr_effect *e)
{
	AUTO(auto_json) json_t *data = object_of(e);
	AUTO(auto_json) json_t *skills = json_array();
	const struct ivr_queue *q = NULL;
	uint64_t priority = 0;
	for (uint32_t i = 0; i < k->w->world.n_queues; i++)
		if (str_is(k->w->queues[i].name, pair(e, "queue")))
			q = &k->w->queues[i];
	for (uint32_t i = 0; i < e->n; i++)
		if (str_is(e->pairs[i].name, STR("skill")))
			(void)json_array_append_new(skills, json_of(e->pairs[i].value));
	(void)str_u64(pair(e, "priority"), 9, &priority);
	if (!q)
		return 0; /* the line is Twilio's alone; the document names it all the same */
	const struct store_value v[] = {store_text(k->scope.org), store_text(new_sk(k)), store_text(q->sk),
		store_text(k->call->call_sid), store_int((int64_t)priority), store_text(json_write(skills, k->w->arena)),
		store_text(json_write(data, k->w->arena)), store_int(now_of(k))};
	return store_run(k->scope.conn,
		"INSERT INTO queue_entry (org, sk, queue_sk, call_sid, status, priority, skills, data, entered_ms)"
		" VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8) ON CONFLICT DO NOTHING", v, 8);
}

static int queue_left(struct work *k, const struct ivr_effect *e)
{
	const struct store_value v[] = {store_text(k->scope.org), store_text(k->call->call_sid), store_int(now_of(k)),
		store_text(pair(e, "result"))};
	return store_run(k->scope.conn,
		"UPDATE queue_entry SET status = 'left', left_ms = $3, reason = $4 WHERE org = $1 AND call_sid = $2 AND left_ms IS NULL",
		v, 4);
}

static int next_in_turn(struct work *k, const struct ivr_effect *e)
{
	const char *key = arena_printf(k->w->arena, "turn|" STR_FMT "|" STR_FMT, STR_ARG(k->scope.org), STR_ARG(pair(e, "group")));
	const struct store_value v[] = {store_text(str_of(key)), store_int(now_of(k))};
	return store_run(k->scope.conn,
		"INSERT INTO rate_bucket (key, tokens, at_ms) VALUES ($1, 1, $2)"
		" ON CONFLICT (key) DO UPDATE SET tokens = (rate_bucket.tokens + 1) % 1000000, at_ms = $2", v, 2);
}

static int apply_effect(struct work *k, const struct ivr_effect *e)
{
	switch (e->kind) {
	case IVR_SET_VARS:
		return set_vars(k, e);
	case IVR_QUEUE_EXIT:
		return queue_exit(k, e);
	case IVR_SEND_SMS:
		return outbox(k, e, "sms", pair(e, "once"));
	case IVR_CREATE_LEAD:
		return outbox(k, e, "lead", STR(""));
	case IVR_AUTOMATION:
		return outbox(k, e, "automation", STR(""));
	case IVR_TAG:
		return tag(k, e);
	case IVR_OPT_OUT:
		return opt_out(k, e);
	case IVR_VOICEMAIL:
		return voicemail(k, e);
	case IVR_QUEUE_ENTER:
		return queue_enter(k, e);
	case IVR_QUEUE_LEFT:
		return queue_left(k, e);
	case IVR_NEXT_IN_TURN:
		return next_in_turn(k, e);
	case IVR_INPUT:
	case IVR_DIALLED:
	case IVR_EVENT:
		return add_event(k, ivr_kind_name(e->kind), object_of(e));
	case IVR_CANDIDATES:
	case IVR_AI_SESSION:
	case IVR_ASK_RECORDING:
	case IVR_ASK_WEBHOOK:
	case IVR_ASK_STREAM:
		return 0;
	}
	return 0;
}

/* ---- the session ---- */

static json_t *candidates_of(const struct ivr_run *run)
{
	json_t *list = NULL;
	for (uint32_t i = 0; i < run->n_effects; i++) {
		const struct ivr_effect *e = run->effects[i];
		if (e->kind != IVR_CANDIDATES)
			continue;
		json_decref(list);
		list = json_array();
		for (uint32_t n = 0; n < e->n; n++)
			(void)json_array_append_new(list, json_of(e->pairs[n].value));
	}
	return list;
}

static int save_session(struct work *k)
{
	AUTO(auto_json) json_t *candidates = candidates_of(k->run);
	if (!k->w->vars && !candidates)
		return 0;
	const struct store_value v[] = {store_text(k->scope.org), store_text(k->call->call_sid), store_text(k->run->flow->name),
		store_int(k->run->version), store_text(k->w->vars ? json_write(k->w->vars, k->w->arena) : STR("{}")),
		candidates ? store_text(json_write(candidates, k->w->arena)) : store_null(), store_int(now_of(k) + SESSION_LIFE_MS)};
	return store_run(k->scope.conn,
		"INSERT INTO call_session (org, call_sid, flow, flow_version, vars, candidates, expires_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (call_sid) DO UPDATE SET flow = $3, flow_version = $4, vars = $5,"
		" candidates = COALESCE($6, call_session.candidates), expires_ms = $7", v, 7);
}

static int apply(struct store_conn *c, void *arg)
{
	struct work *k = arg;
	k->scope.conn = c;
	k->call_sk = STR("");
	int err = find_call(k);
	if (err >= 0 && k->call_sk.n > 0 && k->call->is_entry)
		err = mark_call(k);
	if (err >= 0)
		err = add_trace(k);
	for (uint32_t i = 0; err >= 0 && i < k->run->n_effects; i++)
		err = apply_effect(k, k->run->effects[i]);
	if (err >= 0)
		err = save_session(k);
	return err < 0 ? err : 0; /* counts of rows are not asked for */
}

int flow_effects_apply(struct flow_world *w, const struct flow_call *call, const struct ivr_run *run)
{
	struct work k = {.w = w, .call = call, .run = run, .scope = *w->scope};
	return store_transaction(w->scope->conn, apply, &k);
}
