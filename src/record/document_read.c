/* SPDX-License-Identifier: MIT */
/* Transcript files read back: by the plane for a resumed call, and once at start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ringdown/base/auto.h"

#include "document.h"

enum { BEGINNING_BYTES = 512 };

static struct str str_member(const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);
	return json_is_string(j) ? (struct str){json_string_value(j), json_string_length(j)}
				 : STR("");
}

static uint32_t ms_member(const json_t *object, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(object, name));
	return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static void tell_turn(const json_t *j, record_turn_fn *turn_fn, void *arg)
{
	const struct record_turn turn = {
		.kind = str_member(j, "kind").p,
		.text = str_member(j, "text"),
		.cut_text = str_member(j, "cut_text"),
		.item_id = str_member(j, "item_id"),
		.call_id = str_member(j, "call_id"),
		.name = str_member(j, "name"),
		.start_ms = ms_member(j, "start_ms"),
		.end_ms = ms_member(j, "end_ms"),
		.heard_ms = ms_member(j, "heard_ms"),
		.total_ms = ms_member(j, "total_ms"),
		.is_cut = json_is_true(json_object_get(j, "interrupted")),
	};
	turn_fn(&turn, arg);
}

static void auto_decref(json_t **j)
{
	json_decref(*j);
}

int record_load(const char *dir, struct str call_sid, record_turn_fn *turn_fn, void *arg)
{
	char path[FILES_PATH_MAX];
	size_t i;
	json_t *turn;
	if (!files_is_sid(call_sid) || !files_path(path, sizeof(path), dir, call_sid, ".json"))
		return -ENOENT;
	errno = 0;
	AUTO(auto_decref) json_t *root = json_load_file(path, 0, NULL);
	if (!root)
		return errno == ENOENT ? -ENOENT : -EBADMSG;
	json_t *turns = json_object_get(root, "turns");
	if (!json_is_array(turns))
		return -EBADMSG;
	json_array_foreach(turns, i, turn) tell_turn(turn, turn_fn, arg);
	return 0;
}

/* Reads the beginning only: a year of calls must not delay the start. */
static bool is_left_live(const char *path)
{
	char text[BEGINNING_BYTES + 1];
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : read(fd, text, BEGINNING_BYTES);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strstr(text, "\"status\": \"live\"") != NULL;
}

static bool mark_interrupted(const char *path)
{
	AUTO(auto_decref) json_t *root = json_load_file(path, 0, NULL);
	if (!root || json_object_set_new(root, "status", json_string("interrupted")) < 0)
		return false;
	AUTO(auto_free) char *text = json_dumps(root, JSON_INDENT(1));
	return text && files_replace(path, text, strlen(text)) == 0;
}

static void auto_closedir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

int document_sweep(const char *dir)
{
	AUTO(auto_closedir) DIR *d = opendir(dir);
	int marked = 0;
	const struct dirent *entry;
	while (d && (entry = readdir(d))) {
		char path[FILES_PATH_MAX];
		struct str name = str_of(entry->d_name);
		if (!str_ends(name, STR(".json")) || !files_path(path, sizeof(path), dir, name, ""))
			continue;
		if (is_left_live(path) && mark_interrupted(path))
			marked++;
	}
	return marked;
}
