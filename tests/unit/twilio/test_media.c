/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include "ringdown/twilio/media.h"

static struct {
	int n_begun;
	char sound[64];
	size_t n;
} got;

static int on_begin(const struct http_response *head, void *arg)
{
	(void)arg;
	got.n_begun++;
	assert_true(str_is(http_response_header(head, "content-range"), STR("bytes 0-3/9")));
	return 1;
}

static int on_piece(struct str bytes, void *arg)
{
	(void)arg;
	assert_true(got.n + bytes.n < sizeof(got.sound));
	memcpy(got.sound + got.n, bytes.p, bytes.n);
	got.n += bytes.n;
	return 0;
}

static struct http_response response;

static int fetch(bool is_head)
{
	static const struct http_sink sink = {on_begin, on_piece, NULL};
	const struct twilio_media m = {.recording_sid = STR("RE1"), .extension = "mp3", .is_head = is_head,
		.range = STR("bytes=0-3"), .sink = &sink};
	memset(&got, 0, sizeof(got));
	return twilio_media_fetch(rig.client, &rig.account, &m, &rig.arena, &response);
}

static void sound_comes_with_our_credentials_and_from_elsewhere_without(void **state)
{
	(void)state;
	char redirect[128];
	(void)snprintf(redirect, sizeof(redirect), "307 Temporary Redirect\r\nLocation: http://127.0.0.1:%u/s3/RE1?key=1",
		script.port);
	SCRIPT({redirect, "moved"}, {"206 Partial Content\r\nContent-Range: bytes 0-3/9", "ABCD"});
	assert_int_equal(fetch(false), 0);
	assert_int_equal(response.status, 206);
	assert_int_equal(got.n_begun, 1);
	assert_int_equal(got.n, 4);
	assert_memory_equal(got.sound, "ABCD", 4);
	assert_true(strncmp(script.requests[0], "GET /api/2010-04-01/Accounts/" AC "/Recordings/RE1.mp3 HTTP", 87) == 0);
	assert_non_null(strstr(script.requests[0], "\r\nAuthorization: Basic "));
	assert_true(strncmp(script.requests[1], "GET /s3/RE1?key=1 HTTP", 22) == 0);
	assert_null(strstr(script.requests[1], "Authorization"));
	assert_non_null(strstr(script.requests[1], "\r\nRange: bytes=0-3\r\n"));
}

static void what_is_not_sound_does_not_reach_the_listener(void **state)
{
	(void)state;
	SCRIPT({"404 Not Found", "{\"code\":20404}"});
	assert_int_equal(fetch(false), 0);
	assert_int_equal(response.status, 404);
	assert_int_equal(got.n_begun, 0);
	assert_true(str_is(response.body, STR("{\"code\":20404}")));
}

static void a_circle_of_redirects_has_an_end(void **state)
{
	(void)state;
	char redirect[128];
	(void)snprintf(redirect, sizeof(redirect), "302 Found\r\nLocation: http://127.0.0.1:%u/round", script.port);
	SCRIPT({redirect, ""}, {redirect, ""}, {redirect, ""}, {redirect, ""}, {redirect, ""});
	assert_int_equal(fetch(false), -ELOOP);
	assert_int_equal(atomic_load(&script.n_requests), 4);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sound_comes_with_our_credentials_and_from_elsewhere_without),
		CASE(what_is_not_sound_does_not_reach_the_listener),
		CASE(a_circle_of_redirects_has_an_end),
	};
	return cmocka_run_group_tests_name("twilio/media", tests, rig_group, NULL);
}
