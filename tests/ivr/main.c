/* SPDX-License-Identifier: MIT */
/* ivr_golden [--check | --dump] FILE..., ivr_golden --schema: see README.md beside this. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "ringdown/base/auto.h"

enum { FILE_MAX = 1 << 20, FLOWS_MAX = 64 };

static struct {
	struct arena arena;
	struct ivr_flow flows[FLOWS_MAX];
	uint32_t n_flows;
	const struct ivr_flow *flow;
	json_t *world;
	bool is_dump;
	const char *file;
} g;

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, FILE_MAX);
	if (!f || !text)
		golden_die("%s cannot be read", path);
	size_t n = fread(text, 1, FILE_MAX - 1, f);
	(void)fclose(f);
	if (n == 0 || n == FILE_MAX - 1)
		golden_die("%s is empty, or too large", path);
	return text;
}

static const struct ivr_flow *load_flow(struct str name)
{
	char path[4096];
	static struct flow_faults faults;
	if (g.n_flows == FLOWS_MAX)
		golden_die("too many flows");
	(void)snprintf(path, sizeof(path), "%s/tests/ivr/flows/" STR_FMT ".json", RINGDOWN_SOURCE_DIR, STR_ARG(name));
	AUTO(auto_free) char *text = read_file(path);
	struct ivr_flow *f = &g.flows[g.n_flows];
	flow_faults_init(&faults, &g.arena);
	if (flow_parse(&g.arena, str_of(text), NULL, &faults, &f->flow) < 0)
		golden_die("%s: " STR_FMT " %s: " STR_FMT, path, STR_ARG(faults.list[0].pointer), faults.list[0].reason,
			STR_ARG(faults.list[0].message));
	f->version = 1;
	g.n_flows++;
	return f;
}

static const struct ivr_flow *find_flow(struct str name)
{
	for (uint32_t i = 0; i < g.n_flows; i++)
		if (str_is(g.flows[i].flow->name, name))
			return &g.flows[i];
	return load_flow(name);
}

/* "Digits=2" into the form, "i=1" into the state; a value may be quoted. */
static void put_field(struct str word, struct flow_state *s, struct form *form)
{
	struct str value = word, name = str_split(&value, '=');
	uint64_t n = 0;
	uint32_t *counter = str_is(name, STR("i")) ? &s->invalid : str_is(name, STR("q")) ? &s->no_input
		: str_is(name, STR("x")) ? &s->index : str_is(name, STR("h")) ? &s->hops : NULL;
	if (counter && str_u64(value, UINT32_MAX, &n) == 0)
		*counter = (uint32_t)n;
	else
		form->fields[form->n++] = (struct form_field){name, value};
}

static struct str take_word(struct str *line)
{
	size_t n = 0;
	bool is_quoted = false;
	*line = str_trim(*line);
	while (n < line->n && (is_quoted || line->p[n] != ' ')) {
		is_quoted ^= line->p[n] == '"';
		n++;
	}
	struct str word = {line->p, n};
	*line = str_skip(*line, n);
	return word;
}

/* Without the quotes, in the arena. */
static struct str bare(struct str word)
{
	char *text = arena_alloc(&g.arena, word.n + 1);
	struct buf b;
	buf_init(&b, text, text ? word.n + 1 : 0);
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] != '"')
			buf_putc(&b, word.p[i]);
	return buf_str(&b);
}

static void answer(struct ivr_run *r)
{
	static struct ivr_pair pairs[16];
	const char *name = ivr_kind_name(r->asked->kind) + 4; /* "ask-recording" */
	const json_t *a = json_object_get(json_object_get(g.world, "answers"), name);
	uint32_t n = 0;
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)a, key, v)
		pairs[n++] = (struct ivr_pair){str_of(key), str_of(json_string_value(v))};
	if (!a && r->asked->kind == IVR_ASK_STREAM)
		pairs[n++] = (struct ivr_pair){STR("token"), STR("v1.token")};
	ivr_answer(r, !json_is_false(a), pairs, n);
}

static void dump(struct str name, struct str document)
{
	static char line[1 << 18];
	struct buf b;
	buf_init(&b, line, sizeof(line));
	buf_put(&b, STR("{\"file\":"));
	buf_put_json(&b, str_of(g.file));
	buf_put(&b, STR(",\"step\":"));
	buf_put_json(&b, name);
	buf_put(&b, STR(",\"document\":"));
	buf_put_json(&b, document);
	buf_put(&b, STR("}\n"));
	(void)fwrite(b.p, 1, b.n, stdout);
}

static int32_t node_of(struct str name)
{
	int32_t node = name.n > 0 ? flow_find(g.flow->flow, name) : g.flow->flow->entry;
	if (node < 0)
		golden_die("%s: no node " STR_FMT, g.file, STR_ARG(name));
	return node;
}

