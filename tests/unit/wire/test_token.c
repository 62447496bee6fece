/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/signature.h"

#include "wire_test.h"

enum { NOW_S = 1800000000, EXPIRES_S = NOW_S + 60 };

static const struct str key = {"0123456789abcdef0123456789abcdef", 32};
static const struct str call = {"CA0123456789abcdef0123456789abcdef", 34};
static const uint8_t nonce[TOKEN_NONCE_BYTES] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xfe, 0xff};

static struct str make(char text[TOKEN_TEXT_MAX])
{
	assert_int_equal(token_make(key, call, EXPIRES_S, nonce, text), 0);
	return str_of(text);
}

static int check(struct str token)
{
	uint8_t got[TOKEN_NONCE_BYTES];
	return token_check(key, token, call, NOW_S, got);
}

static void test_form(void **state)
{
	char text[TOKEN_TEXT_MAX];
	uint8_t got[TOKEN_NONCE_BYTES] = {0};
	(void)state;
	struct str token = make(text);
	assert_view(token, "v1.1800000060.000102030405060708090a0b0c0dfeff."
			   "c2b985119e16707742787c96413ff0b4701b297b6de5831ed0c261c32a87bc69");
	assert_int_equal(token_check(key, token, call, NOW_S, got), 0);
	assert_memory_equal(got, nonce, sizeof(nonce));
}

static void test_expiry(void **state)
{
	char text[TOKEN_TEXT_MAX];
	uint8_t got[TOKEN_NONCE_BYTES] = {0};
	(void)state;
	struct str token = make(text);
	assert_int_equal(token_check(key, token, call, EXPIRES_S, got), 0);
	memset(got, 0, sizeof(got));
	assert_int_equal(token_check(key, token, call, EXPIRES_S + 1, got), -ETIMEDOUT);
	assert_int_equal(got[15], 0); /* untouched */
	assert_int_equal(token_check(key, token, call, INT64_MAX, got), -ETIMEDOUT);
	assert_int_equal(token_make(key, call, INT64_MAX, nonce, text), 0);
	assert_int_equal(check(str_of(text)), 0);
	assert_int_equal(token_make(key, call, -1, nonce, text), 0); /* whoever makes such a one */
	assert_int_equal(check(str_of(text)), -EBADMSG);
}

static void test_bound_to_call_and_key(void **state)
{
	char text[TOKEN_TEXT_MAX];
	uint8_t got[TOKEN_NONCE_BYTES];
	(void)state;
	struct str token = make(text);
	assert_int_equal(
		token_check(key, token, STR("CA0123456789abcdef0123456789abcdee"), NOW_S, got),
		-EACCES);
	assert_int_equal(token_check(key, token, STR(""), NOW_S, got), -EACCES);
	assert_int_equal(
		token_check(key, token, (struct str){call.p, call.n - 1}, NOW_S, got), -EACCES);
	assert_int_equal(
		token_check(STR("0123456789abcdef0123456789abcdeF"), token, call, NOW_S, got),
		-EACCES);
	assert_int_equal(token_check(STR(""), token, call, NOW_S, got), -EACCES);
	/* An expired token of another call tells nothing but that it is another's. */
	assert_int_equal(token_check(key, token, STR("CA"), EXPIRES_S + 1, got), -EACCES);
}

/* Every other byte at every place. */
static void test_tampered(void **state)
{
	char text[TOKEN_TEXT_MAX];
	(void)state;
	struct str token = make(text);
	for (size_t i = 0; i < token.n; i++) {
		char kept = text[i];
		for (int c = 0; c < 256; c++) {
			text[i] = (char)c;
			int err = check(token);
			assert_true(text[i] == kept ? err == 0 : err == -EBADMSG || err == -EACCES);
		}
		text[i] = kept;
	}
	for (size_t n = 0; n < token.n; n++) {
		AUTO(auto_free) char *exact = exact_copy((struct str){text, n});
		assert_int_equal(check((struct str){exact, n}), -EBADMSG);
	}
	text[token.n] = '0';
	assert_int_equal(check((struct str){text, token.n + 1}), -EBADMSG);
}

static void test_not_such_a_token(void **state)
{
	static const char *const bad[] = {"", "v1", "v1.", "v1..", "v1...", "v1....", "v2.1.2.3",
		".....", "v1.1.000102030405060708090a0b0c0dfeff.",
		"v1.1.000102030405060708090a0b0c0dfeff",
		"v1.99999999999999999999.000102030405060708090a0b0c0dfeff.00"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(check(str_of(bad[i])), -EBADMSG);
	assert_int_equal(check((struct str){NULL, 0}), -EBADMSG);
}

/* The example of the Standard Webhooks specification, 1.0.0. */
static void test_webhook(void **state)
{
	static const uint8_t secret[] = {0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f,
		0x08, 0xd4, 0x3c, 0x3f, 0x08, 0x2c, 0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0};
	char text[WEBHOOK_SIGNATURE_MAX], long_id[300];
	(void)state;
	struct str bytes = {(const char *)secret, sizeof(secret)};
	assert_int_equal(webhook_sign(bytes, STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
				 STR("{\"test\": 2432232314}"), text),
		0);
	assert_string_equal(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	memset(long_id, 'x', sizeof(long_id));
	assert_int_equal(webhook_sign(bytes, (struct str){long_id, 300}, 0, STR(""), text), -E2BIG);
	assert_int_equal(webhook_sign(bytes, STR(""), -1, STR(""), text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_bound_to_call_and_key),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_not_such_a_token),
		cmocka_unit_test(test_webhook),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
