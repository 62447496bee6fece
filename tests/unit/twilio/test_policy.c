/* SPDX-License-Identifier: MIT */
/* Every way an attempt can end, for each kind of request; and which hosts are asked. */
#include "rig.h"

#include "../../../src/twilio/client.h"
#include "../../../src/twilio/policy.h"

static enum verdict judge(enum twilio_repeat repeat, int err, int status, bool has_left)
{
	const struct attempt a = {.repeat = repeat, .err = err, .status = status, .has_left = has_left,
		.is_readable = status == 200, .number = 1};
	return policy_judge(&a);
}

static void what_is_asked_twice_and_what_is_not(void **state)
{
	(void)state;
	static const enum twilio_repeat all[] = {TWILIO_SAFE, TWILIO_IDEMPOTENT, TWILIO_CREATING};
	for (size_t i = 0; i < 3; i++) {
		bool is_creating = all[i] == TWILIO_CREATING;
		assert_int_equal(judge(all[i], 0, 200, true), VERDICT_DONE);
		assert_int_equal(judge(all[i], 0, 400, true), VERDICT_REFUSED);
		assert_int_equal(judge(all[i], 0, 429, true), VERDICT_AGAIN);
		assert_int_equal(judge(all[i], -ECONNREFUSED, 0, false), VERDICT_LOST);
		assert_int_equal(judge(all[i], -ETIMEDOUT, 0, false), VERDICT_LOST);
		assert_int_equal(judge(all[i], -ETIMEDOUT, 0, true), is_creating ? VERDICT_UNKNOWN : VERDICT_LOST);
		assert_int_equal(judge(all[i], -ECANCELED, 0, true), is_creating ? VERDICT_UNKNOWN : VERDICT_LOST);
		assert_int_equal(judge(all[i], 0, 201, true), is_creating ? VERDICT_UNKNOWN : VERDICT_LOST); /* unreadable */
		for (int status = 502; status <= 504; status++)
			assert_int_equal(judge(all[i], 0, status, true), is_creating ? VERDICT_UNKNOWN : VERDICT_AGAIN);
		assert_int_equal(judge(all[i], 0, 500, true), is_creating ? VERDICT_UNKNOWN : VERDICT_REFUSED);
	}
	struct attempt last = {.repeat = TWILIO_SAFE, .status = 429, .number = TWILIO_TRIES};
	assert_int_equal(policy_judge(&last), VERDICT_REFUSED);
	last.number = 1, last.retry_after_s = 9;
	assert_int_equal(policy_judge(&last), VERDICT_REFUSED);
}

static void waits_are_jittered_between_bounds(void **state)
{
	(void)state;
	static const int64_t most_ms[] = {1000, 2000, 4000, 8000, 8000};
	for (uint32_t n = 1; n <= 5; n++) {
		const struct attempt a = {.number = n};
		assert_int_equal(policy_wait_ms(&a, 0), 500);
		assert_int_equal(policy_wait_ms(&a, UINT32_MAX), most_ms[n - 1]);
		int64_t middle_ms = policy_wait_ms(&a, UINT32_MAX / 2);
		assert_in_range(middle_ms, 500 + (most_ms[n - 1] - 500) / 2 - 1, 500 + (most_ms[n - 1] - 500) / 2 + 1);
	}
	const struct attempt a = {.number = 1, .retry_after_s = 6};
	assert_int_equal(policy_wait_ms(&a, UINT32_MAX), 6000);
}

static void assert_base(const char *api_url, const char *region, const char *edge, const char *want)
{
	twilio_free(rig.client);
	rig_open(api_url);
	rig.account.region = str_of(region), rig.account.edge = str_of(edge);
	struct str got = client_base(rig.client, &rig.account, "api", &rig.arena);
	if (!str_is(got, str_of(want)))
		fail_msg(STR_FMT " is not %s", STR_ARG(got), want);
}

static void regions_and_edges_have_hosts_of_their_own(void **state)
{
	(void)state;
	assert_base(TWILIO_API_URL, "", "", "https://api.twilio.com");
	assert_base(TWILIO_API_URL, "ie1", "dublin", "https://api.dublin.ie1.twilio.com");
	assert_base(TWILIO_API_URL, "au1", "", "https://api.au1.twilio.com");
	assert_base(TWILIO_API_URL, "", "ashburn", "https://api.ashburn.us1.twilio.com");
	assert_base("http://127.0.0.1:1/{product}", "ie1", "dublin", "http://127.0.0.1:1/api");
	assert_base("http://127.0.0.1:1/all", "", "", "http://127.0.0.1:1/all");
}

/* Somebody's credentials go to Twilio's own hosts, and those are public. */
static void the_default_is_guarded(void **state)
{
	(void)state;
	twilio_free(rig.client);
	rig_open(TWILIO_API_URL);
	rig.account.edge = STR("x");
	assert_false(http_is_private_target("api.twilio.com:80", STR("https://api.twilio.com/")));
	struct http_request http;
	const struct twilio_request q = {.op = TWILIO_ACCOUNT_FETCH};
	assert_int_equal(client_prepare(rig.client, &rig.account, &q, &rig.arena, &http), 0);
	assert_true(str_starts(http.url, STR("https://api.x.us1.twilio.com/2010-04-01/Accounts/" AC ".json")));
	assert_int_equal(http.connect_timeout_ms, 3000);
	assert_int_equal(http.timeout_ms, 10000);
	assert_false(http.is_once);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_asked_twice_and_what_is_not),
		CASE(waits_are_jittered_between_bounds),
		CASE(regions_and_edges_have_hosts_of_their_own),
		CASE(the_default_is_guarded),
	};
	return cmocka_run_group_tests_name("twilio/policy", tests, rig_group, NULL);
}
