/* SPDX-License-Identifier: MIT */
/* What is told of a recording, by Twilio's callbacks, by a flow's voicemail, by the bridge, in whatever order. */
#include <errno.h>

#include "json_help.h"
#include "recordings.h"
#include "ringdown/base/auto.h"

enum { RETENTION_DAYS = 90, RETENTION_DAYS_MAX = 365, DAY_MS = 86400000 };

static const struct {
	const char *status;
	int rank;
} ranks[] = {{"in-progress", 0}, {"paused", 1}, {"processing", 2}, {"completed", 3}, {"absent", 3}, {"failed", 3}, {"deleted", 4}};

int recording_rank(struct str status)
{
	for (size_t i = 0; i < ARRAY_LEN(ranks); i++)
		if (str_is(status, str_of(ranks[i].status)))
			return ranks[i].rank;
	return -1;
}

struct str recording_mailbox(struct api *a, struct str type, struct str id)
{
	struct record user;
	if (str_is(type, STR("group")))
		return str_of(arena_printf(a->arena, "group:" STR_FMT, STR_ARG(id)));
	if (str_is(type, STR("number")))
		return str_of(arena_printf(a->arena, "number:" STR_FMT, STR_ARG(id)));
	if (record_get(&a->scope, a->arena, &record_user, id, &user) == 0 ||
		record_find(&a->scope, a->arena, &record_user, "email", store_text(id), &user) == 0)
		return user.sk;
	return STR("");
}

struct noting {
	struct api *api;
	const struct recording_facts *facts;
	struct record *record;
	bool is_done;
	struct store_value columns[RECORDING_COLUMNS];
	json_t *data;
};

static void fill(struct store_value *v, struct str text)
{
	if (text.n > 0)
		*v = store_text(text);
}

/* Of the call, where it is known: whose it is, and which of our numbers. */
static void fill_from_call(struct noting *x)
{
	struct api *a = x->api;
	struct record call;
	const struct recording_facts *f = x->facts;
	if (f->call_sid.n == 0 || x->columns[RECORDING_NUMBER].type != STORE_NULL ||
		record_find(&a->scope, a->arena, &record_call, "call_sid", store_text(f->call_sid), &call) < 0)
		return;
	const struct store_value *c = call.columns;
	bool is_inbound = str_is(c[record_column(&record_call, "direction")].bytes, STR("inbound"));
	x->columns[RECORDING_NUMBER] = c[record_column(&record_call, is_inbound ? "to_number" : "from_number")];
	x->columns[RECORDING_SESSION] = c[record_column(&record_call, "session_id")];
	if (x->columns[RECORDING_USER].type == STORE_NULL)
		x->columns[RECORDING_USER] = c[record_column(&record_call, "user_sk")];
}

/* When it may go, by the organisation's retentionDays. */
static int64_t retention(struct api *a, int64_t from_ms)
{
	struct record org;
	int64_t days = RETENTION_DAYS;
	if (record_get(&a->scope, a->arena, &record_org, a->scope.org, &org) == 0) {
		AUTO(auto_json) json_t *settings = json_loadb(org.data.p, org.data.n, 0, NULL);
		const json_t *wish = json_object_get(settings, "retentionDays");
		if (json_is_integer(wish) && json_integer_value(wish) >= 1 && json_integer_value(wish) <= RETENTION_DAYS_MAX)
			days = json_integer_value(wish);
	}
	return from_ms + days * DAY_MS;
}

static void set_text(json_t *data, const char *name, struct str value)
{
	if (value.n > 0)
		json_object_set_new(data, name, json_of(value));
}

static void set_column(json_t *data, const char *name, const struct store_value *v)
{
	if (v->type == STORE_TEXT)
		json_object_set_new(data, name, json_of(v->bytes));
}

static void fill_data(struct noting *x)
{
	const struct recording_facts *f = x->facts;
	const struct store_value *c = x->columns;
	set_column(x->data, "sid", &c[RECORDING_SID]);
	set_column(x->data, "callSid", &c[RECORDING_CALL]);
	set_column(x->data, "sessionId", &c[RECORDING_SESSION]);
	set_column(x->data, "kind", &c[RECORDING_KIND]);
	set_column(x->data, "status", &c[RECORDING_STATUS]);
	set_column(x->data, "number", &c[RECORDING_NUMBER]);
	set_column(x->data, "userId", &c[RECORDING_USER]);
	set_column(x->data, "mailbox", &c[RECORDING_MAILBOX]);
	set_text(x->data, "conferenceSid", f->conference_sid);
	set_text(x->data, "source", f->source);
	set_text(x->data, "accountSid", f->account_sid);
	set_text(x->data, "integrationId", f->integration_sk);
	set_text(x->data, "file", f->file);
	if (f->error_code.n > 0 && !str_is(f->error_code, STR("0")))
		set_text(x->data, "errorCode", f->error_code);
	if (f->channels > 0)
		json_object_set_new(x->data, "channels", json_integer((json_int_t)f->channels));
	if (c[RECORDING_DURATION].type == STORE_INT)
		json_object_set_new(x->data, "durationSeconds", json_integer((json_int_t)c[RECORDING_DURATION].number));
	json_object_set_new(x->data, "startTime", json_time(c[RECORDING_STARTED].number));
	json_object_set_new(x->data, "retentionUntil", json_time(c[RECORDING_RETENTION].number));
}

