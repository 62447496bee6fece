/* SPDX-License-Identifier: MIT */
#include "../../../src/link/model_url.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ringdown/base/auto.h"

static void test_parts(void **state)
{
	static const struct {
		const char *url;
		bool is_tls;
		uint16_t port;
		const char *host, *header, *path;
	} rows[] = {
		{"wss://api.openai.com/v1/realtime", true, 443, "api.openai.com", "api.openai.com", "/v1/realtime"},
		{"ws://127.0.0.1:8080/v1/realtime?x=1", false, 8080, "127.0.0.1", "127.0.0.1:8080", "/v1/realtime?x=1"},
		{"ws://h", false, 80, "h", "h", "/"},
		{"wss://h:443/", true, 443, "h", "h", "/"},
		{"ws://h:443/", false, 443, "h", "h:443", "/"},
		{"wss://h?model=m", true, 443, "h", "h", "/?model=m"},
		{"ws://[::1]:9/a", false, 9, "::1", "[::1]:9", "/a"},
		{"wss://[2001:db8::1]", true, 443, "2001:db8::1", "[2001:db8::1]", "/"},
		{"ws://h:65535", false, 65535, "h", "h:65535", "/"},
		{"ws://h:", false, 80, "h", "h", "/"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct model_url u;
		assert_int_equal(model_url_parse(rows[i].url, &u), 0);
		assert_int_equal(u.is_tls, rows[i].is_tls);
		assert_int_equal(u.port, rows[i].port);
		assert_string_equal(u.host, rows[i].host);
		assert_string_equal(u.host_header, rows[i].header);
		assert_string_equal(u.path, rows[i].path);
	}
}

static void test_what_is_none(void **state)
{
	static const char *const urls[] = {"", "h", "http://h/", "https://h/", "wss:/h", "ws://", "wss:///path", "ws://:80/",
		"ws://h:0/", "ws://h:65536/", "ws://h:8a/", "ws://h:-1/", "ws://[::1/", "ws://[::1]9/", "ws://[]/",
		"wss://key@h/", "wss://user:key@h/", "ws://h/a b", "ws://h/\r\nX: y", "ws://h\t/", "ws://h/#part",
		"ws://h\x80/", "ws://h/\x7f"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct model_url u = {.port = 7};
		if (model_url_parse(urls[i], &u) != -EINVAL)
			fail_msg("\"%s\" was taken for a URL", urls[i]);
		assert_int_equal(u.port, 7);
	}
}

static void long_url(char *dst, size_t host, size_t path)
{
	char *at = stpcpy(dst, "ws://");
	memset(at, 'h', host);
	at[host] = '/';
	memset(at + host + 1, 'p', path);
	at[host + 1 + path] = '\0';
}

static void test_lengths(void **state)
{
	struct model_url u;
	char url[2048];
	(void)state;
	long_url(url, 255, 510);
	assert_int_equal(model_url_parse(url, &u), 0);
	assert_int_equal(strlen(u.path), 511);
	long_url(url, 256, 1);
	assert_int_equal(model_url_parse(url, &u), -EINVAL);
	long_url(url, 255, 511);
	assert_int_equal(model_url_parse(url, &u), -EINVAL);
}

static void test_path(void **state)
{
	static const struct {
		const char *url, *model, *path;
	} rows[] = {
		{"wss://h/v1/realtime", "gpt-realtime-2.1", "/v1/realtime?model=gpt-realtime-2.1"},
		{"wss://h/v1/realtime", "a b&c=d/e", "/v1/realtime?model=a%20b%26c%3Dd%2Fe"},
		{"wss://h/v1/realtime?x=1", "m", "/v1/realtime?x=1&model=m"},
		{"wss://h/v1/realtime?model=own", "m", "/v1/realtime?model=own"},
		{"wss://h/v1/realtime?x=1&model=own", "m", "/v1/realtime?x=1&model=own"},
		{"wss://h/v1/realtime?call_id=rtc_1", "m", "/v1/realtime?call_id=rtc_1"},
		{"wss://h/v1/realtime?intent=transcription", "m", "/v1/realtime?intent=transcription"},
		{"wss://h/v1/realtime?submodel=x", "m", "/v1/realtime?submodel=x&model=m"},
		{"wss://h/model=x", "m", "/model=x?model=m"},
		{"wss://h/v1/realtime", "", "/v1/realtime"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct model_url u;
		char path[128];
		assert_int_equal(model_url_parse(rows[i].url, &u), 0);
		assert_int_equal(model_url_path(&u, str_of(rows[i].model), path, sizeof(path)), 0);
		assert_string_equal(path, rows[i].path);
		assert_int_equal(model_url_path(&u, str_of(rows[i].model), path, strlen(rows[i].path)), -E2BIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