static void run(struct ivr_run *r, struct str kind)
{
	if (str_is(kind, STR("wait")) && ivr_wait(r) < 0)
		golden_die("%s: no queue", g.file);
	else if (str_is(kind, STR("whisper")))
		(void)ivr_whisper(r);
	else if (str_is(kind, STR("step")))
		while (ivr_run(r) == IVR_ASKS)
			answer(r);
}

static void on_step(struct str line, struct buf *out)
{
	static struct ivr_run r;
	static struct form form;
	struct ivr_world world;
	struct flow_state state = {0};
	struct str rest = line, kind = take_word(&rest), node = take_word(&rest), phase = take_word(&rest);
	form.n = 0;
	while (str_trim(rest).n > 0)
		put_field(bare(take_word(&rest)), &state, &form);
	golden_world(g.world, &g.arena, find_flow, &world);
	(void)str_copy(phase, state.phase, sizeof(state.phase));
	if (ivr_begin(&r, &world, &g.arena, g.flow, node_of(node), &state, &form) < 0)
		golden_die("no memory");
	run(&r, kind);
	struct str document = ivr_document(&r);
	golden_print(out, document, &r);
	if (g.is_dump)
		dump(line, document);
}

static json_t *json_of(struct str text)
{
	json_error_t error;
	json_t *o = json_loadb(text.p, text.n, 0, &error);
	if (!json_is_object(o))
		golden_die("%s: %s in " STR_FMT, g.file, error.text, STR_ARG(text));
	return o;
}

static void on_line(struct str line, struct buf *out)
{
	struct str rest = line, word = take_word(&rest);
	rest = str_trim(rest);
	if (word.n == 1 && strchr("=!~", word.p[0]))
		return; /* expected: what there is is written instead */
	buf_put(out, line);
	buf_putc(out, '\n');
	if (str_is(word, STR("flow"))) {
		g.flow = find_flow(rest);
	} else if (str_is(word, STR("world"))) {
		json_decref(g.world);
		g.world = json_of(rest);
	} else if (str_is(word, STR("with"))) {
		AUTO(json_decrefp) json_t *more = json_of(rest);
		json_t *copy = json_copy(g.world);
		(void)json_object_update(copy, more);
		json_decref(g.world);
		g.world = copy;
	} else if (str_is(word, STR("step")) || str_is(word, STR("wait")) || str_is(word, STR("whisper"))) {
		on_step(line, out);
	} else if (word.n > 0 && word.p[0] != '#') {
		golden_die("%s: what is " STR_FMT "?", g.file, STR_ARG(line));
	}
}

static void tell_difference(struct str want, struct str got)
{
	while (want.n > 0 || got.n > 0) {
		struct str a = str_split(&want, '\n'), b = str_split(&got, '\n');
		if (str_is(a, b))
			continue;
		fprintf(stderr, "%s:\nwant " STR_FMT "\ngot  " STR_FMT "\n", g.file, STR_ARG(a), STR_ARG(b));
		return;
	}
}

static int run_file(const char *path, bool is_check)
{
	static char text_out[FILE_MAX];
	struct buf out;
	buf_init(&out, text_out, sizeof(text_out));
	AUTO(auto_free) char *text = read_file(path);
	struct str rest = str_of(text);
	const char *slash = strrchr(path, '/');
	g.file = slash ? slash + 1 : path;
	json_decref(g.world);
	g.world = json_object();
	while (rest.n > 0)
		on_line(str_split(&rest, '\n'), &out);
	if (!buf_ok(&out))
		golden_die("%s: too long", path);
	bool is_same = str_is(buf_str(&out), str_of(text));
	if (is_check && !is_same)
		tell_difference(str_of(text), buf_str(&out));
	else if (!is_check && !g.is_dump)
		(void)fwrite(out.p, 1, out.n, stdout);
	return is_check && !is_same;
}

static int print_schema(void)
{
	AUTO(json_decrefp) json_t *schema = flow_schema();
	return json_dumpf(schema, stdout, JSON_INDENT(1)) < 0;
}

int main(int argc, char **argv)
{
	bool is_check = argc > 1 && strcmp(argv[1], "--check") == 0;
	int failures = 0;
	g.is_dump = argc > 1 && strcmp(argv[1], "--dump") == 0;
	arena_init(&g.arena, (size_t)256 << 20);
	if (argc == 2 && strcmp(argv[1], "--schema") == 0)
		return print_schema();
	int first = is_check || g.is_dump ? 2 : 1;
	if (argc <= first)
		golden_die("usage: ivr_golden [--check | --dump] FILE... | --schema");
	for (int i = first; i < argc; i++)
		failures += run_file(argv[i], is_check);
	json_decref(g.world);
	arena_done(&g.arena);
	return failures > 0;
}
