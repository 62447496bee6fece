/* SPDX-License-Identifier: MIT */
/* The client against a false server: what it asks, how long it waits, how much it takes, and where it never goes. */
#include "http_server.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"
#include "ringdown/base/mem.h"
#include "ringdown/outbound/http_client.h"

/* libcurl's look-ups come here: a name whose server is dead, and one that has any address we like. */
static const char *rebound_to;

typedef int look_up_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

__attribute__((visibility("default"))) int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	void *next = dlsym(RTLD_NEXT, "getaddrinfo");
	look_up_fn *look_up;
	memcpy(&look_up, &next, sizeof(look_up));
	if (name && strcmp(name, "hang.test") == 0)
		(void)poll(NULL, 0, 3000);
	if (name && strcmp(name, "rebound.test") == 0)
		name = rebound_to;
	return look_up(name, service, hints, ret);
}

static struct arena arena;
static struct http_response response;

static int run_with(const struct http_client_settings *s, struct http_request *req)
{
	struct http_client *c = http_client_new(s);
	assert_non_null(c);
	arena_done(&arena);
	arena_init(&arena, 1 << 20);
	if (!req->method.n)
		req->method = STR("GET");
	int err = http_client_run(c, req, &arena, &response);
	http_client_free(c);
	return err;
}

static int run(const char *url, uint32_t timeout_ms)
{
	const struct http_client_settings s = {.allows_private = true};
	struct http_request req = {.url = str_of(url), .timeout_ms = timeout_ms};
	return run_with(&s, &req);
}

static int run_guarded(const char *url)
{
	const struct http_client_settings s = {0};
	struct http_request req = {.url = str_of(url), .timeout_ms = 5000};
	return run_with(&s, &req);
}

static void an_answer_of_any_status_is_one(void **state)
{
	(void)state;
	assert_int_equal(run(server_url("/ok"), 5000), 0);
	assert_int_equal(response.status, 200);
	assert_true(str_is(response.content_type, STR("application/json")));
	assert_true(str_is(response.body, STR("{\"ok\":true}")));
	assert_int_equal(run(server_url("/error"), 5000), 0);
	assert_int_equal(response.status, 500);
	assert_true(str_is(response.body, STR("it went wrong")));
	assert_int_equal(run(server_url("/empty"), 5000), 0);
	assert_int_equal(response.status, 204);
	assert_int_equal(response.body.n, 0);
}

