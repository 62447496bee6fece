/* SPDX-License-Identifier: MIT */
/* What a worker asks of the book: a token that a stream can come in with, how it ended, whether to try again. */
#include "plane_rig.h"

#include <errno.h>
#include <pthread.h>

#include "../../../src/plane/bridge.h"

static const struct bridge_stream stream = {.call_sid = {RIG_SID, 34}, .caller = {"+15550100", 9}, .called = {"+15550199", 9},
	.assistant = {"reception", 9}, .idempotency_token = {"once", 4}};

static void a_token_lets_one_stream_in(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct rig_stream first, second;
	char token[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
	assert_int_equal(bridge_token(p, &stream, token), 0);
	assert_int_equal(bridge_token(p, &stream, again), 0);
	assert_string_equal(token, again); /* a webhook that is repeated */
	assert_int_equal(rig_claim(p, &first, RIG_SID, "MZ1", token, rig_now_s()), 0);
	assert_str(first.claim->assistant->id, "reception");
	assert_str(first.claim->caller, "+15550100");
	assert_int_equal(rig_claim(p, &second, RIG_SID, "MZ2", token, rig_now_s()), -EACCES);
	rig_stream_done(&first);
	rig_stream_done(&second);
	plane_free(p);
}

static void what_cannot_be_joined(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	char token[TOKEN_TEXT_MAX];
	struct bridge_stream s = stream;
	s.assistant = STR("nobody");
	assert_int_equal(bridge_token(p, &s, token), -ENOENT);
	s.assistant = STR("");
	assert_int_equal(bridge_token(p, &s, token), 0);
	s.call_sid = STR("no sid");
	assert_int_equal(bridge_token(p, &s, token), -EINVAL);
	plane_free(p);
}

static void how_a_stream_ended(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct rig_stream s;
	struct bridge_result r;
	char token[TOKEN_TEXT_MAX];
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), -ENOENT);
	assert_int_equal(bridge_resume(p, stream.call_sid), -ENOENT);
	assert_int_equal(bridge_token(p, &stream, token), 0);
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), 0);
	assert_int_equal(r.outcome, PLANE_NONE);
	rig_result(p, RIG_SID, "MZ1", PLANE_TRANSFER, NULL, 0);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), 0);
	assert_int_equal(r.outcome, PLANE_TRANSFER);
	assert_string_equal(r.target_number, "+15551230001");
	for (uint32_t i = 0; i < RESUMES_MAX; i++)
		assert_int_equal(bridge_resume(p, stream.call_sid), 0);
	assert_int_equal(bridge_resume(p, stream.call_sid), -E2BIG);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), 0);
	assert_int_equal(r.streams, RESUMES_MAX);
	bridge_forget(p, stream.call_sid);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), -ENOENT);
	rig_stream_done(&s);
	plane_free(p);
}

/* A call that is over while its stream lives stays until the stream has told how it ended. */
static void a_live_stream_is_not_forgotten(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct rig_stream s;
	struct bridge_result r;
	char token[TOKEN_TEXT_MAX];
	assert_int_equal(bridge_token(p, &stream, token), 0);
	assert_int_equal(rig_claim(p, &s, RIG_SID, "MZ1", token, rig_now_s()), 0);
	bridge_forget(p, stream.call_sid);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), 0);
	rig_result(p, RIG_SID, "MZ1", PLANE_COMPLETE, NULL, 0);
	assert_int_equal(bridge_result_of(p, stream.call_sid, &r), -ENOENT);
	rig_stream_done(&s);
	plane_free(p);
}

static void *ask_often(void *arg)
{
	char token[TOKEN_TEXT_MAX];
	for (int i = 0; i < 2000; i++) {
		struct bridge_result r;
		(void)bridge_token(arg, &stream, token);
		(void)bridge_result_of(arg, stream.call_sid, &r);
		bridge_forget(arg, stream.call_sid);
	}
	return NULL;
}

/* The thread sanitizer is the judge. */
static void workers_and_the_planes_thread_share_the_book(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, p), 0);
	for (int i = 0; i < 500; i++) {
		struct plane_request *r = rig_post(p, RIG_VOICE, "", RIG_FORM("ringing"));
		assert_int_equal(r->status, 200);
		plane_request_free(r);
		struct assistant_set *set = rig_set();
		plane_set_assistants(p, set);
		assistant_set_unref(set);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	plane_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_lets_one_stream_in, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_joined, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(how_a_stream_ended, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_live_stream_is_not_forgotten, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(workers_and_the_planes_thread_share_the_book, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/bridge", tests, NULL, NULL);
}
