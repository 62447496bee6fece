/* record_help.h - a recorder on a directory of its own, and what it wrote read back. */
#ifndef RINGDOWN_TESTS_RECORD_HELP_H
#define RINGDOWN_TESTS_RECORD_HELP_H

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "ringdown/media/mulaw.h"
#include "ringdown/record/record.h"

/* SPDX-License-Identifier: MIT */

#define HELP_UNUSED __attribute__((unused))

enum {
	HELP_PATH = 512,
	HELP_NAME = 96,
	HELP_WAIT_ROUNDS = 1000,
	HELP_WAIT_MS = 20,
	HELP_SLOTS_AT_ONCE = 100
};

static char help_dir[64];

static HELP_UNUSED int help_setup(void **state)
{
	(void)state;
	(void)snprintf(help_dir, sizeof(help_dir), "/tmp/ringdown-record-XXXXXX");
	return mkdtemp(help_dir) ? 0 : -1;
}

static HELP_UNUSED int help_teardown(void **state)
{
	(void)state;
	char path[HELP_PATH];
	DIR *d = opendir(help_dir);
	const struct dirent *entry;
	while (d && (entry = readdir(d))) {
		(void)snprintf(path, sizeof(path), "%s/%s", help_dir, entry->d_name);
		(void)unlink(path);
	}
	if (d)
		(void)closedir(d);
	return rmdir(help_dir);
}

static HELP_UNUSED const char *help_path(const char *name)
{
	static char path[HELP_PATH];
	(void)snprintf(path, sizeof(path), "%s/%s", help_dir, name);
	return path;
}

static HELP_UNUSED bool help_exists(const char *name)
{
	struct stat st;
	return stat(help_path(name), &st) == 0;
}

static HELP_UNUSED void help_pause(int ms)
{
	(void)poll(NULL, 0, ms);
}

static HELP_UNUSED struct recorder *help_recorder(void)
{
	const struct recorder_settings s = {.dir = help_dir, .has_transcripts = true};
	struct recorder *r = recorder_new(&s);
	assert_non_null(r);
	return r;
}

static HELP_UNUSED struct record_tap *help_open(
	struct recorder *r, const char *call_sid, bool has_sound)
{
	const struct record_call c = {
		.call_sid = str_of(call_sid),
		.stream_sid = STR("MZ1"),
		.assistant = STR("reception"),
		.caller = STR("+15550001111"),
		.called = STR("+15550002222"),
		.call_tag = 7,
		.has_sound = has_sound,
	};
	return record_open(r, &c);
}

static HELP_UNUSED void help_turn(struct record_tap *t, const char *kind, struct str text)
{
	const struct record_turn turn = {
		.kind = kind, .text = text, .start_ms = 100, .end_ms = 900};
	record_turn(t, &turn);
}

/* The transcript as JSON, or NULL; the caller's to free. */
static HELP_UNUSED json_t *help_json(const char *call_sid)
{
	char name[HELP_NAME];
	(void)snprintf(name, sizeof(name), "%s.json", call_sid);
	return json_load_file(help_path(name), 0, NULL);
}

static HELP_UNUSED const char *help_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "(none)";
}

static HELP_UNUSED size_t help_turns(const char *call_sid)
{
	json_t *root = help_json(call_sid);
	size_t n = json_array_size(json_object_get(root, "turns"));
	json_decref(root);
	return n;
}

/* Waits for the recorder's thread, not for a time: fails only when it never comes. */
static HELP_UNUSED void help_wait_turns(const char *call_sid, size_t n)
{
	for (int i = 0; i < HELP_WAIT_ROUNDS; i++) {
		if (help_turns(call_sid) >= n)
			return;
		help_pause(HELP_WAIT_MS);
	}
	fail_msg("%s never had %zu turns", call_sid, n);
}

#endif