static void what_is_asked_arrives(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_request req = {
		.method = STR("POST"),
		.url = str_of(server_url("/ok?a=b")),
		.body = STR("{\"x\":\0001}"),
		.headers = {{STR("Content-Type"), STR("application/json")}, {STR("webhook-id"), STR("call_1")}},
		.n_headers = 2,
		.timeout_ms = 5000,
	};
	assert_int_equal(run_with(&s, &req), 0);
	const char *got = server_last();
	assert_true(strncmp(got, "POST /ok?a=b HTTP/1.1\r\n", 23) == 0);
	assert_non_null(strstr(got, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(got, "\r\nwebhook-id: call_1\r\n"));
	assert_non_null(strstr(got, "\r\nUser-Agent: ringdown/"));
	assert_non_null(strstr(got, "\r\nContent-Length: 8\r\n"));
	assert_null(strstr(got, "Expect:"));
}

static void a_redirect_is_an_answer_and_not_followed(void **state)
{
	(void)state;
	assert_int_equal(run(server_url("/redirect"), 5000), 0);
	assert_int_equal(response.status, 302);
	assert_int_equal(atomic_load(&server.n_requests), 1);
}

static void one_client_keeps_its_connection(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_client *c = http_client_new(&s);
	arena_init(&arena, 1 << 20);
	struct http_request req = {.method = STR("GET"), .url = str_of(server_url("/ok")), .timeout_ms = 5000};
	for (int i = 0; i < 3; i++)
		assert_int_equal(http_client_run(c, &req, &arena, &response), 0);
	assert_int_equal(atomic_load(&server.n_requests), 3);
	assert_int_equal(atomic_load(&server.n_connections), 1);
	http_client_free(c);
}

static void who_asks_is_told_to_the_server_alone(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_client *c = http_client_new(&s);
	arena_init(&arena, 1 << 20);
	struct http_request req = {.method = STR("DELETE"), .url = str_of(server_url("/ok")), .user = STR("AC1"),
		.password = STR("open sesame: 1"), .timeout_ms = 5000};
	assert_int_equal(http_client_run(c, &req, &arena, &response), 0);
	assert_true(strncmp(server_last(), "DELETE /ok HTTP/1.1\r\n", 21) == 0);
	assert_non_null(strstr(server_last(), "\r\nAuthorization: Basic QUMxOm9wZW4gc2VzYW1lOiAx\r\n"));
	req.user = (struct str){0}; /* nothing of it is left in the handle */
	assert_int_equal(http_client_run(c, &req, &arena, &response), 0);
	assert_null(strstr(server_last(), "Authorization"));
	req.user = STR("AC1"), req.url = STR("http://127.0.0.1:1/");
	assert_int_equal(http_client_run(c, &req, &arena, &response), -ECONNREFUSED);
	assert_null(memmem(response.error.p, response.error.n, "sesame", 6));
	req.password = STR("a\0b");
	assert_int_equal(http_client_run(c, &req, &arena, &response), -ENOMEM);
	http_client_free(c);
}

/* What a number or a call would cost that is bought twice. */
static void what_goes_once_is_not_sent_again_by_curl(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_client *c = http_client_new(&s);
	arena_init(&arena, 1 << 20);
	char ok[256], gone[256];
	(void)snprintf(ok, sizeof(ok), "%s", server_url("/ok"));
	(void)snprintf(gone, sizeof(gone), "%s", server_url("/gone"));
	struct http_request first = {.method = STR("GET"), .url = str_of(ok), .timeout_ms = 5000};
	struct http_request post = {.method = STR("POST"), .url = str_of(gone), .body = STR("a=1"), .timeout_ms = 5000};
	assert_int_equal(http_client_run(c, &first, &arena, &response), 0);
	assert_int_equal(http_client_run(c, &post, &arena, &response), -EPROTO);
	assert_int_equal(atomic_load(&server.n_requests), 3); /* this is why */
	assert_int_equal(http_client_run(c, &first, &arena, &response), 0);
	post.is_once = true;
	assert_int_equal(http_client_run(c, &post, &arena, &response), -EPROTO);
	assert_int_equal(atomic_load(&server.n_requests), 5);
	assert_true(response.has_left);
	post.url = STR("http://127.0.0.1:1/");
	assert_int_equal(http_client_run(c, &post, &arena, &response), -ECONNREFUSED);
	assert_false(response.has_left);
	post.url = str_of(server_url("/slow")), post.timeout_ms = 300;
	assert_int_equal(http_client_run(c, &post, &arena, &response), -ETIMEDOUT);
	assert_true(response.has_left);
	http_client_free(c);
}

/* Long before the server is done; how long exactly, a busy machine decides. */
static void nobody_waits_beyond_the_deadline(void **state)
{
	(void)state;
	static const char *const paths[] = {"/slow", "/drip"};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int64_t start_us = clock_now_us();
		assert_int_equal(run(server_url(paths[i]), 200), -ETIMEDOUT);
		assert_true(clock_now_us() - start_us < 3000000);
		assert_int_equal(response.status, 0);
		assert_true(response.error.n > 0);
	}
}

/* The whole request, the look-up of its name included. */
static void a_dead_name_server_is_within_the_deadline(void **state)
{
	(void)state;
	int64_t start_us = clock_now_us();
	assert_int_equal(run("http://hang.test/", 200), -ETIMEDOUT);
	assert_true(clock_now_us() - start_us < 2500000);
}

static void an_answer_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(run(server_url("/pour"), 5000), -EMSGSIZE);
	assert_int_equal(run(server_url("/huge"), 5000), -EMSGSIZE);
	assert_true(str_is(response.error, STR("the answer is too large")));
	const struct http_client_settings s = {.allows_private = true, .body_max_bytes = 11};
	struct http_request req = {.url = str_of(server_url("/ok")), .timeout_ms = 5000};
	assert_int_equal(run_with(&s, &req), 0);
	const struct http_client_settings less = {.allows_private = true, .body_max_bytes = 10};
	assert_int_equal(run_with(&less, &req), -EMSGSIZE);
}

static void what_is_not_http_is_told(void **state)
{
	(void)state;
	assert_int_equal(run(server_url("/garbage"), 5000), -EPROTO);
	assert_int_equal(run(server_url("/close"), 5000), -EPROTO);
	char url[64];
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/ok", server.port);
	assert_int_equal(run(url, 5000), -EPROTO);
	assert_int_equal(run("http://127.0.0.1:1/", 5000), -ECONNREFUSED);
	assert_int_equal(run("http://no-such-name.invalid/", 5000), -ENOENT);
}

static void an_upgrade_is_the_whole_answer(void **state)
{
	(void)state;
	int64_t start_us = clock_now_us();
	assert_int_equal(run(server_url("/upgrade"), 8000), 0);
	assert_int_equal(response.status, 101);
	assert_true(clock_now_us() - start_us < 5000000);
}

