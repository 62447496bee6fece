/* SPDX-License-Identifier: MIT */
#include "call_status.h"

#include <errno.h>
#include <string.h>

#include "call_orphans.h"
#include "json_help.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/ulid.h"
#include "ringdown/wire/client_identity.h"

int call_rank(struct str status)
{
	static const struct {
		const char *word;
		int rank;
	} words[] = {{"queued", 0}, {"initiated", 1}, {"ringing", 2}, {"in-progress", CALL_RANK_LIVE}, {"completed", CALL_RANK_OVER},
		{"busy", CALL_RANK_OVER}, {"failed", CALL_RANK_OVER}, {"no-answer", CALL_RANK_OVER}, {"canceled", CALL_RANK_OVER}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(status, str_of(words[i].word)))
			return words[i].rank;
	return -1;
}

static int64_t number_or(struct str text, int64_t otherwise)
{
	uint64_t n;
	return str_u64(text, INT32_MAX, &n) == 0 ? (int64_t)n : otherwise;
}

int call_news_read(const struct form *f, struct str sk, struct call_news *ret_news)
{
	*ret_news = (struct call_news){
		.sk = sk,
		.sid = form_get(f, STR("CallSid")),
		.account_sid = form_get(f, STR("AccountSid")),
		.parent_sid = form_get(f, STR("ParentCallSid")),
		.from = form_get(f, STR("From")),
		.to = form_get(f, STR("To")),
		.direction = form_get(f, STR("Direction")),
		.status = form_get(f, STR("CallStatus")),
		.answered_by = form_get(f, STR("AnsweredBy")),
		.stir_verstat = form_get(f, STR("StirVerstat")),
		.sip_code = form_get(f, STR("SipResponseCode")),
		.sequence = number_or(form_get(f, STR("SequenceNumber")), -1),
		.duration_s = number_or(form_get(f, STR("CallDuration")), -1),
	};
	return ret_news->sid.n > 0 && call_rank(ret_news->status) >= 0 ? 0 : -EINVAL;
}

/* ---- one record and one piece of news, in memory ---- */

struct state { /* of a record on its way */
	struct store_value v[CALL_COLUMNS];
	json_t *data;
	bool is_changed, is_later;
};

static int64_t number_of(const struct state *st, enum call_column c)
{
	return st->v[c].type == STORE_INT ? st->v[c].number : 0;
}

static bool is_text(const struct state *st, enum call_column c, struct str text)
{
	return st->v[c].type == STORE_TEXT && str_is(st->v[c].bytes, text);
}

static void set(struct state *st, enum call_column c, struct store_value v)
{
	st->v[c] = v;
	st->is_changed = true;
}

/* What a record does not have yet; what it has stays. */
static void learn(struct state *st, enum call_column c, struct str text)
{
	if (text.n > 0 && st->v[c].type == STORE_NULL)
		set(st, c, store_text(text));
}

static void learn_member(struct state *st, const char *name, struct str text)
{
	if (text.n == 0 || str_is(json_str(st->data, name), text))
		return;
	json_object_set_new(st->data, name, json_of(text));
	st->is_changed = true;
}

/* That a caller is connected to our TwiML is not yet that somebody answered. */
static bool is_own_answer(const struct state *st)
{
	return !is_text(st, CALL_DIRECTION, STR("inbound"));
}

/* A leg to somebody's softphone is that person's. */
static void learn_user(struct state *st)
{
	struct client_identity who;
	if (st->v[CALL_TO].type == STORE_TEXT && str_starts(st->v[CALL_TO].bytes, STR("client:")) &&
		client_identity_read(st->v[CALL_TO].bytes, &who) == 0)
		learn(st, CALL_USER, who.user_sk);
}

static void end(struct state *st, const struct call_news *n, int64_t now_ms)
{
	set(st, CALL_ENDED, store_int(now_ms));
	if (n->duration_s > 0 && st->v[CALL_ANSWERED].type == STORE_NULL && is_own_answer(st))
		set(st, CALL_ANSWERED, store_int(now_ms - 1000 * n->duration_s)); /* the callback that said so was lost */
	bool is_missed = !is_own_answer(st) && st->v[CALL_ANSWERED].type == STORE_NULL && !number_of(st, CALL_HAS_VOICEMAIL);
	set(st, CALL_IS_MISSED, store_int(is_missed));
}

static void move(struct state *st, const struct call_news *n, int64_t now_ms)
{
	int64_t rank = call_rank(n->status);
	if (n->sequence > number_of(st, CALL_SEQUENCE))
		set(st, CALL_SEQUENCE, store_int(n->sequence));
	st->is_later = rank > number_of(st, CALL_RANK);
	if (!st->is_later)
		return;
	set(st, CALL_STATUS, store_text(n->status));
	set(st, CALL_RANK, store_int(rank));
	if (rank == CALL_RANK_LIVE && is_own_answer(st) && st->v[CALL_ANSWERED].type == STORE_NULL)
		set(st, CALL_ANSWERED, store_int(now_ms));
	if (rank == CALL_RANK_OVER)
		end(st, n, now_ms);
}

