/* SPDX-License-Identifier: MIT */
#include "ringdown/call/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct transcript t;

static void assert_str(struct str s, const char *expected)
{
	assert_int_equal(s.n, strlen(expected));
	if (s.n)
		assert_memory_equal(s.p, expected, s.n);
}

static void turns_come_back_as_they_were(void **state)
{
	(void)state;
	struct transcript_turn turn = {
		.kind = TRANSCRIPT_ASSISTANT, .text = STR("heard"), .cut_text = STR(" and cut"), .item_id = STR("i1"),
		.start_us = 5, .end_us = 7, .heard_ms = 100, .total_ms = 300, .is_cut = true,
	};
	struct transcript_turn call = {
		.kind = TRANSCRIPT_TOOL_CALL, .text = STR("{}"), .call_id = STR("c1"), .name = STR("weather")};
	uint32_t pos = 0;
	transcript_init(&t);
	transcript_add(&t, &turn);
	transcript_add(&t, &call);
	memset(&turn, 0, sizeof(turn));
	assert_true(transcript_next(&t, &pos, &turn));
	assert_int_equal(turn.kind, TRANSCRIPT_ASSISTANT);
	assert_str(turn.text, "heard");
	assert_str(turn.cut_text, " and cut");
	assert_str(turn.item_id, "i1");
	assert_true(turn.is_cut && turn.heard_ms == 100 && turn.total_ms == 300 && turn.start_us == 5 && turn.end_us == 7);
	assert_true(transcript_next(&t, &pos, &turn));
	assert_str(turn.call_id, "c1");
	assert_str(turn.name, "weather");
	assert_str(turn.text, "{}");
	assert_false(transcript_next(&t, &pos, &turn));
}

/* Whatever the lengths: the newest are there, in their order. */
static void the_oldest_leave(void **state)
{
	(void)state;
	char text[3000], expected[16];
	transcript_init(&t);
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < 2000; i++) {
		size_t n = 16 + i * 37 % 2900;
		memset(text, 'x', 16);
		snprintf(text, 16, "%u", i);
		transcript_add(&t, &(struct transcript_turn){.text = {text, n}});
		struct transcript_turn turn;
		uint32_t pos = 0, seen = 0;
		while (transcript_next(&t, &pos, &turn)) {
			snprintf(expected, sizeof(expected), "%u", i + 1 - t.n_turns + seen++);
			assert_memory_equal(turn.text.p, expected, strlen(expected) + 1);
		}
		assert_int_equal(seen, t.n_turns);
		assert_true(t.n_turns >= 1 && t.n_turns + t.n_dropped == i + 1 && t.used <= TRANSCRIPT_BYTES);
	}
}

static void long_texts_are_shortened_at_a_character(void **state)
{
	(void)state;
	static char text[3 * TRANSCRIPT_TURN_MAX];
	struct transcript_turn turn;
	uint32_t pos = 0;
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	transcript_init(&t);
	transcript_add(&t, &(struct transcript_turn){.text = {text, sizeof(text)}, .cut_text = {text, sizeof(text)}});
	assert_true(transcript_next(&t, &pos, &turn));
	assert_int_equal(turn.text.n, TRANSCRIPT_TURN_MAX / 3 * 3);
	assert_int_equal(turn.cut_text.n, TRANSCRIPT_TURN_MAX / 3 * 3);
}

static void what_was_heard_ends_behind_a_word(void **state)
{
	(void)state;
	const struct {
		const char *text, *heard;
		uint32_t heard_ms, total_ms;
	} cases[] = {
		{"one two three four", "", 0, 1000},
		{"one two three four", "", 100, 1000},
		{"one two three four", "one two", 500, 1000},
		{"one two three four", "one two three", 999, 1000},
		{"one two three four", "one two three four", 1000, 1000},
		{"one two three four", "one two three four", 2000, 1000},
		{"one", "", 500, 0},
		{"", "", 500, 1000},
		/* no blanks at all: as far as it goes, whole characters */
		{"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		 "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		 "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
			"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
			"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
			677, 1000},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(transcript_heard_part(str_of(cases[i].text), cases[i].heard_ms, cases[i].total_ms), cases[i].heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_come_back_as_they_were),
		cmocka_unit_test(the_oldest_leave),
		cmocka_unit_test(long_texts_are_shortened_at_a_character),
		cmocka_unit_test(what_was_heard_ends_behind_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
