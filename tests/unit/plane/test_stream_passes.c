/* SPDX-License-Identifier: MIT */
/* What an upgrade may carry is what was left for it: the account's signature, for this stream, for two minutes. */
#include "../../../src/plane/stream_passes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ringdown/wire/signature.h"

static const struct stream_name reception = {{"acme", 4}, {"reception", 9}};

static struct stream_passes *passes_of(const char *token, const char *base, int64_t now_s)
{
	struct stream_passes *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	stream_passes_add(p, str_of(token), str_of(base), &reception, now_s);
	return p;
}

static bool fits(const struct stream_passes *p, const char *token, const char *url, int64_t now_s)
{
	char text[SIGNATURE_TEXT_MAX];
	assert_int_equal(signature_make(str_of(token), str_of(url), NULL, text), 0);
	return stream_passes_fit(p, str_of(text), &reception, now_s);
}

static void what_twilio_signs(void **state)
{
	(void)state;
	struct stream_passes *p = passes_of("token", "wss://voice.example.com", 100);
	assert_true(fits(p, "token", "wss://voice.example.com/simple-voice/stream/acme/reception", 101));
	assert_true(fits(p, "token", "wss://voice.example.com/simple-voice/stream/acme/reception/", 101));
	assert_true(fits(p, "token", "wss://voice.example.com:443/simple-voice/stream/acme/reception", 101));
	assert_false(fits(p, "other", "wss://voice.example.com/simple-voice/stream/acme/reception", 101));
	assert_false(fits(p, "token", "wss://voice.example.com/simple-voice/stream/acme/sales", 101));
	assert_false(fits(p, "token", "wss://voice.example.com/simple-voice/stream/acme/reception", 100 + STREAM_PASS_LIFE_S));
	free(p);
	p = passes_of("token", "ws://127.0.0.1:8080", 100);
	assert_true(fits(p, "token", "wss://127.0.0.1:8080/simple-voice/stream/acme/reception", 101));
	assert_true(fits(p, "token", "wss://127.0.0.1/simple-voice/stream/acme/reception", 101));
	free(p);
}

static void for_this_stream_only(void **state)
{
	(void)state;
	struct stream_passes *p = passes_of("token", "wss://voice.example.com", 100);
	const struct stream_name others[] = {{{"acme", 4}, {"sales", 5}}, {{"other", 5}, {"reception", 9}}, {{"", 0}, {"", 0}}};
	char text[SIGNATURE_TEXT_MAX];
	signature_make(STR("token"), STR("wss://voice.example.com/simple-voice/stream/acme/reception"), NULL, text);
	assert_true(stream_passes_fit(p, str_of(text), &reception, 101));
	for (size_t i = 0; i < 3; i++)
		assert_false(stream_passes_fit(p, str_of(text), &others[i], 101));
	free(p);
}

static void what_is_no_signature(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "****************************"};
	struct stream_passes *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	stream_passes_add(p, STR(""), STR("wss://voice.example.com"), &reception, 100); /* no token: no pass */
	for (size_t i = 0; i < 4; i++)
		assert_false(stream_passes_fit(p, str_of(texts[i]), &reception, 101));
	assert_false(fits(p, "", "wss://voice.example.com/simple-voice/stream/acme/reception", 101));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_twilio_signs),
		cmocka_unit_test(for_this_stream_only),
		cmocka_unit_test(what_is_no_signature),
	};
	return cmocka_run_group_tests_name("plane/stream_passes", tests, NULL, NULL);
}
