/* SPDX-License-Identifier: MIT */
/* Assistants' files: every key right and wrong, all faults at once, limits, substitution. */
#include "plane_help.h"

#include <errno.h>
#include <jansson.h>
#include <sys/stat.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"
#include "ringdown/plane/assistant.h"

static struct assistant_set *load(void)
{
	struct assistant_set *set = NULL;
	char *error = NULL;
	if (assistant_set_load(help_dir, &set, &error) < 0)
		fail_msg("refused: %s", error);
	assert_null(error);
	return set;
}

/* What is said of a single file of this content. */
static char *refusal(const char *document)
{
	struct assistant_set *set = NULL;
	char *error = NULL;
	help_write("one.json", document);
	int err = assistant_set_load(help_dir, &set, &error);
	if (err == 0)
		fail_msg("taken: %s", document);
	assert_int_equal(err, -EINVAL);
	assert_null(set);
	return error;
}

static void one_file_is_one_assistant(void **state)
{
	(void)state;
	help_write("default.json", "{\"instructions\":\"Be kind.\"}");
	help_write("sales-2_B.json", "{\"instructions\":\"Sell.\",\"voice\":\"cedar\"}");
	help_write(".hidden.json", "not JSON");
	help_write("notes.txt", "not JSON");
	struct assistant_set *set = load();
	assert_int_equal(set->n, 2);
	const struct assistant *a = assistant_find(set, STR("sales-2_B"));
	assert_non_null(a);
	assert_str(a->instructions, "Sell.");
	assert_null(assistant_find(set, STR("sales")));
	assert_null(assistant_find(set, STR("")));
	assistant_set_unref(set);
}

static void what_is_absent_has_a_default(void **state)
{
	(void)state;
	help_write("default.json", "{\"instructions\":\"x\"}");
	struct assistant_set *set = load();
	const struct assistant *a = &set->list[0];
	assert_int_equal(a->greeting, ASSISTANT_GREETING_MODEL);
	assert_str(a->voice, "marin");
	assert_str(a->model, "");
	assert_false(a->is_pcmu);
	assert_str(a->turn_detection,
		"{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,\"silence_duration_ms\":500,"
		"\"create_response\":true,\"interrupt_response\":true}");
	assert_str(a->noise_reduction, "null");
	assert_false(a->has_denoise || a->has_agc);
	assert_int_equal(a->n_tools, 0);
	assert_int_equal(a->tools_json.n, 0);
	assert_int_equal(a->idle_prompt_s, 0);
	assert_int_equal(a->max_duration_s, 0);
	assert_false(a->is_recorded);
	assistant_set_unref(set);
}

static void every_key_is_taken(void **state)
{
	(void)state;
	help_write("default.json",
		"{\"instructions\":\"x\",\"greeting\":\"Hello.\",\"voice\":\"cedar\",\"model\":\"gpt-realtime-mini\","
		"\"audio\":\"pcmu\",\"turn_detection\":{\"type\":\"semantic_vad\",\"eagerness\":\"high\"},"
		"\"noise_reduction\":\"far_field\",\"tools\":[],\"idle_prompt_s\":10,\"max_duration_s\":600,"
		"\"recording\":true}");
	struct assistant_set *set = load();
	const struct assistant *a = &set->list[0];
	assert_int_equal(a->greeting, ASSISTANT_GREETING_TEXT);
	assert_str(a->greeting_text, "Hello.");
	assert_str(a->voice, "cedar");
	assert_str(a->model, "gpt-realtime-mini");
	assert_true(a->is_pcmu);
	assert_str(a->turn_detection, "{\"type\":\"semantic_vad\",\"eagerness\":\"high\"}");
	assert_str(a->noise_reduction, "{\"type\":\"far_field\"}");
	assert_int_equal(a->idle_prompt_s, 10);
	assert_int_equal(a->max_duration_s, 600);
	assert_true(a->is_recorded);
	assistant_set_unref(set);
}

static void stages_are_listed(void **state)
{
	static const struct {
		const char *list;
		bool has_denoise, has_agc;
	} cases[] = {
		{"[]", false, false},
		{"[\"denoise\"]", true, false},
		{"[\"agc\"]", false, true},
		{"[\"agc\",\"denoise\",\"agc\"]", true, true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "{\"instructions\":\"x\",\"enhance\":%s}", cases[i].list);
		help_write("one.json", text);
		struct assistant_set *set = load();
		assert_int_equal(set->list[0].has_denoise, cases[i].has_denoise);
		assert_int_equal(set->list[0].has_agc, cases[i].has_agc);
		assistant_set_unref(set);
	}
}

