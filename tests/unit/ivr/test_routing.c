/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/routing.h"

#include "ivr_test.h"

static const struct {
	const char *voice, *entry, *node, *member, *is;
} cases[] = {
	{"{\"mode\":\"ai\",\"assistantId\":\"a\"}", "ai", "ai", "assistantId", "a"},
	{"{\"mode\":\"ai\",\"assistantId\":\"a\",\"failover\":{\"action\":\"forward\",\"forwardTo\":\"+14155550123\"}}", "ai", "failover", "to", "+14155550123"},
	{"{\"mode\":\"forward\",\"forwardTo\":\"+14155550123\"}", "forward", "failover", "mailbox", ""},
	{"{\"mode\":\"forward\",\"forwardTo\":\"+14155550123\",\"failover\":{\"action\":\"ai\",\"assistantId\":\"b\"}}", "forward", "failover", "assistantId", "b"},
	{"{\"mode\":\"ring\",\"users\":[\"ann\",\"bob\"],\"groups\":[\"sales\"],\"ringTimeout\":600}", "ring0", "ring0", "group", "sales"},
	{"{\"mode\":\"ring\",\"users\":[\"ann\",\"bob\"],\"groups\":[\"sales\"]}", "ring0", "ring1", "user", "ann"},
	{"{\"mode\":\"ring\",\"users\":[\"ann\",\"bob\"],\"groups\":[\"sales\"]}", "ring0", "ring2", "onNoAnswer", "ring3"},
	{"{\"mode\":\"reject\"}", "reject", "reject", "reject", "rejected"},
	{"{\"mode\":\"none\",\"unassignedMessage\":\"Nobody.\"}", "none", "none", "say", "Nobody."},
	{"{\"mode\":\"none\",\"failover\":{\"action\":\"message\",\"message\":\"Bye.\"}}", "none", "failover", "say", "Bye."},
};

static void test_modes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_done) struct arena a;
		static struct flow_faults f;
		const struct flow *flow = NULL;
		arena_init(&a, TEST_ARENA_BYTES);
		flow_faults_init(&f, &a);
		AUTO(json_decrefp) json_t *voice = json_loads(cases[i].voice, 0, NULL);
		AUTO(json_decrefp) json_t *doc = routing_flow(voice, STR("number-1"), STR("+14155550100"));
		assert_non_null(doc);
		if (flow_read(&a, doc, NULL, &f, &flow, NULL) < 0) {
			fault_print(&f);
			fail_msg("%s is no flow", cases[i].voice);
		}
		assert_true(str_is(flow->nodes[flow->entry].id, str_of(cases[i].entry)));
		int32_t at = flow_find(flow, str_of(cases[i].node));
		assert_true(at >= 0);
		if (!str_is(flow_get(&flow->nodes[at], cases[i].member)->text, str_of(cases[i].is)))
			fail_msg("%s: %s is " STR_FMT, cases[i].voice, cases[i].member, STR_ARG(flow_get(&flow->nodes[at], cases[i].member)->text));
	}
}

static void test_none(void **state)
{
	static const char *const nothing[] = {"{}", "{\"mode\":\"flow\",\"flow\":\"x\"}", "{\"mode\":\"ring\"}", "{\"mode\":\"ai\"}", "{\"mode\":\"dance\"}", "7"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
		AUTO(json_decrefp) json_t *voice = json_loads(nothing[i], JSON_DECODE_ANY, NULL);
		assert_null(routing_flow(voice, STR("n"), STR("+14155550100")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
