/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/flow_token.h"

#include "ivr_test.h"

#define KEY STR("0123456789abcdef0123456789abcdef")
static const struct flow_place place = {{"welcome", 7}, {"main", 4}, {"CA00000000000000000000000000000001", 34}};
static const struct flow_state state_of_call = {.org = "acme", .key_id = "7", .phase = "in", .version = 12, .hops = 3,
	.invalid = 1, .no_input = 2, .index = 4, .expires_s = 2000, .visits = {{17, 2}, {199, 9}}};

static int check(struct str token, const struct flow_place *at, int64_t now_s, struct flow_state *ret)
{
	return flow_token_check(KEY, token, at, now_s, ret);
}

static void test_round_trip(void **state)
{
	char token[FLOW_TOKEN_MAX], key_id[16];
	struct flow_state s;
	(void)state;
	assert_int_equal(flow_token_make(KEY, &place, &state_of_call, token), 0);
	assert_int_equal(check(str_of(token), &place, 2000, &s), 0);
	assert_memory_equal(&s, &state_of_call, sizeof(s));
	assert_int_equal(flow_token_key_id(str_of(token), key_id), 0);
	assert_string_equal(key_id, "7");
	assert_int_equal(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."), strlen(token));
}

/* Another call, flow, node, key, and each byte changed. */
static void test_refused(void **state)
{
	char token[FLOW_TOKEN_MAX];
	struct flow_state s;
	struct flow_place other = place;
	(void)state;
	assert_int_equal(flow_token_make(KEY, &place, &state_of_call, token), 0);
	other.call_sid = STR("CA00000000000000000000000000000002");
	assert_int_equal(check(str_of(token), &other, 0, &s), -EPERM);
	other = place;
	other.node = STR("sales");
	assert_int_equal(check(str_of(token), &other, 0, &s), -EACCES);
	other = place;
	other.flow = STR("other");
	assert_int_equal(check(str_of(token), &other, 0, &s), -EACCES);
	assert_int_equal(flow_token_check(STR("another key"), str_of(token), &place, 0, &s), -EACCES);
	for (size_t i = 0; token[i]; i++) {
		char kept = token[i];
		token[i] = kept == 'A' ? 'B' : 'A';
		int err = check(str_of(token), &place, 0, &s);
		assert_true(err == -EACCES || err == -EBADMSG);
		token[i] = kept;
	}
	assert_int_equal(check(STR(""), &place, 0, &s), -EBADMSG);
	assert_int_equal(check(STR("."), &place, 0, &s), -EBADMSG);
	assert_int_equal(check(STR("e30.AAAAAAAAAAAAAAAAAAAAAA"), &place, 0, &s), -EACCES);
}

static void test_expired(void **state)
{
	char token[FLOW_TOKEN_MAX];
	struct flow_state s = {0};
	(void)state;
	assert_int_equal(flow_token_make(KEY, &place, &state_of_call, token), 0);
	assert_int_equal(check(str_of(token), &place, 2001, &s), -ETIMEDOUT);
	assert_int_equal(s.version, 12); /* filled: a call that still lives may go on */
}

static void test_largest(void **state)
{
	char token[FLOW_TOKEN_MAX];
	struct flow_state s = state_of_call, got;
	(void)state;
	memset(s.org, 'o', FLOW_ORG_MAX - 1);
	memset(s.phase, 'p', sizeof(s.phase) - 1);
	memset(s.key_id, 'k', sizeof(s.key_id) - 1);
	s.version = s.hops = s.index = 999999;
	for (int i = 0; i < FLOW_VISITS; i++)
		s.visits[i] = (struct flow_visit){199, 11};
	s.expires_s = 99999999999;
	assert_int_equal(flow_token_make(KEY, &place, &s, token), 0);
	assert_int_equal(check(str_of(token), &place, 0, &got), 0);
	assert_memory_equal(&s, &got, sizeof(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
