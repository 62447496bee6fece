/* SPDX-License-Identifier: MIT */
#include "record_help.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "ringdown/base/mem.h"

static void tells_a_whole_call(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	assert_non_null(t);
	const struct record_turn turn = {
		.kind = "assistant",
		.text = STR("We are open"),
		.cut_text = STR(" from nine to five"),
		.item_id = STR("item_1"),
		.start_ms = 1500,
		.end_ms = 3000,
		.heard_ms = 1500,
		.total_ms = 4200,
		.is_cut = true,
	};
	help_turn(t, "caller", STR("Are you open?"));
	record_turn(t, &turn);
	record_close(t, STR("transfer:sales"));
	(void)recorder_free(r);

	json_t *root = help_json("CA1"), *turns = json_object_get(root, "turns");
	json_t *stream = json_array_get(json_object_get(root, "streams"), 0),
	       *last = json_array_get(turns, 1);
	assert_string_equal(help_text(root, "call_sid"), "CA1");
	assert_string_equal(help_text(root, "status"), "ended");
	assert_string_equal(help_text(root, "result"), "transfer:sales");
	assert_string_equal(help_text(root, "assistant"), "reception");
	assert_string_equal(help_text(root, "caller"), "+15550001111");
	assert_string_equal(help_text(root, "called"), "+15550002222");
	assert_string_equal(help_text(stream, "stream_sid"), "MZ1");
	assert_int_equal(strlen(help_text(stream, "started")), strlen("2026-11-23T20:57:38.123Z"));
	assert_int_equal(strlen(help_text(stream, "ended")), strlen("2026-11-23T20:57:38.123Z"));
	assert_true(json_is_null(json_object_get(stream, "recording")));
	assert_int_equal(json_array_size(turns), 2);
	assert_string_equal(help_text(json_array_get(turns, 0), "text"), "Are you open?");
	assert_true(json_is_false(json_object_get(json_array_get(turns, 0), "interrupted")));
	assert_string_equal(help_text(last, "kind"), "assistant");
	assert_string_equal(help_text(last, "text"), "We are open");
	assert_string_equal(help_text(last, "cut_text"), " from nine to five");
	assert_string_equal(help_text(last, "item_id"), "item_1");
	assert_int_equal(json_integer_value(json_object_get(last, "start_ms")), 1500);
	assert_int_equal(json_integer_value(json_object_get(last, "heard_ms")), 1500);
	assert_int_equal(json_integer_value(json_object_get(last, "total_ms")), 4200);
	assert_true(json_is_true(json_object_get(last, "interrupted")));
	assert_true(strcmp(help_text(last, "at"), help_text(stream, "started")) > 0);
	json_decref(root);
	assert_false(help_exists("CA1.json.tmp"));
}

/* The file says what it knows while the call lives. */
static void is_written_while_the_call_lives(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("hello"));
	help_wait_turns("CA1", 1);
	help_turn(t, "assistant", STR("good morning"));
	help_wait_turns("CA1", 2);
	json_t *root = help_json("CA1");
	assert_string_equal(help_text(root, "status"), "live");
	json_decref(root);
	record_close(t, STR("complete"));
	(void)recorder_free(r);
}

static void a_resumed_call_goes_on_in_its_file(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("before"));
	record_close(t, STR("none"));
	(void)recorder_free(r);
	r = help_recorder();
	t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("after"));
	record_close(t, STR("complete"));
	(void)recorder_free(r);

	json_t *root = help_json("CA1"), *streams = json_object_get(root, "streams");
	json_t *turns = json_object_get(root, "turns");
	assert_string_equal(help_text(root, "status"), "ended");
	assert_string_equal(help_text(root, "result"), "complete");
	assert_int_equal(json_array_size(streams), 2);
	assert_string_equal(help_text(json_array_get(streams, 0), "result"), "none");
	assert_int_equal(json_array_size(turns), 2);
	assert_string_equal(help_text(json_array_get(turns, 1), "text"), "after");
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(turns, 1), "stream")), 1);
	json_decref(root);
}

