/* SPDX-License-Identifier: MIT */
/* A call's record follows what Twilio says, in whatever order it comes, and how often. */
#include "help_calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../../../src/plane/call_orphans.h"

#define SID   "CA00000000000000000000000000000001"
#define LEG   "CA00000000000000000000000000000002"
#define SK    "01jd0000000000000000000001"

static struct call_change change;

/* A callback as Twilio writes it: the fields beside CallSid, AccountSid and SequenceNumber. */
static struct call_news news_of(const char *sid, const char *status, int sequence, const char *more, const char *sk)
{
	static struct form form;
	struct call_news n;
	const char *body = arena_printf(&help_arena, "CallSid=%s&AccountSid=" HELP_ACCOUNT "&CallStatus=%s&SequenceNumber=%d%s", sid, status,
		sequence, more);
	assert_int_equal(form_parse(str_of(body), &help_arena, &form), 0);
	assert_int_equal(call_news_read(&form, str_of(sk), &n), 0);
	return n;
}

static enum call_effect hears(const char *sid, const char *status, int sequence, const char *more, const char *sk)
{
	const struct call_news n = news_of(sid, status, sequence, more, sk);
	help_scope.now_ms += 1000;
	assert_int_equal(call_apply(&help_scope, &help_arena, &n, &change), 0);
	return change.effect;
}

#define IN "&Direction=inbound&From=%2B15550100&To=%2B15550199"
#define DIAL "&Direction=outbound-dial&From=%2B15550100&To=%2B15550122&ParentCallSid=" SID

static const struct store_value *column(const char *sid, enum call_column c)
{
	struct record r;
	int err = record_find(&help_scope, &help_arena, &record_call, "call_sid", store_text(str_of(sid)), &r);
	if (err < 0)
		fail_msg("%s is not there: %d", sid, err);
	return &r.columns[c];
}

static void insert(const char *sk)
{
	const struct call_draft d = {.sk = str_of(sk), .account_sid = STR(HELP_ACCOUNT), .from = STR("+15550199"),
		.to = STR("+15550100"), .data = STR("{\"note\":\"kept\"}")};
	assert_int_equal(call_insert(&help_scope, &d), 0);
}

static void statuses_have_their_ranks(void **state)
{
	(void)state;
	static const char *const order[] = {"queued", "initiated", "ringing", "in-progress", "completed"};
	for (int i = 0; i < 5; i++)
		assert_int_equal(call_rank(str_of(order[i])), i);
	static const char *const ends[] = {"busy", "failed", "no-answer", "canceled"};
	for (int i = 0; i < 4; i++)
		assert_int_equal(call_rank(str_of(ends[i])), CALL_RANK_OVER);
	assert_int_equal(call_rank(STR("answered")), -1);
	assert_int_equal(call_rank(STR("")), -1);
}

static void what_names_no_call_is_refused(void **state)
{
	(void)state;
	static const char *const bodies[] = {"", "CallSid=" SID, "CallStatus=ringing", "CallSid=" SID "&CallStatus=odd"};
	struct form form;
	struct call_news n;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(form_parse(str_of(bodies[i]), &help_arena, &form), 0);
		assert_int_equal(call_news_read(&form, STR(""), &n), -EINVAL);
	}
}

/* Every order of the five callbacks of a call that was answered ends the same. */
static void any_order_ends_the_same(void **state)
{
	(void)state;
	static const char *const words[] = {"initiated", "ringing", "in-progress", "completed"};
	int n_orders = 0;
	for (int code = 0; code < 256; code++) {
		int at[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3}, seen = 0;
		char sk[27], sid[64];
		for (int i = 0; i < 4; i++)
			seen |= 1 << at[i];
		if (seen != 15)
			continue;
		(void)snprintf(sk, sizeof(sk), "01jd00000000000000000%05d", code);
		(void)snprintf(sid, sizeof(sid), "CA%032d", code);
		insert(sk);
		for (int i = 0, rank = 0; i < 4; i++) {
			hears(sid, words[at[i]], at[i], at[i] == 3 ? "&CallDuration=1" : "", sk);
			assert_true(column(sid, CALL_RANK)->number >= rank);
			rank = (int)column(sid, CALL_RANK)->number;
		}
		assert_str(column(sid, CALL_STATUS)->bytes, "completed");
		assert_int_equal(column(sid, CALL_SEQUENCE)->number, 3);
		assert_int_equal(column(sid, CALL_ANSWERED)->type, STORE_INT);
		assert_int_equal(column(sid, CALL_ENDED)->type, STORE_INT);
		n_orders++;
	}
	assert_int_equal(n_orders, 24);
}

