/* SPDX-License-Identifier: MIT */
#include "ringdown/ivr/import.h"

#include "ivr_test.h"
#include "ringdown/ivr/schedule.h"

static const char menus[] = "{\"phoneNumbers\":[\"+14155550100\"],\"routingType\":\"simple_menu\","
	"\"businessHours\":{\"timezone\":\"America/New_York\",\"officeHours\":[{\"dayOfWeek\":[1],\"startTime\":\"09:00\",\"endTime\":\"17:00\"}]},"
	"\"menus\":[{\"id\":\"day\",\"greeting\":\"Press 1.\",\"options\":[{\"digit\":\"1\",\"label\":\"Sales\",\"action\":\"transfer-group\",\"actionParams\":\"sales\",\"groupStrategy\":\"simultaneous\"},"
	"{\"digit\":\"2\",\"action\":\"menu\",\"actionParams\":\"night\"}],\"timeout\":5,\"maxRetries\":2,\"invalidMessage\":\"No.\",\"defaultAction\":\"hangup\"},"
	"{\"id\":\"night\",\"greetingAudioUrl\":\"https://media.example.com/night.mp3\",\"options\":[{\"digit\":\"1\",\"action\":\"voicemail\",\"actionParams\":\"sales\"}]}],"
	"\"menuAssignments\":{\"normalHours\":\"day\",\"afterHours\":\"night\"},"
	"\"menuSettings\":{\"language\":\"en-GB\",\"voice\":\"Polly.Amy\",\"recording\":{\"enabled\":true}},"
	"\"missedCallActions\":[{\"action\":\"sms\",\"message\":\"Sorry.\"}]}";

static const char forward[] = "{\"data\":{\"routingType\":\"forward\",\"callerIdMode\":\"caller\",\"forwardingGroups\":[{\"id\":\"sales\",\"strategy\":\"sequential\",\"ringDuration\":15,\"whisper\":{\"message\":\"Hi\"},\"fallback\":\"voicemail\"}]}}";
static const char assistant[] = "{\"routingType\":\"ai-assistant\",\"aiAssistantConfig\":{\"assistantId\":\"reception\",\"greeting\":\"Hello\",\"canTransfer\":true,\"fallbackForwardingGroupId\":\"sales\",\"maxDuration\":300}}";
static const char automation[] = "{\"routingType\":\"automation_flow\",\"normalHoursFlowId\":\"day\",\"afterHoursFlowId\":\"night\",\"businessHours\":{\"officeHours\":[]}}";
static const char actions[] = "{\"actions\":[{\"id\":\"hello\",\"type\":\"ivr_speak\",\"config\":{\"message\":\"Hi {{caller}}\",\"voice\":\"Polly.Joanna\",\"nextStepId\":\"zip\"}},"
	"{\"id\":\"zip\",\"type\":\"ivr_collect_input\",\"config\":{\"prompt\":\"Zip?\",\"inputType\":\"dtmf speech\",\"numDigits\":5,\"saveAs\":\"zip\",\"nextStepId\":\"menu\",\"onTimeout\":\"bye\"}},"
	"{\"id\":\"menu\",\"type\":\"ivr_menu\",\"config\":{\"greeting\":\"Press 1\",\"saveAs\":\"choice\",\"options\":[{\"digit\":\"1\",\"label\":\"Sales\",\"nextStepId\":\"sales\"}],\"onTimeout\":\"bye\"}},"
	"{\"id\":\"sales\",\"type\":\"ivr_transfer\",\"config\":{\"group\":\"sales\",\"ringStrategy\":\"simultaneous\",\"nextStepId\":\"bye\"}},"
	"{\"id\":\"bye\",\"type\":\"ivr_hangup\",\"config\":{}}]}";

static const struct flow *import(struct arena *a, const char *text, json_t **ret_schedule)
{
	static struct flow_faults f;
	json_t *doc = NULL;
	const struct flow *flow = NULL;
	AUTO(json_decrefp) json_t *record = json_loads(text, 0, NULL);
	assert_non_null(record);
	flow_faults_init(&f, a);
	*ret_schedule = NULL;
	int err = import_routing(a, record, STR("main"), &f, &doc, ret_schedule);
	fault_print(&f);
	assert_int_equal(err, 0);
	err = flow_read(a, doc, NULL, &f, &flow, NULL);
	json_decref(doc);
	fault_print(&f);
	assert_int_equal(err, 0);
	return flow;
}

