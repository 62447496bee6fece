/* SPDX-License-Identifier: MIT */
/* What the texts of tests/ivr cannot tell: tokens that are handed from request to request, want of memory. */
#include "ringdown/ivr/step.h"

#include "ivr_test.h"

#define SID "CA00000000000000000000000000000001"

static const struct ivr_world world = {.now_ms = 1000000, .base_url = {"https://v.example", 17}, .org = {"acme", 4},
	.key = {"k", 1}, .key_id = {"1", 1}, .call_sid = {SID, sizeof(SID) - 1}, .from = {"+14155550111", 12},
	.to = {"+14155550100", 12}, .direction = {"inbound", 7}, .call_status = {"in-progress", 11}};

/* The state of the token behind the document's first URL of the node. */
static void next_state(struct str document, const char *flow, const char *node, struct flow_state *ret)
{
	char head[256];
	(void)snprintf(head, sizeof(head), "/flow/%s/n/%s?t=", flow, node);
	AUTO(auto_free) char *text = strndup(document.p, document.n);
	char *at = strstr(text, head);
	if (!at)
		fail_msg("no %s in %s", head, text);
	at += strlen(head);
	const struct flow_place place = {str_of(flow), str_of(node), world.call_sid};
	struct str token = {at, strcspn(at, "\"<&")};
	assert_int_equal(flow_token_check(world.key, token, &place, 0, ret), 0);
}

/* Two menus lead to one another while the caller does nothing; hops alone would allow 1000 rounds. */
static void test_loop(void **state)
{
	static const char text[] = "{\"name\":\"t\",\"entry\":\"a\",\"settings\":{\"maxHops\":1000},\"nodes\":{"
		"\"a\":{\"type\":\"menu\",\"prompt\":{\"say\":\"x\"},\"options\":[{\"digit\":\"1\",\"next\":\"b\"}],\"maxRetries\":1,\"onNoInput\":\"b\"},"
		"\"b\":{\"type\":\"menu\",\"prompt\":{\"say\":\"x\"},\"options\":[{\"digit\":\"1\",\"next\":\"a\"}],\"maxRetries\":1,\"onNoInput\":\"a\"}}}";
	(void)state;
	for (int presses = 0; presses < 2; presses++) {
		static struct flow_faults faults;
		static struct ivr_run r;
		static struct form form;
		AUTO(arena_done) struct arena a;
		struct ivr_flow f = {.version = 1};
		struct flow_state s = {0};
		int rounds = 0, node = 0;
		arena_init(&a, 64 << 20);
		flow_faults_init(&faults, &a);
		assert_int_equal(flow_parse(&a, str_of(text), NULL, &faults, &f.flow), 0);
		form.n = presses ? 1 : 0;
		form.fields[0] = (struct form_field){STR("Digits"), STR("1")};
		for (; rounds < 60; rounds++) {
			assert_int_equal(ivr_begin(&r, &world, &a, &f, node, &s, &form), 0);
			assert_int_equal(ivr_run(&r), IVR_DONE);
			if (r.n_effects > 0 && r.effects[r.n_effects - 1]->kind == IVR_EVENT)
				break;
			node = r.node;
			next_state(ivr_document(&r), "t", node ? "b" : "a", &s);
		}
		assert_int_equal(rounds, presses ? 60 : 2 * IVR_VISITS_MAX);
	}
}

/* However little memory there is, what comes out is a document or the safe one. */
static void test_memory(void **state)
{
	AUTO(arena_done) struct arena keep;
	(void)state;
	arena_init(&keep, TEST_ARENA_BYTES);
	struct ivr_flow f = {test_flow(&keep, "assistant"), 1};
	int good = 0;
	for (size_t limit = 0; limit < 100000; limit += 500) {
		static struct ivr_run r;
		AUTO(arena_done) struct arena a;
		struct flow_state s = {0};
		arena_init(&a, limit);
		int err = ivr_begin(&r, &world, &a, &f, f.flow->entry, &s, NULL);
		if (err < 0) {
			assert_int_equal(err, -ENOMEM);
			continue;
		}
		while (ivr_run(&r) == IVR_ASKS)
			ivr_answer(&r, true, NULL, 0);
		struct str document = ivr_document(&r);
		assert_true(str_ends(document, STR("</Response>")));
		good += strstr(document.p, "<Stream") != NULL;
	}
	assert_true(good > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