static void urls_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		int err;
	} cases[] = {{"", -EINVAL}, {"nonsense", -EINVAL}, {"http://", -EINVAL}, {"http:// x/", -EINVAL},
		{"http://127.0.0.1:99999/", -EINVAL}, {"http://user@127.0.0.1/", -EACCES},
		{"http://somebody-special:with-a-long-password@127.0.0.1/", -EACCES}, {"http://u:p@127.0.0.1/", -EACCES},
		{"file:///etc/passwd", -EACCES}, {"gopher://127.0.0.1/", -EACCES}, {"ftp://127.0.0.1/", -EACCES},
		{"dict://127.0.0.1/", -EACCES}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int err = run(cases[i].url, 1000);
		if (err != cases[i].err)
			fail_msg("\"%s\" gives %d", cases[i].url, err);
		assert_true(response.error.n > 0);
	}
	const struct http_client_settings s = {.allows_private = true};
	struct http_request req = {.url = STR("http://127.0.0.1/\0x"), .timeout_ms = 1000};
	assert_int_equal(run_with(&s, &req), -EINVAL);
	static char longest[5000];
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest, "http://127.0.0.1/", 17);
	assert_int_equal(run(longest, 1000), -EINVAL);
	assert_int_equal(atomic_load(&server.n_connections), 0);
}

static void a_header_is_one_line(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_request req = {.url = str_of(server_url("/ok")), .timeout_ms = 1000,
		.headers = {{STR("webhook-id"), STR("a\r\nX-Evil: 1")}}, .n_headers = 1};
	assert_int_equal(run_with(&s, &req), -EINVAL);
	assert_int_equal(atomic_load(&server.n_connections), 0);
}

/* FAULTS 79: however it is spelled. */
static void private_addresses_are_refused(void **state)
{
	(void)state;
	static const char *const hosts[] = {"127.0.0.1", "localhost", "localhost.", "127.1", "2130706433", "0x7f000001",
		"0x7f.1", "0177.0.0.1", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
		"0.0.0.0", "0", "[::]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]",
		"100.64.0.1", "%31%32%37.0.0.1", "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1"};
	char url[128];
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		(void)snprintf(url, sizeof(url), "https://%s:%u/ok", hosts[i], server.port);
		int err = run_guarded(url);
		if (err != -EACCES && err != -EINVAL && err != -ENOENT)
			fail_msg("%s gives %d (" STR_FMT ")", url, err, STR_ARG(response.error));
	}
	assert_int_equal(atomic_load(&server.n_connections), 0);
	assert_int_equal(run_guarded("https://127.0.0.1/"), -EACCES);
	assert_true(str_is(response.error, STR("the host has a private or special address")));
}

static void plain_http_is_refused(void **state)
{
	(void)state;
	assert_int_equal(run_guarded(server_url("/ok")), -EACCES);
	assert_true(str_is(response.error, STR("only https is allowed")));
	assert_int_equal(atomic_load(&server.n_connections), 0);
}

/* host:port as the operator wrote it, and nothing beside it. */
static void targets_are_compared_as_a_whole(void **state)
{
	(void)state;
	assert_true(http_is_private_target("a.test:443", STR("https://a.test/x")));
	assert_true(http_is_private_target("a.test:80, [::1]:81", STR("http://[::1]:81/")));
	assert_false(http_is_private_target("a.test:443", STR("http://a.test/x")));
	assert_false(http_is_private_target("a.test:443", STR("https://a.test.example/x")));
	assert_false(http_is_private_target("a.test:443", STR("https://b.test/a.test:443")));
	assert_false(http_is_private_target("a.test", STR("https://a.test/")));
	assert_false(http_is_private_target("", STR("https://a.test/")));
	assert_false(http_is_private_target(NULL, STR("https://a.test/")));
}

static void private_targets_are_let_through_by_name(void **state)
{
	(void)state;
	char targets[64], other[64];
	(void)snprintf(targets, sizeof(targets), "10.0.0.1:80 , LocalHost:%u", server.port);
	(void)snprintf(other, sizeof(other), "http://localhost:%u/ok", server.port);
	const struct http_client_settings s = {.private_targets = targets};
	struct http_request req = {.url = str_of(other), .timeout_ms = 5000};
	assert_int_equal(run_with(&s, &req), 0);
	assert_int_equal(atomic_load(&server.n_connections), 1);
	req.url = str_of(server_url("/ok")); /* the same place, otherwise spelled */
	assert_int_equal(run_with(&s, &req), -EACCES);
	req.url = STR("https://localhost/");
	assert_int_equal(run_with(&s, &req), -EACCES);
	assert_int_equal(atomic_load(&server.n_connections), 1);
}

