/* SPDX-License-Identifier: MIT */
#include "store_command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ringdown/base/auto.h"

enum { ARENA_BYTES = 16 << 20 };

int store_command_fail(const struct store_command *s, int code, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "ringdown %s: ", s->name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	return code;
}

int store_exit_code(int err)
{
	static const struct {
		int err, code;
	} codes[] = {{-EEXIST, EX_CANTCREAT}, {-EAGAIN, EX_TEMPFAIL}, {-ENOTCONN, EX_UNAVAILABLE}, {-EACCES, EX_NOPERM}, {-EROFS, EX_NOPERM},
		{-EPROTO, EX_CONFIG}, {-EINVAL, EX_CONFIG}, {-ENOENT, EX_NOINPUT}, {-EBADMSG, EX_DATAERR}, {-ENOMEM, EX_OSERR}};
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].err == err)
			return codes[i].code;
	return EX_IOERR;
}

static int open_store(struct store_command *s)
{
	char text[STORE_ERROR_SIZE];
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	int err = store_open(s->config.store_url, &s->store, &errors);
	if (err == 0)
		err = store_connect(s->store, &s->conn);
	while (errors.n > 0 && text[errors.n - 1] == '\n')
		errors.n--;
	text[errors.n] = '\0';
	if (err == 0)
		return EX_OK;
	return store_command_fail(s, store_exit_code(err), "[store] url: %s", text[0] ? text : strerror(-err));
}

int store_command_begin(struct store_command *s, const char *name, const struct arguments *a)
{
	static char text[CONFIG_ERRORS_BYTES];
	struct buf errors;
	buf_init(&errors, text, sizeof(text) - 1);
	s->name = name;
	arena_init(&s->arena, ARENA_BYTES);
	if (config_load(&s->config, a->config, &errors) < 0) {
		text[errors.n] = '\0';
		fputs(text, stderr);
		return EX_CONFIG;
	}
	if (!s->config.store_url[0])
		return store_command_fail(s, EX_CONFIG, "%s: [store] url is not set; `ringdown init` makes one", a->config);
	return open_store(s);
}

int store_command_end(struct store_command *s, int code)
{
	store_disconnect(s->conn);
	store_close(s->store);
	arena_done(&s->arena);
	config_done(&s->config);
	return code;
}
