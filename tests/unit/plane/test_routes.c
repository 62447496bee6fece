/* SPDX-License-Identifier: MIT */
/* Which paths there are, who may ask, and what is refused how; the upgrade of media streams; the thread. */
#include "plane_rig.h"

#include <errno.h>
#include <jansson.h>
#include <semaphore.h>

#include "ringdown/base/mem.h"

static struct plane_request *get(struct plane *p, const char *method, const char *path)
{
	struct plane_request *r = rig_request(method, path, "", "");
	r->is_local = true;
	plane_handle(p, r);
	return r;
}

static struct plane_request *get_by(struct plane *p, const char *path, bool is_admin, bool is_local)
{
	struct plane_request *r = rig_request("GET", path, "", "");
	r->is_admin = is_admin;
	r->is_local = is_local;
	plane_handle(p, r);
	return r;
}

static void is_refused(struct plane_request *r, int status, const char *detail)
{
	assert_int_equal(r->status, status);
	assert_string_equal(r->reply_type, "application/problem+json");
	json_t *j = json_loadb(r->reply.p, r->reply.n, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(j, "status")), status);
	assert_true(json_string_length(json_object_get(j, "title")) > 3);
	if (!strstr(json_string_value(json_object_get(j, "detail")), detail))
		fail_msg("%s", rig_text(r));
	json_decref(j);
	plane_request_free(r);
}

