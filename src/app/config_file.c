/* SPDX-License-Identifier: MIT */
/* inih with a reader of our own below it: inih does not tell its handler the line, takes an indented line for a part
 * of the value above it, cuts long lines, and names only the first line that is wrong. */
#include "config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringdown/base/auto.h"

struct lines {
	FILE *stream;
	char *text;
	size_t capacity;
	const char *file;
	unsigned number; /* of the line inih has now */
	config_value_fn *value_fn;
	void *arg;
	struct buf *errors;
};

static void close_stream(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static void tell(struct lines *l, const char *words)
{
	buf_printf(l->errors, "%s:%u: %s\n", l->file, l->number, words);
}

/* What is wrong with a line, or NULL. */
static const char *fault_of(const char *line)
{
	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return NULL;
	if (line[0] == '[')
		return strchr(line, ']') ? NULL : "the section's ] is missing";
	return strpbrk(line, "=:") ? NULL : "neither a [section] nor key = value";
}

static char *next_line(char *dst, int size, void *arg)
{
	struct lines *l = arg;
	ssize_t n = getline(&l->text, &l->capacity, l->stream);
	if (n < 0)
		return NULL;
	l->number++;
	size_t bom = l->number == 1 && strncmp(l->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	const char *line = l->text + bom + strspn(l->text + bom, " \t\r\n");
	const char *fault = strlen(l->text) != (size_t)n ? "a NUL byte is in the line" : fault_of(line);
	if (!fault && line[0] != '#' && line[0] != ';' && strlen(line) >= (size_t)size)
		fault = "the line is too long: at most 198 bytes are taken";
	if (fault)
		tell(l, fault);
	(void)snprintf(dst, (size_t)size, "%s", fault ? "" : line);
	return dst;
}

static int on_pair(void *arg, const char *section, const char *key, const char *value)
{
	struct lines *l = arg;
	char source[4096];
	(void)snprintf(source, sizeof(source), "%s:%u", l->file, l->number);
	l->value_fn(l->arg, source, section, key, value);
	return 1;
}

void config_file_read(const char *file, config_value_fn *value_fn, void *arg, struct buf *errors)
{
	AUTO(close_stream) FILE *stream = fopen(file, "re");
	struct lines l = {.stream = stream, .file = file, .value_fn = value_fn, .arg = arg, .errors = errors};
	if (!stream) {
		buf_printf(errors, "%s: %s\n", file, strerror(errno));
		return;
	}
	int wrong = ini_parse_stream(next_line, &l, on_pair, &l);
	free(l.text);
	if (ferror(stream))
		buf_printf(errors, "%s: %s\n", file, strerror(errno));
	else if (wrong > 0)
		buf_printf(errors, "%s:%d: neither a [section] nor key = value\n", file, wrong);
	else if (wrong < 0)
		buf_printf(errors, "%s: cannot be read\n", file);
}
