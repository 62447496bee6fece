/* SPDX-License-Identifier: MIT */
/* How an answer is taken: the headers that are kept, the body whole or in pieces. */
#include "http_server.h"

#include <errno.h>

#include "ringdown/outbound/http_client.h"

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

static void headers_that_matter_are_kept(void **state)
{
	(void)state;
	assert_int_equal(run(server_url("/later"), 5000), 0);
	assert_int_equal(response.status, 429);
	assert_int_equal(response.retry_after_s, 7);
	assert_true(str_is(http_response_header(&response, "retry-after"), STR("7")));
	assert_true(str_is(http_response_header(&response, "location"), STR("/ok")));
	assert_true(str_is(http_response_header(&response, "twilio-request-id"), STR("RQ1")));
	assert_int_equal(http_response_header(&response, "x-other").n, 0);
	assert_int_equal(run(server_url("/ok"), 5000), 0);
	assert_int_equal(response.retry_after_s, 0);
	assert_int_equal(http_response_header(&response, "location").n, 0);
}

static struct {
	int wants, piece_gives, n_begun, n_pieces, status;
	size_t n_bytes;
} sink;

static int sink_begin(const struct http_response *head, void *arg)
{
	assert_ptr_equal(arg, &sink);
	sink.n_begun++;
	sink.status = head->status;
	if (head->status == 206) {
		assert_true(str_is(http_response_header(head, "content-range"), STR("bytes 0-299999/300000")));
		assert_true(str_is(http_response_header(head, "etag"), STR("\"e\"")));
		assert_int_equal(http_response_header(head, "retry-after").n, 0); /* that was the 100's */
	}
	return sink.wants;
}

static int sink_piece(struct str bytes, void *arg)
{
	(void)arg;
	sink.n_pieces++;
	sink.n_bytes += bytes.n;
	return sink.piece_gives;
}

static int run_into_sink(const char *path, const char *method, int wants, int piece_gives)
{
	const struct http_client_settings s = {.allows_private = true};
	const struct http_sink to = {sink_begin, sink_piece, &sink};
	struct http_request req = {.method = str_of(method), .url = str_of(server_url(path)), .timeout_ms = 5000, .sink = &to};
	memset(&sink, 0, sizeof(sink));
	sink.wants = wants, sink.piece_gives = piece_gives;
	return run_with(&s, &req);
}

static void an_answer_can_be_taken_as_it_comes(void **state)
{
	(void)state;
	assert_int_equal(run_into_sink("/stream", "GET", 1, 0), 0); /* beyond the limit of what is collected */
	assert_int_equal(sink.n_bytes, 300000);
	assert_int_equal(response.body.n, 0);
	assert_int_equal(sink.n_begun, 1);
	assert_int_equal(sink.status, 206);
	assert_int_equal(run_into_sink("/error", "GET", 0, 0), 0); /* this one is rather read whole */
	assert_true(str_is(response.body, STR("it went wrong")));
	assert_int_equal(sink.n_pieces, 0);
	assert_int_equal(run_into_sink("/empty", "GET", 1, 0), 0); /* nothing to come, but an answer */
	assert_int_equal(sink.n_begun, 1);
	assert_int_equal(run_into_sink("/ok", "HEAD", 1, 0), 0);
	assert_true(strncmp(server_last(), "HEAD /ok", 8) == 0);
	assert_int_equal(sink.n_pieces, 0);
	assert_true(str_is(http_response_header(&response, "content-length"), STR("11")));
	assert_int_equal(run_into_sink("/stream", "GET", -ECONNRESET, 0), -ECONNRESET);
	assert_int_equal(run_into_sink("/stream", "GET", 1, -EPIPE), -EPIPE);
	assert_int_equal(sink.n_pieces, 1);
}

static void an_answer_may_be_larger_for_one_request(void **state)
{
	(void)state;
	const struct http_client_settings s = {.allows_private = true};
	struct http_request req = {.url = str_of(server_url("/stream")), .timeout_ms = 5000, .body_max_bytes = 300000};
	assert_int_equal(run_with(&s, &req), 0);
	assert_int_equal(response.body.n, 300000);
	req.body_max_bytes = 299999;
	assert_int_equal(run_with(&s, &req), -EMSGSIZE);
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
		cmocka_unit_test_setup_teardown(headers_that_matter_are_kept, server_start, teardown),
		cmocka_unit_test_setup_teardown(an_answer_can_be_taken_as_it_comes, server_start, teardown),
		cmocka_unit_test_setup_teardown(an_answer_may_be_larger_for_one_request, server_start, teardown),
	};
	return cmocka_run_group_tests_name("outbound/http_answer", tests, set_up_curl, NULL);
}
