/* SPDX-License-Identifier: MIT */
/* replay FILE: 0 when all came as the file tells, else file:line, what was expected, what came.
 * replay --wrong FILE: the file's first line says "# wrong: " and how it must fail. */
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "ringdown/base/auto.h"

static void file_close(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static bool replay_file(const char *path, struct replay *r, char *ret_first, size_t size)
{
	AUTO(file_close) FILE *f = fopen(path, "r");
	static struct line l;
	r->settings.greeting = CALL_GREETING_CALLER;
	char text[2 * TOKEN_MAX];
	l.file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	ret_first[0] = '\0';
	if (!f)
		snprintf(r->error, sizeof(r->error), "%s: cannot be read", path);
	for (l.number = 1; !r->error[0] && fgets(text, sizeof(text), f); l.number++) {
		if (l.number == 1)
			snprintf(ret_first, size, "%.*s", (int)strcspn(text, "\n"), text);
		if (line_read(&l, text, r->error, sizeof(r->error)))
			drive_line(r, &l);
	}
	if (!r->error[0])
		drive_end(r, &l);
	return !r->error[0];
}

/* The file is wrong on purpose. */
static int expect_wrong(const char *first, const struct replay *r)
{
	static const char head[] = "# wrong: ";
	bool is_told = strncmp(first, head, sizeof(head) - 1) == 0 && strstr(r->error, first + sizeof(head) - 1);
	if (!is_told)
		fprintf(stderr, "%s\nbut it fails so: %s\n", first, r->error[0] ? r->error : "not at all");
	return is_told ? 0 : 1;
}

int main(int argc, char **argv)
{
	AUTO(auto_free) struct replay *r = calloc(1, sizeof(*r));
	char first[512];
	bool is_wrong = argc == 3 && strcmp(argv[1], "--wrong") == 0;
	if (!r || (argc != 2 && !is_wrong)) {
		fprintf(stderr, "usage: %s [--wrong] FILE\n", argv[0]);
		return 2;
	}
	bool is_right = replay_file(argv[argc - 1], r, first, sizeof(first));
	if (is_wrong)
		return expect_wrong(first, r);
	if (!is_right)
		fprintf(stderr, "%s\n", r->error);
	return is_right ? 0 : 1;
}