/* A status that comes late, or again, is passed over; what else the callback says is kept. */
static void take_status(struct noting *x)
{
	int64_t was = x->columns[RECORDING_RANK].number;
	int rank = recording_rank(x->facts->status);
	if (rank < 0 || rank < was || (rank == was && was >= RECORDING_RANK_DONE))
		return;
	x->columns[RECORDING_STATUS] = store_text(x->facts->status);
	x->columns[RECORDING_RANK] = store_int(rank);
	x->is_done = rank == RECORDING_RANK_DONE;
}

static void merge(struct noting *x)
{
	const struct recording_facts *f = x->facts;
	struct store_value *c = x->columns;
	fill(&c[RECORDING_SID], f->sid);
	fill(&c[RECORDING_CALL], f->call_sid);
	fill(&c[RECORDING_KIND], f->kind);
	fill(&c[RECORDING_MAILBOX], f->mailbox);
	take_status(x);
	if (f->duration_s >= 0)
		c[RECORDING_DURATION] = store_int(f->duration_s);
	if (f->started_ms > 0)
		c[RECORDING_STARTED] = store_int(f->started_ms);
	fill_from_call(x);
	if (f->mailbox.n > 0 && f->mailbox.n == 26 && c[RECORDING_USER].type == STORE_NULL)
		c[RECORDING_USER] = store_text(f->mailbox);
	if (c[RECORDING_STARTED].type == STORE_NULL)
		c[RECORDING_STARTED] = store_int(x->api->now_ms);
	if (f->started_ms > 0 || c[RECORDING_RETENTION].type == STORE_NULL)
		c[RECORDING_RETENTION] = store_int(retention(x->api, c[RECORDING_STARTED].number));
	fill_data(x);
}

static void begin_new(struct noting *x)
{
	for (int i = 0; i < RECORDING_COLUMNS; i++)
		x->columns[i] = store_null();
	x->columns[RECORDING_KIND] = store_text(x->facts->conference_sid.n > 0 ? STR("conference") : STR("call"));
	x->columns[RECORDING_STATUS] = store_text(STR("in-progress"));
	x->columns[RECORDING_RANK] = store_int(0);
	x->columns[RECORDING_HEARD] = store_int(0);
	x->data = json_object();
}

static int insert(struct noting *x)
{
	struct api *a = x->api;
	begin_new(x);
	merge(x);
	struct str sk = str_of(api_new_sk(a)), data = json_write(x->data, a->arena);
	int err = data.n > 0 ? record_insert(&a->scope, &record_recording, sk, data, x->columns) : -ENOMEM;
	return err < 0 ? err : record_get(&a->scope, a->arena, &record_recording, sk, x->record);
}

static int update(struct noting *x)
{
	struct api *a = x->api;
	for (int i = 0; i < RECORDING_COLUMNS; i++)
		x->columns[i] = x->record->columns[i];
	x->data = json_loadb(x->record->data.p, x->record->data.n, 0, NULL);
	if (!json_is_object(x->data))
		return -EBADMSG;
	merge(x);
	struct str sk = x->record->sk, data = json_write(x->data, a->arena);
	int err = data.n > 0 ? record_update(&a->scope, &record_recording, sk, 0, data, x->columns) : -ENOMEM;
	return err < 0 ? err : record_get(&a->scope, a->arena, &record_recording, sk, x->record);
}

static int note(struct store_conn *conn, void *arg)
{
	struct noting *x = arg;
	struct api *a = x->api;
	(void)conn;
	json_decref(x->data); /* of a try before */
	x->data = NULL;
	x->is_done = false;
	int err = record_find(&a->scope, a->arena, &record_recording, "sid", store_text(x->facts->sid), x->record);
	return err == -ENOENT ? insert(x) : err < 0 ? err : update(x);
}

int recording_note(struct api *a, const struct recording_facts *f, struct record *ret, bool *ret_is_done)
{
	struct noting x = {.api = a, .facts = f, .record = ret};
	int err = store_transaction(a->store, note, &x);
	if (err == -EEXIST) /* the other callback was as quick: now it is there */
		err = store_transaction(a->store, note, &x);
	json_decref(x.data);
	*ret_is_done = err == 0 && x.is_done;
	return err;
}