static void what_comes_again_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(hears(SID, "ringing", 0, IN, ""), CALL_BEGUN);
	assert_int_equal(hears(SID, "ringing", 0, IN, ""), CALL_SAME);
	assert_int_equal(hears(SID, "completed", 2, IN "&CallDuration=7", ""), CALL_MOVED);
	assert_true(change.has_ended);
	int64_t version = change.call.version;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hears(SID, "completed", 2, IN "&CallDuration=7", ""), CALL_SAME);
		assert_false(change.has_ended);
	}
	assert_int_equal(change.call.version, version);
	/* Another end after the end is none. */
	hears(SID, "busy", 3, IN, "");
	assert_str(column(SID, CALL_STATUS)->bytes, "completed");
	assert_int_equal(help_count("SELECT count(*) FROM call_event"), 2);
	assert_int_equal(help_count("SELECT count(*) FROM call"), 1);
}

static void the_call_we_make_is_found_by_our_id_before_its_sid_is_known(void **state)
{
	(void)state;
	insert(SK);
	assert_int_equal(hears(SID, "initiated", 0, "", SK), CALL_MOVED);
	assert_str(column(SID, CALL_STATUS)->bytes, "initiated");
	assert_non_null(strstr(change.call.data.p, "kept"));
	/* Somebody else's id in the URL: the call it names is not touched. */
	assert_int_equal(hears(LEG, "completed", 0, "", SK), CALL_AWAITED);
	assert_str(column(SID, CALL_STATUS)->bytes, "initiated");
	help_scope.org = STR("other");
	assert_int_equal(hears(SID, "completed", 5, "", SK), CALL_AWAITED);
	help_scope.org = STR("acme");
	assert_str(column(SID, CALL_STATUS)->bytes, "initiated");
}

static void what_comes_before_its_call_waits_for_it(void **state)
{
	(void)state;
	assert_int_equal(hears(SID, "completed", 3, "&CallDuration=4", ""), CALL_AWAITED);
	assert_int_equal(hears(SID, "initiated", 0, "", ""), CALL_AWAITED);
	assert_int_equal(help_count("SELECT count(*) FROM call"), 0);
	insert(SK);
	const struct call_news answer = {.sk = STR(SK), .sid = STR(SID), .status = STR("queued"), .sequence = -1, .duration_s = -1};
	assert_int_equal(call_apply(&help_scope, &help_arena, &answer, &change), 0);
	assert_true(change.has_ended);
	assert_false(change.is_missed);
	assert_str(column(SID, CALL_STATUS)->bytes, "completed");
	assert_non_null(strstr(change.call.data.p, "\"duration\":4"));
	assert_int_equal(help_count("SELECT count(*) FROM orphan_status"), 0);
}

static void a_leg_before_its_parent_joins_its_session(void **state)
{
	(void)state;
	assert_int_equal(hears(LEG, "in-progress", 2, DIAL, ""), CALL_AWAITED);
	assert_int_equal(hears(SID, "completed", 1, IN "&CallDuration=20", ""), CALL_BEGUN);
	struct str session = column(SID, CALL_SESSION)->bytes;
	assert_int_equal(session.n, 26);
	assert_true(str_is(column(LEG, CALL_SESSION)->bytes, session));
	assert_int_equal(column(SID, CALL_ANSWERED)->type, STORE_INT);
	assert_false(change.is_missed);
}

static void orphans_are_bounded_and_leave(void **state)
{
	(void)state;
	struct call_news n = news_of(SID, "ringing", 0, "", "");
	for (int i = 0; i < CALL_ORPHANS_OF_ONE; i++)
		assert_int_equal(call_apply(&help_scope, &help_arena, &n, &change), 0);
	assert_int_equal(call_apply(&help_scope, &help_arena, &n, &change), -ENOSPC);
	help_scope.now_ms += CALL_ORPHAN_LIFE_MS + 1;
	assert_int_equal(hears(LEG, "ringing", 0, "", ""), CALL_AWAITED);
	assert_int_equal(help_count("SELECT count(*) FROM orphan_status"), 1);
}

enum { THREADS = 6, TIMES = 8 };

struct teller { /* one of several who are told the same at once */
	pthread_t thread;
	_Atomic int *n_begun, *n_ended;
};

