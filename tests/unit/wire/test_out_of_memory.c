/* SPDX-License-Identifier: MIT */
/* The n-th allocation fails, for every n until all goes through: each reader refuses its input
 * then, leaks nothing and leaves no document behind. */
#include <jansson.h>
#include <openssl/crypto.h>

#include "ringdown/base/mem.h"
#include "ringdown/wire/form.h"
#include "ringdown/wire/realtime.h"
#include "ringdown/wire/signature.h"
#include "ringdown/wire/twilio_stream.h"
#include "wire_test.h"

enum { ALLOCATIONS_MAX = 1000 };

static int left;   /* allocations that still succeed */
static int blocks; /* of jansson's, not yet freed */

static void *rigged_malloc(size_t size)
{
	void *p = left-- > 0 ? malloc(size) : NULL;
	blocks += p != NULL;
	return p;
}

static void rigged_free(void *p)
{
	blocks -= p != NULL;
	free(p);
}

static int read_start(void)
{
	static const char message[] = "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{"
				      "\"accountSid\":\"AC1\",\"streamSid\":\"MZ1\","
				      "\"callSid\":\"CA1\",\"tracks\":[\"inbound\"],"
				      "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\","
				      "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{"
				      "\"a\":\"1\",\"b\":\"\\u00fc\"}}}";
	struct twilio_event ev;
	int err = twilio_parse(str_of(message), &ev);
	if (err == 0)
		assert_int_equal(ev.n_parameters, 2);
	else
		assert_null(ev.doc);
	twilio_event_done(&ev);
	return err;
}

static int read_tool_call(void)
{
	static const char message[] = "{\"type\":\"response.output_item.done\",\"response_id\":"
				      "\"resp_1\",\"item\":{\"id\":\"item_1\","
				      "\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":"
				      "\"look_up\",\"arguments\":\"{}\"}}";
	struct realtime_event ev;
	int err = realtime_parse(realtime_dialect_find(STR("ga")), str_of(message), &ev);
	if (err == 0)
		assert_view(ev.call_id, "call_1");
	else
		assert_null(ev.doc);
	realtime_event_done(&ev);
	return err;
}

static void sweep(int (*read)(void))
{
	int err = -EBADMSG;
	int n = 0;
	json_set_alloc_funcs(rigged_malloc, rigged_free);
	for (; err != 0 && n < ALLOCATIONS_MAX; n++) {
		left = n;
		err = read();
		assert_true(err == 0 || err == -EBADMSG);
		assert_int_equal(blocks, 0);
	}
	json_set_alloc_funcs(malloc, free);
	assert_in_range(n, 10, ALLOCATIONS_MAX - 1);
}

static void test_caller(void **state)
{
	(void)state;
	sweep(read_start);
}

static void test_model(void **state)
{
	(void)state;
	sweep(read_tool_call);
}

static void test_form(void **state)
{
	static struct form form;
	char body[64 * 1024];
	int err = -ENOMEM;
	uint32_t n = 1;
	(void)state;
	memset(body, 'x', sizeof(body)); /* more than a block of the arena */
	memcpy(body, "a=1&b=", 6);
	for (; err != 0 && n < ALLOCATIONS_MAX; n++) {
		AUTO(arena_done) struct arena a;
		arena_init(&a, 1 << 20);
		mem_fail_at(n);
		err = form_parse((struct str){body, sizeof(body)}, &a, &form);
		mem_fail_at(0);
		assert_true(err == 0 || err == -ENOMEM);
	}
	assert_in_range(n, 3, ALLOCATIONS_MAX - 1); /* one failed at least */
	assert_int_equal(form.n, 2);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return left-- > 0 ? malloc(size) : NULL;
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return left-- > 0 ? realloc(p, size) : NULL;
}

static void openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static const struct str key = {"0123456789abcdef0123456789abcdef", 32};
static const struct str url = {"wss://a.example/media-stream", 28};

/* Without memory nobody gets in who would not get in with it. */
static void test_signature_fails_closed(void **state)
{
	char right[SIGNATURE_TEXT_MAX], wrong[SIGNATURE_TEXT_MAX], text[SIGNATURE_TEXT_MAX];
	bool is_ok = false;
	int n = 0;
	(void)state;
	left = INT32_MAX;
	assert_int_equal(signature_make(key, url, NULL, right), 0);
	memcpy(wrong, right, sizeof(wrong));
	wrong[0] ^= 1;
	for (; !is_ok && n < ALLOCATIONS_MAX; n++) {
		left = n;
		int err = signature_make(key, url, NULL, text);
		assert_true(err == -ENOMEM || (err == 0 && strcmp(text, right) == 0));
		left = n;
		assert_false(signature_check(key, url, NULL, STR(""), str_of(wrong)));
		left = n;
		is_ok = signature_check(key, url, NULL, STR(""), str_of(right));
	}
	left = INT32_MAX;
	assert_in_range(n, 2, ALLOCATIONS_MAX - 1);
}

static void test_token_fails_closed(void **state)
{
	static const uint8_t nonce[TOKEN_NONCE_BYTES] = {7};
	uint8_t got[TOKEN_NONCE_BYTES];
	char token[TOKEN_TEXT_MAX], text[TOKEN_TEXT_MAX], sum[WEBHOOK_SIGNATURE_MAX];
	int err = -EACCES;
	int n = 0;
	(void)state;
	left = INT32_MAX;
	assert_int_equal(token_make(key, STR("CA1"), 60, nonce, token), 0);
	for (; err != 0 && n < ALLOCATIONS_MAX; n++) {
		left = n;
		err = token_make(key, STR("CA1"), 60, nonce, text);
		assert_true(err == -ENOMEM || (err == 0 && strcmp(text, token) == 0));
		left = n;
		err = webhook_sign(key, STR("1"), 60, STR("{}"), sum);
		assert_true(err == 0 || err == -ENOMEM);
		left = n;
		assert_int_not_equal(token_check(key, str_of(token), STR("CA2"), 60, got), 0);
		left = n;
		err = token_check(key, str_of(token), STR("CA1"), 60, got);
		assert_true(err == 0 || err == -EACCES);
	}
	left = INT32_MAX;
	assert_in_range(n, 2, ALLOCATIONS_MAX - 1);
}

int main(void)
{
	left = INT32_MAX; /* OpenSSL itself starts undisturbed */
	if (!CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free))
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caller),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_signature_fails_closed),
		cmocka_unit_test(test_token_fails_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
