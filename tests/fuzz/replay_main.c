/* SPDX-License-Identifier: MIT */
/* replay_main.c - stands in for libFuzzer in every normal build: runs the target over the empty
 * input and over each file of the corpus folder given as the only argument.  An empty corpus is a
 * failure. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ringdown/base/auto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void file_close(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static void folder_close(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* An allocation of exactly the file's size, so that a sanitizer sees the first byte read beyond it.
 */
static int replay_file(const char *path, size_t size)
{
	AUTO(file_close) FILE *f = fopen(path, "rb");
	AUTO(auto_free) uint8_t *data = malloc(size ? size : 1);
	if (!f || !data || fread(data, 1, size, f) != size)
		return -EIO;
	(void)LLVMFuzzerTestOneInput(data, size);
	return 0;
}

/* 1: replayed, 0: not a file, -errno. */
static int replay_entry(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	int err = replay_file(path, (size_t)st.st_size);
	return err < 0 ? err : 1;
}

int main(int argc, char **argv)
{
	AUTO(folder_close) DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	if (!d) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER (which must exist)\n", argv[0]);
		return 2;
	}
	uint8_t *nothing = malloc(1);
	if (!nothing)
		return 2;
	(void)LLVMFuzzerTestOneInput(nothing, 0);
	free(nothing);
	int files = 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		int n = replay_entry(argv[1], e->d_name);
		if (n < 0) {
			fprintf(stderr, "%s/%s: %s\n", argv[1], e->d_name, strerror(-n));
			return 1;
		}
		files += n;
	}
	printf("%d files replayed\n", files);
	return files > 0 ? 0 : 1;
}
