/* SPDX-License-Identifier: MIT */
/* The pool of tool workers against a false server: what is asked and how it is signed, what the model is told of every
 * outcome, and how the pool ends. */
#include "../outbound/http_server.h"

#include <errno.h>
#include <jansson.h>
#include <semaphore.h>
#include <time.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/jobs/tools.h"
#include "ringdown/wire/signature.h"

static sem_t done;
static _Atomic int n_done;

static void on_done(struct tool_job *job)
{
	struct tool_job **to = job->owner;
	atomic_fetch_add(&n_done, 1);
	*to = job;
	sem_post(&done);
}

static struct tool_pool *pool(uint32_t workers, uint32_t queue_max)
{
	const struct tool_pool_settings s = {.workers = workers, .queue_max = queue_max, .http = {.allows_private = true}};
	struct tool_pool *p = tool_pool_new(&s);
	assert_non_null(p);
	return p;
}

static struct tool_job *job_for(const char *url, const char *arguments, uint32_t timeout_ms, struct tool_job **owner)
{
	struct tool_job *job = tool_job_new();
	assert_non_null(job);
	job->url = arena_str(&job->arena, str_of(url));
	job->secret = STR("s3cr3t");
	job->name = STR("find_slots");
	job->call_id = STR("call_1");
	job->arguments = arena_str(&job->arena, str_of(arguments));
	job->call_sid = STR("CA1");
	job->assistant = STR("default");
	job->caller = STR("+15550100");
	job->timeout_ms = timeout_ms;
	job->done = on_done;
	job->owner = owner;
	return job;
}

/* Runs one job to its end; free it. */
static struct tool_job *run(const char *url, const char *arguments, uint32_t timeout_ms)
{
	struct tool_pool *p = pool(1, 0);
	struct tool_job *answered = NULL;
	assert_int_equal(tool_pool_submit(p, job_for(url, arguments, timeout_ms, &answered)), 0);
	sem_wait(&done);
	assert_null(tool_pool_free(p));
	assert_non_null(answered);
	return answered;
}

static void is_error(struct tool_job *job, const char *words)
{
	char expected[256];
	(void)snprintf(expected, sizeof(expected), "{\"error\":\"%s\"}", words);
	assert_false(job->is_ok);
	if (!str_is(job->output, str_of(expected)))
		fail_msg(STR_FMT " and not %s", STR_ARG(job->output), expected);
	tool_job_free(job);
}

static const char *header_of(const char *request, const char *name)
{
	static char value[4][256];
	static unsigned turn;
	char *to = value[turn++ % 4];
	const char *at = strcasestr(request, name);
	to[0] = '\0';
	if (at)
		(void)sscanf(at + strlen(name), " %255[^\r\n]", to);
	return to;
}

static void the_answer_comes_back(void **state)
{
	(void)state;
	struct tool_job *job = run(server_url("/ok"), "{}", 5000);
	assert_true(job->is_ok);
	assert_true(str_is(job->output, STR("{\"ok\":true}")));
	assert_true(job->took_us > 0);
	tool_job_free(job);
	job = run(server_url("/empty"), "{}", 5000);
	assert_true(job->is_ok);
	assert_true(str_is(job->output, STR("{}")));
	tool_job_free(job);
}

static void the_server_learns_who_asks(void **state)
{
	(void)state;
	tool_job_free(run(server_url("/ok"), "{\"day\":\"\\u00e9\",\"n\":123456789012345678901234567890, \"f\":1e-400}", 5000));
	const char *request = server_last(), *body = strstr(request, "\r\n\r\n");
	assert_non_null(body);
	body += 4;
	assert_string_equal(body,
		"{\"type\":\"function_call\",\"name\":\"find_slots\",\"call_id\":\"call_1\","
		"\"arguments\":{\"day\":\"\\u00e9\",\"n\":123456789012345678901234567890, \"f\":1e-400},"
		"\"call\":{\"call_sid\":\"CA1\",\"assistant\":\"default\",\"caller\":\"+15550100\",\"called\":\"\"}}");
	assert_true(strncmp(request, "POST /ok HTTP/1.1\r\n", 19) == 0);
	assert_string_equal(header_of(request, "\r\nContent-Type:"), "application/json");
}

