/* SPDX-License-Identifier: MIT */
/* The conversation of a call whose node has crashed, as the next one finds it in the transcript. */
#include "../help_dir.h"

#include "../../../src/app/history.h"
#include "ringdown/base/mem.h"

static char text[4 << 20];
static size_t n_text;

static void add(const char *kind, int i, size_t size)
{
	static char words[100000];
	memset(words, 'a' + i % 26, size);
	words[size] = '\0';

	n_text += (size_t)snprintf(text + n_text, sizeof(text) - n_text, "%s{\"kind\":\"%s\",\"text\":\"%d %s\",\"call_id\":\"c%d\"}",
		n_text ? "," : "", kind, i, words, i);
}

static void begin(void)
{
	n_text = 0;
}

static struct plane_claim *load(void)
{
	FILE *f = fopen(help_path("CA1.json"), "w");
	assert_non_null(f);
	assert_true(fprintf(f, "{\"call_sid\":\"CA1\",\"streams\":[],\"turns\":[%.*s]}", (int)n_text, text) > 0);
	assert_int_equal(fclose(f), 0);
	struct plane_claim *c = plane_claim_new();
	c->call_sid = STR("CA1");
	history_load(c, help_dir);
	return c;
}

static int number_of(const struct plane_turn *t)
{
	return (int)strtol(t->text.p, NULL, 10);
}

static void a_short_call_is_there_whole(void **state)
{
	(void)state;
	begin();
	add("assistant", 0, 5);
	add("caller", 1, 5);
	add("note", 2, 5);
	add("tool_call", 3, 5);
	add("tool_output", 4, 5);
	add("dtmf", 5, 5);
	add("something new", 6, 5);
	struct plane_claim *c = load();
	assert_true(c->is_resumed);
	assert_int_equal(c->n_history, 5);
	static const char *const kinds[] = {"assistant", "caller", "tool_call", "tool_output", "dtmf"};
	static const int numbers[] = {0, 1, 3, 4, 5};
	for (uint32_t i = 0; i < 5; i++) {
		assert_string_equal(c->history[i].kind, kinds[i]);
		assert_int_equal(number_of(&c->history[i]), numbers[i]);
	}
	assert_true(str_is(c->history[2].call_id, STR("c3")));
	plane_claim_free(c);
}

/* Hours of talk: the newest turns are there, with their words. */
static void of_a_long_call_the_end_counts(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 2000; i++)
		add(i % 2 ? "assistant" : "caller", i, 150);
	struct plane_claim *c = load();
	assert_int_equal(c->n_history, PLANE_HISTORY_MAX);
	for (uint32_t i = 0; i < PLANE_HISTORY_MAX; i++) {
		assert_int_equal(number_of(&c->history[i]), 2000 - PLANE_HISTORY_MAX + i);
		assert_true(c->history[i].text.n > 150);
	}
	plane_claim_free(c);
	begin();
	for (int i = 0; i < 40; i++)
		add(i % 2 ? "assistant" : "caller", i, 60000);
	add("caller", 40, 6000);
	add("assistant", 41, 6000);
	c = load();
	assert_int_equal(c->n_history, 2);
	assert_int_equal(number_of(&c->history[0]), 40);
	assert_true(c->history[0].text.n > 6000);
	plane_claim_free(c);
}

static void an_output_without_its_call_is_left_out(void **state)
{
	(void)state;
	begin();
	add("tool_call", 0, 12000);
	add("tool_output", 1, 300);
	add("assistant", 2, 10);
	struct plane_claim *c = load();
	assert_int_equal(c->n_history, 1);
	assert_int_equal(number_of(&c->history[0]), 2);
	plane_claim_free(c);
}

static void no_file_is_no_history(void **state)
{
	(void)state;
	static const char *const sids[] = {"CA2", "../CA1", ""};
	begin();
	add("caller", 0, 5);
	plane_claim_free(load());
	for (size_t i = 0; i < 3; i++) {
		struct plane_claim *c = plane_claim_new();
		c->call_sid = str_of(sids[i]);
		history_load(c, help_dir);
		assert_int_equal(c->n_history, 0);
		assert_false(c->is_resumed);
		plane_claim_free(c);
	}
	begin();
	struct plane_claim *c = load();
	assert_int_equal(c->n_history, 0);
	assert_false(c->is_resumed);
	plane_claim_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_short_call_is_there_whole, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(of_a_long_call_the_end_counts, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(an_output_without_its_call_is_left_out, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(no_file_is_no_history, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("app/history", tests, NULL, NULL);
}
