/* SPDX-License-Identifier: MIT */
#include "ringdown/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ringdown/base/auto.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str trimmed(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

int secret_read(const char *file, struct arena *a, struct str *ret_secret)
{
	char text[SECRET_BYTES_MAX + 1];
	AUTO(auto_close) int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	if (n < 0)
		return -errno;
	struct str secret = trimmed((struct str){text, (size_t)n}), copy = STR("");
	int err = n > SECRET_BYTES_MAX ? -EFBIG : secret.n == 0 ? -ENODATA : 0;
	if (err == 0)
		copy = arena_str(a, secret);
	explicit_bzero(text, sizeof(text));
	if (err == 0 && !copy.p)
		err = -ENOMEM;
	if (err == 0)
		*ret_secret = copy;
	return err;
}

const char *secret_error(int err)
{
	if (err == -ENODATA)
		return "there is nothing in it";
	if (err == -EFBIG)
		return "it holds over 4096 bytes";
	return strerror(-err);
}

void secret_wipe(struct str *s)
{
	if (s->n > 0)
		explicit_bzero((char *)(uintptr_t)s->p, s->n);
	*s = STR("");
}