/* A stream replaced by a newer one of the same call: both write, neither loses a turn. */
static void two_streams_at_once_share_the_file(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *old = help_open(r, "CA1", false), *new = help_open(r, "CA1", false);
	help_turn(old, "caller", STR("old"));
	help_turn(new, "caller", STR("new"));
	record_close(old, STR("none"));
	help_wait_turns("CA1", 2);
	record_close(new, STR("complete"));
	(void)recorder_free(r);
	json_t *root = help_json("CA1");
	assert_string_equal(help_text(root, "status"), "ended");
	assert_string_equal(help_text(root, "result"), "complete");
	assert_int_equal(json_array_size(json_object_get(root, "turns")), 2);
	json_decref(root);
}

/* The replaced stream may be the last to end: the call's result is still that of the newest. */
static void a_replaced_stream_ends_after_the_newest(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *old = help_open(r, "CA1", false), *new = help_open(r, "CA1", false);
	help_turn(old, "caller", STR("old"));
	record_close(new, STR("complete"));
	help_wait_turns("CA1", 1);
	record_close(old, STR("none"));
	(void)recorder_free(r);
	json_t *root = help_json("CA1");
	assert_string_equal(help_text(root, "result"), "complete");
	json_decref(root);
}

/* A child is killed in mid-call; the next start says so in its transcript. */
static void a_crash_leaves_interrupted(void **state)
{
	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct record_tap *t = help_open(help_recorder(), "CA1", true);
		help_turn(t, "caller", STR("hello"));
		help_wait_turns("CA1", 1);
		(void)kill(getpid(), SIGKILL);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	json_t *root = help_json("CA1");
	assert_string_equal(help_text(root, "status"), "live");
	json_decref(root);
	(void)recorder_free(help_recorder());
	root = help_json("CA1");
	assert_string_equal(help_text(root, "status"), "interrupted");
	assert_int_equal(json_array_size(json_object_get(root, "turns")), 1);
	json_decref(root);
}

static void a_tap_never_closed_ends_interrupted(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	help_turn(help_open(r, "CA1", false), "caller", STR("hello"));
	(void)recorder_free(r);
	json_t *root = help_json("CA1");
	assert_string_equal(help_text(root, "status"), "interrupted");
	assert_int_equal(json_array_size(json_object_get(root, "turns")), 1);
	json_decref(root);
}

static void refuses_what_is_no_file_name(void **state)
{
	(void)state;
	static const char *const names[] = {"", "..", "../CA1", "CA/1", "CA 1", "CA1.json", "CA\n1",
		"CA12345678901234567890123456789012345678901234567890123456789012345"};
	struct recorder *r = help_recorder();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_null(help_open(r, names[i], true));
	(void)recorder_free(r);
}

static void text_that_is_not_utf8_is_mended(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("a\xff\"b\n"));
	help_turn(t, "caller", (struct str){"x\0y", 3});
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	json_t *root = help_json("CA1"), *turns = json_object_get(root, "turns");
	assert_string_equal(help_text(json_array_get(turns, 0), "text"), "a\xef\xbf\xbd\"b\n");
	assert_string_equal(help_text(json_array_get(turns, 1), "text"), "x\xef\xbf\xbdy");
	json_decref(root);
}

/* A file that is no transcript is kept, beside the new one. */
static void garbage_is_moved_aside(void **state)
{
	(void)state;
	FILE *f = fopen(help_path("CA1.json"), "w");
	assert_non_null(f);
	(void)fputs("{\"turns\":", f);
	(void)fclose(f);
	assert_int_equal(record_load(help_dir, STR("CA1"), NULL, NULL), -EBADMSG);
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	help_turn(t, "caller", STR("hello"));
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	assert_true(help_exists("CA1.json.bad"));
	assert_int_equal(help_turns("CA1"), 1);
}

struct loaded {
	size_t n;
	char kinds[128], texts[128];
	uint32_t heard_ms;
	bool is_cut;
};