static struct str text_at(const struct flow *f, const char *node, const char *name)
{
	int32_t at = flow_find(f, str_of(node));
	if (at < 0)
		fail_msg("no node %s", node);
	return flow_get(&f->nodes[at], name)->text;
}

static void assert_text(const struct flow *f, const char *node, const char *name, const char *want)
{
	struct str got = text_at(f, node, name);
	if (!str_is(got, str_of(want)))
		fail_msg("%s/%s is " STR_FMT ", not %s", node, name, STR_ARG(got), want);
}

static void test_menus(void **state)
{
	AUTO(arena_done) struct arena a;
	AUTO(json_decrefp) json_t *schedule = NULL;
	static struct flow_faults f;
	const struct schedule *s = NULL;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	const struct flow *flow = import(&a, menus, &schedule);
	assert_text(flow, "record", "next", "hours");
	assert_text(flow, "hours", "closed", "menu-night");
	assert_text(flow, "menu-day#1", "strategy", "ring-all");
	assert_text(flow, "menu-day", "defaultAction", "menu-day-default");
	assert_int_equal(flow_get(&flow->nodes[flow_find(flow, STR("menu-day"))], "maxRetries")->number, 2);
	assert_true(str_is(flow_setting(flow, "voice"), STR("Polly.Amy")));
	assert_int_equal(flow->missed.n, 1);
	flow_faults_init(&f, &a);
	assert_int_equal(schedule_read(&a, schedule, &f, &s), 0);
	assert_true(str_is(s->timezone, STR("America/New_York")));
}

static void test_others(void **state)
{
	AUTO(arena_done) struct arena a;
	AUTO(json_decrefp) json_t *schedule = NULL, *none = NULL, *other = NULL, *last = NULL;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	const struct flow *f = import(&a, forward, &none);
	assert_null(none);
	assert_text(f, "forward", "strategy", "sequential");
	assert_text(f, "forward", "callerIdMode", "caller");
	assert_text(f, "forward", "onNoAnswer", "forward-voicemail");
	f = import(&a, assistant, &other);
	assert_text(f, "assistant", "onTransfer", "assistant-fallback");
	f = import(&a, automation, &schedule);
	assert_text(f, "hours", "open", "flow:day");
	f = import(&a, actions, &last);
	assert_text(f, "zip", "input", "both");
	assert_text(f, "sales", "group", "sales");
	assert_text(f, "hello", "next", "zip");
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *pointer, *reason;
	} cases[] = {
		{"{\"routingType\":\"dance\"}", "/routingType", "not_one_of"},
		{"{\"routingType\":\"ai-assistant\",\"colour\":1}", "/colour", "import_unsupported"},
		{"{\"routingType\":\"forward\"}", "/forwardingGroups", "required"},
		{"{\"routingType\":\"forward\",\"forwardingGroups\":[{\"id\":\"a\",\"fallback\":\"automation\"}]}", "/forwardingGroups/0/fallback", "import_unsupported"},
		{"{\"routingType\":\"simple_menu\",\"menus\":[]}", "", "entry_missing"},
		{"{\"routingType\":\"simple_menu\",\"menus\":[{\"id\":\"a\",\"music\":1}]}", "/menus/0/music", "import_unsupported"},
		{"{\"actions\":[{\"id\":\"a\",\"type\":\"ivr_twilio_pay\"}]}", "/actions/0/type", "action_unsupported"},
		{"{\"actions\":[{\"id\":\"a\",\"type\":\"ivr_transfer\",\"config\":{}}]}", "/actions/0/config", "one_of_required"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_done) struct arena a;
		static struct flow_faults f;
		json_t *doc = NULL, *schedule = NULL;
		arena_init(&a, TEST_ARENA_BYTES);
		AUTO(json_decrefp) json_t *record = json_loads(cases[i].text, 0, NULL);
		flow_faults_init(&f, &a);
		assert_int_equal(import_routing(&a, record, STR("main"), &f, &doc, &schedule), -EINVAL);
		if (!fault_find(&f, cases[i].pointer, cases[i].reason)) {
			fault_print(&f);
			fail_msg("%s: no %s %s", cases[i].text, cases[i].pointer, cases[i].reason);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_menus),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