/* As Standard Webhooks 1.0.0 has it, but for the secret, which is the bytes of its file. */
static void the_request_is_signed(void **state)
{
	(void)state;
	char expected[WEBHOOK_SIGNATURE_MAX];
	tool_job_free(run(server_url("/ok"), "{}", 5000));
	const char *request = server_last(), *body = strstr(request, "\r\n\r\n") + 4;
	const char *id = header_of(request, "\r\nwebhook-id:"), *stamp = header_of(request, "\r\nwebhook-timestamp:");
	assert_string_equal(id, "call_1");
	int64_t at_s = strtoll(stamp, NULL, 10), now_s = clock_wall_ms() / 1000;
	assert_true(at_s <= now_s && at_s > now_s - 60);
	assert_int_equal(webhook_sign(STR("s3cr3t"), str_of(id), at_s, str_of(body), expected), 0);
	assert_string_equal(header_of(request, "\r\nwebhook-signature:"), expected);
}

static void failures_are_told_to_the_model(void **state)
{
	(void)state;
	is_error(run(server_url("/error"), "{}", 5000), "the function's server answered with status 500");
	is_error(run(server_url("/redirect"), "{}", 5000), "the function's server answered with status 302");
	is_error(run(server_url("/slow"), "{}", 200), "the function did not answer in time");
	is_error(run(server_url("/pour"), "{}", 5000), "the function's answer is too large");
	is_error(run(server_url("/garbage"), "{}", 5000), "the function could not be run");
	is_error(run("http://127.0.0.1:1/", "{}", 5000), "the function's server cannot be reached");
	is_error(run("http://no-such-name.invalid/", "{}", 5000), "the function's server cannot be found");
	is_error(run("ftp://127.0.0.1/", "{}", 5000), "the function's URL is not allowed");
}

static void arguments_that_are_no_object_are_not_sent(void **state)
{
	(void)state;
	static const char *const arguments[] = {"", "{", "{\"a\":1", "[1]", "5", "\"x\"", "null", "{} {}", "{\"a\":1e999}", "{\"\xff\":1}"};
	for (size_t i = 0; i < ARRAY_LEN(arguments); i++)
		is_error(run(server_url("/ok"), arguments[i], 5000), "the arguments are not a JSON object");
	assert_int_equal(atomic_load(&server.n_connections), 0);
}

static void a_call_id_of_any_length(void **state)
{
	(void)state;
	struct tool_pool *p = pool(1, 0);
	struct tool_job *answered = NULL, *job = job_for(server_url("/ok"), "{}", 5000, &answered);
	static char id[400];
	memset(id, 'a', sizeof(id));
	job->call_id = (struct str){id, sizeof(id)};
	assert_int_equal(tool_pool_submit(p, job), 0);
	sem_wait(&done);
	is_error(answered, "the function could not be run");
	answered = NULL;
	job = job_for(server_url("/ok"), "{}", 5000, &answered);
	job->call_id = STR("a\r\nX-Evil: 1");
	assert_int_equal(tool_pool_submit(p, job), 0);
	sem_wait(&done);
	is_error(answered, "the function could not be run");
	assert_int_equal(atomic_load(&server.n_connections), 0);
	tool_pool_free(p);
}

/* Private addresses are refused unless the operator has said otherwise. */
static void the_guard_is_on(void **state)
{
	(void)state;
	const struct tool_pool_settings s = {.workers = 1};
	struct tool_pool *p = tool_pool_new(&s);
	struct tool_job *answered = NULL;
	char url[64];
	(void)snprintf(url, sizeof(url), "https://localhost:%u/ok", server.port);
	assert_int_equal(tool_pool_submit(p, job_for(url, "{}", 5000, &answered)), 0);
	sem_wait(&done);
	is_error(answered, "the function's URL is not allowed");
	assert_int_equal(atomic_load(&server.n_connections), 0);
	tool_pool_free(p);
}

static void workers_work_side_by_side(void **state)
{
	(void)state;
	enum { N = 8 };
	struct tool_job *answered[N] = {0};
	struct tool_pool *p = pool(N, 0);
	int64_t start_us = clock_now_us();
	for (int i = 0; i < N; i++)
		assert_int_equal(tool_pool_submit(p, job_for(server_url("/late"), "{}", 5000, &answered[i])), 0);
	for (int i = 0; i < N; i++)
		sem_wait(&done);
	assert_true(clock_now_us() - start_us < N * 300000);
	for (int i = 0; i < N; i++) {
		assert_true(answered[i]->is_ok);
		tool_job_free(answered[i]);
	}
	tool_pool_free(p);
}

