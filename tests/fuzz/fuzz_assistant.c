/* fuzz: links plane */
/* SPDX-License-Identifier: MIT */
/* Any file is an assistant without a fault, all of whose parts are as the model and the call want them, or one whose
 * faults are told, each with the file's name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/plane/assistant_parse.h"
#include "ringdown/base/auto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/ringdown-fuzz-XXXXXX";

static void require(bool claim)
{
	if (!claim)
		abort();
}

static const char *path_of(const char *name)
{
	static char path[64];
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void remove_dir(void)
{
	(void)unlink(path_of("a.json"));
	(void)unlink(path_of("secret"));
	(void)rmdir(dir);
}

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *f = fopen(path_of(name), "w");
	require(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static void make_dir(void)
{
	static bool is_made;
	if (is_made)
		return;
	is_made = true;
	require(mkdtemp(dir) && atexit(remove_dir) == 0);
	write_file("secret", "s3cr3t", 6);
}

static void check_tool(const struct assistant_tool *t)
{
	require(t->name.n > 0 && t->name.n <= 64 && t->n_targets <= ASSISTANT_TARGETS_MAX);
	require((t->kind == TOOL_TRANSFER_CALL) == (t->n_targets > 0));
	for (uint32_t i = 0; i < t->n_targets; i++)
		require(t->targets[i].name.n > 0 && t->targets[i].name.n <= 64 && t->targets[i].number.p[0] == '+');
	if (t->kind == TOOL_WEBHOOK)
		require(str_starts(t->url, STR("http")) && t->secret.n > 0 && t->timeout_ms >= 100 && t->timeout_ms <= 60000);
}

static void check_json(struct str text, bool is_list, size_t n)
{
	AUTO(json_decrefp) json_t *j = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
	require(j && (!is_list || json_array_size(j) == n));
}

static void check_assistant(const struct assistant *a)
{
	require(a->instructions.p && a->instructions.n <= 65536 && a->voice.n > 0 && a->voice.n <= 128);
	require((a->greeting == ASSISTANT_GREETING_TEXT) == (a->greeting_text.n > 0));
	require(a->idle_prompt_s <= 3600 && a->max_duration_s <= 86400 && a->n_tools <= ASSISTANT_TOOLS_MAX);
	check_json(a->turn_detection, false, 0);
	check_json(a->noise_reduction, false, 0);
	if (a->tools_json.n > 0)
		check_json(a->tools_json, true, a->n_tools);
	for (uint32_t i = 0; i < a->n_tools; i++) {
		check_tool(&a->tools[i]);
		require(assistant_tool(a, a->tools[i].name) == &a->tools[i]); /* names are met once */
	}
}

static void check_faults(struct str faults)
{
	while (faults.n > 0)
		require(str_starts(str_split(&faults, '\n'), str_of(dir)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char words[1 << 16];
	AUTO(arena_done) struct arena arena;
	struct assistant a = {0};
	struct buf errors;
	make_dir();
	write_file("a.json", data, size);
	arena_init(&arena, 1 << 24);
	buf_init(&errors, words, sizeof(words));
	struct assistant_reader r = {.dir = dir, .file = "a.json", .errors = &errors, .arena = &arena};
	assistant_parse(&r, &a);
	if (errors.n == 0 && buf_ok(&errors))
		check_assistant(&a);
	else if (!memchr(data, '\n', size) && !memchr(data, '\\', size)) /* else a key may hold a line break of its own */
		check_faults(buf_str(&errors));
	return 0;
}