static void other_spellings_are_right_too(void **state)
{
	(void)state;
	static const struct {
		const char *member, *turns, *noise;
		enum assistant_greeting greeting;
	} cases[] = {
		{"\"greeting\":\"\"", "{\"type\":\"server_vad\"", "null", ASSISTANT_GREETING_CALLER},
		{"\"audio\":\"pcm24k\"", "{\"type\":\"server_vad\"", "null", ASSISTANT_GREETING_MODEL},
		{"\"turn_detection\":null", "null", "null", ASSISTANT_GREETING_MODEL},
		{"\"turn_detection\":\"server_vad\"", "{\"type\":\"server_vad\"", "null", ASSISTANT_GREETING_MODEL},
		{"\"turn_detection\":\"semantic_vad\"", "{\"type\":\"semantic_vad\",\"eagerness\":\"auto\"", "null",
			ASSISTANT_GREETING_MODEL},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":1,\"idle_timeout_ms\":null,"
		 "\"prefix_padding_ms\":0,\"silence_duration_ms\":60000,\"create_response\":false}",
			"{\"type\":\"server_vad\",\"threshold\":1,", "null", ASSISTANT_GREETING_MODEL},
		{"\"noise_reduction\":null", "{\"type\":\"server_vad\"", "null", ASSISTANT_GREETING_MODEL},
		{"\"noise_reduction\":\"near_field\"", "{\"type\":\"server_vad\"", "{\"type\":\"near_field\"}",
			ASSISTANT_GREETING_MODEL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		(void)snprintf(text, sizeof(text), "{\"instructions\":\"x\",%s}", cases[i].member);
		help_write("one.json", text);
		struct assistant_set *set = load();
		const struct assistant *a = &set->list[0];
		if (!str_starts(a->turn_detection, str_of(cases[i].turns)) ||
			!str_is(a->noise_reduction, str_of(cases[i].noise)) || a->greeting != cases[i].greeting)
			fail_msg("%s is read wrongly", cases[i].member);
		assistant_set_unref(set);
	}
}

/* Each member alone is wrong; the fault names file, field, value and what would be right. */
static void what_is_wrong_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *members, *fault;
	} cases[] = {
		{"\"instructions\":5", "/one.json: /instructions = 5: must be a string"},
		{"\"greeting\":null", "/greeting = null: must be a string"},
		{"\"greeting\":[\"hi\"]", "/greeting = [\"hi\"]: must be a string"},
		{"\"voice\":\"\"", "/voice = \"\": must be a voice"},
		{"\"voice\":true", "/voice = true: must be a string"},
		{"\"model\":1", "/model = 1: must be a string"},
		{"\"audio\":\"mp3\"", "/audio = \"mp3\": must be \"pcm24k\" or \"pcmu\""},
		{"\"audio\":8000", "/audio = 8000: must be"},
		{"\"turn_detection\":\"vad\"", "/turn_detection = \"vad\": must be null, \"server_vad\""},
		{"\"turn_detection\":[]", "/turn_detection = []: must be null"},
		{"\"turn_detection\":{}", "/turn_detection/type is missing: must be \"server_vad\""},
		{"\"turn_detection\":{\"type\":\"x\"}", "/turn_detection/type = \"x\": must be"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"eagerness\":\"low\"}", "/turn_detection/eagerness: is not a key"},
		{"\"turn_detection\":{\"type\":\"semantic_vad\",\"threshold\":1}", "/turn_detection/threshold: is not a key"},
		{"\"turn_detection\":{\"type\":\"semantic_vad\",\"eagerness\":\"x\"}", "/turn_detection/eagerness = \"x\": must be"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":1.5}", "/turn_detection/threshold = 1.5: must be a number from 0 to 1"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"prefix_padding_ms\":-1}", "/turn_detection/prefix_padding_ms = -1: must be"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"silence_duration_ms\":1.5}", "/turn_detection/silence_duration_ms = 1.5: must be"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"idle_timeout_ms\":4999}", "/turn_detection/idle_timeout_ms = 4999: must be"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"create_response\":1}", "/turn_detection/create_response = 1: must be true or false"},
		{"\"turn_detection\":{\"type\":\"server_vad\",\"interrupt_response\":\"no\"}", "/turn_detection/interrupt_response = \"no\": must be"},
		{"\"noise_reduction\":\"much\"", "/noise_reduction = \"much\": must be null"},
		{"\"enhance\":\"agc\"", "/enhance = \"agc\": must be a list of \"denoise\" and \"agc\""},
		{"\"enhance\":[\"echo\"]", "/enhance = \"echo\": must be a list"},
		{"\"enhance\":[null]", "/enhance = null: must be a list"},
		{"\"enhance\":[\"agc\"],\"audio\":\"pcmu\"", "/enhance = [\"agc\"]: works with \"audio\": \"pcm24k\" only"},
		{"\"tools\":{}", "/tools = {}: must be a list"},
		{"\"idle_prompt_s\":3601", "/idle_prompt_s = 3601: must be a whole number from 0 to 3600"},
		{"\"idle_prompt_s\":-1", "/idle_prompt_s = -1: must be"},
		{"\"idle_prompt_s\":1.0", "/idle_prompt_s = 1.0: must be"},
		{"\"max_duration_s\":86401", "/max_duration_s = 86401: must be a whole number from 0 to 86400"},
		{"\"recording\":\"yes\"", "/recording = \"yes\": must be true or false"},
		{"\"greting\":\"x\"", "/greting: is not a key; there are: instructions greeting voice"},
		{"\"instructions\":\"twice\"", "duplicate"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		bool has_own = strncmp(cases[i].members, "\"instructions\":5", 16) == 0;
		(void)snprintf(text, sizeof(text), "{%s%s}", has_own ? "" : "\"instructions\":\"x\",", cases[i].members);
		char *error = refusal(text);
		if (!strstr(error, cases[i].fault))
			fail_msg("%s\n is refused with: %s\n and not: %s", text, error, cases[i].fault);
		if (!strstr(error, help_dir) || strchr(error, '\n'))
			fail_msg("not one fault with its file: %s", error);
		free(error);
	}
}

