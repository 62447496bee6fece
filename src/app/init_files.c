/* SPDX-License-Identifier: MIT */
#include "init_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ringdown/base/auto.h"

enum { KEY_BYTES = 32 };

int init_adopt(struct init_files *f, const char *path)
{
	if (f->n_made == INIT_FILES_MAX || !str_copy(str_of(path), f->made[f->n_made], INIT_PATH_MAX))
		return -ENAMETOOLONG;
	f->n_made++;
	return 0;
}

int init_make_dir(struct init_files *f, const char *path)
{
	int err = init_adopt(f, path);
	if (err < 0)
		return err;
	if (mkdir(path, 0700) == 0)
		return 0;
	f->n_made--;
	return -errno;
}

static int write_all(int fd, struct str content)
{
	while (content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		content = str_skip(content, (size_t)n);
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int init_make_file(struct init_files *f, const char *path, struct str content)
{
	int err = init_adopt(f, path);
	if (err < 0)
		return err;
	AUTO(auto_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : write_all(fd, content);
	if (err == 0)
		return 0;
	if (fd >= 0)
		(void)unlink(path);
	f->n_made--;
	return err;
}

int init_make_key(struct init_files *f, const char *path)
{
	char key[KEY_BYTES];
	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	int err = init_make_file(f, path, (struct str){key, sizeof(key)});
	explicit_bzero(key, sizeof(key));
	return err;
}

void init_undo(struct init_files *f)
{
	while (f->n_made > 0)
		(void)remove(f->made[--f->n_made]); /* a folder only when it is empty */
}
