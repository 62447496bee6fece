/* SPDX-License-Identifier: MIT */
/* A set of assistants: reading the directory, sharing, finding, substituting. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assistant_parse.h"
#include "ringdown/base/auto.h"
#include "ringdown/base/mem.h"

enum { SET_BYTES_MAX = 64 << 20, ERRORS_MAX = 16384, MORE_MAX = 32 };

static int is_json(const struct dirent *e)
{
	struct str name = str_of(e->d_name);
	return e->d_name[0] != '.' && str_ends(name, STR(".json"));
}

static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_';
		if (!is_good)
			return false;
	}
	return id.n > 0 && id.n <= ASSISTANT_ID_MAX;
}

static void load_one(struct assistant_set *set, const char *dir, const char *file, struct buf *errors)
{
	struct assistant_reader r = {.dir = dir, .file = file, .errors = errors, .arena = &set->arena};
	struct str id = {file, strlen(file) - strlen(".json")};
	if (!is_id(id)) {
		buf_printf(errors, "%s/%s: the name must be 1 to %d of A-Z a-z 0-9 - _ before .json\n", dir, file,
			ASSISTANT_ID_MAX);
		return;
	}
	struct assistant *a = &set->list[set->n++];
	a->id = reader_copy(&r, id, "/");
	assistant_parse(&r, a);
}

static void load_all(struct assistant_set *set, const char *dir, struct dirent **files, int n, struct buf *errors)
{
	if (n == 0)
		buf_printf(errors, "%s: no assistant here: put one <id>.json a file\n", dir);
	if (n > ASSISTANTS_MAX)
		buf_printf(errors, "%s: %d assistants, at most %d are taken\n", dir, n, ASSISTANTS_MAX);
	set->list = arena_alloc(&set->arena, (size_t)(n > 0 ? n : 1) * sizeof(*set->list));
	for (int i = 0; i < n; i++) {
		if (set->list && i < ASSISTANTS_MAX)
			load_one(set, dir, files[i]->d_name, errors);
		free(files[i]);
	}
	free(files);
}

static int give_error(char **ret_error, const char *text, int err)
{
	size_t size = strlen(text) + 1;
	*ret_error = mem_alloc(size);
	if (*ret_error)
		memcpy(*ret_error, text, size);
	return err;
}

/* The faults told so far, without the last newline; a full buffer holds the first of them. */
static const char *words_of(struct buf *errors, char *text)
{
	static const char more[] = "... and more of them\n";
	if (errors->overflow)
		memcpy(text + errors->n, more, sizeof(more) - 1);
	size_t n = errors->n + (errors->overflow ? sizeof(more) - 1 : 0);
	text[n ? n - 1 : 0] = '\0';
	return n ? text : "no memory for the assistants";
}

static struct assistant_set *set_new(void)
{
	struct assistant_set *set = mem_alloc(sizeof(*set));
	if (!set)
		return NULL;
	atomic_init(&set->refs, 1);
	arena_init(&set->arena, SET_BYTES_MAX);
	return set;
}

int assistant_set_load(const char *dir, struct assistant_set **ret_set, char **ret_error)
{
	struct dirent **files = NULL;
	char text[ERRORS_MAX];
	struct buf errors;
	*ret_error = NULL;
	buf_init(&errors, text, sizeof(text) - MORE_MAX);
	struct assistant_set *set = set_new();
	if (!set)
		return give_error(ret_error, "no memory for the assistants", -ENOMEM);
	int n = scandir(dir, &files, is_json, alphasort), err = -errno;
	if (n < 0)
		buf_printf(&errors, "[assistants] dir = %s: %s\n", dir, strerror(-err));
	else
		load_all(set, dir, files, n, &errors);
	if (n > 0 && errors.n == 0 && !errors.overflow && set->list) {
		*ret_set = set;
		return 0;
	}
	assistant_set_unref(set);
	return give_error(ret_error, words_of(&errors, text), n < 0 ? err : -EINVAL);
}

struct assistant_set *assistant_set_ref(struct assistant_set *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

struct assistant_set *assistant_set_unref(struct assistant_set *s)
{
	/* acq_rel: pairs with every other owner's drop, so that the last one sees all of them done */
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	arena_done(&s->arena);
	return mem_free(s);
}

const struct assistant *assistant_find(const struct assistant_set *s, struct str id)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (str_is(s->list[i].id, id))
			return &s->list[i];
	return NULL;
}

const struct assistant_tool *assistant_tool(const struct assistant *a, struct str name)
{
	for (uint32_t i = 0; i < a->n_tools; i++)
		if (str_is(a->tools[i].name, name))
			return &a->tools[i];
	return NULL;
}

static struct str variable(struct str name, const struct assistant_variable *vars, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(vars[i].name, name))
			return vars[i].value;
	return STR("");
}

void assistant_substitute(struct str text, const struct assistant_variable *vars, uint32_t n, struct buf *b)
{
	while (text.n > 0) {
		const char *open = memmem(text.p, text.n, "{{", 2);
		const char *close = open ? memmem(open, (size_t)(text.p + text.n - open), "}}", 2) : NULL;
		if (!close) {
			buf_put(b, text);
			return;
		}
		buf_put(b, (struct str){text.p, (size_t)(open - text.p)});
		buf_put(b, variable(str_trim((struct str){open + 2, (size_t)(close - open - 2)}), vars, n));
		text = str_skip(text, (size_t)(close + 2 - text.p));
	}
}