static void all_faults_are_told_at_once(void **state)
{
	(void)state;
	help_write("two.json", "{\"instructions\":\"x\",\"audio\":\"mp3\"}");
	help_write("three.json", "{\"instructions\":\"x\"");
	help_write("bad name.json", "{}");
	char *error = refusal("{\"voice\":1,\"idle_prompt_s\":\"ten\",\"recording\":2}");
	static const char *const faults[] = {"one.json: /instructions is missing", "one.json: /voice", "one.json: /idle_prompt_s",
		"one.json: /recording", "two.json: /audio", "three.json:1:", "bad name.json: the name must be"};
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (!strstr(error, faults[i]))
			fail_msg("%s is not told: %s", faults[i], error);
	free(error);
}

static void a_document_that_is_none_is_named_with_its_line(void **state)
{
	(void)state;
	char *error = refusal("{\n \"instructions\": \"x\",\n}");
	assert_non_null(strstr(error, "one.json:3:"));
	free(error);
	error = refusal("[1]");
	assert_non_null(strstr(error, "one.json: / = [1]: must be an object"));
	free(error);
	error = refusal("");
	assert_non_null(strstr(error, "one.json:1:"));
	free(error);
}

static void directories_that_cannot_serve(void **state)
{
	(void)state;
	struct assistant_set *set = NULL;
	char *error = NULL;
	assert_int_equal(assistant_set_load(help_path("none"), &set, &error), -ENOENT);
	assert_non_null(strstr(error, "[assistants] dir = "));
	assert_non_null(strstr(error, "No such file"));
	free(error);
	assert_int_equal(assistant_set_load(help_dir, &set, &error), -EINVAL);
	assert_non_null(strstr(error, "no assistant here"));
	free(error);
}

static void texts_have_limits(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		size_t max;
	} cases[] = {{"instructions", 65536}, {"greeting", 800}, {"voice", 128}, {"model", 128}};
	static char text[70000];
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t over = 0; over <= 1; over++) {
			const char *also = strcmp(cases[i].key, "instructions") ? "\"instructions\":\"x\"," : "";
			int n = snprintf(text, sizeof(text), "{%s\"%s\":\"", also, cases[i].key);
			memset(text + n, 'a', cases[i].max + over);
			(void)snprintf(text + n + cases[i].max + over, 8, "\"}");
			help_write("one.json", text);
			if (!over) {
				assistant_set_unref(load());
				continue;
			}
			char *error = refusal(text);
			assert_non_null(strstr(error, cases[i].key));
			assert_non_null(strstr(error, "at most"));
			assert_true(strlen(error) < 400); /* the value itself is not poured out */
			free(error);
		}
}

static void more_faults_than_there_is_room_for(void **state)
{
	(void)state;
	static char text[60000];
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"instructions\":\"x\"");
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"unknown-key-%d\":1", i);
	(void)snprintf(text + n, sizeof(text) - n, "}");
	char *error = refusal(text);
	assert_non_null(strstr(error, "/unknown-key-0:"));
	assert_non_null(strstr(error, "... and more of them"));
	free(error);
}