static void take(struct state *st, const struct call_news *n, int64_t now_ms)
{
	learn(st, CALL_SID, n->sid);
	learn(st, CALL_ACCOUNT, n->account_sid);
	learn(st, CALL_PARENT, n->parent_sid);
	learn(st, CALL_FROM, n->from);
	learn(st, CALL_TO, n->to);
	learn_user(st);
	learn_member(st, "answeredBy", n->answered_by);
	learn_member(st, "stirVerstat", n->stir_verstat);
	learn_member(st, "sipResponseCode", n->sip_code);
	if (n->duration_s >= 0 && json_integer_value(json_object_get(st->data, "duration")) != n->duration_s) {
		json_object_set_new(st->data, "duration", json_integer(n->duration_s));
		st->is_changed = true;
	}
	move(st, n, now_ms);
}

/* ---- the store ---- */

struct applying {
	const struct store_scope *scope;
	struct arena *arena;
	const struct call_news *news;
	struct call_change *change;
};

int call_event(const struct store_scope *s, struct str call_sk, const char *event, struct str details)
{
	const struct store_value v[] = {store_text(s->org), store_text(call_sk), store_int(s->now_ms), store_text(str_of(event)),
		store_text(details)};
	int n = store_run(s->conn, "INSERT INTO call_event (org, call_sk, n, at_ms, event, details)"
		" SELECT $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5 FROM call_event WHERE org = $1 AND call_sk = $2", v, ARRAY_LEN(v));
	return n < 0 ? n : 0;
}

static int tell(const struct applying *ap, struct str sk, const struct state *st)
{
	AUTO(auto_json) json_t *details = json_pack("{s:o}", "status", json_of(ap->news->status));
	struct str text = json_write(details, ap->arena);
	if (!st->is_later)
		return 0;
	return text.n > 0 ? call_event(ap->scope, sk, "status", text) : -ENOMEM;
}

static int find_sid(const struct applying *ap, struct str sid, struct record *ret)
{
	return sid.n == 0 ? -ENOENT : record_find(ap->scope, ap->arena, &record_call, "call_sid", store_text(sid), ret);
}

/* The id in the URL is believed for as long as its record has no other call. */
static int find_call(const struct applying *ap, struct record *ret)
{
	const struct call_news *n = ap->news;
	int err = n->sk.n > 0 ? record_get(ap->scope, ap->arena, &record_call, n->sk, ret) : -ENOENT;
	bool is_it = err == 0 && (n->sid.n == 0 || ret->columns[CALL_SID].type == STORE_NULL ||
		str_is(ret->columns[CALL_SID].bytes, n->sid));
	return is_it || (err < 0 && err != -ENOENT) ? err : find_sid(ap, n->sid, ret);
}

static int open_state(const struct record *r, struct state *ret)
{
	*ret = (struct state){.data = json_loadb(r->data.p, r->data.n, 0, NULL)};
	memcpy(ret->v, r->columns, sizeof(ret->v));
	return json_is_object(ret->data) ? 0 : -EBADMSG;
}

static void close_state(struct state *st)
{
	json_decref(st->data);
}

static int save(const struct applying *ap, struct str sk, const struct state *st, bool is_new)
{
	struct str data = json_write(st->data, ap->arena);
	if (data.n == 0)
		return -ENOMEM;
	return is_new ? record_insert(ap->scope, &record_call, sk, data, st->v)
		      : record_update(ap->scope, &record_call, sk, 0, data, st->v);
}

/* Somebody talks on a leg: whoever called is answered, and by whom. */
static int answer_parent(const struct applying *ap, const struct state *leg)
{
	struct record parent;
	int err = find_sid(ap, leg->v[CALL_PARENT].bytes, &parent);
	if (err < 0 || parent.columns[CALL_ANSWERED].type != STORE_NULL)
		return err == -ENOENT ? 0 : err;
	const struct record_change changes[] = {{"answered_ms", leg->v[CALL_ANSWERED]}, {"is_missed", store_int(0)}};
	return record_change(ap->scope, &record_call, parent.sk, 0, changes, ARRAY_LEN(changes));
}

static int settle(const struct applying *ap, struct str sk, struct state *st, bool is_new)
{
	bool was_unnamed = is_new || st->v[CALL_SID].type == STORE_NULL;
	take(st, ap->news, ap->scope->now_ms);
	ap->change->effect = is_new ? CALL_BEGUN : st->is_changed ? CALL_MOVED : CALL_SAME;
	if (!st->is_changed && !is_new)
		return 0;
	int err = save(ap, sk, st, is_new);
	if (err == 0)
		err = tell(ap, sk, st);
	if (err == 0 && st->v[CALL_PARENT].type == STORE_TEXT && st->v[CALL_ANSWERED].type == STORE_INT)
		err = answer_parent(ap, st);
	if (err == 0 && was_unnamed && st->v[CALL_SID].type == STORE_TEXT)
		err = call_orphans_adopt(ap->scope, ap->arena, st->v[CALL_SID].bytes);
	return err;
}

