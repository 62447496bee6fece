/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ringdown/base/auto.h"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool files_is_sid(struct str call_sid)
{
	for (size_t i = 0; i < call_sid.n; i++)
		if (!is_alnum(call_sid.p[i]))
			return false;
	return call_sid.n > 0 && call_sid.n <= FILES_SID_MAX;
}

bool files_path(char *dst, size_t size, const char *dir, struct str call_sid, const char *suffix)
{
	int n = snprintf(dst, size, "%s/" STR_FMT "%s", dir, STR_ARG(call_sid), suffix);
	return n > 0 && (size_t)n < size;
}

int files_write(int fd, const void *data, size_t n)
{
	const unsigned char *p = data;
	while (n) {
		ssize_t written = write(fd, p, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		p += written;
		n -= (size_t)written;
	}
	return 0;
}

static int write_new(const char *path, const void *data, size_t n)
{
	AUTO(auto_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILES_MODE);
	if (fd < 0)
		return -errno;
	int error = files_write(fd, data, n);
	if (!error && fsync(fd) < 0)
		error = -errno;
	return error;
}

int files_replace(const char *path, const void *data, size_t n)
{
	char temporary[FILES_PATH_MAX];
	int length = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return -ENAMETOOLONG;
	int error = write_new(temporary, data, n);
	if (!error && rename(temporary, path) < 0)
		error = -errno;
	if (error)
		(void)unlink(temporary);
	return error;
}