static void *tell_all(void *arg)
{
	struct teller *t = arg;
	struct arena arena;
	struct store_scope s = help_scope;
	struct call_change c;
	static const char *const words[] = {"ringing", "in-progress", "completed"};
	arena_init(&arena, 4 << 20);
	if (store_connect(help_store, &s.conn) < 0)
		return arg;
	for (int i = 0; i < 3 * TIMES; i++) {
		const struct call_news n = {.sid = STR(SID), .account_sid = STR(HELP_ACCOUNT), .direction = STR("inbound"), .from = STR("+15550100"),
			.to = STR("+15550199"), .status = str_of(words[i % 3]), .sequence = i % 3, .duration_s = i % 3 == 2 ? 3 : -1};
		int err = call_apply(&s, &arena, &n, &c);
		if (err == 0 && c.effect == CALL_BEGUN)
			(*t->n_begun)++;
		if (err == 0 && c.has_ended)
			(*t->n_ended)++;
	}
	store_disconnect(s.conn);
	arena_done(&arena);
	return NULL;
}

/* FAULTS.md 2D 86: one effect, however many are told at once. */
static void told_at_once_it_happens_once(void **state)
{
	(void)state;
	_Atomic int n_begun = 0, n_ended = 0;
	struct teller tellers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		tellers[i] = (struct teller){.n_begun = &n_begun, .n_ended = &n_ended};
		assert_int_equal(pthread_create(&tellers[i].thread, NULL, tell_all, &tellers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *failed;
		assert_int_equal(pthread_join(tellers[i].thread, &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(n_begun, 1);
	assert_int_equal(n_ended, 1);
	assert_int_equal(help_count("SELECT count(*) FROM call"), 1);
	assert_int_equal(help_count("SELECT count(*) FROM call_event"), help_count("SELECT count(DISTINCT details) FROM call_event"));
	assert_str(column(SID, CALL_STATUS)->bytes, "completed");
}

static void a_call_nobody_takes_is_missed(void **state)
{
	(void)state;
	hears(SID, "in-progress", 1, IN, "");
	hears(LEG, "no-answer", 1, DIAL, "");
	hears(SID, "completed", 2, IN "&CallDuration=31", "");
	assert_true(change.has_ended && change.is_missed);
	assert_int_equal(column(SID, CALL_ANSWERED)->type, STORE_NULL);
	assert_int_equal(column(LEG, CALL_IS_MISSED)->number, 0);
}

static void a_leg_somebody_takes_answers_the_caller(void **state)
{
	(void)state;
	hears(SID, "in-progress", 1, IN, "");
	hears(LEG, "in-progress", 1, "&Direction=outbound-dial&To=client%3Aacme_" SK "&ParentCallSid=" SID, "");
	assert_str(column(LEG, CALL_USER)->bytes, SK);
	hears(SID, "completed", 2, IN "&CallDuration=31", "");
	assert_true(change.has_ended && !change.is_missed);
	/* ... and so it does when it is told last. */
	hears("CA3", "completed", 2, IN, "");
	assert_true(change.is_missed);
	hears("CA4", "completed", 3, "&CallDuration=9&Direction=outbound-dial&To=%2B15550122&ParentCallSid=CA3", "");
	assert_int_equal(column("CA3", CALL_IS_MISSED)->number, 0);
	assert_int_equal(column("CA3", CALL_ANSWERED)->type, STORE_INT);
}

static void what_an_assistant_takes_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(call_answered(&help_scope, &help_arena, STR(SID)), -ENOENT);
	hears(SID, "in-progress", 1, IN, "");
	assert_int_equal(call_answered(&help_scope, &help_arena, STR(SID)), 0);
	hears(SID, "completed", 2, IN, "");
	assert_true(change.has_ended && !change.is_missed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_have_their_ranks),
		STORE_TEST(what_names_no_call_is_refused),
		STORE_TEST(any_order_ends_the_same),
		STORE_TEST(what_comes_again_changes_nothing),
		STORE_TEST(the_call_we_make_is_found_by_our_id_before_its_sid_is_known),
		STORE_TEST(what_comes_before_its_call_waits_for_it),
		STORE_TEST(a_leg_before_its_parent_joins_its_session),
		STORE_TEST(orphans_are_bounded_and_leave),
		STORE_TEST(told_at_once_it_happens_once),
		STORE_TEST(a_call_nobody_takes_is_missed),
		STORE_TEST(a_leg_somebody_takes_answers_the_caller),
		STORE_TEST(what_an_assistant_takes_is_not_missed),
	};
	return cmocka_run_group_tests_name("plane/call_status", tests, NULL, NULL);
}
