/* SPDX-License-Identifier: MIT */
/* One document a rule: what is wrong with it is told, where, and nothing else is. */
#include "../../../src/ivr/flow_table.h"
#include "ivr_test.h"

#define HANGUP ",\"bye\":{\"type\":\"hangup\"}"
#define SAY(words) "\"prompt\":{\"say\":\"" words "\"}"
#define ONE_OPTION "\"options\":[{\"digit\":\"1\",\"next\":\"bye\"}]"
#define MENU(members) "\"m\":{\"type\":\"menu\"," SAY("Press 1.") "," members "}" HANGUP
#define COLLECT(members) "\"m\":{\"type\":\"collect\"," SAY("Your number?") ",\"var\":\"number\"," members "}"
#define DIAL(members) "\"m\":{\"type\":\"transfer-phone\"," members "}"

struct rule {
	const char *nodes, *pointer, *reason;
};

/* Errors; the entry is "m". */
static const struct rule errors[] = {
	{"\"m\":{\"type\":\"say\"}", "/nodes/m/prompt", "required"},
	{"\"m\":{}", "/nodes/m/type", "required"},
	{"\"m\":{\"type\":\"shout\"}", "/nodes/m/type", "type_unknown"},
	{"\"m\":7", "/nodes/m", "type_object"},
	{"\"m\":{\"type\":\"hangup\",\"colour\":\"red\"}", "/nodes/m/colour", "unknown_field"},
	{"\"m\":{\"type\":\"hangup\",\"say\":7}", "/nodes/m/say", "type_string"},
	{"\"m\":{\"type\":\"hangup\",\"say\":\"\"}", "/nodes/m/say", "too_short"},
	{"\"m\":{\"type\":\"hangup\",\"reject\":\"tired\"}", "/nodes/m/reject", "not_one_of"},
	{"\"m\":{\"type\":\"pause\",\"seconds\":11}", "/nodes/m/seconds", "out_of_range"},
	{"\"m\":{\"type\":\"pause\",\"seconds\":0}", "/nodes/m/seconds", "out_of_range"},
	{"\"m\":{\"type\":\"pause\",\"seconds\":1.5}", "/nodes/m/seconds", "type_integer"},
	{"\"m\":{\"type\":\"pause\",\"next\":\"nowhere\"}", "/nodes/m/next", "node_unknown"},
	{"\"m\":{\"type\":\"pause\",\"onError\":\"nowhere\"}", "/nodes/m/onError", "node_unknown"},
	{"\"m\":{\"type\":\"pause\",\"next\":\"flow:not a name\"}", "/nodes/m/next", "pattern"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{}}", "/nodes/m/prompt", "one_of_required"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{\"say\":\"a\",\"play\":\"b\"}}", "/nodes/m/prompt", "one_of_required"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{\"play\":\"http://a.example/b.wav\"}}", "/nodes/m/prompt/play", "pattern"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{\"say\":\"a\",\"language\":\"xx\"}}", "/nodes/m/prompt/language", "not_one_of"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{\"say\":\"a\",\"loop\":6}}", "/nodes/m/prompt/loop", "out_of_range"},
	{"\"m\":{\"type\":\"say\",\"prompt\":{\"say\":\"Hello {{nobody}}\"}}", "/nodes/m/prompt/say", "template_unknown_variable"},
	{"\"bad name\":{\"type\":\"pause\"},\"m\":{\"type\":\"hangup\"}", "/nodes/bad name", "node_name"},
	{MENU("\"options\":[]"), "/nodes/m/options", "too_few"},
	{MENU(ONE_OPTION ",\"timeout\":2"), "/nodes/m/timeout", "out_of_range"},
	{MENU(ONE_OPTION ",\"speech\":\"yes\""), "/nodes/m/speech", "type_boolean"},
	{MENU("\"options\":[{\"digit\":\"1\"}]"), "/nodes/m/options/0", "one_of_required"},
	{MENU("\"options\":[{\"digit\":\"A\",\"next\":\"bye\"}]"), "/nodes/m/options/0/digit", "pattern"},
	{MENU("\"options\":[{\"digit\":\"1\",\"next\":\"bye\"},{\"digit\":\"1\",\"next\":\"bye\"}]"), "/nodes/m/options/1/digit", "digit_duplicate"},
	{MENU("\"options\":[{\"digit\":\"1\",\"action\":\"collect-payment\"}]"), "/nodes/m/options/0/action", "action_unsupported"},
	{MENU("\"options\":[{\"digit\":\"1\",\"action\":\"dance\"}]"), "/nodes/m/options/0/action", "action_unknown"},
	{MENU("\"options\":[{\"digit\":\"1\",\"action\":\"voicemail\",\"actionParams\":{\"mailbox\":{\"type\":\"dog\",\"id\":\"x\"}}}]"), "/nodes/m/options/0/mailbox/type", "not_one_of"},
	{MENU("\"options\":{}"), "/nodes/m/options", "type_array"},
	{COLLECT("\"min\":5,\"max\":4"), "/nodes/m/min", "out_of_range"},
	{COLLECT("\"numDigits\":5,\"max\":4"), "/nodes/m/numDigits", "conflicts"},
	{COLLECT("\"pattern\":\"(a|b)\""), "/nodes/m/pattern", "pattern_invalid"},
	{COLLECT("\"finishOnKey\":\"A\""), "/nodes/m/finishOnKey", "pattern"},
	{"\"m\":{\"type\":\"collect\"," SAY("?") ",\"var\":\"Number\"}", "/nodes/m/var", "pattern"},
	{"\"m\":{\"type\":\"collect\",\"prompt\":{\"say\":\"?\",\"language\":\"arb\"},\"var\":\"a\",\"input\":\"speech\"}", "/nodes/m", "language_not_heard"},
	{DIAL("\"to\":\"911\""), "/nodes/m/to", "emergency_number"},
	{DIAL("\"to\":\"+1911\""), "/nodes/m/to", "emergency_number"},
	{DIAL("\"to\":\"5550100\""), "/nodes/m/to", "pattern"},
	{DIAL("\"to\":\"sales\""), "/nodes/m/to", "pattern"},
	{DIAL("\"to\":\"+442079460000\""), "/nodes/m/to", "destination_not_allowed"},
	{DIAL("\"to\":\"+19005550100\""), "/nodes/m/to", "destination_not_allowed"},
	{DIAL("\"to\":\"+18765550100\""), "/nodes/m/to", "destination_not_allowed"},
	{DIAL("\"to\":\"+14155550100\",\"callerIdMode\":\"custom\""), "/nodes/m/callerIdMode", "required"},
	{DIAL("\"to\":\"+14155550100\",\"whisper\":{}"), "/nodes/m/whisper/message", "required"},
	{"\"m\":{\"type\":\"transfer-queue\",\"queue\":\"a\",\"breakout\":{\"digit\":\"1\",\"next\":\"nowhere\"}}", "/nodes/m/breakout/next", "node_unknown"},
	{"\"m\":{\"type\":\"voicemail\",\"mailbox\":{\"type\":\"user\"}}", "/nodes/m/mailbox/id", "required"},
	{"\"m\":{\"type\":\"send-sms\",\"message\":\"x\",\"to\":\"nobody\"}", "/nodes/m/to", "pattern"},
	{"\"m\":{\"type\":\"ai-assistant\",\"assistantId\":\"a\",\"transferTargets\":{\"x\":\"nowhere\"}}", "/nodes/m/transferTargets/x", "node_unknown"},
	{"\"m\":{\"type\":\"ai-assistant\",\"assistantId\":\"a\",\"transferTargets\":[]}", "/nodes/m/transferTargets", "type_object"},
	{"\"m\":{\"type\":\"pause-recording\",\"strict\":true}", "/nodes/m/strict", "required"},
	{"\"m\":{\"type\":\"hours\",\"schedule\":\"a\",\"open\":\"m2\"},\"m2\":{\"type\":\"hangup\"}", "/nodes/m/closed", "required"},
	{"\"m\":{\"type\":\"branch\",\"cases\":[{\"when\":{\"var\":\"x\",\"tag\":\"y\",\"value\":1},\"next\":\"bye\"}],\"else\":\"bye\"}" HANGUP, "/nodes/m/cases/0/when", "one_of_required"},
	{"\"m\":{\"type\":\"branch\",\"cases\":[{\"when\":{\"var\":\"x\"},\"next\":\"bye\"}],\"else\":\"bye\"}" HANGUP, "/nodes/m/cases/0/when", "required"},
	{"\"m\":{\"type\":\"branch\",\"cases\":[{\"when\":{\"from\":[{}]},\"next\":\"bye\"}],\"else\":\"bye\"}" HANGUP, "/nodes/m/cases/0/when/from", "type_scalar"},
	{"\"m\":{\"type\":\"set\",\"vars\":{\"Bad\":\"x\"}}", "/nodes/m/vars/Bad", "pattern"},
	{"\"m\":{\"type\":\"tag\"}", "/nodes/m", "required"},
	{"\"m\":{\"type\":\"webhook\",\"url\":\"http://a.example/\"}", "/nodes/m/url", "pattern"},
	{"\"m\":{\"type\":\"webhook\",\"url\":\"https://a.example/\",\"timeoutMs\":5001}", "/nodes/m/timeoutMs", "out_of_range"},
	{"\"m\":{\"type\":\"say\"," SAY("a") ",\"next\":\"n\"},\"n\":{\"type\":\"pause\",\"next\":\"m\"}", "/nodes/n/next", "cycle_without_input"},
	{"\"m\":{\"type\":\"pause\",\"next\":\"m\"}", "/nodes/m/next", "cycle_without_input"},
	{"\"m\":{\"type\":\"say\"," SAY("a") ",\"next\":\"n\"},\"n\":{\"type\":\"hangup\",\"reject\":\"busy\"}", "/nodes/n/reject", "reject_not_first"},
};

static const struct rule warnings[] = {
	{"\"m\":{\"type\":\"hangup\"},\"island\":{\"type\":\"hangup\"}", "/nodes/island", "node_unreachable"},
	{"\"m\":{\"type\":\"menu\"," SAY("Press 4.") "," ONE_OPTION "}" HANGUP, "/nodes/m/prompt/say", "prompt_mentions_digit"},
	{"\"m\":{\"type\":\"pause-recording\"}", "/nodes/m", "recording_not_started"},
	{"\"m\":{\"type\":\"resume-recording\"}", "/nodes/m", "recording_not_started"},
};

static const char *const good[] = {
	"\"m\":{\"type\":\"hangup\",\"reject\":\"busy\"}",
	MENU(ONE_OPTION),
	"\"m\":{\"type\":\"menu\"," SAY("Press 1.") ",\"options\":[{\"digit\":\"1\",\"action\":\"forward\",\"actionParams\":\"sales\",\"groupStrategy\":\"simultaneous\"}]}",
	"\"m\":{\"type\":\"forward\",\"actionParams\":\"+14155550100\"}",
	DIAL("\"to\":\"{{vars.phone|+14155550100}}\""),
	COLLECT("\"min\":5,\"max\":5,\"pattern\":\"[0-9]{5}\",\"next\":\"n\"") ",\"n\":{\"type\":\"say\"," SAY("{{number}} {{caller}} {{contact.firstName|there}}") "}",
	"\"m\":{\"type\":\"start-recording\",\"next\":\"p\"},\"p\":{\"type\":\"pause-recording\",\"next\":\"r\"},\"r\":{\"type\":\"resume-recording\"}",
};

static int parse(struct arena *a, const char *nodes, struct flow_faults *f, const struct flow **ret)
{
	const struct flow_policy policy = {STR("US, CA")};
	const char *text = arena_printf(a, "{\"schema\":\"ivr-flow/1\",\"name\":\"t\",\"entry\":\"m\",\"nodes\":{%s}}", nodes);
	assert_non_null(text);
	flow_faults_init(f, a);
	return flow_parse(a, str_of(text), &policy, f, ret);
}

static void check_rule(const struct rule *rule, bool is_warning)
{
	AUTO(arena_done) struct arena a;
	const struct flow *flow = NULL;
	static struct flow_faults f;
	arena_init(&a, TEST_ARENA_BYTES);
	int err = parse(&a, rule->nodes, &f, &flow);
	const struct flow_fault *found = fault_find(&f, rule->pointer, rule->reason);
	if (!found || f.n != 1 || found->is_warning != is_warning || err != (is_warning ? 0 : -EINVAL)) {
		fault_print(&f);
		fail_msg("%s: expected %s %s, and nothing else", rule->nodes, rule->pointer, rule->reason);
	}
	assert_true(found->message.n > 0);
	assert_true((flow != NULL) == is_warning);
}

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		check_rule(&errors[i], false);
}

static void test_warnings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(warnings); i++)
		check_rule(&warnings[i], true);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(arena_done) struct arena a;
		const struct flow *flow = NULL;
		static struct flow_faults f;
		arena_init(&a, TEST_ARENA_BYTES);
		int err = parse(&a, good[i], &f, &flow);
		fault_print(&f);
		assert_int_equal(err, 0);
		assert_int_equal(f.n, 0);
	}
}