static void health_and_readiness(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	static const struct {
		bool is_ready, is_draining;
		int status;
		const char *word;
	} cases[] = {{false, false, 503, "starting"}, {true, false, 200, "ready"}, {true, true, 503, "draining"},
		{false, true, 503, "draining"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		plane_set_ready(p, cases[i].is_ready);
		plane_set_draining(p, cases[i].is_draining);
		struct plane_request *r = get(p, "GET", "/readyz");
		assert_int_equal(r->status, cases[i].status);
		assert_non_null(strstr(rig_text(r), cases[i].word));
		plane_request_free(r);
		r = get(p, "HEAD", "/healthz");
		assert_int_equal(r->status, 200);
		assert_str(r->reply, "{\"status\":\"ok\"}");
		plane_request_free(r);
	}
	plane_free(p);
}

static void metrics_are_prometheus_text(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = get(p, "GET", "/metrics");
	assert_int_equal(r->status, 200);
	assert_string_equal(r->reply_type, "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(rig_text(r), "# TYPE ringdown_calls_live gauge\nringdown_calls_live 0\n"));
	plane_request_free(r);
	plane_free(p);
}

static void status_is(struct plane_request *r, int status)
{
	assert_int_equal(r->status, status);
	plane_request_free(r);
}

static void without_an_admin_listener_metrics_are_for_this_machine(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	is_refused(get_by(p, "/metrics", false, false), 403, "[server] admin_listen");
	is_refused(get_by(p, "/api/metrics", false, true), 404, "nothing lives");
	status_is(get_by(p, "/metrics", false, true), 200);
	status_is(get_by(p, "/healthz", false, false), 200);
	plane_free(p);
}

static void each_listener_has_its_paths(void **state)
{
	(void)state;
	struct plane_settings s = rig_settings(true);
	s.has_admin = true;
	struct plane *p = rig_new(&s);
	is_refused(get_by(p, "/metrics", false, true), 404, "nothing lives");
	status_is(get_by(p, "/metrics", true, false), 200);
	for (int is_admin = 0; is_admin < 2; is_admin++) {
		status_is(get_by(p, "/healthz", is_admin, false), 200);
		status_is(get_by(p, "/readyz", is_admin, false), 503);
	}
	is_refused(get_by(p, RIG_VOICE, true, true), 404, "nothing lives");
	is_refused(get_by(p, RIG_VOICE, false, true), 405, "this path takes POST");
	plane_free(p);
}

static void paths_that_are_none(void **state)
{
	(void)state;
	static const char *const paths[] = {"", "/", "/healthz/", "/HEALTHZ", "/healthz/..", "//healthz", "/api", "/apihealthz",
		"/connect/webhook/twilio", "/connect/webhook/twilio/voice/", "/connect/webhook/twilio/voice;x", "/media-stream"};
	struct plane *p = rig(true);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		is_refused(get(p, "GET", paths[i]), 404, "nothing lives");
	plane_free(p);
}

static void methods_that_are_not_taken(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	is_refused(get(p, "POST", "/healthz"), 405, "this path takes GET, HEAD");
	is_refused(get(p, "GET", RIG_VOICE), 405, "this path takes POST");
	is_refused(get(p, "DELETE", RIG_AFTER), 405, "POST");
	is_refused(get(p, "", RIG_AFTER), 405, "POST");
	is_refused(get(p, "PO", RIG_AFTER), 405, "POST");
	plane_free(p);
}

static void the_platforms_prefix_is_taken(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = get(p, "GET", "/api/healthz");
	assert_int_equal(r->status, 200);
	plane_request_free(r);
	r = rig_post(p, "/api" RIG_VOICE, "", RIG_FORM("ringing"));
	assert_int_equal(r->status, 200);
	assert_non_null(strstr(rig_text(r), "action=\"" RIG_URL RIG_AFTER));
	plane_request_free(r);
	plane_free(p);
}

static void bodies_that_are_no_form(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	struct plane_request *r = rig_request("POST", RIG_VOICE, "", "{}");
	r->content_type = STR("application/json");
	plane_handle(p, r);
	is_refused(r, 415, "application/x-www-form-urlencoded");
	r = rig_request("POST", RIG_VOICE, "", "CallSid=%zz");
	r->content_type = STR(" application/x-www-form-urlencoded ; charset=utf-8");
	plane_handle(p, r);
	is_refused(r, 400, "bad percent escape");
	static char fields[257 * 4 + 1];
	for (int i = 0; i < 257; i++)
		memcpy(fields + 4 * i, "a=b&", 5);
	r = rig_request("POST", RIG_VOICE, "", fields);
	plane_handle(p, r);
	is_refused(r, 400, "256 fields");
	plane_free(p);
}

static struct plane_request *signed_for(struct plane *p, const char *token, const char *url)
{
	struct plane_request *r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
	rig_sign(r, token, url);
	plane_handle(p, r);
	return r;
}

static void signatures_that_do_not_fit(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	static const char *const urls[] = {"https://other.example.com" RIG_VOICE, "http://voice.example.com" RIG_VOICE,
		RIG_URL RIG_VOICE "/", RIG_URL RIG_AFTER, RIG_URL RIG_VOICE "?a=b"};
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		is_refused(signed_for(p, RIG_TOKEN, urls[i]), 403, "X-Twilio-Signature");
	is_refused(signed_for(p, "another token", RIG_URL RIG_VOICE), 403, "X-Twilio-Signature");
	struct plane_request *r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
	plane_handle(p, r);
	is_refused(r, 403, "missing");
	r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
	rig_sign(r, RIG_TOKEN, RIG_URL RIG_VOICE);
	r->body = arena_str(&r->arena, STR(RIG_FORM("ringing") "&From=%2B666"));
	plane_handle(p, r);
	is_refused(r, 403, "does not fit");
	assert_int_equal(p->book.n, 0);
	plane_free(p);
	p = rig(false);
	r = rig_request("POST", RIG_VOICE, "", RIG_FORM("ringing"));
	plane_handle(p, r);
	assert_int_equal(r->status, 200);
	plane_request_free(r);
	plane_free(p);
}

static void a_rotated_auth_token_is_taken(void **state)
{
	(void)state;
	struct plane *p = rig(true);
	assert_int_equal(plane_set_auth_token(p, STR("new")), 0);
	assert_int_equal(plane_set_auth_token(p, STR("new")), 0);
	is_refused(signed_for(p, RIG_TOKEN, RIG_URL RIG_VOICE), 403, "does not fit");
	struct plane_request *r = signed_for(p, "new", RIG_URL RIG_VOICE);
	assert_int_equal(r->status, 200);
	plane_request_free(r);
	mem_fail_at(1);
	assert_int_equal(plane_set_auth_token(p, STR("newer")), -ENOMEM);
	mem_fail_at(0);
	r = signed_for(p, "new", RIG_URL RIG_VOICE);
	assert_int_equal(r->status, 200);
	plane_request_free(r);
	plane_free(p);
}

static int upgrade(struct plane *p, const char *path, const char *signed_url, struct str *org, struct str *assistant)
{
	char signature[SIGNATURE_TEXT_MAX] = "";
	if (signed_url)
		assert_int_equal(signature_make(STR(RIG_TOKEN), str_of(signed_url), NULL, signature), 0);
	return plane_check_upgrade(p, str_of(path), str_of(signature), org, assistant);
}

#define WSS "wss://voice.example.com"

static void which_streams_may_be_opened(void **state)
{
	(void)state;
	static const struct {
		const char *path, *signed_url;
		int status;
		const char *org, *assistant;
	} cases[] = {
		{"/media-stream", WSS "/media-stream", 101, "", ""},
		{"/media-stream/", WSS "/media-stream/", 101, "", ""},
		{"/media-stream", WSS "/media-stream/", 101, "", ""}, /* "try appending a slash" */
		{"/simple-voice/stream/default/sales", WSS "/simple-voice/stream/default/sales", 101, "default", "sales"},
		{"/simple-voice/stream/default/sales/", WSS "/simple-voice/stream/default/sales/", 101, "default", "sales"},
		{"/api/media-stream", WSS "/api/media-stream", 101, "", ""},
		{"/media-stream", NULL, 403, NULL, NULL},
		{"/media-stream", "https://voice.example.com/media-stream", 403, NULL, NULL},
		{"/media-stream", WSS "/other", 403, NULL, NULL},
		{"/media-stream?token=x", WSS "/media-stream?token=x", 400, NULL, NULL},
		{"/", WSS "/", 404, NULL, NULL},
		{"/simple-voice/stream/", WSS "/x", 404, NULL, NULL},
		{"/simple-voice/stream/default", WSS "/x", 404, NULL, NULL},
		{"/simple-voice/stream/default/", WSS "/x", 404, NULL, NULL},
		{"/simple-voice/stream/default//", WSS "/x", 404, NULL, NULL},
		{"/simple-voice/stream/other/sales", WSS "/x", 404, NULL, NULL},
		{"/simple-voice/stream/default/a/b", WSS "/x", 404, NULL, NULL},
		{"/connect/webhook/twilio/voice", WSS "/x", 404, NULL, NULL},
	};
	struct plane *p = rig(true);
	struct str org, assistant;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int status = upgrade(p, cases[i].path, cases[i].signed_url, &org, &assistant);
		if (status != cases[i].status)
			fail_msg("%s signed as %s: %d", cases[i].path, cases[i].signed_url, status);
		if (status == 101)
			assert_true(str_is(org, str_of(cases[i].org)) && str_is(assistant, str_of(cases[i].assistant)));
	}
	plane_set_draining(p, true);
	assert_int_equal(upgrade(p, "/media-stream", WSS "/media-stream", &org, &assistant), 503);
	assert_int_equal(upgrade(p, "/nowhere", WSS "/nowhere", &org, &assistant), 404);
	plane_free(p);
	p = rig(false);
	assert_int_equal(upgrade(p, "/media-stream", NULL, &org, &assistant), 101);
	plane_free(p);
}

static void a_long_id_is_no_path(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	struct str org, assistant;
	char path[256];
	for (int n = ASSISTANT_ID_MAX; n <= ASSISTANT_ID_MAX + 1; n++) {
		(void)snprintf(path, sizeof(path), "/simple-voice/stream/default/%0*d", n, 0);
		assert_int_equal(upgrade(p, path, NULL, &org, &assistant), n == ASSISTANT_ID_MAX ? 101 : 404);
	}
	plane_free(p);
}

/* ---- the thread ---- */

static sem_t answered;

static void on_done(struct plane_request *r)
{
	*(int *)r->owner = r->status;
	plane_request_free(r);
	sem_post(&answered);
}

static void on_claim_done(struct plane_claim *c)
{
	*(int *)c->owner = c->error;
	assistant_set_unref(c->set);
	plane_claim_free(c);
	sem_post(&answered);
}

static struct plane_request *request_to(int *status)
{
	struct plane_request *r = rig_request("GET", "/healthz", "", "");
	r->done = on_done;
	r->owner = status;
	return r;
}

static void the_thread_answers_in_order(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	int status[100] = {0}, error = 1;
	sem_init(&answered, 0, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(plane_submit(p, request_to(&status[i])), 0);
	struct plane_claim *c = plane_claim_new();
	c->call_sid = STR(RIG_SID);
	c->stream_sid = STR("MZ1");
	c->done = on_claim_done;
	c->owner = &error;
	assert_int_equal(plane_claim_submit(p, c), 0);
	for (int i = 0; i < 101; i++)
		sem_wait(&answered);
	for (int i = 0; i < 100; i++)
		assert_int_equal(status[i], 200);
	assert_int_equal(error, 0);
	plane_free(p);
}

/* After plane_stop nobody is called back any more: whoever would have been may go away. */
static void a_stopped_plane_takes_and_gives_nothing(void **state)
{
	(void)state;
	struct plane *p = rig(false);
	int status = 0;
	struct plane_request *r = request_to(&status);
	plane_stop(p);
	plane_stop(p);
	assert_int_equal(plane_submit(p, r), -EAGAIN);
	plane_request_free(r);
	struct plane_claim *c = plane_claim_new();
	assert_int_equal(plane_claim_submit(p, c), -EAGAIN);
	plane_claim_free(c);
	struct plane_result *result = plane_result_new();
	assert_int_equal(plane_result_submit(p, result), -EAGAIN);
	plane_result_free(result);
	assert_int_equal(status, 0);
	plane_free(p);
	plane_stop(NULL);
	assert_null(plane_free(NULL));
}

static void want_of_memory_makes_no_half_plane(void **state)
{
	(void)state;
	const struct plane_settings s = rig_settings(true);
	struct assistant_set *set = rig_set();
	struct plane *p = NULL;
	uint32_t n = 1;
	for (; !p; n++) {
		assert_true(n < 20);
		mem_fail_at(n);
		p = plane_new(&s, set);
		mem_fail_at(0);
	}
	assert_true(n > 3);
	plane_free(p);
	assistant_set_unref(set);
	mem_fail_at(1);
	assert_null(plane_request_new());
	mem_fail_at(1);
	assert_null(plane_claim_new());
	mem_fail_at(1);
	assert_null(plane_result_new());
	assert_null(plane_request_free(NULL));
	assert_null(plane_claim_free(NULL));
	assert_null(plane_result_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(health_and_readiness, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(metrics_are_prometheus_text, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(without_an_admin_listener_metrics_are_for_this_machine, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(each_listener_has_its_paths, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(paths_that_are_none, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(methods_that_are_not_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_platforms_prefix_is_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(bodies_that_are_no_form, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(signatures_that_do_not_fit, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_rotated_auth_token_is_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(which_streams_may_be_opened, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_long_id_is_no_path, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(the_thread_answers_in_order, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_stopped_plane_takes_and_gives_nothing, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_makes_no_half_plane, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/routes", tests, NULL, NULL);
}