static void the_queue_has_an_end(void **state)
{
	(void)state;
	enum { N = 8 };
	struct tool_job *answered[N + 2] = {0};
	struct tool_pool *p = pool(1, N);
	int taken = 0;
	for (int i = 0; i < N + 2; i++) {
		struct tool_job *job = job_for(server_url("/slow"), "{}", 9000, &answered[i]);
		if (tool_pool_submit(p, job) == 0)
			taken++;
		else
			tool_job_free(job);
	}
	assert_in_range(taken, N, N + 1); /* one of them may have left the queue for its worker by then */
	int64_t start_us = clock_now_us();
	tool_pool_stop(p); /* what runs is cancelled, what waits is never begun */
	assert_true(clock_now_us() - start_us < 5000000);
	int n = atomic_load(&n_done);
	assert_true(n <= 1);
	for (int i = 0; i < N + 2; i++)
		tool_job_free(answered[i]);
	assert_true(atomic_load(&server.n_requests) <= 1);
	struct tool_job *late = job_for(server_url("/ok"), "{}", 9000, &answered[0]);
	assert_int_equal(tool_pool_submit(p, late), -EAGAIN);
	tool_job_free(late);
	tool_pool_stop(p);
	assert_int_equal(atomic_load(&n_done), n);
	assert_null(tool_pool_free(p));
	tool_pool_stop(NULL);
	assert_null(tool_pool_free(NULL));
}

static void room_comes_back(void **state)
{
	(void)state;
	struct tool_pool *p = pool(2, 4);
	for (int round = 0; round < 20; round++) {
		struct tool_job *answered[4] = {0};
		for (int i = 0; i < 4; i++)
			assert_int_equal(tool_pool_submit(p, job_for(server_url("/ok"), "{}", 5000, &answered[i])), 0);
		for (int i = 0; i < 4; i++)
			sem_wait(&done);
		for (int i = 0; i < 4; i++)
			tool_job_free(answered[i]);
	}
	tool_pool_free(p);
}

static void want_of_memory(void **state)
{
	(void)state;
	struct tool_pool *p = NULL;
	const struct tool_pool_settings s = {.workers = 1, .http = {.allows_private = true}};
	for (uint32_t n = 1; !p; n++) {
		assert_true(n < 10);
		mem_fail_at(n);
		p = tool_pool_new(&s);
		mem_fail_at(0);
	}
	mem_fail_at(1);
	assert_null(tool_job_new());
	assert_null(tool_job_free(NULL));
	struct tool_job *answered = NULL;
	for (uint32_t n = 1, is_ok = 0; !is_ok; n++) {
		assert_true(n < 30);
		struct tool_job *job = job_for(server_url("/ok"), "{}", 5000, &answered);
		mem_fail_at(n);
		assert_int_equal(tool_pool_submit(p, job), 0);
		sem_wait(&done);
		mem_fail_at(0);
		is_ok = answered->is_ok;
		assert_true(answered->output.n > 0);
		tool_job_free(answered);
	}
	tool_pool_free(p);
}

static int setup(void **state)
{
	sem_init(&done, 0, 0);
	atomic_store(&n_done, 0);
	return server_start(state);
}

static int set_up_curl(void **state)
{
	(void)state;
	return http_client_global_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_answer_comes_back, setup, server_end),
		cmocka_unit_test_setup_teardown(the_server_learns_who_asks, setup, server_end),
		cmocka_unit_test_setup_teardown(the_request_is_signed, setup, server_end),
		cmocka_unit_test_setup_teardown(failures_are_told_to_the_model, setup, server_end),
		cmocka_unit_test_setup_teardown(arguments_that_are_no_object_are_not_sent, setup, server_end),
		cmocka_unit_test_setup_teardown(a_call_id_of_any_length, setup, server_end),
		cmocka_unit_test_setup_teardown(the_guard_is_on, setup, server_end),
		cmocka_unit_test_setup_teardown(workers_work_side_by_side, setup, server_end),
		cmocka_unit_test_setup_teardown(the_queue_has_an_end, setup, server_end),
		cmocka_unit_test_setup_teardown(room_comes_back, setup, server_end),
		cmocka_unit_test_setup_teardown(want_of_memory, setup, server_end),
	};
	return cmocka_run_group_tests_name("jobs/tools", tests, set_up_curl, NULL);
}