/* A name that was public when somebody looked at it, and is private when the socket is made. */
static void a_rebound_name_is_refused(void **state)
{
	(void)state;
	static const char *const addresses[] = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"};
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		rebound_to = addresses[i];
		char url[64];
		(void)snprintf(url, sizeof(url), "https://rebound.test:%u/ok", server.port);
		int err = run_guarded(url);
		if (err != -EACCES)
			fail_msg("%s gives %d (" STR_FMT ")", addresses[i], err, STR_ARG(response.error));
	}
	assert_int_equal(atomic_load(&server.n_connections), 0);
	rebound_to = "127.0.0.1"; /* the test itself can fail: without the guard the name leads there */
	char url[64];
	(void)snprintf(url, sizeof(url), "http://rebound.test:%u/ok", server.port);
	assert_int_equal(run(url, 5000), 0);
}

static _Atomic bool is_cancelled;

static void *cancel_soon(void *arg)
{
	(void)arg;
	(void)poll(NULL, 0, 200);
	atomic_store(&is_cancelled, true);
	return NULL;
}

static void a_cancelled_request_ends(void **state)
{
	(void)state;
	pthread_t thread;
	const struct http_client_settings s = {.allows_private = true, .is_cancelled = &is_cancelled};
	struct http_request req = {.url = str_of(server_url("/slow")), .timeout_ms = 9000};
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
	int64_t start_us = clock_now_us();
	assert_int_equal(run_with(&s, &req), -ECANCELED);
	assert_true(clock_now_us() - start_us < 5000000);
	(void)pthread_join(thread, NULL);
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true, .ca_file = "/etc/ssl/certs/ca-certificates.crt",
		.private_targets = "localhost:1"};
	struct http_client *c = NULL;
	for (uint32_t n = 1; !c; n++) {
		assert_true(n < 10);
		mem_fail_at(n);
		c = http_client_new(&s);
		mem_fail_at(0);
	}
	int err = -1;
	for (uint32_t n = 1; err < 0; n++) {
		assert_true(n < 20);
		arena_done(&arena);
		arena_init(&arena, 1 << 20);
		struct http_request req = {.method = STR("POST"), .url = str_of(server_url("/ok")), .timeout_ms = 5000,
			.headers = {{STR("webhook-id"), STR("x")}}, .n_headers = 1, .user = STR("u"), .password = STR("p")};
		mem_fail_at(n);
		err = http_client_run(c, &req, &arena, &response);
		mem_fail_at(0);
		assert_true(err == 0 || err == -ENOMEM);
	}
	http_client_free(c);
	assert_null(http_client_free(NULL));
}

static int teardown(void **state)
{
	arena_done(&arena);
	return server_end(state);
}

static int set_up_curl(void **state)
{
	(void)state;
	return http_client_global_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_of_any_status_is_one, server_start, teardown),
		cmocka_unit_test_setup_teardown(what_is_asked_arrives, server_start, teardown),
		cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_and_not_followed, server_start, teardown),
		cmocka_unit_test_setup_teardown(one_client_keeps_its_connection, server_start, teardown),
		cmocka_unit_test_setup_teardown(who_asks_is_told_to_the_server_alone, server_start, teardown),
		cmocka_unit_test_setup_teardown(what_goes_once_is_not_sent_again_by_curl, server_start, teardown),
		cmocka_unit_test_setup_teardown(nobody_waits_beyond_the_deadline, server_start, teardown),
		cmocka_unit_test_setup_teardown(a_dead_name_server_is_within_the_deadline, server_start, teardown),
		cmocka_unit_test_setup_teardown(an_answer_has_a_limit, server_start, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_http_is_told, server_start, teardown),
		cmocka_unit_test_setup_teardown(an_upgrade_is_the_whole_answer, server_start, teardown),
		cmocka_unit_test_setup_teardown(urls_that_are_none, server_start, teardown),
		cmocka_unit_test_setup_teardown(a_header_is_one_line, server_start, teardown),
		cmocka_unit_test_setup_teardown(private_addresses_are_refused, server_start, teardown),
		cmocka_unit_test(targets_are_compared_as_a_whole),
		cmocka_unit_test_setup_teardown(private_targets_are_let_through_by_name, server_start, teardown),
		cmocka_unit_test_setup_teardown(plain_http_is_refused, server_start, teardown),
		cmocka_unit_test_setup_teardown(a_rebound_name_is_refused, server_start, teardown),
		cmocka_unit_test_setup_teardown(a_cancelled_request_ends, server_start, teardown),
		cmocka_unit_test_setup_teardown(want_of_memory_is_told, server_start, teardown),
	};
	return cmocka_run_group_tests_name("outbound/http_client", tests, set_up_curl, NULL);
}