static void on_turn(const struct record_turn *turn, void *arg)
{
	struct loaded *l = arg;
	size_t n_kinds = strlen(l->kinds), n_texts = strlen(l->texts);
	l->n++;
	(void)snprintf(l->kinds + n_kinds, sizeof(l->kinds) - n_kinds, "%s ", turn->kind);
	(void)snprintf(l->texts + n_texts, sizeof(l->texts) - n_texts, STR_FMT "|" STR_FMT "|",
		STR_ARG(turn->text), STR_ARG(turn->name));
	l->heard_ms = turn->heard_ms;
	l->is_cut = turn->is_cut;
}

static void is_read_back_turn_by_turn(void **state)
{
	(void)state;
	struct recorder *r = help_recorder();
	struct record_tap *t = help_open(r, "CA1", false);
	const struct record_turn call = {.kind = "tool_call",
		.text = STR("{}"),
		.name = STR("lookup"),
		.call_id = STR("c1"),
		.heard_ms = 12,
		.is_cut = true};
	help_turn(t, "caller", STR("hello"));
	record_turn(t, &call);
	record_close(t, STR("none"));
	(void)recorder_free(r);
	struct loaded l = {0};
	assert_int_equal(record_load(help_dir, STR("CA1"), on_turn, &l), 0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.kinds, "caller tool_call ");
	assert_string_equal(l.texts, "hello||{}|lookup|");
	assert_int_equal(l.heard_ms, 12);
	assert_true(l.is_cut);
	assert_int_equal(record_load(help_dir, STR("CA2"), on_turn, &l), -ENOENT);
	assert_int_equal(record_load(help_dir, STR("../CA1"), on_turn, &l), -ENOENT);
}

static void a_directory_is_wanted(void **state)
{
	(void)state;
	struct recorder_settings s = {.dir = "/nonexistent/ringdown", .has_transcripts = true};
	assert_null(recorder_new(&s));
	assert_int_equal(errno, ENOENT);
	s.dir = "/dev/null";
	assert_null(recorder_new(&s));
	assert_int_equal(errno, ENOTDIR);
	assert_null(recorder_free(NULL));
}

static void nothing_to_record_is_no_tap(void **state)
{
	(void)state;
	const struct recorder_settings s = {.dir = help_dir};
	struct recorder *r = recorder_new(&s);
	assert_null(help_open(r, "CA1", false));
	struct record_tap *t = help_open(r, "CA1", true);
	assert_non_null(t);
	help_turn(t, "caller", STR("not kept"));
	record_close(t, STR("complete"));
	(void)recorder_free(r);
	assert_false(help_exists("CA1.json"));
}

/* Whatever allocation fails, nothing breaks; from the point where none does, all is there. */
static void survives_want_of_memory(void **state)
{
	(void)state;
	const struct recorder_settings s = {.dir = help_dir, .has_transcripts = true};
	size_t n_turns = 0;
	for (uint32_t n = 1; n <= 12; n++) {
		mem_fail_at(n);
		struct recorder *r = recorder_new(&s);
		struct record_tap *t = r ? help_open(r, "CA1", true) : NULL;
		if (t) {
			help_turn(t, "caller", STR("hello"));
			record_close(t, STR("complete"));
		}
		(void)recorder_free(r);
		mem_fail_at(0);
		n_turns = help_turns("CA1");
	}
	assert_true(n_turns > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tells_a_whole_call, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			is_written_while_the_call_lives, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_resumed_call_goes_on_in_its_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			two_streams_at_once_share_the_file, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_replaced_stream_ends_after_the_newest, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_crash_leaves_interrupted, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			a_tap_never_closed_ends_interrupted, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			refuses_what_is_no_file_name, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			text_that_is_not_utf8_is_mended, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(garbage_is_moved_aside, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(
			is_read_back_turn_by_turn, help_setup, help_teardown),
		cmocka_unit_test(a_directory_is_wanted),
		cmocka_unit_test_setup_teardown(
			nothing_to_record_is_no_tap, help_setup, help_teardown),
		cmocka_unit_test_setup_teardown(survives_want_of_memory, help_setup, help_teardown),
	};
	return cmocka_run_group_tests_name("record/transcript", tests, NULL, NULL);
}