static void a_thousand_assistants_are_taken_and_no_more(void **state)
{
	(void)state;
	char name[32];
	for (int i = 0; i <= ASSISTANTS_MAX; i++) {
		if (i == ASSISTANTS_MAX)
			assistant_set_unref(load());
		(void)snprintf(name, sizeof(name), "a%d.json", i);
		help_write(name, "{\"instructions\":\"x\",\"tools\":[{\"type\":\"builtin\",\"name\":\"end_call\"}]}");
	}
	struct assistant_set *set = NULL;
	char *error = NULL;
	assert_int_equal(assistant_set_load(help_dir, &set, &error), -EINVAL);
	assert_non_null(strstr(error, "1001 assistants, at most 1000"));
	free(error);
}

static void a_set_lives_as_long_as_somebody_holds_it(void **state)
{
	(void)state;
	help_write("default.json", "{\"instructions\":\"still here\"}");
	struct assistant_set *set = load(), *mine = assistant_set_ref(set);
	assert_null(assistant_set_unref(set));
	assert_str(mine->list[0].instructions, "still here");
	assert_null(assistant_set_unref(mine));
	assert_null(assistant_set_unref(NULL));
}

static void substitution(void **state)
{
	(void)state;
	const struct assistant_variable vars[] = {
		{STR("caller"), STR("+15550100")}, {STR("name"), STR("{{caller}}")}, {STR("empty"), STR("")}};
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"{{caller}}", "+15550100"},
		{"a {{ caller }} b {{caller}}{{caller}}", "a +15550100 b +15550100+15550100"},
		{"{{unknown}}|{{}}|{{ }}|{{empty}}", "|||"},
		{"{{name}}", "{{caller}}"}, /* what was put in is not looked at again */
		{"{caller}", "{caller}"},
		{"{{caller", "{{caller"},
		{"caller}}", "caller}}"},
		{"}}{{caller}}{{", "}}+15550100{{"},
		{"{{Caller}}", ""},
	};
	char text[128];
	struct buf b;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_init(&b, text, sizeof(text));
		assistant_substitute(str_of(cases[i].from), vars, ARRAY_LEN(vars), &b);
		if (!str_is(buf_str(&b), str_of(cases[i].to)))
			fail_msg("%s became " STR_FMT, cases[i].from, STR_ARG(buf_str(&b)));
	}
	buf_init(&b, text, 4);
	assistant_substitute(STR("{{caller}}"), vars, ARRAY_LEN(vars), &b);
	assert_false(buf_ok(&b));
}

/* Whatever allocation fails: either a whole set, or none, and why. */
static void want_of_memory_leaves_no_half_assistant(void **state)
{
	(void)state;
	help_write("secret", "s3cr3t\n");
	help_write("default.json",
		"{\"instructions\":\"x\",\"greeting\":\"Hello\",\"voice\":\"cedar\",\"tools\":[{\"type\":\"builtin\",\"name\":"
		"\"transfer_call\",\"targets\":{\"sales\":\"+15551230001\"}},{\"type\":\"function\",\"name\":\"f\","
		"\"webhook\":{\"url\":\"https://example.com\",\"secret_file\":\"secret\"}}]}");
	uint32_t n = 1;
	for (int err = -1; err < 0; n++) {
		struct assistant_set *set = NULL;
		char *error = NULL;
		assert_true(n < 1000);
		mem_fail_at(n);
		err = assistant_set_load(help_dir, &set, &error);
		mem_fail_at(0);
		free(error);
		if (err < 0) {
			assert_null(set);
			continue;
		}
		assert_str(set->list[0].greeting_text, "Hello");
		assert_str(set->list[0].tools[0].targets[0].number, "+15551230001");
		assert_str(set->list[0].tools[1].secret, "s3cr3t");
		assistant_set_unref(set);
	}
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_file_is_one_assistant, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_absent_has_a_default, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(every_key_is_taken, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(stages_are_listed, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(other_spellings_are_right_too, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_named, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(all_faults_are_told_at_once, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_document_that_is_none_is_named_with_its_line, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(directories_that_cannot_serve, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(texts_have_limits, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(more_faults_than_there_is_room_for, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_thousand_assistants_are_taken_and_no_more, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(a_set_lives_as_long_as_somebody_holds_it, help_setup, help_teardown),
		cmocka_unit_test(substitution),
		cmocka_unit_test_setup_teardown(want_of_memory_leaves_no_half_assistant, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("plane/assistant", tests, NULL, NULL);
}
