/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <errno.h>
#include <string.h>

#include "ringdown/app/config.h"
#include "ringdown/base/auto.h"

static const struct option config_option = {"config", offsetof(struct arguments, config), false, false};

static const struct option *find_option(const struct command *c, struct str name)
{
	if (str_is(name, str_of(config_option.name)))
		return &config_option;
	for (const struct option *o = c->options; o && o->name; o++)
		if (str_is(name, str_of(o->name)))
			return o;
	return NULL;
}

static int fault(struct buf *errors, const char *words, struct str what)
{
	buf_printf(errors, "%s" STR_FMT "\n", words, STR_ARG(what));
	return -EINVAL;
}

/* Takes one option from argv; how many of argv that were, or -EINVAL. */
static int take_option(const struct command *c, int left, char *const *argv, struct arguments *a, struct buf *errors)
{
	const char *equals = strchr(argv[0], '=');
	struct str value = str_of(argv[0]);
	struct str name = str_skip(str_split(&value, '='), 2);
	const struct option *o = find_option(c, name);
	if (!o)
		return fault(errors, "there is no option ", str_of(argv[0]));
	void *field = (char *)a + o->offset;
	if (o->is_flag) {
		if (equals)
			return fault(errors, "no value is taken by ", str_of(argv[0]));
		*(bool *)field = true;
		return 1;
	}
	if (*(const char **)field)
		return fault(errors, "given twice: ", str_of(argv[0]));
	*(const char **)field = equals ? value.p : left > 1 ? argv[1] : NULL;
	if (!*(const char **)field)
		return fault(errors, "a value is missing behind ", str_of(argv[0]));
	return equals ? 1 : 2;
}

static uint32_t count_words(const struct command *c)
{
	uint32_t n = 0;
	while (c->words && c->words[n])
		n++;
	return n;
}

static int check_whole(const struct command *c, const struct arguments *a, struct buf *errors)
{
	if (a->n_words < count_words(c))
		return fault(errors, "missing: ", str_of(c->words[a->n_words]));
	for (const struct option *o = c->options; o && o->name; o++)
		if (o->is_needed && !*(const char *const *)(const void *)((const char *)a + o->offset))
			return fault(errors, "missing: --", str_of(o->name));
	return 0;
}

int arguments_read(const struct command *c, int argc, char *const *argv, struct arguments *ret, struct buf *errors)
{
	bool takes_options = true;
	struct arguments a = {0};
	for (int i = 0; i < argc; i++) {
		if (takes_options && strcmp(argv[i], "--") == 0) {
			takes_options = false;
			continue;
		}
		if (takes_options && strncmp(argv[i], "--", 2) == 0) {
			int taken = take_option(c, argc - i, argv + i, &a, errors);
			if (taken < 0)
				return taken;
			i += taken - 1;
			continue;
		}
		if (a.n_words == count_words(c) || a.n_words == ARRAY_LEN(a.words))
			return fault(errors, "not understood: ", str_of(argv[i]));
		a.words[a.n_words++] = argv[i];
	}
	int err = check_whole(c, &a, errors);
	a.has_config = a.config != NULL;
	if (!a.config)
		a.config = CONFIG_FILE_DEFAULT;
	if (err == 0)
		*ret = a;
	return err;
}