/* Faults of the document itself. */
static void test_document(void **state)
{
	static const struct rule documents[] = {
		{"{", "", "json_invalid"},
		{"{\"a\":1,\"a\":2}", "", "json_invalid"},
		{"[]", "", "type_object"},
		{"{}", "/name", "required"},
		{"{}", "/entry", "required"},
		{"{}", "/nodes", "too_few"},
		{"{\"schema\":\"ivr-flow/2\"}", "/schema", "not_one_of"},
		{"{\"name\":\"a b\"}", "/name", "pattern"},
		{"{\"entry\":\"x\"}", "/entry", "node_unknown"},
		{"{\"entry\":\"flow:x\"}", "/entry", "entry_missing"},
		{"{\"onError\":\"x\"}", "/onError", "node_unknown"},
		{"{\"settings\":{\"maxHops\":0}}", "/settings/maxHops", "out_of_range"},
		{"{\"settings\":{\"language\":\"xx\"}}", "/settings/language", "not_one_of"},
		{"{\"extra/~\":1}", "/extra~1~0", "unknown_field"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		AUTO(arena_done) struct arena a;
		const struct flow *flow = NULL;
		static struct flow_faults f;
		arena_init(&a, TEST_ARENA_BYTES);
		flow_faults_init(&f, &a);
		assert_int_equal(flow_parse(&a, str_of(documents[i].nodes), NULL, &f, &flow), -EINVAL);
		if (!fault_find(&f, documents[i].pointer, documents[i].reason)) {
			fault_print(&f);
			fail_msg("%s: no %s %s", documents[i].nodes, documents[i].pointer, documents[i].reason);
		}
	}
}

static void test_too_large(void **state)
{
	AUTO(arena_done) struct arena a;
	AUTO(auto_free) char *text = calloc(1, FLOW_BYTES_MAX + 1);
	const struct flow *flow = NULL;
	static struct flow_faults f;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	assert_non_null(text);
	memset(text, ' ', FLOW_BYTES_MAX + 1);
	flow_faults_init(&f, &a);
	assert_int_equal(flow_parse(&a, (struct str){text, FLOW_BYTES_MAX + 1}, NULL, &f, &flow), -EINVAL);
	assert_non_null(fault_find(&f, "", "too_large"));
}

static void test_many_nodes(void **state)
{
	static char nodes[64 * (FLOW_NODES_MAX + 1)];
	(void)state;
	for (int more = 0; more < 2; more++) {
		AUTO(arena_done) struct arena a;
		const struct flow *flow = NULL;
		static struct flow_faults f;
		struct buf b;
		arena_init(&a, TEST_ARENA_BYTES);
		buf_init(&b, nodes, sizeof(nodes));
		buf_printf(&b, "\"m\":{\"type\":\"hangup\"}");
		for (int i = 1; i < FLOW_NODES_MAX + more; i++)
			buf_printf(&b, ",\"n%d\":{\"type\":\"hangup\"}", i);
		assert_int_equal(parse(&a, nodes, &f, &flow), more ? -EINVAL : 0);
		assert_true(more == (fault_find(&f, "/nodes", "too_many") != NULL));
	}
}

/* The example of the specification: read whole, its shorthand a node of its own. */
static void test_welcome(void **state)
{
	AUTO(arena_done) struct arena a;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	const struct flow *f = test_flow(&a, "welcome");
	assert_int_equal(f->n_nodes, 11);
	assert_int_equal(f->entry, flow_find(f, STR("hours")));
	assert_int_equal(f->on_error, flow_find(f, STR("sorry")));
	const struct flow_node *two = &f->nodes[flow_find(f, STR("main#2"))];
	assert_int_equal(flow_type_of(two), FLOW_TRANSFER_QUEUE);
	assert_true(str_is(flow_get(two, "queue")->text, STR("support")));
	assert_int_equal(flow_get(two, "maxWait")->number, 600); /* a default */
	assert_true(str_is(flow_setting(f, "businessName"), STR("Acme")));
	assert_int_equal(flow_setting_number(f, "maxHops"), 100);
	const struct flow_node *menu = &f->nodes[flow_find(f, STR("main"))];
	const struct flow_value *options = flow_get(menu, "options");
	assert_int_equal(options->n, 4);
	assert_int_equal(flow_member(&options->items[1], "next")->number, flow_find(f, STR("main#2")));
	assert_int_equal(flow_get(menu, "nothing of the kind")->number, FLOW_NO_NODE);
}

/* docs/IVR.md: the flow a newcomer begins with, and one node of each type. */
static void test_manual(void **state)
{
	AUTO(auto_free) char *text = test_file("docs/IVR.md");
	char *at = text;
	(void)state;
	for (int block = 0; block < 2; block++) {
		AUTO(arena_done) struct arena a;
		const struct flow *flow = NULL;
		static struct flow_faults f;
		at = strstr(at, "```json\n");
		assert_non_null(at);
		at += strlen("```json\n");
		char *end = strstr(at, "```");
		assert_non_null(end);
		arena_init(&a, TEST_ARENA_BYTES);
		flow_faults_init(&f, &a);
		const char *document = arena_printf(&a, "%s%.*s%s", block ? "{\"name\":\"x\",\"entry\":\"wait\",\"nodes\":" : "",
			(int)(end - at), at, block ? "}" : "");
		int err = flow_parse(&a, str_of(document), NULL, &f, &flow);
		if (err < 0)
			fault_print(&f);
		assert_int_equal(err, 0);
		assert_true(block || f.n == 0); /* examples need not be reached */
		at = end;
	}
	for (size_t i = 0; i < flow_n_types; i++) {
		char example[64];
		(void)snprintf(example, sizeof(example), "\"type\": \"%s\"", flow_types[i].name);
		if (!strstr(text, example))
			fail_msg("docs/IVR.md has no example of %s", flow_types[i].name);
	}
}

static void test_needs(void **state)
{
	AUTO(arena_done) struct arena a;
	const struct flow_need *needs = NULL;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	const struct flow *f = test_flow(&a, "welcome");
	int n = flow_needs(f, &a, &needs);
	char seen[512] = "";
	struct buf b;
	buf_init(&b, seen, sizeof(seen));
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s:" STR_FMT " ", flow_ref_name(needs[i].ref), STR_ARG(needs[i].name));
	static const char *const wanted[] = {"schedule:office ", "group:sales ", "assistant:reception ", "queue:support "};
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		assert_non_null(strstr(seen, wanted[i]));
	assert_int_equal(n, 6); /* support and sales are each named twice */
}

static bool knows_queues(enum flow_ref ref, struct str name, void *arg)
{
	(void)name;
	(void)arg;
	return ref == FLOW_REF_QUEUE || ref == FLOW_REF_SCHEDULE;
}

static void test_known(void **state)
{
	AUTO(arena_done) struct arena a;
	static struct flow_faults f;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	flow_faults_init(&f, &a);
	flow_check_known(test_flow(&a, "welcome"), knows_queues, NULL, &f);
	assert_non_null(fault_find(&f, "/nodes/sales/group", "reference_missing"));
	assert_non_null(fault_find(&f, "/nodes/vm/mailbox/id", "reference_missing"));
	assert_non_null(fault_find(&f, "/nodes/ai/assistantId", "reference_missing"));
	assert_int_equal(f.n, 3);
}

struct chain {
	struct arena *arena;
	int length;
};

/* Flow "f3" leads to "f4", and so on. */
static const struct flow *find_next(struct str name, void *arg)
{
	const struct chain *c = arg;
	static struct flow_faults f;
	const struct flow *flow = NULL;
	uint64_t digits = 0;
	assert_int_equal(str_u64(str_skip(name, 1), 1000, &digits), 0);
	int n = (int)digits;
	if (n > c->length)
		return NULL;
	const char *text = arena_printf(c->arena,
		"{\"name\":\"f%d\",\"entry\":\"a\",\"nodes\":{\"a\":{\"type\":\"goto-flow\",\"flow\":\"f%d\"}}}", n, n + 1);
	flow_faults_init(&f, c->arena);
	assert_int_equal(flow_parse(c->arena, str_of(text), NULL, &f, &flow), 0);
	return flow;
}

static void test_depth(void **state)
{
	(void)state;
	for (int length = 5; length <= 6; length++) {
		AUTO(arena_done) struct arena a;
		static struct flow_faults f;
		struct chain c = {&a, length};
		arena_init(&a, TEST_ARENA_BYTES);
		const struct flow *first = find_next(STR("f0"), &c);
		flow_faults_init(&f, &a);
		flow_check_depth(first, find_next, &c, &f);
		assert_int_equal(f.n_errors, length > FLOW_DEPTH_MAX);
	}
}

static void test_schema(void **state)
{
	(void)state;
	AUTO(json_decrefp) json_t *s = flow_schema();
	json_t *types = json_object_get(
		json_object_get(json_object_get(json_object_get(s, "properties"), "nodes"), "additionalProperties"), "oneOf");
	assert_int_equal(json_array_size(types), 26);
	assert_non_null(json_object_get(json_object_get(s, "$defs"), "prompt"));
}

static void test_graph(void **state)
{
	AUTO(arena_done) struct arena a;
	(void)state;
	arena_init(&a, TEST_ARENA_BYTES);
	AUTO(json_decrefp) json_t *g = flow_graph(test_flow(&a, "welcome"));
	assert_int_equal(json_array_size(json_object_get(g, "nodes")), 11);
	AUTO(auto_free) char *text = json_dumps(json_object_get(g, "edges"), JSON_COMPACT);
	assert_non_null(strstr(text, "{\"from\":\"main\",\"to\":\"main#2\",\"label\":\"2\"}"));
	assert_non_null(strstr(text, "{\"from\":\"ai\",\"to\":\"sales\",\"label\":\"sales\"}"));
	assert_non_null(strstr(text, "{\"from\":\"hours\",\"to\":\"vm\",\"label\":\"closed\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_welcome),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_graph),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
