/* SPDX-License-Identifier: MIT */
/* `ringdown backup FILE`: a copy of the store as it is at one moment, while the service goes on.  It is made beside FILE and
 * takes its name once it is whole and on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "store_command.h"

/* The name is on the disk once its folder is. */
static int sync_path(const char *path, int flags)
{
	AUTO(auto_close) int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int sync_folder_of(const char *file)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) + 1 : 0;
	if (n >= sizeof(folder))
		return -ENAMETOOLONG;
	(void)snprintf(folder, sizeof(folder), "%.*s", n > 0 ? (int)n : 1, n > 0 ? file : ".");
	return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

/* link() does not replace what is there: two backups into one name are both safe. */
static int put_in_place(const char *part, const char *file)
{
	int err = sync_path(part, O_RDONLY);
	if (err == 0 && link(part, file) < 0)
		err = -errno;
	return err == 0 ? sync_folder_of(file) : err;
}

/* SQLite copies within one read transaction: writers go on beside it (https://sqlite.org/lang_vacuum.html, read
 * 2026-11).  It writes to an empty file, which is ours alone from the start. */
static int copy_to(struct store_command *s, const char *part)
{
	const struct store_value v[] = {store_text(str_of(part))};
	return store_run(s->conn, "VACUUM INTO $1", v, ARRAY_LEN(v));
}

static int back_up(struct store_command *s, const char *file)
{
	char part[PATH_MAX];
	if (strcmp(store_engine(s->store), "sqlite") != 0)
		return store_command_fail(s, EX_UNAVAILABLE, "[store] url is a PostgreSQL server: its own tool is the one to use: "
							     "pg_dump --format=custom --file=%s", file);
	if (access(file, F_OK) == 0)
		return store_command_fail(s, EX_CANTCREAT, "%s is there already", file);
	if (snprintf(part, sizeof(part), "%s.part-XXXXXX", file) >= (int)sizeof(part))
		return store_command_fail(s, EX_CANTCREAT, "%s: %s", file, strerror(ENAMETOOLONG));
	AUTO(auto_close) int fd = mkstemp(part);
	if (fd < 0)
		return store_command_fail(s, EX_CANTCREAT, "%s: %s", file, strerror(errno));
	int err = copy_to(s, part);
	if (err >= 0)
		err = put_in_place(part, file);
	(void)unlink(part);
	if (err < 0)
		return store_command_fail(s, store_exit_code(err), "%s: %s", file, strerror(-err));
	printf("%s\nthe keys are not in it: keep %s, and keep it elsewhere\n", file,
		s->config.keys_dir[0] ? s->config.keys_dir : "the cred-*.key credentials");
	return EX_OK;
}

int command_backup(const struct arguments *a)
{
	static struct store_command s;
	int code = store_command_begin(&s, "backup", a);
	return store_command_end(&s, code == EX_OK ? back_up(&s, a->words[0]) : code);
}