/* The record is read again: what waited for it may have moved it further. */
static int tell_outcome(const struct applying *ap, struct str sk, bool was_over)
{
	struct call_change *change = ap->change;
	int err = record_get(ap->scope, ap->arena, &record_call, sk, &change->call);
	if (err < 0)
		return err;
	change->has_ended = !was_over && change->call.columns[CALL_RANK].number == CALL_RANK_OVER;
	change->is_missed = change->has_ended && change->call.columns[CALL_IS_MISSED].number != 0;
	return 0;
}

static int follow(const struct applying *ap, const struct record *call)
{
	AUTO(close_state) struct state st;
	bool was_over = call->columns[CALL_RANK].number == CALL_RANK_OVER;
	int err = open_state(call, &st);
	if (err == 0)
		err = settle(ap, call->sk, &st, false);
	return err < 0 ? err : tell_outcome(ap, call->sk, was_over);
}

static int begin(const struct applying *ap, const struct record *parent)
{
	char sk[ULID_SIZE];
	ulid_new(ap->scope->now_ms, sk);
	AUTO(close_state) struct state st = {.data = json_object()};
	bool is_leg = parent != NULL;
	bool is_inbound = !is_leg && str_is(ap->news->direction, STR("inbound"));
	st.v[CALL_DIRECTION] = store_text(is_inbound ? STR("inbound") : STR("outbound"));
	st.v[CALL_SESSION] = is_leg ? parent->columns[CALL_SESSION] : store_text(str_of(sk));
	st.v[CALL_STATUS] = store_text(STR("queued"));
	st.v[CALL_RANK] = store_int(is_leg || is_inbound ? -1 : 0); /* so that its first status is a step */
	st.v[CALL_SEQUENCE] = store_int(-1);
	st.v[CALL_STARTED] = store_int(ap->scope->now_ms);
	st.v[CALL_IS_MISSED] = st.v[CALL_HAS_VOICEMAIL] = store_int(0);
	int err = settle(ap, str_of(sk), &st, true);
	return err < 0 ? err : tell_outcome(ap, str_of(sk), false);
}

static int begin_or_wait(const struct applying *ap)
{
	const struct call_news *n = ap->news;
	struct record parent;
	int err = n->parent_sid.n > 0 ? find_sid(ap, n->parent_sid, &parent) : -ENOENT;
	if (err == 0)
		return begin(ap, &parent);
	if (err != -ENOENT || (n->parent_sid.n == 0 && str_is(n->direction, STR("inbound"))))
		return err != -ENOENT ? err : begin(ap, NULL);
	ap->change->effect = CALL_AWAITED;
	return n->sid.n > 0 ? call_orphans_keep(ap->scope, ap->arena, n) : -ENOENT;
}

int call_apply_within(const struct store_scope *s, struct arena *a, const struct call_news *news, struct call_change *ret_change)
{
	const struct applying ap = {s, a, news, ret_change};
	struct record call;
	*ret_change = (struct call_change){0};
	int err = find_call(&ap, &call);
	return err == -ENOENT ? begin_or_wait(&ap) : err < 0 ? err : follow(&ap, &call);
}

static int apply_work(struct store_conn *c, void *arg)
{
	const struct applying *ap = arg;
	(void)c; /* the scope's */
	return call_apply_within(ap->scope, ap->arena, ap->news, ap->change);
}

/* Two callbacks of a new call at once: the second one finds what the first one made. */
int call_apply(const struct store_scope *s, struct arena *a, const struct call_news *news, struct call_change *ret_change)
{
	struct applying ap = {s, a, news, ret_change};
	int err = store_transaction(s->conn, apply_work, &ap);
	return err == -EEXIST ? store_transaction(s->conn, apply_work, &ap) : err;
}

int call_insert(const struct store_scope *s, const struct call_draft *d)
{
	const struct store_value v[CALL_COLUMNS] = {
		[CALL_ACCOUNT] = store_text_or_null(d->account_sid),
		[CALL_SESSION] = store_text(d->sk),
		[CALL_DIRECTION] = store_text(STR("outbound")),
		[CALL_FROM] = store_text(d->from),
		[CALL_TO] = store_text(d->to),
		[CALL_STATUS] = store_text(STR("queued")),
		[CALL_RANK] = store_int(0),
		[CALL_SEQUENCE] = store_int(-1),
		[CALL_NUMBER] = store_text_or_null(d->number_sk),
		[CALL_FLOW] = store_text_or_null(d->flow),
		[CALL_USER] = store_text_or_null(d->user_sk),
		[CALL_STARTED] = store_int(s->now_ms),
		[CALL_IS_MISSED] = store_int(0),
		[CALL_HAS_VOICEMAIL] = store_int(0),
	};
	return record_insert(s, &record_call, d->sk, d->data, v);
}

int call_answered(const struct store_scope *s, struct arena *a, struct str call_sid)
{
	struct record call;
	int err = record_find(s, a, &record_call, "call_sid", store_text(call_sid), &call);
	if (err < 0 || call.columns[CALL_ANSWERED].type == STORE_INT)
		return err;
	const struct record_change changes[] = {{"answered_ms", store_int(s->now_ms)}, {"is_missed", store_int(0)}};
	return record_change(s, &record_call, call.sk, 0, changes, ARRAY_LEN(changes));
}
